"""What programs of partner recyclers send and get: pickups that they are offered, answers, weights, statements."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from recycling.errors import N_
from recycling.handing import CANNOT_COME, WHY_NOT, WHY_NOT_FETCHED
from recycling.models.handover import HANDOVER_STATES
from web.api.fields import Answer, Body, Number, OneOf, Text, Whole
from web.api.schemas import LineAnswer, SpanAnswer

ANSWERS = ("accepted", "declined")
OUTCOMES = ("collected", "failed")


def _said(text: str, **more: Any) -> dict[str, Any]:
    return {"description": text, **more}


class HandoversQuery(Body):
    """Which pickups."""

    state = Text(
        12, load_default="", also=[OneOf(("", *HANDOVER_STATES))], metadata=_said(N_("Only those in this state."))
    )


class HandoverAnswerBody(Body):
    """Whether the partner collects it in the promised hours."""

    answer = Text(8, required=True, also=[OneOf(ANSWERS)], metadata=_said(N_("Whether you collect it or not.")))
    reason = Text(120, load_default="", metadata=_said(N_("Why you do not, in a few words.")))


class WeightBody(Body):
    """A line of what was collected."""

    material = Text(
        40, load_default="", metadata=_said(N_("Code of a material, for goods by weight."), example="paper")
    )
    item = Text(40, load_default="", metadata=_said(N_("Code of an item (GET /items), for pieces.")))
    pieces = Whole(0, 99, load_default=0, metadata=_said(N_("How many pieces of the item.")))
    kg = Number(0.001, 5000, required=True, metadata=_said(N_("What all of it weighs."), example=12.5))
    serials = fields.List(
        Text(40, 3), load_default=list, metadata=_said(N_("Serial numbers; of what holds data one for each piece."))
    )


class OutcomeBody(Body):
    """What became of a pickup that was accepted."""

    outcome = Text(9, required=True, also=[OneOf(OUTCOMES)], metadata=_said(N_("Whether it was collected.")))
    lines = fields.List(
        fields.Nested(WeightBody), load_default=list, metadata=_said(N_("What was collected, by weight and piece."))
    )
    reason = Text(
        20,
        load_default="",
        also=[OneOf(("", *dict.fromkeys((*WHY_NOT, *WHY_NOT_FETCHED, CANNOT_COME))))],
        metadata=_said(N_("Why it was not collected; cannot-come gives it back to the city.")),
    )


class HandoverDoor(Answer):
    """Who and where; only while the partner has the pickup."""

    contact = fields.String(required=True)
    phone = fields.String(required=True, metadata=_said(N_("Whole where one pickup is asked for, else masked.")))
    place = fields.String(required=True)
    address = fields.String(required=True)
    lon = fields.Float(required=True)
    lat = fields.Float(required=True)
    note = fields.String(required=True)


class HandoverAnswer(Answer):
    """A pickup that is offered to a partner, and how it stands."""

    id = fields.UUID(required=True)
    kind = fields.String(
        required=True,
        metadata={
            "enum": ["booking", "order"],
            **_said(N_("A resident's booking, or what is old of a shop's order that the city delivers.")),
        },
    )
    state = fields.String(required=True, metadata={"enum": list(HANDOVER_STATES)})
    reason = fields.String(required=True)
    day = fields.Date(required=True)
    promise = fields.Nested(SpanAnswer, required=True, metadata=_said(N_("The window that was promised.")))
    answer_by = fields.DateTime(required=True, metadata=_said(N_("Until when the offer stands.")))
    town = fields.String(required=True)
    items = fields.List(fields.Nested(LineAnswer), required=True)
    kg = fields.Integer(required=True, metadata=_said(N_("About what it weighs, by what was booked.")))
    floor = fields.Integer(required=True)
    lift = fields.Boolean(required=True)
    door = fields.Nested(HandoverDoor, required=True, allow_none=True)
    yuan = fields.Float(
        required=True, allow_none=True, metadata=_said(N_("What it came to; positive: the partner pays the city."))
    )


class HandoversAnswer(Answer):
    """The pickups of a partner: all that are open, and those that ended in the last two weeks."""

    handovers = fields.List(fields.Nested(HandoverAnswer), required=True)


class StatementAnswer(Answer):
    """A statement between a partner and the city."""

    number = fields.Integer(required=True)
    until = fields.Date(required=True, metadata=_said(N_("The last day that it holds.")))
    pickups = fields.Integer(required=True)
    yuan = fields.Float(required=True, metadata=_said(N_("What it came to; positive: the partner pays the city.")))
    paid = fields.Boolean(required=True)


class StatementsAnswer(Answer):
    """The statements with a partner, the newest first."""

    statements = fields.List(fields.Nested(StatementAnswer), required=True)
