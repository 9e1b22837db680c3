"""What programs of shops send and get: orders that are delivered, with what is taken back."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from recycling.booking.request import SYSTEMS
from recycling.deliveries import checks
from recycling.errors import N_
from recycling.fleet import SKILLS
from web.api.fields import Answer, Body, Choices, Day, Number, OneOf, Pattern, Text, Things, Whole, YesNo
from web.api.schemas import SYSTEM, WINDOW, LineAnswer, SpanAnswer


def _said(text: str, **more: Any) -> dict[str, Any]:
    return {"description": text, **more}


class ShopQuery(Body):
    """Whose order it is."""

    shop = Text(
        40, load_default="", metadata=_said(N_("The shop, for a key of staff; a shop's key is named after it."))
    )


class OrdersQuery(ShopQuery):
    """Which days."""

    day = Day(metadata=_said(N_("First of seven days; today when it is left out.")))


class OrderCancelQuery(ShopQuery):
    """Why."""

    reason = Text(120, load_default="", metadata=_said(N_("Why it is cancelled, in a few words.")))


class OrderBody(Body):
    """An order: what is brought, what is taken back, where and when."""

    contact = Text(40, 1, required=True, metadata=_said(N_("Name that the crew asks for."), example="王女士"))
    phone = Text(25, 5, required=True, metadata=_said(N_("Telephone number of the contact."), example="13800138000"))
    community = Text(
        40, load_default="", metadata=_said(N_("Code of a community (GET /places); or send a position, or both."))
    )
    lon = Number(-180, 180, metadata=_said(N_("Longitude in degrees.")))
    lat = Number(-90, 90, metadata=_said(N_("Latitude in degrees.")))
    crs = Text(5, also=[OneOf(SYSTEMS)], load_default="wgs84", metadata=_said(SYSTEM))
    address = Text(120, 1, required=True, metadata=_said(N_("Street, building, unit and door."), example="3栋2单元501"))
    floor = Whole(-5, 120, load_default=1, metadata=_said(N_("Floor of the door.")))
    lift = YesNo(load_default=False, metadata=_said(N_("Whether there is a lift.")))
    height_limit = Number(1.5, 6, metadata=_said(N_("Metres that a vehicle may be high on the way in.")))
    new_item = Text(40, 1, required=True, metadata=_said(N_("Code of what is brought (GET /items)."), example="fridge"))
    new_kg = Number(0.01, checks.MOST_KG, metadata=_said(N_("Kilograms of it, packed.")))
    new_litres = Number(0.01, checks.MOST_LITRES, metadata=_said(N_("Litres of it, packed.")))
    old_items = Things(metadata=_said(N_("Codes of what is taken back, with their pieces."), example={"fridge": 1}))
    condition = Text(
        checks.MOST_CONDITION, load_default="", metadata=_said(N_("How the old things are, in your words."))
    )
    install_minutes = Number(
        0, checks.MOST_INSTALLING, load_default=0, metadata=_said(N_("Minutes that one person takes to set it up."))
    )
    services = Choices(
        SKILLS, len(SKILLS), metadata=_said(N_("What the crew does besides carrying: dismantle, install, or both."))
    )
    people = Whole(0, checks.MOST_PEOPLE, load_default=0, metadata=_said(N_("Crew that it takes at least.")))
    day = Day(required=True, metadata=_said(N_("Day of the visit, in the depot's time zone."), example="2026-11-25"))
    window = Text(
        11,
        required=True,
        also=[Pattern(WINDOW)],
        metadata=_said(N_("Hours in which the crew comes, at least one."), example="09:00-12:00"),
    )
    price_yuan = Number(0, checks.MOST_PRICE, metadata=_said(N_("Price of what is brought, for its scheme.")))
    ordered_on = Day(metadata=_said(N_("Day on which it was bought, which decides the scheme; today if left out.")))
    language = Text(
        2, also=[OneOf(("zh", "en"))], load_default="zh", metadata=_said(N_("In which the customer is told of it."))
    )
    fetch_window = Text(
        11,
        load_default="",
        also=[Pattern(WINDOW)],
        metadata=_said(N_("Hours in which old things are fetched, where the shop's are fetched by a second visit.")),
    )
    note = Text(300, load_default="", metadata=_said(N_("What the crew should know.")))


class SchemeAnswer(Answer):
    """The trade-in scheme that an order gets."""

    code = fields.String(required=True)
    yuan = fields.Float(required=True, metadata=_said(N_("What it pays.")))


class FetchAnswer(Answer):
    """The second visit of an order, which fetches what is old."""

    state = fields.String(
        required=True, metadata={"enum": ["open", "planned", "on_the_way", "handed", "fetched", "failed", "cancelled"]}
    )
    by = fields.String(
        required=True,
        metadata=_said(N_("The partner recycler that fetches it, or fetched it; empty for the city itself.")),
    )
    reason = fields.String(required=True, metadata=_said(N_("Why it failed or was cancelled.")))
    promise = fields.Nested(SpanAnswer, required=True, metadata=_said(N_("The window that was promised.")))
    planned_window = fields.Nested(SpanAnswer, required=True, allow_none=True)


class OrderAnswer(Answer):
    """An order and how it stands."""

    number = fields.String(required=True, metadata=_said(N_("The shop's number.")))
    shop = fields.String(required=True)
    outcome = fields.String(metadata={"enum": ["taken", "changed", "known"], **_said(N_("What sending it has done."))})
    state = fields.String(
        required=True, metadata={"enum": ["open", "planned", "on_the_way", "delivered", "failed", "cancelled"]}
    )
    reason = fields.String(required=True, metadata=_said(N_("Why it failed or was cancelled.")))
    version = fields.Integer(required=True, metadata=_said(N_("Counts the changes.")))
    day = fields.Date(required=True)
    promise = fields.Nested(SpanAnswer, required=True, metadata=_said(N_("The window that was promised.")))
    planned_for = fields.DateTime(
        required=True, allow_none=True, metadata=_said(N_("When the crew is planned to begin; null until then."))
    )
    planned_window = fields.Nested(
        SpanAnswer,
        required=True,
        allow_none=True,
        metadata=_said(N_("The narrowed hours of the plan; null until then.")),
    )
    fetch = fields.Nested(
        FetchAnswer,
        required=True,
        allow_none=True,
        metadata=_said(N_("The second visit, for what is old; null without one.")),
    )
    place = fields.String(required=True)
    new_item = fields.String(required=True)
    old_items = fields.List(fields.Nested(LineAnswer), required=True)
    services = fields.List(fields.String(), required=True, metadata=_said(N_("What the crew does besides carrying.")))
    scheme = fields.Nested(SchemeAnswer, required=True, allow_none=True)


class OrdersAnswer(Answer):
    """The orders of seven days."""

    orders = fields.List(fields.Nested(OrderAnswer), required=True)
