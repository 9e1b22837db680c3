"""What programs send and get of village rounds."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from recycling.booking.request import SYSTEMS
from recycling.errors import N_
from recycling.models.village_round import QUORUM_UNITS
from web.api.fields import Answer, Body, NumberText, OneOf, Pattern, Text
from web.api.order_schemas import OrderBody
from web.api.schemas import SYSTEM, WaitingBody

ROUND_SHAPE = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


def _said(text: str, **more: Any) -> dict[str, Any]:
    return {"description": text, **more}


class RoundsQuery(Body):
    """Which village, or where."""

    community = Text(40, metadata=_said(N_("Code of a community (GET /places); or send a position.")))
    lon = NumberText(-180, 180, metadata=_said(N_("Longitude in degrees.")))
    lat = NumberText(-90, 90, metadata=_said(N_("Latitude in degrees.")))
    crs = Text(5, also=[OneOf(SYSTEMS)], load_default="wgs84", metadata=_said(SYSTEM))


class RoundWaitBody(WaitingBody):
    """A pickup that waits for the round of its village."""

    class Meta:
        """Without what only the waiting list has."""

        exclude = ("day", "window", "last_day", "call_back")

    round = Text(
        36,
        also=[Pattern(ROUND_SHAPE)],
        metadata=_said(N_("A round of GET /rounds; the first that can go if left out.")),
    )


class RoundOrderBody(OrderBody):
    """An order of a shop that waits for the round of its village."""

    class Meta:
        """Without what the round decides."""

        exclude = ("day", "window")


class RoundAnswer(Answer):
    """A village round, and how far it is."""

    round = fields.String(required=True)
    name = fields.String(required=True)
    unit = fields.String(required=True, metadata={"enum": list(QUORUM_UNITS), **_said(N_("What is counted."))})
    quorum = fields.Integer(required=True, metadata=_said(N_("It goes when so many have been asked for.")))
    asked = fields.Integer(required=True, metadata=_said(N_("So many have been asked for until now.")))
    latest_on = fields.Date(
        required=True,
        allow_none=True,
        metadata=_said(N_("It goes at the latest on this day; null while nobody waits.")),
    )
    latest_days = fields.Integer(required=True, metadata=_said(N_("Nobody waits longer than so many days.")))
    goes_on = fields.List(fields.Date(), required=True, metadata=_said(N_("Days that it was given already.")))
    days = fields.List(fields.Date(), required=True, metadata=_said(N_("The next days on which it can go.")))


class RoundsAnswer(Answer):
    """The rounds that serve a village."""

    community = fields.String(
        required=True,
        metadata=_said(N_("The village that was asked for, or that a position counts as; empty where none is near.")),
    )
    rounds = fields.List(fields.Nested(RoundAnswer), required=True)


class RoundPlaceAnswer(Answer):
    """Somebody who waits for a round."""

    token = fields.String(required=True)
    state = fields.String(required=True, metadata={"enum": ["waiting", "placed", "left"]})
    late = fields.Boolean(required=True, metadata=_said(N_("The promised date is over, and it still waits.")))
    latest_on = fields.Date(required=True, metadata=_said(N_("The round goes at the latest on this day.")))
    booking = fields.String(required=True, allow_none=True, metadata=_said(N_("Token of the booking made of it.")))
    round = fields.Nested(RoundAnswer, required=True)


class RoundOrderAnswer(Answer):
    """An order that waits for a round; once it is placed, GET /orders has it."""

    number = fields.String(required=True, metadata=_said(N_("The shop's number.")))
    shop = fields.String(required=True)
    outcome = fields.String(metadata={"enum": ["taken", "changed", "known"], **_said(N_("What sending it has done."))})
    state = fields.String(required=True, metadata={"enum": ["waiting", "placed", "left"]})
    late = fields.Boolean(required=True, metadata=_said(N_("The promised date is over, and it still waits.")))
    latest_on = fields.Date(required=True, metadata=_said(N_("The round goes at the latest on this day.")))
    round = fields.Nested(RoundAnswer, required=True)
