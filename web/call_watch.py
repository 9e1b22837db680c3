"""The page of whoever is told of truck calls at a community: the next calls, and the end of it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from recycling import clock, network
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action
from recycling.stock.taken import room_at
from recycling.timetable import watching
from recycling.timetable.calls import next_calls
from web.calls import why_cancelled
from web.rights import needs, origin
from web.services import services

pages = Blueprint("call_watch", __name__, url_prefix="/c")

NEXT = 6


@pages.get("/<token>")
@needs(Action.BOOKING_OPEN)
def page(token: str) -> str:
    """Show the next calls to whoever holds the link of a message."""
    s, now = services(), clock.utc_now()
    with s.database.read() as session:
        found = watching.by_token(session, token)
        calls = next_calls(session, now, [found.community_code], limit=NEXT)
        rooms = room_at(session, s.settings, s.catalogue, s.fleet, calls, now)
        area = network.the_area(session)
    return render_template(
        "call_watch.html",
        area=area,
        watch=found,
        calls=calls,
        rooms=rooms,
        known=s.catalogue.materials,
        why=why_cancelled,
    )


@pages.post("/<token>/end")
@needs(Action.BOOKING_OPEN)
def end(token: str) -> ResponseReturnValue:
    """Tell the number of a link no more."""
    with services().database.read() as session:
        found = watching.by_token(session, token)
    watching.end(services().database, token, clock.utc_now(), Actor("link", str(found.id), origin=origin()))
    return redirect(url_for("call_watch.page", token=token), code=303)
