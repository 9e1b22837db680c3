"""Truck calls for everybody: when the truck is where, as pages, posters, calendars and open data."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import clock, network
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action
from recycling.errors import N_, BadRequestError, ConflictError, DomainError, NotFoundError
from recycling.exports.call_calendar import call_feed, reason_text
from recycling.exports.qr import qr_svg
from recycling.models import Call
from recycling.places import suggest
from recycling.stock.taken import room_at
from recycling.timetable import watching
from recycling.timetable.calls import next_calls, the_community
from recycling.timetable.open_data import FORMATS, open_data
from recycling.whereabouts import seen_trucks
from web.language import language
from web.rights import needs, origin
from web.services import services, whole_address

pages = Blueprint("calls", __name__, url_prefix="/calls")

NEXT_EVERYWHERE, NEXT_HERE, MOST_FOUND, ON_A_POSTER = 20, 12, 8, 6


@pages.get("")
@needs(Action.LOOK)
def search() -> str:
    """Look for a community; without one, show which calls come next anywhere."""
    s, now = services(), clock.utc_now()
    words = request.args.get("q", "").strip()[:60]
    with s.database.read() as session:
        area = network.the_area(session)
        found = [place for place in suggest(session, words, 3 * MOST_FOUND) if place.kind == "community"]
        places = [the_community(session, place.code) for place in found[:MOST_FOUND]]
        soon = {place.code: _planned(next_calls(session, now, [place.code])) for place in places}
        calls = [] if words else next_calls(session, now, limit=NEXT_EVERYWHERE)
        rooms = room_at(session, s.settings, s.catalogue, s.fleet, calls, now)
    return render_template(
        "calls.html", area=area, words=words, places=places, soon=soon, calls=calls, why=why_cancelled,
        rooms=rooms, known=s.catalogue.materials,
    )  # fmt: skip


@pages.get("/<community>")
@needs(Action.LOOK)
def place(community: str) -> str:
    """Show when the truck calls at a community, and what it takes."""
    return _place("call_place.html", community, NEXT_HERE)


@pages.post("/<community>/watch")
@needs(Action.BOOKING_MAKE)
def watch(community: str) -> ResponseReturnValue:
    """Tell a number by message when calls here change; who asks learns nothing of who is told already."""
    s, entered = services(), request.form.get("phone", "")
    try:
        watching.watch(s.database, community, entered, language(), clock.utc_now(), Actor("anonymous", origin=origin()))
    except (BadRequestError, ConflictError) as error:
        return _place("call_place.html", community, NEXT_HERE, error, entered), error.status
    return redirect(url_for("calls.place", community=community, told="yes", _anchor="told"), code=303)


@pages.get("/<community>/poster")
@needs(Action.LOOK)
def poster(community: str) -> str:
    """Show the same to be printed and put up, with a code that leads to the page."""
    return _place("call_poster.html", community, NEXT_HERE)


def _place(template: str, code: str, most: int, error: DomainError | None = None, entered: str = "") -> str:
    s, now = services(), clock.utc_now()
    with s.database.read() as session:
        area = network.the_area(session)
        community = the_community(session, code)
        calls = next_calls(session, now, [code], limit=most)
        rooms = room_at(session, s.settings, s.catalogue, s.fleet, calls, now)
        seen = seen_trucks(session, s.settings, now, code)
    today = s.settings.clock.today(now)
    address = whole_address(url_for("calls.place", community=code))
    return render_template(
        template,
        area=area,
        community=community,
        calls=calls,
        first=_planned(calls),
        planned=[call for call in calls if call.state == "planned"][:ON_A_POSTER],
        materials=s.catalogue.materials.values(),
        known=s.catalogue.materials,
        rooms=rooms,
        watched=any(call.service_day == today and call.plate and call.state == "planned" for call in calls),
        seen=seen,
        address=address,
        now=now,
        feed=whole_address(url_for("calls.feed", community=code)),
        code=qr_svg(address, community.name),
        why=why_cancelled,
        error=error,
        entered=entered,
    )


def _planned(calls: Sequence[Call]) -> Call | None:
    """Return the first call that takes place."""
    return next((call for call in calls if call.state == "planned"), None)


@pages.get("/<community>.ics")
@needs(Action.LOOK)
def feed(community: str) -> Response:
    """Return a community's calls for the whole season, for a calendar that asks by itself."""
    s, now = services(), clock.utc_now()
    with s.database.read() as session:
        the_community(session, community)
        found = next_calls(session, now, [community])

    def page_of(call: Call) -> str:
        return whole_address(url_for("calls.place", community=call.community_code))

    response = make_response(call_feed(found, page_of, language(), s.settings.clock, now))
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    return response


@pages.get("/data.<form>")
@needs(Action.LOOK)
def data(form: str) -> Response:
    """Return all calls ahead as open data."""
    if form not in FORMATS:
        raise NotFoundError.one("no-format", N_("Calls are there as CSV, JSON and GeoJSON."))
    s = services()
    with s.database.read() as session:
        found = next_calls(session, clock.utc_now())
        rooms = room_at(session, s.settings, s.catalogue, s.fleet, found, clock.utc_now())
    response = make_response(open_data(s.settings, found, form, rooms))
    response.headers["Content-Type"] = FORMATS[form]
    response.headers["Content-Disposition"] = f'attachment; filename="calls.{form}"'
    return response


def why_cancelled(call: Call) -> str:
    """Say in the page's language why a call is cancelled."""
    return reason_text(call, language())
