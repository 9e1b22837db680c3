"""What programs send and get, field by field."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from recycling.booking.asking import MOST_NOTE
from recycling.booking.request import SYSTEMS
from recycling.errors import N_
from recycling.models.asked_change import OUTCOMES, WISHES
from recycling.models.booking import LANGUAGES, SCENES, STANDING, STATES
from recycling.models.photo import PHOTO_KINDS
from recycling.notify.changes import TEMPLATES
from web.api.fields import (
    Answer,
    Body,
    Choices,
    Codes,
    Day,
    Number,
    NumberText,
    OneOf,
    Pattern,
    Text,
    Things,
    Whole,
    WholeText,
    YesNo,
    YesNoText,
)

WINDOW = r"^[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$"
ITEM = r"^[A-Za-z0-9_.-]{1,40}:[1-9][0-9]?$"
SYSTEM = N_("wgs84, gcj02 (Chinese phones, WeChat, Amap) or bd09 (Baidu); converted to WGS 84 at the door.")


def _said(text: str, **more: Any) -> dict[str, Any]:
    return {"description": text, **more}


class PositionBody(Body):
    """A mark on the map."""

    lon = Number(-180, 180, required=True, metadata=_said(N_("Longitude in degrees."), example=107.467))
    lat = Number(-90, 90, required=True, metadata=_said(N_("Latitude in degrees."), example=31.209))
    crs = Text(5, also=[OneOf(SYSTEMS)], load_default="wgs84", metadata=_said(SYSTEM))


class _Wish(Body):
    items = Things(metadata=_said(N_("Codes of things (GET /items) with their pieces."), example={"fridge": 1}))
    dismantle = Codes(metadata=_said(N_("Codes of those things that the crew takes apart or off the wall.")))
    community = Text(40, metadata=_said(N_("Code of a community (GET /places); or send a position, or both.")))
    position = fields.Nested(PositionBody, metadata=_said(N_("Where the door is, more exactly than the community.")))
    address = Text(120, 1, metadata=_said(N_("Street, building, unit and door."), example="3栋2单元501"))
    floor = Whole(-5, 120, metadata=_said(N_("Floor of the door.")))
    lift = YesNo(metadata=_said(N_("Whether there is a lift.")))
    standing = Text(10, also=[OneOf(STANDING)], metadata=_said(N_("Where the things stand.")))
    height_limit = Number(1.5, 6, metadata=_said(N_("Metres that a vehicle may be high on the way in.")))
    scene = Text(12, also=[OneOf(SCENES)], metadata=_said(N_("What kind of place it is.")))
    contact = Text(40, 1, metadata=_said(N_("Name that the crew asks for."), example="王女士"))
    phone = Text(25, 5, metadata=_said(N_("Telephone number of the contact."), example="13800138000"))
    note = Text(300, metadata=_said(N_("What the crew should know.")))
    trade_in = Text(40, metadata=_said(N_("Reference of a trade-in order.")))
    day = Day(metadata=_said(N_("Day of the visit, in the depot's time zone."), example="2026-11-25"))
    window = Text(
        11, also=[Pattern(WINDOW)], metadata=_said(N_("One of the windows of that day."), example="08:00-10:00")
    )
    pin = Text(
        6,
        also=[OneOf(("given", "mended"))],
        metadata=_said(N_("Answer where the position was doubted: right as given, or to be mended.")),
    )


LANGUAGE = _said(N_("Language of the messages about it: zh or en."))


class ChangeBody(_Wish):
    """What shall be different; fields that are left out stay as they are."""

    language = Text(2, also=[OneOf(LANGUAGES)], metadata=LANGUAGE)
    different = YesNo(metadata=_said(N_("true: it is another one, although it looks like one that is open.")))


def _required(name: str) -> Any:
    import copy

    found = copy.copy(_Wish._declared_fields[name])
    found.required = True
    return found


class _WholeWish(_Wish):
    items = _required("items")
    address = _required("address")
    contact = _required("contact")
    phone = _required("phone")
    different = YesNo(
        load_default=False, metadata=_said(N_("true: it is another one, although it looks like one that is open."))
    )
    language = Text(2, also=[OneOf(LANGUAGES)], load_default="zh", metadata=LANGUAGE)


class BookingBody(_WholeWish):
    """A booking of a door pickup."""

    day = _required("day")
    window = _required("window")


class WaitingBody(_WholeWish):
    """A wish for the first window that becomes free."""

    last_day = Day(metadata=_said(N_("Last day that is of use; without it all days that can be booked.")))
    call_back = YesNo(load_default=False, metadata=_said(N_("true: do not offer a window, call.")))


class HoldBody(Body):
    """A window to be kept while the form is filled in."""

    items, community, position = (_Wish._declared_fields[n] for n in ("items", "community", "position"))
    floor, lift, standing = (_Wish._declared_fields[n] for n in ("floor", "lift", "standing"))
    height_limit, scene = (_Wish._declared_fields[n] for n in ("height_limit", "scene"))
    items, day, window = _required("items"), _required("day"), _required("window")


class SlotsQuery(Body):
    """What is to be collected, and where."""

    items = Text(
        900,
        1,
        required=True,
        metadata=_said(N_("Codes of things with their pieces, separated by commas."), example="fridge:1,paper:2"),
        also=[Pattern(rf"{ITEM[:-1]}(,{ITEM[1:-1]}){{0,19}}$")],
    )
    community = Text(40, metadata=_said(N_("Code of a community (GET /places); or send a position, or both.")))
    lon = NumberText(-180, 180, metadata=_said(N_("Longitude in degrees.")))
    lat = NumberText(-90, 90, metadata=_said(N_("Latitude in degrees.")))
    crs = Text(5, also=[OneOf(SYSTEMS)], load_default="wgs84", metadata=_said(SYSTEM))
    floor = WholeText(-5, 120, load_default=1, metadata=_said(N_("Floor of the door.")))
    lift = YesNoText(load_default=False, metadata=_said(N_("Whether there is a lift.")))
    standing = Text(10, also=[OneOf(STANDING)], load_default="flat", metadata=_said(N_("Where the things stand.")))
    height_limit = NumberText(1.5, 6, metadata=_said(N_("Metres that a vehicle may be high on the way in.")))
    scene = Text(12, also=[OneOf(SCENES)], load_default="home", metadata=_said(N_("What kind of place it is.")))
    key = Text(80, 16, metadata=_said(N_("Key under which a window is kept already: it is among those on offer.")))


class PricesQuery(Body):
    """The day of the prices."""

    at = Day(metadata=_said(N_("Day of the prices; today when it is left out.")))


class PlacesQuery(Body):
    """What was typed."""

    q = Text(40, 1, required=True, metadata=_said(N_("Chinese, pinyin or initials."), example="fhsq"))


class CancelQuery(Body):
    """Why."""

    reason = Text(120, metadata=_said(N_("Why it is cancelled, in a few words.")))


class AcceptQuery(Body):
    """What is said with taking an offer."""

    different = YesNoText(
        load_default=False, metadata=_said(N_("true: it is another one, although it looks like one that is open."))
    )


class ConsentBody(Body):
    """What the resident agreed to in the program, each for one message."""

    channel = Text(40, 1, required=True, metadata=_said(N_("Name of the channel, as the operator set it up.")))
    templates = Choices(
        TEMPLATES,
        10,
        required=True,
        metadata=_said(N_("Templates that were agreed to; one that stands here twice counts twice.")),
    )


class AskBody(Body):
    """What a resident asks the dispatcher for."""

    wish = Text(6, 1, required=True, also=[OneOf(WISHES)], metadata=_said(N_("Another time (move), or to cancel.")))
    note = Text(MOST_NOTE, load_default="", metadata=_said(N_("When it would suit, or why; staff read it.")))


class WordAnswer(Answer):
    """A word in both languages."""

    zh = fields.String(required=True)
    en = fields.String(required=True)


class ItemAnswer(Answer):
    """A thing that is collected, or one of its sizes."""

    code = fields.String(required=True)
    name = fields.Nested(WordAnswer, required=True)
    unit = fields.Nested(WordAnswer, required=True)
    material = fields.String(required=True)
    kg = fields.Integer(required=True, metadata=_said(N_("Kilograms of one piece.")))
    litres = fields.Integer(required=True, metadata=_said(N_("Litres of one piece.")))
    people = fields.Integer(required=True, metadata=_said(N_("So many people carry it.")))
    most = fields.Integer(required=True, metadata=_said(N_("Pieces that one booking may hold.")))
    photo = fields.String(
        required=True,
        metadata=_said(
            N_("Whether a picture is asked for: no, may or must. Say so when it is chosen; it is sent after booking.")
        ),
    )
    data_bearing = fields.Boolean(required=True, metadata=_said(N_("Holds somebody's data.")))


class RefusedAnswer(Answer):
    """A thing that is not taken, and where it goes instead."""

    code = fields.String(required=True)
    name = fields.Nested(WordAnswer, required=True)
    why = fields.Nested(WordAnswer, required=True)
    instead = fields.Nested(WordAnswer, required=True)


class ItemsAnswer(Answer):
    """The catalogue."""

    items = fields.List(fields.Nested(ItemAnswer), required=True)
    not_taken = fields.List(fields.Nested(RefusedAnswer), required=True)


class PriceAnswer(Answer):
    """What one piece brings or costs."""

    item = fields.String(required=True)
    by = fields.String(required=True, metadata=_said(N_("By item, weight, band of weight, points, or free.")))
    direction = fields.String(required=True, metadata=_said(N_("Who pays: we-pay, they-pay, either, points or free.")))
    low = fields.Integer(required=True, metadata=_said(N_("Lowest price of a piece in fen; positive: we pay.")))
    high = fields.Integer(required=True, metadata=_said(N_("Highest price of a piece in fen.")))
    points = fields.Integer(required=True, metadata=_said(N_("Points for a piece.")))
    per_kg = fields.Integer(
        required=True,
        allow_none=True,
        metadata=_said(N_("Fen of a kilogram at the scale on that day, where it is bought by the kilogram.")),
    )


class PricesAnswer(Answer):
    """The prices of a day."""

    at = fields.Date(required=True)
    prices = fields.List(fields.Nested(PriceAnswer), required=True)


class PlaceAnswer(Answer):
    """A place that may be meant; its position is in WGS 84."""

    code = fields.String(required=True)
    kind = fields.String(required=True, metadata=_said(N_("community, which can be booked for, or town.")))
    label = fields.String(required=True)
    town = fields.String(required=True)
    lon = fields.Float(required=True)
    lat = fields.Float(required=True)


class PlacesAnswer(Answer):
    """Places, the best first."""

    places = fields.List(fields.Nested(PlaceAnswer), required=True)


class OfferAnswer(Answer):
    """A window that can be kept."""

    day = fields.Date(required=True)
    window = fields.String(required=True)
    start = fields.DateTime(required=True)
    end = fields.DateTime(required=True)
    near = fields.Boolean(required=True, metadata=_said(N_("A vehicle stops nearby in this window.")))
    greenest = fields.Boolean(required=True, metadata=_said(N_("No other window on offer emits less.")))
    points = fields.Integer(
        required=True, metadata=_said(N_("Points for choosing it, given when things are weighed in."))
    )


class CallAnswer(Answer):
    """A truck call that can be walked to."""

    community = fields.String(required=True)
    start = fields.DateTime(required=True)
    end = fields.DateTime(required=True)
    metres = fields.Integer(required=True)


class WaysAnswer(Answer):
    """Other ways, which are never none."""

    calls = fields.List(fields.Nested(CallAnswer), required=True)
    waiting = fields.Boolean(required=True, metadata=_said(N_("The waiting list is open.")))
    call_back = fields.Boolean(required=True, metadata=_said(N_("Staff call when asked to.")))
    vehicle = fields.Boolean(required=True, metadata=_said(N_("The depot has a vehicle that can serve it at all.")))


class LineAnswer(Answer):
    """Some pieces of one thing."""

    item = fields.String(required=True)
    pieces = fields.Integer(required=True)


class SlotsAnswer(Answer):
    """Windows in order of time, the best of them, and the other ways."""

    windows = fields.List(fields.Nested(OfferAnswer), required=True)
    best = fields.Nested(OfferAnswer, allow_none=True, required=True)
    visits = fields.List(
        fields.List(fields.Nested(LineAnswer)),
        required=True,
        metadata=_said(N_("What each vehicle takes that is needed for the things; they come in the same window.")),
    )
    ways = fields.Nested(WaysAnswer, required=True)


class HoldAnswer(Answer):
    """A window that is kept."""

    key = fields.String(required=True, metadata=_said(N_("The Idempotency-Key under which it is kept.")))
    day = fields.Date(required=True)
    window = fields.String(required=True)
    until = fields.DateTime(required=True)
    last = fields.Boolean(required=True, metadata=_said(N_("It cannot be kept any longer than until then.")))


class SpanAnswer(Answer):
    """From when until when."""

    start = fields.DateTime(required=True)
    end = fields.DateTime(required=True)


class RightsAnswer(Answer):
    """What may still be done, and until when."""

    move = fields.Boolean(required=True)
    move_until = fields.DateTime(required=True)
    cancel = fields.Boolean(required=True)
    cancel_until = fields.DateTime(required=True)


class ExpectedAnswer(Answer):
    """Between when the crew is expected, by the dispatcher's word; no time in it is over."""

    first = fields.DateTime(
        required=True, allow_none=True, metadata=_said(N_("null: the crew may come at any moment."))
    )
    last = fields.DateTime(required=True, allow_none=True, metadata=_said(N_("null: it is later than was expected.")))
    late = fields.Boolean(required=True, metadata=_said(N_("The crew comes late for what was promised.")))


