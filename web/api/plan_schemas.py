"""What programs send and get of a day's planning: runs, and the plan in force."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from recycling.errors import N_
from web.api.fields import Answer, Body, Day, OneOf, Text, YesNo
from web.api.schemas import SpanAnswer


def _said(text: str, **more: Any) -> dict[str, Any]:
    return {"description": text, **more}


DEPOT = _said(N_("Code of a depot."), example="DEP-01")
HOW = ("search", "plain")


class RunBody(Body):
    """Which day is to be planned, and how."""

    depot = Text(20, 1, required=True, metadata=DEPOT)
    day = Day(required=True, metadata=_said(N_("The day, today or later.")))
    how = Text(
        6,
        also=[OneOf(HOW)],
        load_default="search",
        metadata=_said(N_("search, or plain: each order where it is cheapest, one after the other.")),
    )
    propose = YesNo(
        load_default=False,
        metadata=_said(N_("Whether the result is a draft that a dispatcher publishes, instead of being in force.")),
    )


class PlanQuery(Body):
    """Which day's plan."""

    depot = Text(20, 1, required=True, metadata=DEPOT)
    day = Day(required=True, metadata=_said(N_("The day.")))


class RunAnswer(Answer):
    """A planning run as it stands."""

    run = fields.UUID(required=True, metadata=_said(N_("Its key.")))
    depot = fields.String(required=True, metadata=DEPOT)
    day = fields.Date(required=True)
    state = fields.String(required=True, metadata=_said(N_("queued, running, done or failed.")))
    progress = fields.Float(required=True, metadata=_said(N_("Share that is done, 0 to 1.")))
    best_yuan = fields.Float(allow_none=True, required=True, metadata=_said(N_("Cost of the best plan so far.")))
    proposes = fields.Boolean(required=True, metadata=_said(N_("Whether its result is a draft.")))
    version = fields.Integer(allow_none=True, required=True, metadata=_said(N_("Version that it has written.")))
    error_code = fields.String(required=True, metadata=_said(N_("Why it failed, as a word; empty where it has not.")))
    error = fields.String(required=True, metadata=_said(N_("Why it failed, as a sentence.")))


class PlanVisitAnswer(Answer):
    """A visit of a route."""

    kind = fields.String(required=True, metadata=_said(N_("booking, call, delivery, take-back, fetch or unload.")))
    reference = fields.String(required=True, metadata=_said(N_("What people call the order, or the site's code.")))
    place = fields.String(required=True, metadata=_said(N_("Community or site.")))
    begins_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    promise = fields.Nested(SpanAnswer, allow_none=True, required=True)
    load_kg = fields.Integer(required=True, metadata=_said(N_("On board when leaving.")))
    load_litres = fields.Integer(required=True, metadata=_said(N_("On board when leaving.")))


class PlanRouteAnswer(Answer):
    """A vehicle's day."""

    plate = fields.String(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    km = fields.Float(required=True)
    visits = fields.List(fields.Nested(PlanVisitAnswer), required=True)


class LeftOutAnswer(Answer):
    """An order on no route."""

    reference = fields.String(required=True)
    reason = fields.String(required=True, metadata=_said(N_("The rule that the best place breaks least, as a word.")))


class PlanAnswer(Answer):
    """The plan in force."""

    depot = fields.String(required=True, metadata=DEPOT)
    day = fields.Date(required=True)
    version = fields.Integer(required=True)
    made_at = fields.AwareDateTime(required=True)
    cost_yuan = fields.Float(required=True, metadata=_said(N_("Vehicles, kilometres and hours.")))
    routes = fields.List(fields.Nested(PlanRouteAnswer), required=True)
    left_out = fields.List(fields.Nested(LeftOutAnswer), required=True)
    waiting = fields.Integer(required=True, metadata=_said(N_("Orders that came after this plan.")))
