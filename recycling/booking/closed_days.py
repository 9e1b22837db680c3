"""Moving what stands on days that are closed now: to which window each booking would go, and doing so in one action."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from recycling.accounts.actors import Actor
from recycling.booking import holds
from recycling.booking.asked import newest
from recycling.booking.asking import ask
from recycling.booking.capacity import Window, WindowFullError
from recycling.booking.changing import OPEN, move
from recycling.booking.days import open_days
from recycling.booking.life import visits_of
from recycling.booking.offers import offers
from recycling.booking.office import Office
from recycling.booking.taking import need_of_visits
from recycling.errors import N_, ConflictError, DomainError
from recycling.models import Booking, Hold

Reason = Literal["", "no_window", "on_the_way", "changed"]


@dataclass(frozen=True)
class Proposal:
    """What would become of a booking: the window that is kept for it, or None and the reason."""

    booking: Booking
    there: Window | None
    reason: Reason = ""


@dataclass(frozen=True)
class Moved:
    """What became of the bookings of a day: of how many it was, how many were moved, how many left by reason."""

    asked: int
    moved: int
    left: Mapping[Reason, int]


def closed_days(office: Office, now: datetime) -> list[date]:
    """Return the days from today on, as far ahead as can be booked, that are closed and on which bookings stand."""
    with office.database.read() as session:
        return sorted({day for _, day in standing_on_closed(session, office, now)})


def standing_on_closed(session: Session, office: Office, now: datetime) -> dict[tuple[str, date], int]:
    """Return how many bookings stand on days from today on that are closed by now, by depot and day, in their order."""
    query = (
        select(Booking.depot_code, Booking.service_day, func.count())
        .where(Booking.service_day >= office.clock.today(now), Booking.leg_of.is_(None), Booking.state.in_(STANDING))
        .group_by(Booking.depot_code, Booking.service_day)
        .order_by(Booking.service_day, Booking.depot_code)
    )
    rows = session.execute(query).all()
    return {(depot, day): many for depot, day, many in rows if office.settings.holidays.on(day) is not None}


def propose(office: Office, depot: str, day: date, now: datetime) -> list[Proposal]:
    """Return what each booking of a closed day can be moved to, those that were made first coming first.

    That is the next window with room that begins after the one that was promised, or else the first one at all. It is
    kept for ten minutes, so that `move_all` finds it; `let_go` gives it back.

    Raises
    ------
    ConflictError
        When the day is not closed, so that it would be booked on behind our backs.
    """
    if office.settings.holidays.on(day) is None:
        raise ConflictError.one(
            "day-open",
            N_("%(day)s is a day of service. Close it first in %(file)s, so that nobody books it meanwhile."),
            day=day,
            file=office.settings.service.holidays,
        )
    with office.database.read() as session:
        found = _standing(session, depot, day)
    return [_proposal(office, booking, now) for booking in found]


def move_all(
    office: Office,
    proposals: Sequence[Proposal],
    actor: Actor,
    now: datetime,
    done: Callable[[int], None] = lambda _: None,
) -> Moved:
    """Move each booking to the window that is kept for it, which tells its resident; the others are left to staff.

    For whom no window was found an open wish is kept for the dispatcher. A booking that was changed since the proposal
    was made is left as it is. Done once more it changes nothing. `done` is told how many are through.
    """
    left: Counter[Reason] = Counter()
    moved = 0
    for number, proposal in enumerate(proposals, 1):
        reason = _moved(office, proposal, actor, now)
        if reason:
            left[reason] += 1
        else:
            moved += 1
        done(number)
    return Moved(len(proposals), moved, dict(left))


def proposed(office: Office, depot: str, day: date, now: datetime) -> list[Proposal]:
    """Return what `propose` found, as far as it is still kept; a booking for which nothing is kept has no window."""
    with office.database.read() as session:
        found = _standing(session, depot, day)
        kept = {booking.id: holds.kept_for(session, _owner(booking), now) for booking in found}
    return [_kept(booking, kept[booking.id]) for booking in found]


def let_go(office: Office, proposals: Sequence[Proposal]) -> None:
    """Give back what is kept for bookings that are not moved after all."""
    with office.database.write() as session:
        for proposal in proposals:
            holds.let_go(session, _owner(proposal.booking))


STANDING = (*OPEN, "on_the_way")


def _standing(session: Session, depot: str, day: date) -> Sequence[Booking]:
    query = (
        select(Booking)
        .where(
            Booking.depot_code == depot,
            Booking.service_day == day,
            Booking.leg_of.is_(None),
            Booking.state.in_(STANDING),
        )
        .order_by(Booking.first.desc(), Booking.created_at, Booking.id)
        .options(selectinload(Booking.lines))
    )
    return session.scalars(query).all()


def _kept(booking: Booking, hold: Hold | None) -> Proposal:
    if booking.state not in OPEN:
        return Proposal(booking, None, "on_the_way")
    return Proposal(booking, holds.window_of(hold) if hold else None, "" if hold else "no_window")


def _proposal(office: Office, booking: Booking, now: datetime) -> Proposal:
    if booking.state not in OPEN:
        return Proposal(booking, None, "on_the_way")
    with office.database.read() as session:
        need = need_of_visits(office, visits_of(session, booking, lock=False))
        found = offers(
            session, office, need, now, open_days(office.settings, now), owner=_owner(booking), but=booking.id
        )
    later = [offer for offer in found if offer.start > booking.promise_start]
    for offer in later or found:
        try:
            with office.database.write() as session:
                holds.keep(session, office, _owner(booking), need, offer.window, offer.seconds, now)
        except WindowFullError:
            continue
        return Proposal(booking, offer.window)
    return Proposal(booking, None, "no_window")


def _moved(office: Office, proposal: Proposal, actor: Actor, now: datetime) -> Reason:
    booking, there, reason = proposal.booking, proposal.there, proposal.reason
    try:
        if there is not None:
            move(office, booking, there.day, there.span, actor, now, _owner(booking), _why(office, booking), True)
            return ""
    except WindowFullError:
        reason = "no_window"
    except DomainError:
        return "changed"
    if reason == "no_window":
        _leave_to_staff(office, booking, actor, now)
    return reason


def _leave_to_staff(office: Office, booking: Booking, actor: Actor, now: datetime) -> None:
    """Put a booking on the dispatcher's list, unless its resident has asked for something already."""
    with office.database.read() as session:
        asked_already = newest(session, booking.id)
    if asked_already is None or asked_already.closed_at is not None:
        ask(office, booking, "move", _why(office, booking), f"closed-{booking.id}-{booking.service_day}", actor, now)


CLOSED = "停运 / nobody drives"
"""What the audit log and the dispatcher read of a booking on a day that was closed, with the reason."""


def _why(office: Office, booking: Booking) -> str:
    closed = office.settings.holidays.on(booking.service_day)
    return f"{CLOSED}: {closed.zh}{f' / {closed.en}' if closed.en else ''}" if closed else CLOSED


def _owner(booking: Booking) -> str:
    """Return under which key a window is kept for a booking."""
    return f"closed-{booking.id}"
