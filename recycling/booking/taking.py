"""Taking an order whole or not at all."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from recycling import audit, notify
from recycling.accounts.actors import ANONYMOUS, Actor
from recycling.booking import holds
from recycling.booking.bonus import bonus, bonus_of
from recycling.booking.capacity import Share, Window, full, refuse_full, shift
from recycling.booking.checks import checked, given_position
from recycling.booking.duplicates import OURS, TRUSTED, known_twins, refuse_duplicate, refuse_hoarding
from recycling.booking.facts import facts
from recycling.booking.finding import new_token
from recycling.booking.glance import glance, glance_again
from recycling.booking.keeping import MOST_TRIES, claim, in_plan, place
from recycling.booking.legs import split
from recycling.booking.needs import need_for
from recycling.booking.no_shows import refuse_no_shows
from recycling.booking.offers import door_seconds, seconds_of
from recycling.booking.office import Office, Placed
from recycling.booking.request import BookingRequest
from recycling.booking.visits import tail_lift_for
from recycling.booking.workload import Need, together
from recycling.booking.writing import Writes, rows_of, write_new
from recycling.errors import N_, BadRequestError, ConflictError
from recycling.models import Booking, Hold, Quote
from recycling.models.base import table_of
from recycling.models.booking import ENDED
from recycling.pins import remember_answer

ANSWERS = ("given", "mended")
REFERENCE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that look alike


def book(
    office: Office,
    request: BookingRequest,
    key: str,
    now: datetime,
    channel: str = "web",
    actor: Actor = ANONYMOUS,
    follows: Booking | None = None,
    first: bool = False,
    written: datetime | None = None,
    source: Mapping[str, object] | None = None,
    told: str = "booked",
    prices: Mapping[str, int] | None = None,
    beside: Callable[[Session, Booking], None] | None = None,
) -> Booking:
    """Take the booking, or nothing.

    The same key with the same request answers with the booking that it made the first time. A window that is kept
    under the key is used; without one it is taken now. Things that need two vehicles become two visits of one booking.
    `follows` is the booking that this one makes good, `first` lets it go first on its day. `written` is when it was
    asked for, where that was before now: on paper. `source` says how it came, for the audit log, `told` which kind of
    message tells of it. `prices` bind for their items (fen a piece, positive when we pay): they are those of a quote,
    whose pieces may be more than one booking holds. `beside` is called in the unit of work that makes the booking,
    before anything is written; what it raises undoes all.

    Raises
    ------
    BadRequestError
        With one fault for each field that must be mended.
    ConflictError
        When the key already stands for another request, the window is full, the same has been booked already, or only
        staff book for the number.
    """
    check_key(key)
    try:
        with office.database.read() as session:
            looked = glance(session, request, key)
            again = earlier(session, key, request) if looked.used else None
            if again is not None:
                return again
            agreed = request.items if prices is not None or _is_quoted(session, follows) else None
            booking = checked(session, office, request, now, known=looked.number, agreed=agreed)
            by_staff = actor.is_staff or channel in TRUSTED or (channel == "clerk" and follows is None)
            if looked.number and not (by_staff or first):
                refuse_no_shows(session, office, booking.phone)
            known = _known(session, office, follows)
            if looked.known and not request.different and follows is None:  # who was quicker is told below
                refuse_duplicate(session, office, booking, channel, but=known)
            booking.follows, booking.first = follows.id if follows else None, first
            bind(booking, prices or {})
            legs = split(office, booking)
            late = in_plan(office, window_of_booking(booking), now)
            if not late:
                estimate(session, office, legs, window_of_booking(booking), key, now, looked.kept)
                if not looked.kept:
                    refuse_full(session, window_of_booking(booking), map(share_of, legs), now)
        name(legs, request, key, written or now, channel)
        for _ in range(MOST_TRIES):
            placed = _placed(office, legs, key, now) if late else None
            rows = new_rows([legs], actor, now, source, told) if beside is None else None  # others wait for the writer
            with office.database.write() as session:
                if placed is not None and not claim(session, office, placed):
                    continue  # somebody was quicker: the plan is another one now
                there = glance_again(session, legs[0], key, now)
                if follows is not None:
                    refuse_second(session, follows)
                if there.known and not first and (follows is None or follows.reason not in OURS):
                    refuse_hoarding(session, office, legs[0], now, channel)
                if there.known and not request.different:  # somebody may have booked it since it was looked at
                    for leg in legs:
                        refuse_duplicate(session, office, leg, channel, but=known)
                if beside is not None:
                    beside(session, legs[0])
                rows = rows or new_rows([legs], actor, now, source, told)
                enter_rows(session, office, [legs], rows, now, placed is not None, there.claimable, placed is not None)
                if placed is not None and office.planned is not None:
                    office.planned.write(session, placed, legs, now)
                remember_pin(session, request, legs[0], now)
                return legs[0]
        raise full(window_of_booking(booking))
    except (IntegrityError, ConflictError):
        with office.database.read() as session:
            again = earlier(session, key, request)  # a twin of this request was quicker
        if again is None:
            raise
        return again


def _known(session: Session, office: Office, follows: Booking | None) -> frozenset[uuid.UUID]:
    """Return the bookings of which it is known that they are others than one that makes `follows` good."""
    if follows is None:
        return frozenset()
    own = select(Booking).where((Booking.id == follows.id) | (Booking.leg_of == follows.id))
    return known_twins(session, office, session.scalars(own.options(selectinload(Booking.lines))).all())


def _placed(office: Office, legs: Sequence[Booking], key: str, now: datetime) -> Placed:
    """Return a place in the plan of a day that is planned already; what is kept under the key is in nobody's way."""
    for leg in legs:
        leg.seconds = 0  # nothing of a window: it stands on a route
    need = together([need_of(office, leg) for leg in legs])
    placed = place(office, need, window_of_booking(legs[0]), key, now, [f"b:{leg.id}" for leg in legs])
    legs[0].bonus = bonus(office, need, placed.depot, placed.cost)
    return placed