class ReasonAnswer(Answer):
    """Why nobody drives on a day."""

    zh = fields.String(required=True)
    en = fields.String(required=True, allow_none=True, metadata=_said(N_("null: it has no English name.")))


class MovedAnswer(Answer):
    """From where we moved it, because nobody drives on that day."""

    start = fields.DateTime(required=True)
    end = fields.DateTime(required=True)
    why = fields.Nested(ReasonAnswer, required=True)


class AskedAnswer(Answer):
    """What was asked of the dispatcher, and what became of it."""

    wish = fields.String(required=True, metadata={"enum": list(WISHES)})
    note = fields.String(required=True)
    ours = fields.Boolean(required=True, metadata=_said(N_("true: not the resident wishes it, but we have to.")))
    state = fields.String(required=True, metadata={"enum": ["open", *OUTCOMES]})
    asked_at = fields.DateTime(required=True)
    closed_at = fields.DateTime(required=True, allow_none=True)
    answer = fields.String(required=True, allow_none=True, metadata=_said(N_("What staff answer, if they do.")))


class AskingAnswer(Answer):
    """What may be asked of the dispatcher, and what was asked last."""

    askable = fields.List(
        fields.String(metadata={"enum": list(WISHES)}),
        required=True,
        metadata=_said(N_("What the booking's token no longer allows by itself, until the day is over.")),
    )
    asked = fields.Nested(AskedAnswer, required=True, allow_none=True)


