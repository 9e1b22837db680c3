"""What programs of partners send and get: trips with room to spare, what is offered to them, what came of it."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import ValidationError, fields

from recycling.booking.request import SYSTEMS
from recycling.errors import N_
from recycling.fleet import SKILLS
from recycling.spare import WHY_FAILED, checks
from recycling.spare import outcome as outcomes
from web.api.fields import (
    COMMON,
    NOT_LIST,
    NOT_OBJECT,
    Answer,
    Body,
    Choices,
    Day,
    Length,
    Number,
    OneOf,
    Pattern,
    Text,
    Whole,
    YesNo,
)
from web.api.schemas import SYSTEM, WINDOW, LineAnswer, SpanAnswer

OFFER_STATES = ["offered", "accepted", "declined", "lapsed", "withdrawn", "collected", "failed"]


def _said(text: str, **more: Any) -> dict[str, Any]:
    return {"description": text, **more}


class Listed(fields.List):
    """A list of so many things at most."""

    default_error_messages: ClassVar[dict[str, Any]] = {**COMMON, "invalid": NOT_LIST}

    def __init__(self, each: fields.Field[Any], least: int, most: int, **more: Any) -> None:
        super().__init__(each, validate=Length(least, most), **more)

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:
        if isinstance(value, list) and len(value) > self.validate.max:
            raise ValidationError(self.validate._format_error(value))  # before thousands of entries are looked at
        return super()._deserialize(value, *rest, **more)


class Weights(fields.Dict):
    """Codes of materials with their kilograms."""

    default_error_messages: ClassVar[dict[str, Any]] = {**COMMON, "invalid": NOT_OBJECT}

    def __init__(self, **more: Any) -> None:
        metadata = {"minProperties": 1, "maxProperties": 20, **more.pop("metadata", {})}
        kilograms = Number(0.01, outcomes.MOST_KG, error_messages=COMMON)
        super().__init__(keys=Text(40, 1), values=kilograms, validate=Length(1, 20), metadata=metadata, **more)

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:
        if isinstance(value, dict) and not 1 <= len(value) <= self.metadata["maxProperties"]:
            raise ValidationError(self.validate._format_error(value))
        return super()._deserialize(value, *rest, **more)


class TripPartnerQuery(Body):
    """Whose trip it is."""

    partner = Text(
        40, load_default="", metadata=_said(N_("The partner, for a key of staff; a partner's key is named after it."))
    )


class TripsQuery(TripPartnerQuery):
    """Which days."""

    day = Day(metadata=_said(N_("First of seven days; today when it is left out.")))


class TripCancelQuery(TripPartnerQuery):
    """Why."""

    reason = Text(120, load_default="", metadata=_said(N_("Why it is cancelled, in a few words.")))


class TripStatementQuery(TripPartnerQuery):
    """Which days."""

    first = Day(required=True, metadata=_said(N_("First day."), example="2026-11-01"))
    last = Day(required=True, metadata=_said(N_("Last day, at most 400 days later."), example="2026-11-30"))


class TripPlaceBody(Body):
    """A place to which the trip goes anyway."""

    community = Text(40, load_default="", metadata=_said(N_("Code of a community (GET /places); or send a position.")))
    lon = Number(-180, 180, metadata=_said(N_("Longitude in degrees.")))
    lat = Number(-90, 90, metadata=_said(N_("Latitude in degrees.")))
    window = Text(
        11, load_default="", also=[Pattern(f"^$|{WINDOW}")], metadata=_said(N_("Hours in which work there begins."))
    )
    minutes = Number(0, checks.MOST_MINUTES, load_default=0, metadata=_said(N_("Minutes of work there.")))
    kg = Number(0, checks.MOST_KG, load_default=0, metadata=_said(N_("Kilograms that are free from there on.")))
    litres = Number(0, checks.MOST_LITRES, load_default=0, metadata=_said(N_("Litres that are free from there on.")))


class TripPartBody(Body):
    """A part of the hold."""

    litres = Number(1, checks.MOST_LITRES, required=True)
    materials = Listed(
        Text(40, 1), 0, 20, load_default=list, metadata=_said(N_("Codes of what goes into it; all others if left out."))
    )


class TripBody(Body):
    """A trip of a partner's own, with room to spare."""

    day = Day(required=True, metadata=_said(N_("Day of the trip."), example="2026-11-25"))
    window = Text(
        11,
        required=True,
        also=[Pattern(WINDOW)],
        metadata=_said(N_("Hours in which it leaves and is over, at least one."), example="09:00-17:00"),
    )
    start = fields.Nested(TripPlaceBody, required=True, metadata=_said(N_("Where it begins.")))
    end = fields.Nested(TripPlaceBody, metadata=_said(N_("Where it ends; at its start if left out.")))
    places = Listed(
        fields.Nested(TripPlaceBody),
        0,
        checks.MOST_PLACES,
        load_default=list,
        metadata=_said(N_("Where it goes anyway, in this order.")),
    )
    crs = Text(5, also=[OneOf(SYSTEMS)], load_default="wgs84", metadata=_said(SYSTEM))
    vehicle = Text(40, 1, required=True, metadata=_said(N_("Type that its vehicle is like."), example="van"))
    kg = Number(1, checks.MOST_KG, required=True, metadata=_said(N_("Kilograms that are free when it leaves.")))
    litres = Number(1, checks.MOST_LITRES, required=True, metadata=_said(N_("Litres that are free when it leaves.")))
    parts = Listed(
        fields.Nested(TripPartBody),
        0,
        checks.MOST_PARTS,
        load_default=list,
        metadata=_said(N_("How the litres are divided; one hold for everything if left out.")),
    )
    people = Whole(1, checks.MOST_PEOPLE, load_default=1, metadata=_said(N_("Crew.")))
    tail_lift = YesNo(load_default=False, metadata=_said(N_("Whether it has a tail lift.")))
    services = Choices(SKILLS, len(SKILLS), metadata=_said(N_("What its people can do besides carrying.")))
    materials = Listed(Text(40, 1), 1, 20, required=True, metadata=_said(N_("Codes of what it may carry.")))
    drops = Listed(
        Text(40, 1),
        1,
        checks.MOST_DROPS,
        required=True,
        metadata=_said(N_("Codes of stations and centres at which it may unload.")),
    )
    ask_visit_yuan = Number(0, checks.MOST_YUAN, load_default=0, metadata=_said(N_("Asked for each visit.")))
    ask_item_yuan = Number(0, checks.MOST_YUAN, load_default=0, metadata=_said(N_("Asked for each piece.")))
    ask_kg_yuan = Number(0, checks.MOST_YUAN, load_default=0, metadata=_said(N_("Asked for each kilogram.")))
    detour_minutes = Number(
        1, checks.MOST_DETOUR, metadata=_said(N_("Minutes of road by which one take-back may make it longer."))
    )
    most = Whole(1, checks.MOST_STOPS, metadata=_said(N_("Take-backs that it takes at most.")))