def bind(booking: Booking, prices: Mapping[str, int]) -> None:
    """Give the lines of a booking prices that were agreed, in place of the catalogue's estimates."""
    for line in booking.lines:
        if line.item in prices:
            line.price_low = line.price_high = prices[line.item]


def remember_pin(session: Session, request: BookingRequest, booking: Booking, now: datetime) -> None:
    """Keep what was said about a doubtful mark, so that it is asked about once."""
    given = given_position(request)
    if request.pin in ANSWERS and given is not None:
        code, agreed = booking.community_code or "", (booking.lon, booking.lat)
        remember_answer(session, booking.phone, code, booking.address, given, agreed, now)


def name(legs: Sequence[Booking], request: BookingRequest, key: str, made_at: datetime, channel: str) -> None:
    """Give the visits of one booking, which are in no record yet, their keys, references and links."""
    digest = request.digest()
    for number, leg in enumerate(legs):
        vars(leg).update(
            idempotency_key=f"{key}/{number + 1}" if number else key,
            request_digest=digest,
            created_at=made_at,
            channel=channel,
            reference=new_reference(),
            token=new_token(),
            leg_of=legs[0].id if number else None,
        )


def name_more(head: Booking, leg: Booking, now: datetime) -> None:
    """Give a visit that comes to a booking later its key, reference and link, and what it has of the booking."""
    leg.idempotency_key = f"{head.idempotency_key}/{leg.id.hex[:12]}"
    for one in ("request_digest", "channel", "first", "language"):
        setattr(leg, one, getattr(head, one))
    leg.created_at, leg.leg_of = now, head.id
    leg.reference = new_reference()
    leg.token = new_token()


def need_of_visits(office: Office, visits: Sequence[Booking]) -> Need:
    """Return what those visits of a booking need that are still to be made, or are to be made again."""
    going = [visit for visit in visits if visit.state not in ENDED]
    left = going or [visit for visit in visits if visit.state == "failed"] or list(visits)
    return together([need_of(office, visit) for visit in left])


