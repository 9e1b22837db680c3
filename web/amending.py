"""Changing what a booking says, for whoever holds its link and for clerks: all that can be said at booking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import Response, make_response, render_template

from recycling import booking, network
from recycling.booking.life import visits_of
from recycling.errors import N_, Fault
from recycling.kept_network import the_community
from recycling.models import Booking
from recycling.places import named
from web.communities import community_of
from web.goods import goods
from web.resident import SCENE_NAMES, STANDING_NAMES, read_request
from web.rights import actor
from web.services import services

BOXES = ("items", "dismantle", "lift", "different")
"""What a form says by not sending it."""
FIELDS = (
    "community",
    "lon",
    "lat",
    "address",
    "floor",
    "standing",
    "height_limit",
    "scene",
    "trade_in",
    "contact",
    "note",
    "language",
)
"""What a form says by sending it; the booking keeps what it does not send. Its number is a matter of its own."""


def form_of(
    found: Booking,
    action: str,
    back: str,
    entered: Mapping[str, str] | None = None,
    faults: Mapping[str, list[Fault]] | None = None,
    status: int = 200,
) -> Response:
    """Show what a booking says, to be changed; `entered` is what was sent before, `back` leads to the booking."""
    with services().database.read() as session:
        area = network.the_area(session)
    text = render_template(
        "amend.html", booking=found, area=area, goods=goods(), standings=STANDING_NAMES, scenes=SCENE_NAMES,
        phone_too=actor().is_staff, entered=entered or _says(found), faults=faults or {}, action=action, back=back,
    )  # fmt: skip
    return make_response(text, status)


def wish_of(found: Booking, entered: Mapping[str, str]) -> booking.BookingRequest:
    """Return the booking as it shall be; what cannot be read at all is a fault of its field.

    A community that is not known is one here even beside a mark on the map, as the booking would lose the one that it
    has. Nobody is asked again about a mark that stays where it was. Only staff, who speak with the person, are shown
    the telephone number and may change it.
    """
    read, was = read_request(entered), booking.wish_of(found)
    sent = (*BOXES, *(name for name in FIELDS if name in entered))
    wish = replace(was, **{name: getattr(read, name) for name in sent}, unreadable=_unreadable(found, entered, read))
    if entered.get("community", "").strip() == _place_of(found)[0]:
        wish = replace(wish, community=was.community)
    if actor().is_staff and "phone" in entered:
        wish = replace(wish, phone=entered["phone"])
    moved = (wish.lon, wish.lat, wish.community) != (was.lon, was.lat, was.community)
    return replace(wish, pin=read.pin) if moved else wish


def _unreadable(found: Booking, entered: Mapping[str, str], read: booking.BookingRequest) -> Mapping[str, Fault]:
    faults, text = dict(read.unreadable), entered.get("community", "").strip()
    if "community" not in entered or text == _place_of(found)[0]:
        faults.pop("community", None)
    elif text and not read.community:
        _, fault = community_of(entered, N_("We do not know this community. Choose one from the list."))
        if fault is not None:
            faults["community"] = fault
    return faults


def _says(found: Booking) -> dict[str, str]:
    """Return what a booking says as the form's fields; a place that is its community's own is not marked."""
    with services().database.read() as session:
        wish = booking.wish_of(found, visits=visits_of(session, found, lock=False))
    says = {f"item-{code}": str(pieces) for code, pieces in wish.items.items()}
    says |= {f"apart-{code}": "yes" for code in wish.dismantle}
    community, marked = _place_of(found)
    return says | {
        "community": community,
        "lon": str(found.lon) if marked else "",
        "lat": str(found.lat) if marked else "",
        "address": found.address,
        "floor": str(found.floor),
        "lift": "yes" if found.lift else "",
        "standing": found.standing,
        "height_limit": "" if found.height_limit is None else str(found.height_limit),
        "scene": found.scene,
        "trade_in": found.trade_in,
        "contact": found.contact,
        "phone": found.phone.removeprefix("+86"),
        "note": found.note,
        "language": found.language,
        "version": str(found.version),
    }


def _place_of(found: Booking) -> tuple[str, bool]:
    """Return how the list calls a booking's community, empty without one, and whether the door was marked."""
    if not found.community_code:
        return "", True
    with services().database.read() as session:
        community, places = the_community(session, found.community_code), named(session, found.community_code)
        marked = community is None or (community.lon, community.lat) != (found.lon, found.lat)
    return places[0].label if places else "", marked


def seen(found: Booking, entered: Mapping[str, str]) -> Booking:
    """Return the booking with the version that its form showed, so that what changed meanwhile is not undone."""
    version = entered.get("version", "")
    found.version = int(version) if version.isdecimal() else 0
    return found
