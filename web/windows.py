"""Windows for the booking form while it is being filled in: which can be kept, and keeping one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from flask import Blueprint, Response, jsonify, request
from flask_babel import gettext

from recycling import booking, clock
from recycling.accounts.rights import Action
from recycling.booking.checks import need_of_wish, visits_of_wish
from recycling.booking.holds import is_last
from recycling.booking.offers import NO_VEHICLE, Offer
from recycling.booking.taking import check_key
from recycling.errors import N_, BadRequestError
from web.goods import things_text
from web.language import day_text, span_text
from web.resident import read_request
from web.rights import counted_from, needs
from web.rounds import rounds_said
from web.services import services

pages = Blueprint("windows", __name__)


@pages.get("/windows")
@needs(Action.BOOKING_MAKE)
def windows() -> Response:
    """Return the windows that can be kept for the things and the place in the address, and the other ways."""
    s, now = services(), clock.utc_now()
    with s.database.read() as session:
        wish = read_request(request.args)
        need = need_of_wish(session, s.office, wish, now)
        visits = visits_of_wish(session, s.office, wish, now) if need.visits > 1 else []
        found = booking.offers(session, s.office, need, now, owner=request.args.get("key", ""))
        out = booking.ways(session, s.office, need, found, now)
    return jsonify(
        {
            "days": _by_day(found),
            "best": [_window(o) for o in booking.ranked(found)[:1]],
            "calls": calls_said(out),
            "waiting": out.waiting,
            "call_back": out.call_back,
            "visits": [things_text(visit) for visit in visits],
            "rounds": rounds_said(wish),
            "none": none_said(out),
        }
    )


def calls_said(out: booking.Ways) -> list[dict[str, object]]:
    """Return the truck calls that can be walked to, as a page says them."""
    local = services().settings.clock.local
    return [
        {
            "community": call.community,
            "day": day_text(local(call.start).date()),
            "hours": span_text(call.start, call.end),
            "metres": call.metres,
            "here": call.here,
        }
        for call in out.calls
    ]


def none_said(out: booking.Ways) -> str:
    """Return why no window can be had at all; empty where only these days are full."""
    return "" if out.vehicle else gettext(NO_VEHICLE)


@pages.post("/holds")
@needs(Action.BOOKING_MAKE)
def keep() -> Response:
    """Keep a window for the form whose key is sent, in place of the one that it kept."""
    s, now, entered = services(), clock.utc_now(), request.form
    key = entered.get("key", "")
    check_key(key)
    window = _asked(entered)
    with s.database.read() as session:
        need = need_of_wish(session, s.office, read_request(entered), now)
    there = booking.Window(need.depot, *window)
    hold = booking.keep_window(s.office, key, need, there, now, origin=counted_from())
    return _kept(hold.until, is_last(s.office, hold))


@pages.post("/holds/renew")
@needs(Action.BOOKING_MAKE)
def renew() -> Response:
    """Keep the form's window for ten more minutes."""
    s = services()
    key = request.form.get("key", "")
    check_key(key)
    with s.database.write() as session:
        kept = booking.renew(session, s.office, key, clock.utc_now())
    return _kept(kept.until, kept.last)


def _kept(until: datetime, last: bool) -> Response:
    return jsonify({"until": f"{services().settings.clock.local(until):%H:%M}", "last": last})


def _asked(entered: Mapping[str, str]) -> tuple[date, str]:
    """Read day and window, which must be open."""
    s = services()
    days = {d.isoformat(): d for d in booking.bookable_days(s.office, clock.utc_now())}
    day, span = days.get(entered.get("day", "")), entered.get("window", "")
    if day is None or span not in map(str, s.settings.service.window_spans):
        raise BadRequestError.one("no-window", N_("This window is not open. Choose another."), where="window")
    return day, span


def _by_day(found: list[Offer]) -> list[dict[str, object]]:
    days: dict[date, list[Offer]] = {}
    for offer in found:
        days.setdefault(offer.window.day, []).append(offer)
    return [
        {"day": day.isoformat(), "label": day_text(day), "windows": [_window(o) for o in offers]}
        for day, offers in days.items()
    ]


def _window(offer: Offer) -> dict[str, object]:
    return {
        "day": offer.window.day.isoformat(),
        "window": offer.window.span,
        "label": offer.window.span.replace("-", "–"),
        "near": offer.near,
        "greenest": offer.greenest,
        "points": offer.points,
    }