def new_reference() -> str:
    """Return eight letters that people read to each other."""
    number, letters = secrets.randbelow(len(REFERENCE_LETTERS) ** 8), ""
    for _ in range(8):
        number, letter = divmod(number, len(REFERENCE_LETTERS))
        letters += REFERENCE_LETTERS[letter]
    return letters


def enter(
    session: Session,
    office: Office,
    legs: Sequence[Booking],
    actor: Actor,
    now: datetime,
    source: Mapping[str, object] | None = None,
    told: str = "booked",
    placed: Placed | None = None,
    claimable: bool = True,
    join: bool = True,
) -> None:
    """Write the visits of one booking with the room that they take, the audit log and the message.

    What is kept under the booking's key goes over to it. `placed` is the place that it takes in a plan, claimed before,
    `claimable` False where nothing is kept under the key, or was for anybody until now; for `join` see `write_new`.
    """
    enter_together(session, office, [legs], actor, now, source, told, placed is not None, claimable, join)
    if placed is not None and office.planned is not None:
        office.planned.write(session, placed, legs, now)


def enter_together(
    session: Session,
    office: Office,
    bookings: Sequence[Sequence[Booking]],
    actor: Actor,
    now: datetime,
    source: Mapping[str, object] | None = None,
    told: str = "booked",
    on_route: bool = False,
    claimable: bool = True,
    join: bool = True,
) -> None:
    """Write the visits of several bookings, all or none of them; see `enter`.

    With `on_route` they take nothing of their window, but a place in a plan.

    Raises
    ------
    WindowFullError
        When there is no room for all of them; the caller's unit of work must end with it.
    """
    rows = new_rows(bookings, actor, now, source, told)
    enter_rows(session, office, bookings, rows, now, on_route, claimable, join)


def new_rows(
    bookings: Sequence[Sequence[Booking]],
    actor: Actor,
    now: datetime,
    source: Mapping[str, object] | None = None,
    told: str = "booked",
) -> list[Writes]:
    """Return the rows of new bookings with what the audit log and the residents are told of them, for `enter_rows`."""
    visits = [leg for legs in bookings for leg in legs]
    rows = rows_of(visits)
    events = [
        audit.first_event(actor, "booking.made", "booking", leg.id, {**facts(leg), **(source or {})}, now)
        for leg in visits
    ]
    messages = [notify.first_of(legs[0], told, now) for legs in bookings]
    return [*rows, (audit.INSERT, events), (notify.INSERT, messages)]


def enter_rows(
    session: Session,
    office: Office,
    bookings: Sequence[Sequence[Booking]],
    rows: Sequence[Writes],
    now: datetime,
    on_route: bool = False,
    claimable: bool = True,
    join: bool = True,
) -> None:
    """Write the rows of new bookings, as `new_rows` gave them before anybody had to wait; see `enter_together`."""
    keys = [legs[0].idempotency_key for legs in bookings] if claimable else []
    gone = [hold for key in keys for hold in holds.claimed(session, key, now)]
    visits = [leg for legs in bookings for leg in legs]
    taken = [] if on_route else [share_of(leg) for leg in visits]
    shift(session, office, [holds.share_of(hold) for hold in gone], taken)
    write_new(session, visits, rows, join)


def refuse_second(session: Session, follows: Booking) -> None:
    """Raise ConflictError when a failed visit has been made good already, or has not failed after all.

    Two at once take turns.
    """
    visits = session.execute(
        select(Booking.id, Booking.state)
        .where((Booking.id == follows.id) | (Booking.leg_of == follows.id))
        .order_by(Booking.id)
        .with_for_update()
    ).all()
    if all(visit.state != "failed" for visit in visits):
        raise ConflictError.one(
            "not-failed",
            N_("Booking %(reference)s has not failed, so there is nothing to make good."),
            reference=follows.reference,
        )
    query = select(Booking.reference).where(
        Booking.follows == follows.id, Booking.leg_of.is_(None), Booking.state != "cancelled"
    )
    other = session.scalar(query.limit(1))
    if other is not None:
        raise ConflictError.one(
            "booked-anew",
            N_("Booking %(reference)s has been booked anew already: see %(other)s."),
            reference=follows.reference,
            other=other,
        )