class BookingAnswer(Answer):
    """A booking as it stands."""

    token = fields.String(required=True, metadata=_said(N_("Opens the booking; whoever has it may change it.")))
    page = fields.String(required=True, metadata=_said(N_("Address of the booking's page for people.")))
    reference = fields.String(required=True, metadata=_said(N_("What people read to each other.")))
    version = fields.Integer(required=True, metadata=_said(N_("Counts the changes; the ETag says the same.")))
    state = fields.String(required=True, metadata={"enum": list(STATES)})
    reason = fields.String(required=True, metadata=_said(N_("Why it failed or was cancelled.")))
    day = fields.Date(required=True)
    window = fields.String(required=True)
    promise = fields.Nested(SpanAnswer, required=True, metadata=_said(N_("The window that was promised.")))
    working = fields.Nested(SpanAnswer, required=True, metadata=_said(N_("When the crew means to come.")))
    expected_at = fields.Nested(
        ExpectedAnswer,
        required=True,
        allow_none=True,
        metadata=_said(N_("When the dispatcher says that the crew comes; null while its plan holds, or none comes.")),
    )
    moved_from = fields.Nested(
        MovedAnswer,
        required=True,
        allow_none=True,
        metadata=_said(N_("Where it stood before we moved it off a day on which nobody drives.")),
    )
    items = fields.List(fields.Nested(LineAnswer), required=True)
    dismantle = fields.List(fields.String(), required=True)
    visits = fields.Integer(required=True, metadata=_said(N_("So many vehicles come.")))
    community = fields.String(required=True, allow_none=True)
    place = fields.String(required=True)
    address = fields.String(required=True)
    lon = fields.Float(required=True)
    lat = fields.Float(required=True)
    floor = fields.Integer(required=True)
    lift = fields.Boolean(required=True)
    standing = fields.String(required=True)
    height_limit = fields.Float(required=True, allow_none=True)
    scene = fields.String(required=True)
    trade_in = fields.String(required=True)
    contact = fields.String(required=True)
    phone = fields.String(required=True, metadata=_said(N_("The number, all but its ends covered.")))
    note = fields.String(required=True)
    language = fields.String(required=True, metadata={"enum": list(LANGUAGES)})
    rights = fields.Nested(RightsAnswer, required=True)


