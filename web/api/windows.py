"""Windows: which can be kept, and keeping one while the form is filled in."""

from __future__ import annotations

from typing import Any

from recycling import booking, clock
from recycling.accounts.rights import Action
from recycling.booking.checks import need_of_wish, visits_of_wish, window_of
from recycling.booking.holds import is_last
from recycling.booking.offers import Offer
from recycling.errors import N_, BadRequestError, Fault
from web.api.blueprint import IdempotencyHeader, api
from web.api.schemas import HoldAnswer, HoldBody, SlotsAnswer, SlotsQuery
from web.api.wishes import own_key, position_of, wish
from web.rights import counted_from
from web.services import services

WINDOWS = "windows"


@api.operation("GET", "/slots", Action.BOOKING_MAKE, N_("Windows that can be kept, and other ways"), WINDOWS)
@api.arguments(SlotsQuery, location="query")
@api.response(200, SlotsAnswer)
def slots(query: dict[str, Any]) -> dict[str, Any]:
    """Return the windows for a place and things; nothing is kept."""
    s, now = services(), clock.utc_now()
    wanted = wish({**query, "items": _things(query["items"]), "position": position_of(query)})
    with s.database.read() as session:
        need = need_of_wish(session, s.office, wanted, now)
        visits = visits_of_wish(session, s.office, wanted, now)
        found = booking.offers(session, s.office, need, now, owner=own_key(query["key"]) if "key" in query else "")
        out = booking.ways(session, s.office, need, found, now)
    local = s.settings.clock.local
    return {
        "windows": [_offer(o) for o in found],
        "best": next((_offer(o) for o in booking.ranked(found)), None),
        "visits": [[{"item": item, "pieces": pieces} for item, pieces in visit.items()] for visit in visits],
        "ways": {
            "calls": [
                {"community": c.community, "start": local(c.start), "end": local(c.end), "metres": c.metres}
                for c in out.calls
            ],
            "waiting": out.waiting,
            "call_back": out.call_back,
            "vehicle": out.vehicle,
        },
    }


@api.operation("POST", "/holds", Action.BOOKING_MAKE, N_("Keep a window for a few minutes"), WINDOWS)
@api.arguments(IdempotencyHeader, location="headers")
@api.arguments(HoldBody)
@api.response(201, HoldAnswer)
def keep(header: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """Keep a window under a key, in place of the one that was kept under it; book with the same key to use it."""
    s, now, faults = services(), clock.utc_now(), list[Fault]()
    wanted = wish(body)
    window_of(s.office, wanted, now, faults)
    if faults or wanted.day is None:
        raise BadRequestError(*faults)
    with s.database.read() as session:
        need = need_of_wish(session, s.office, wanted, now)
    there = booking.Window(need.depot, wanted.day, wanted.window)
    hold = booking.keep_window(s.office, own_key(header["key"]), need, there, now, origin=counted_from())
    return _hold(header["key"], hold.service_day, hold.window, hold.until, is_last(s.office, hold))


@api.operation("POST", "/holds/<program_key:key>/renew", Action.BOOKING_MAKE, N_("Keep it longer"), WINDOWS)
@api.response(200, HoldAnswer)
def renew(key: str) -> dict[str, Any]:
    """Keep the window of a key for as many minutes again, from now; `last` says that this cannot be done once more."""
    s = services()
    with s.database.write() as session:
        kept = booking.renew(session, s.office, own_key(key), clock.utc_now())
    return _hold(key, kept.window.day, kept.window.span, kept.until, kept.last)


def _hold(key: str, day: object, span: str, until: Any, last: bool) -> dict[str, Any]:
    return {"key": key, "day": day, "window": span, "until": services().settings.clock.local(until), "last": last}


def _offer(offer: Offer) -> dict[str, Any]:
    local = services().settings.clock.local
    return {
        "day": offer.window.day,
        "window": offer.window.span,
        "start": local(offer.start),
        "end": local(offer.end),
        "near": offer.near,
        "greenest": offer.greenest,
        "points": offer.points,
    }


def _things(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in text.split(","):
        code, _, pieces = part.partition(":")
        found[code] = found.get(code, 0) + int(pieces)
    return found