def _is_quoted(session: Session, booking: Booking | None) -> bool:
    """Tell whether a booking is what became of a quote."""
    if booking is None:
        return False
    return session.scalar(select(Quote.id).where(Quote.booking_id == booking.id).limit(1)) is not None


def estimate(
    session: Session,
    office: Office,
    visits: Sequence[Booking],
    window: Window,
    owner: str,
    now: datetime,
    may_keep: bool = True,
) -> None:
    """Set what the visits of one booking would take of a window, and the points for it.

    What is kept there for `owner` is what they take, whoever has come into the neighbourhood or left it meanwhile, if
    it is for the same place and the same things; for others the way is reckoned anew. `may_keep` is False where
    nothing is kept for `owner`.
    """
    needs = [need_of(office, visit) for visit in visits]
    kept = holds.kept_for(session, owner, now) if owner and may_keep else None
    if kept is not None and _is_for(kept, window, needs):
        ways = kept.seconds - sum(door_seconds(office, need) for need in needs)
        if ways >= 0:
            each, rest = divmod(ways, len(needs))
            for number, (visit, need) in enumerate(zip(visits, needs, strict=True)):
                visit.seconds = door_seconds(office, need) + each + (rest if number == 0 else 0)
            visits[0].bonus = kept.bonus
            return
    for visit, need in zip(visits, needs, strict=True):
        visit.seconds = seconds_of(session, office, need, window, owner)
    visits[0].bonus = bonus_of(session, office, needs[0], window, owner)


def _is_for(kept: Hold, window: Window, needs: Sequence[Need]) -> bool:
    """Tell whether a window is kept for just these visits."""
    whole = replace(together(needs), visits=1, parts=())
    return holds.window_of(kept) == window and holds.need_of(kept) == whole


def need_of(office: Office, booking: Booking) -> Need:
    """Return what a booking needs of the fleet, with all the visits that it takes."""
    place = (booking.lon, booking.lat)
    return need_for(office, booking.depot_code, place, booking.lines, booking.height_limit, booking.scene)


def share_of(booking: Booking) -> Share:
    """Return what a booking takes of its window."""
    lift = tail_lift_for(booking.lines)
    return Share(window_of_booking(booking), booking.people, booking.seconds, lift, booking.height_limit, booking.id)


def window_of_booking(booking: Booking) -> Window:
    """Return the window that a booking stands in."""
    return Window(booking.depot_code, booking.service_day, booking.window)


def check_key(key: str) -> None:
    """Refuse a key that no form of ours makes."""
    if not 8 <= len(key) <= 80 or not (key.isascii() and key.isprintable()):
        raise BadRequestError.one(
            "bad-key", N_("The form is not complete. Load the page again; your entries stay."), where="key"
        )


def earlier(session: Session, key: str, request: BookingRequest) -> Booking | None:
    """Return the booking that the key made before; ConflictError when it was for another request."""
    asked = {"key": key}
    found = session.scalar(_OF_KEY, asked) if session.scalar(_IS_KEY, asked) is not None else None
    if found is not None and found.request_digest != request.digest():
        raise ConflictError.one(
            "key-used",
            N_("This form has already been sent with other entries. Open the booking page anew for a second booking."),
            where="key",
        )
    return found


_IS_KEY = select(table_of(Booking).c.id).where(table_of(Booking).c.idempotency_key == bindparam("key"))
_OF_KEY = select(Booking).where(Booking.idempotency_key == bindparam("key")).options(selectinload(Booking.lines))
"""Asked for each booking, so they are put together once; for most there is none."""