class TripAnswerBody(Body):
    """Whether the partner takes it."""

    answer = Text(7, also=[OneOf(("accept", "decline"))], required=True, metadata=_said(N_("Accept or decline.")))
    reason = Text(120, load_default="", metadata=_said(N_("Why it is declined, in a few words.")))


class TripOutcomeBody(Body):
    """What came of it."""

    outcome = Text(9, also=[OneOf(("collected", "failed"))], required=True)
    kg = Weights(metadata=_said(N_("Kilograms of each material, of what was collected."), example={"appliances": 55.5}))
    pieces = Whole(0, outcomes.MOST_PIECES, metadata=_said(N_("Pieces; those booked if left out.")))
    reason = Text(20, load_default="", also=[OneOf(("", *WHY_FAILED))], metadata=_said(N_("Why it was not collected.")))


class TripOfferAnswer(Answer):
    """A take-back that is offered to a trip."""

    offer = fields.String(required=True, metadata=_said(N_("Its key.")))
    state = fields.String(required=True, metadata={"enum": OFFER_STATES})
    reason = fields.String(required=True)
    reference = fields.String(required=True)
    place = fields.String(required=True, metadata=_said(N_("The community in which it is.")))
    promise = fields.Nested(SpanAnswer, required=True, metadata=_said(N_("The window that was promised.")))
    expected_at = fields.DateTime(required=True, metadata=_said(N_("When it would begin on this trip.")))
    answer_by = fields.DateTime(required=True, metadata=_said(N_("Until then it is kept for this trip.")))
    things = fields.List(fields.Nested(LineAnswer), required=True)
    kg = fields.Float(required=True)
    litres = fields.Float(required=True)
    floor = fields.Integer(required=True)
    lift = fields.Boolean(required=True)
    detour_minutes = fields.Float(required=True, metadata=_said(N_("Minutes of road that it adds.")))
    pays_yuan = fields.Float(required=True, metadata=_said(N_("What is paid for it, as the trip asks.")))
    contact = fields.String(required=True, metadata=_said(N_("Empty unless it is accepted and not done.")))
    address = fields.String(required=True, metadata=_said(N_("Empty unless it is accepted and not done.")))
    note = fields.String(required=True)
    lon = fields.Float(required=True, allow_none=True)
    lat = fields.Float(required=True, allow_none=True)


class TripAnswer(Answer):
    """A trip, and what is offered to it."""

    number = fields.String(required=True, metadata=_said(N_("The partner's number.")))
    partner = fields.String(required=True)
    outcome = fields.String(metadata={"enum": ["taken", "changed", "known"], **_said(N_("What sending it has done."))})
    state = fields.String(required=True, metadata={"enum": ["open", "cancelled"]})
    version = fields.Integer(required=True, metadata=_said(N_("Counts the changes.")))
    day = fields.Date(required=True)
    hours = fields.Nested(SpanAnswer, required=True)
    trouble = fields.String(
        required=True, metadata=_said(N_("Why it cannot be driven as announced; empty where it can."))
    )
    trouble_at = fields.String(required=True)
    offers = fields.List(fields.Nested(TripOfferAnswer), required=True)


class TripsAnswer(Answer):
    """The trips of seven days."""

    trips = fields.List(fields.Nested(TripAnswer), required=True)


class TripContactAnswer(Answer):
    """Whom to call."""

    phone = fields.String(required=True)


class TripStatementLineAnswer(Answer):
    """What is paid for one visit."""

    day = fields.Date(required=True)
    trip = fields.String(required=True)
    reference = fields.String(required=True)
    pieces = fields.Integer(required=True)
    kg = fields.Float(required=True)
    yuan = fields.Float(required=True)


class TripStatementAnswer(Answer):
    """What a partner gets for what its trips have collected."""

    partner = fields.String(required=True)
    yuan = fields.Float(required=True, metadata=_said(N_("Sum of all lines.")))
    lines = fields.List(fields.Nested(TripStatementLineAnswer), required=True)