class PhotoAnswer(Answer):
    """A photo of a booking."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, metadata={"enum": list(PHOTO_KINDS)})
    bytes = fields.Integer(required=True)
    width = fields.Integer(required=True, metadata=_said(N_("Pixels from left to right.")))
    height = fields.Integer(required=True, metadata=_said(N_("Pixels from top to bottom.")))
    sha256 = fields.String(required=True, metadata=_said(N_("Digest of the picture that is kept.")))
    uploaded_at = fields.DateTime(required=True)
    href = fields.String(required=True, metadata=_said(N_("Address of the picture.")))


class PhotosAnswer(Answer):
    """The photos of a booking."""

    photos = fields.List(fields.Nested(PhotoAnswer), required=True)


class WaitingAnswer(Answer):
    """A place on the waiting list."""

    token = fields.String(required=True)
    state = fields.String(required=True, metadata={"enum": ["waiting", "offered", "booked", "lapsed", "withdrawn"]})
    call_back = fields.Boolean(required=True)
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)
    offered_day = fields.Date(required=True, allow_none=True)
    offered_window = fields.String(required=True, allow_none=True)
    until = fields.DateTime(required=True, allow_none=True, metadata=_said(N_("The window is kept until then.")))
    booking = fields.String(required=True, allow_none=True, metadata=_said(N_("Token of the booking made of it.")))


class ErrorAnswer(Answer):
    """One thing that is wrong, and where."""

    pointer = fields.String(metadata=_said(N_("JSON pointer into the body.")))
    parameter = fields.String(metadata=_said(N_("Name of a parameter in the address.")))
    header = fields.String(metadata=_said(N_("Name of a header.")))
    code = fields.String(required=True)
    detail = fields.String(required=True)


class Problem(Answer):
    """What went wrong (RFC 9457)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True, metadata=_said(N_("A sentence for people, in the language asked for.")))
    code = fields.String(required=True, metadata=_said(N_("Stable; for programs.")))
    request = fields.String(required=True, metadata=_said(N_("Number of the request, to be named when you call.")))
    errors = fields.List(fields.Nested(ErrorAnswer))
