"""Accepting a quote: the booking, at the quote's prices, for the window that the customer chose."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import ANONYMOUS, Actor
from recycling.booking.checks import checked
from recycling.booking.offers import Offer, offers
from recycling.booking.office import Office
from recycling.booking.quotes.finding import locked_quote, open_state, quote_by_token
from recycling.booking.quotes.writing import quote_facts
from recycling.booking.request import BookingRequest
from recycling.booking.taking import book, need_of
from recycling.booking.unplaced import any_window
from recycling.errors import N_, ConflictError
from recycling.models import Booking, Quote


def request_of(quote: Quote, day: date | None = None, window: str = "") -> BookingRequest:
    """Return a quote as the request of the booking that it becomes."""
    payer = "我们付 / we pay" if quote.fen > 0 else "客户付 / customer pays"
    sum_ = f"报价单 / quote {quote.number}-{quote.version}: {payer} ¥ {abs(quote.fen) / 100:,.2f}"
    return BookingRequest(
        items={line.item: line.pieces for line in quote.lines},
        community=quote.community_code,
        lon=None,
        lat=None,
        address=quote.address,
        floor=quote.floor,
        lift=quote.lift,
        day=day,
        window=window,
        contact=quote.contact,
        phone=quote.phone,
        note=f"{quote.note} {sum_}".strip(),
        scene=quote.scene,
        standing=quote.standing,
        different=True,
    )


def windows_for(session: Session, office: Office, quote: Quote, now: datetime) -> list[Offer]:
    """Return the windows that can be kept for a quote, in order of time; none for one that is not open."""
    if open_state(quote, office.clock.today(now)) != "sent":
        return []
    wish = any_window(office, request_of(quote), now)
    draft = checked(session, office, wish, now, open_only=False, agreed=wish.items)
    return offers(session, office, need_of(office, draft), now)


def accept_quote(
    office: Office, token: str, day: date | None, window: str, now: datetime, actor: Actor = ANONYMOUS
) -> Booking:
    """Book a quote for a window; whoever accepts it again, for whichever window, gets the same booking.

    Raises
    ------
    BadRequestError
        When the window is none of ours, or its day is closed.
    ConflictError
        When the quote is not open any more, or the window has just been filled.
    """
    with office.database.read() as session:
        quote = quote_by_token(session, token)
        made = session.get(Booking, quote.booking_id) if quote.booking_id else None
    if made is not None:
        return made
    _refuse_ended(office, quote, now)

    def claim(session: Session, booking: Booking) -> None:
        mine = locked_quote(session, quote.id)
        _refuse_ended(office, mine, now)
        mine.state, mine.ended_at, mine.booking_id = "accepted", now, booking.id
        audit.record(session, actor, "quote.accepted", "quote", mine.id, None, quote_facts(mine), now)

    try:
        return book(
            office,
            request_of(quote, day, window),
            f"quote-{quote.id}",
            now,
            "clerk",
            actor,
            source={"quote": quote.number, "version": quote.version},
            prices={line.item: line.price for line in quote.lines},
            beside=claim,
        )
    except ConflictError:
        with office.database.read() as session:
            again = quote_by_token(session, token)
            made = session.get(Booking, again.booking_id) if again.booking_id else None
        if made is None:
            raise
        return made  # it was accepted in another window of the browser at the same time


def _refuse_ended(office: Office, quote: Quote, now: datetime) -> None:
    if open_state(quote, office.clock.today(now)) != "sent":
        raise ConflictError.one("quote-ended", N_("This quote is not open any more. Call us for a new one."))
