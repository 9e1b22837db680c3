"""Pages of a signed-in resident, and the calendar feed that they can subscribe to."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import clock, network
from recycling.accounts.own import bookings_in_feed, bookings_of, feed_token, renew_feed
from recycling.accounts.rights import Action
from recycling.errors import N_, NotFoundError
from recycling.exports.calendar import calendar_feed
from recycling.ledger import balance
from recycling.models import Booking
from recycling.money import books
from recycling.money.sellers import known_seller
from web.language import language
from web.points import UNITS, statement_token
from web.rights import actor, needs
from web.services import services, whole_address

pages = Blueprint("mine", __name__, url_prefix="/my")


@pages.get("/bookings")
@needs(Action.BOOKING_LIST)
def bookings() -> str:
    """List the bookings of one's own phone."""
    s = services()
    with s.database.read() as session:
        found = bookings_of(session, actor())
        token = feed_token(session, actor())
        seller = known_seller(session, actor().phone)
        there = {u: balance(session, books.holding(seller.id, u)) for u in UNITS} if seller else None
        area = network.the_area(session)
    feed = whole_address(url_for("mine.feed", token=token)) if token else ""
    return render_template("my_bookings.html", bookings=found, area=area, feed=feed, there=there)


@pages.post("/calendar")
@needs(Action.BOOKING_LIST)
def calendar() -> ResponseReturnValue:
    """Give the feed of one's own pickups a new address, or take it back."""
    with services().database.write() as session:
        renew_feed(session, actor(), clock.utc_now(), request.form.get("deed") != "end")
    return redirect(url_for("mine.bookings"), code=303)


@pages.get("/calendar/<token>.ics")
@needs(Action.BOOKING_OPEN)
def feed(token: str) -> Response:
    """Return one's pickups for a calendar that asks by itself, for whoever knows the address."""
    s = services()
    with s.database.read() as session:
        found = bookings_in_feed(session, token)

    def page_of(booking: Booking) -> str:
        return whole_address(url_for("status.page", token=booking.token))

    response = make_response(calendar_feed(found, page_of, language(), s.settings.clock, clock.utc_now()))
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    return response


@pages.get("/statement")
@needs(Action.BOOKING_LIST)
def statement() -> ResponseReturnValue:
    """Go to the statement of one's own phone; a booking's link alone does not show that the phone is one's own."""
    with services().database.read() as session:
        seller = known_seller(session, actor().phone)
    if seller is None:
        raise NotFoundError.one("nothing-weighed", N_("Nothing was weighed for your number yet."))
    return redirect(url_for("points.holder", token=statement_token(seller)), code=303)
