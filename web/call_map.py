"""The map of truck calls for everybody, by day, and where trucks are that residents are shown."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask_limiter import Limiter

from recycling import clock, network
from recycling.accounts.rights import Action
from recycling.errors import N_, BadRequestError
from recycling.models import Call
from recycling.stock.taken import room_at
from recycling.timetable.calls import the_community
from recycling.timetable.days import are_over, calls_on, days_with_calls
from recycling.whereabouts import FRESH, Seen, seen_trucks
from web.calls import why_cancelled
from web.language import hour_text
from web.rights import needs, origin
from web.services import services

pages = Blueprint("call_map", __name__, url_prefix="/calls")

DAYS = 7
SHARED_SECONDS = 10
"""So long a proxy may give the same answer to everybody."""

MOST_A_MINUTE = 600
"""Of one address, which many phones of a carrier share; each asks twice a minute."""


def limit(limiter: Limiter) -> None:
    """Count what is asked of these pages, by address."""
    limiter.limit(lambda: f"{MOST_A_MINUTE}/minute", key_func=origin)(pages)


@pages.get("/map")
@needs(Action.LOOK)
def day() -> str:
    """Show the calls of a day on a map and in a list, a community's among them marked."""
    s, now = services(), clock.utc_now()
    code, wanted = request.args.get("community", "")[:40], _day(request.args.get("day", ""))
    today = s.settings.clock.today(now)
    with s.database.read() as session:
        area = network.the_area(session)
        community = the_community(session, code) if code else None
        days = days_with_calls(session, s.settings, now, DAYS)
        chosen = wanted if wanted is not None and wanted >= today else next(iter(days), today)
        calls = calls_on(session, chosen, now)
        rooms = room_at(session, s.settings, s.catalogue, s.fleet, calls, now)
        seen = [_row(one, now) for one in seen_trucks(session, s.settings, now)]
        over = chosen == today and are_over(session, today, now)
    if today not in days and (seen or over):  # its calls are over, but a truck may still be seen on its way
        days = [today, *days]
    if chosen not in days and calls:
        days = [*days, chosen]
    pins = [call for call in calls if call.state == "planned"]
    around = [(lat, lon) for one in seen for lon, lat in one["cell"]] if chosen == today else []
    drawn = None
    if pins or around:
        from web.call_pins import calls_map  # folium loads only when a map is wanted

        drawn = calls_map(pins, code, around)
    return render_template(
        "call_map.html",
        area=area,
        community=community,
        days=days,
        day=chosen,
        calls=calls,
        rooms=rooms,
        known=s.catalogue.materials,
        why=why_cancelled,
        map=drawn,
        seen=seen if chosen == today else [],
        over=over,
        today=today,
    )


@pages.get("/trucks.json")
@needs(Action.LOOK)
def trucks() -> Response:
    """Say where trucks are that may be seen: all, or those with a call ahead at a community."""
    s, now = services(), clock.utc_now()
    code = request.args.get("community", "")[:40]
    with s.database.read() as session:
        if code:
            the_community(session, code)
        found = [_row(one, now) for one in seen_trucks(session, s.settings, now, code)]
    response = jsonify({"now": s.settings.clock.local(now).isoformat(), "trucks": found})
    response.headers["Cache-Control"] = f"public, max-age=0, s-maxage={SHARED_SECONDS}"
    return response


def _row(seen: Seen, now: datetime) -> dict[str, Any]:
    """Return a truck as JSON; ``left`` is for how many seconds more it may be shown, positions are WGS 84."""
    local = services().settings.clock.local
    return {
        "truck": seen.name,
        "cell": [[round(lon, 6), round(lat, 6)] for lon, lat in seen.cell.corners],
        "seen": local(seen.seen_at).isoformat(),
        "hour": hour_text(seen.seen_at),
        "left": max(0, math.floor((seen.seen_at + FRESH - now).total_seconds()) - SHARED_SECONDS),
        "metres": seen.metres,
        "call": _call(seen.call, now) if seen.call else None,
    }


def _call(call: Call, now: datetime) -> dict[str, Any]:
    under_way = call.starts_at <= now
    return {
        "community": call.community_code,
        "name": call.community.name,
        "page": url_for("calls.place", community=call.community_code),
        "under_way": under_way,
        "hour": hour_text(call.ends_at if under_way else call.starts_at),
    }


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadRequestError.one("bad-day", N_("Write the day as in 2026-12-07."), where="day") from error
