"""Changing what a booking says, for whoever holds its link and for clerks: things, door, name and note."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import Response, make_response, render_template

from recycling import booking, network
from recycling.errors import Fault
from recycling.models import Booking
from web.goods import goods
from web.resident import STANDING_NAMES, read_request
from web.services import services

FIELDS = ("address", "floor", "lift", "standing", "contact", "note", "dismantle")


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
    says = {f"item-{line.item}": str(line.pieces) for line in found.lines}
    says |= {f"apart-{line.item}": "yes" for line in found.lines if line.dismantle}
    says |= {
        "address": found.address,
        "floor": str(found.floor),
        "lift": "yes" if found.lift else "",
        "standing": found.standing,
        "contact": found.contact,
        "note": found.note,
        "version": str(found.version),
    }
    text = render_template(
        "amend.html", booking=found, area=area, goods=goods(), standings=STANDING_NAMES, entered=entered or says,
        faults=faults or {}, action=action, back=back,
    )  # fmt: skip
    return make_response(text, status)


def wish_of(found: Booking, entered: Mapping[str, str]) -> booking.BookingRequest:
    """Return the booking as it shall be."""
    read = read_request({**entered, "lon": str(found.lon), "lat": str(found.lat)})
    changed = {name: getattr(read, name) for name in (*FIELDS, "items", "unreadable")}
    return replace(booking.wish_of(found), **changed)


def seen(found: Booking, entered: Mapping[str, str]) -> Booking:
    """Return the booking with the version that its form showed, so that what changed meanwhile is not undone."""
    version = entered.get("version", "")
    found.version = int(version) if version.isdecimal() else 0
    return found
