"""A booking's way through its states, each step guarded, written down and told.

booked -> planned -> on the way -> collected -> settled; or failed, with a reason; or cancelled. That a visit failed can
be taken back for a while, see `recycling.visiting`. Every change is one
unit of work that succeeds only if the booking is still what the one who changes it saw (``version``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session, selectinload

from recycling import audit, notify
from recycling.accounts.actors import Actor, system
from recycling.booking import asked, handed
from recycling.booking.capacity import give_back, put_back
from recycling.booking.facts import facts
from recycling.booking.no_shows import ABSENT
from recycling.booking.taking import share_of
from recycling.errors import N_, BadRequestError, ConflictError
from recycling.models import Booking, BookingLine
from recycling.models.booking import ENDED, FREE
from recycling.notify.quiet import announcing
from recycling.settings import Settings

NEXT = {
    "booked": ("booked", "planned", "on_the_way", "collected", "failed", "cancelled"),
    "planned": ("planned", "booked", "on_the_way", "collected", "failed", "cancelled"),
    "on_the_way": ("planned", "collected", "failed", "cancelled"),
    "collected": ("settled",),
    "failed": ("planned", "on_the_way"),
    "cancelled": (),
    "settled": (),
}
PLANNER = system("plan")
PROMISE_ALONE: Mapping[str, object] = {
    "late_told_at": None,
    "moved_from_start": None,
    "moved_from_end": None,
    "closed_zh": "",
    "closed_en": "",
}
"""What is said of a promise and goes with it."""
MERGED = "merged"
"""Why a visit was cancelled whose things another visit of the same booking takes: it belongs to the booking no more."""
REFUSED = "refused"
"""Why a visit failed at which the price was not accepted: that is free of charge, and no visit in vain."""


def change(
    session: Session,
    booking: Booking,
    state: str,
    actor: Actor,
    action: str,
    now: datetime,
    message: str = "",
    told: Mapping[str, Any] | None = None,
    *,
    lines: Sequence[BookingLine] | None = None,
    why: str = "",
    link: str = "",
    room_given: bool = False,
    by_partner: bool = False,
    **values: object,
) -> None:
    """Bring a booking into a state with other values, write that down, and tell the resident if there is a `message`.

    The message says the figures in `told` and leads to `link` (the booking's own page by default); `lines` take the
    place of those that the booking has; `why` is what the audit log keeps of the reason; with `room_given` the caller
    has given back what it took of its window. A partner recycler that has the booking has it no more once it ends or
    is moved, unless the change is part of that (`by_partner`). What was said of the crew's
    hour is forgotten when the booking comes off its route, and that a delay was told with the promise. What its
    resident asked the dispatcher for is closed by what is done.

    Raises
    ------
    ConflictError
        When this state does not follow the present one, or somebody else changed the booking meanwhile.
    """
    if state not in NEXT[booking.state]:
        raise ConflictError.one(
            "wrong-state",
            N_("Booking %(reference)s is %(state)s; it cannot become %(wanted)s."),
            reference=booking.reference,
            state=booking.state,
            wanted=state,
        )
    before = facts(booking)
    if booking.partner and not by_partner and handed.is_over(booking, state, values):
        handed.call_off(session, booking, actor, now)
        values["partner"] = ""
    if state == "booked":
        values.setdefault("expected_at", None)
    if "promise_start" in values:
        for name, value in PROMISE_ALONE.items():
            values.setdefault(name, value)
    ended = (booking.ended_at or now) if state in ENDED else None
    query = (
        update(Booking)
        .where(Booking.id == booking.id, Booking.version == booking.version, Booking.state == booking.state)
        .values(state=state, version=Booking.version + 1, ended_at=ended, **values)
        .execution_options(synchronize_session=False)
    )
    if cast(CursorResult[Any], session.execute(query)).rowcount != 1:
        raise ConflictError.one(
            "changed-meanwhile",
            N_("Booking %(reference)s was changed by somebody else meanwhile. Load the page again and look at it."),
            reference=booking.reference,
        )
    if state in FREE and booking.state not in FREE and not room_given:
        give_back(session, [share_of(booking)])
    elif booking.state in FREE and state not in FREE:
        put_back(session, [share_of(booking)])
    if lines is not None:
        new = list(lines)
        for line in new:
            line.booking.lines.remove(line)  # of a draft, which must not come into the record
        booking.lines.clear()
        session.flush()
        booking.lines.extend(new)
        session.flush()
    session.refresh(booking)
    after = facts(booking) | ({"why": why} if why else {})
    audit.record(session, actor, action, "booking", booking.id, before, after, now)
    done = "moved" if "promise_start" in values else {"cancelled": "cancelled", **asked.OVER}.get(state, "")
    if done and booking.leg_of is None:
        asked.settle(session, booking, done, actor, now)
    if message and booking.leg_of is None:
        notify.tell(session, booking, message, now, link=link, **(told or {}))


def visits_of(session: Session, booking: Booking, lock: bool = True) -> list[Booking]:
    """Return all visits of the booking as they stand now, the head first; with `lock` no other writer gets at them.

    Those are not among them whose things another one takes since the booking was changed. They are locked in the order
    in which a plan's publication locks them.
    """
    head = booking.leg_of or booking.id
    query = (
        select(Booking)
        .where((Booking.id == head) | (Booking.leg_of == head), Booking.reason != MERGED)
        .order_by(Booking.id)
        .options(selectinload(Booking.lines))
        .execution_options(populate_existing=True)
    )
    found = session.scalars(query.with_for_update() if lock else query).all()
    return sorted(found, key=lambda visit: visit.leg_of is not None)


def planned(
    session: Session,
    bookings: Sequence[tuple[Booking, datetime, datetime]],
    now: datetime,
    link: Callable[[Booking], str] = lambda _: "",
    settings: Settings | None = None,
) -> None:
    """Note that bookings stand on a route, each with its narrowed window; those whose window stays are told nothing.

    `link` gives the path that a booking's message leads to, "" for the booking's own page. The others are told on the
    evening before, when the `settings` say so; without them at once.
    """
    for booking, start, end in bookings:
        if booking.state in ("booked", "planned") and (
            (booking.state, booking.working_start, booking.working_end) != ("planned", start, end)
        ):
            due, urgent = announcing(settings, booking.promise_start, now) if settings else (now, False)
            change(
                session,
                booking,
                "planned",
                PLANNER,
                "booking.planned",
                now,
                "planned_window",
                {"first": start, "last": end, "due": due, "urgent": urgent},
                link=link(booking),
                working_start=start,
                working_end=end,
            )


def unplanned(session: Session, booking: Booking, now: datetime) -> None:
    """Note that a booking stands on no route any more."""
    if booking.state == "planned":
        change(
            session,
            booking,
            "booked",
            PLANNER,
            "booking.unplanned",
            now,
            working_start=booking.promise_start,
            working_end=booking.promise_end,
        )
        notify.outdate(session, booking.id, ("planned_window",), now)


def set_off(
    session: Session,
    booking: Booking,
    first: datetime,
    last: datetime,
    actor: Actor,
    now: datetime,
    link: str = "",
    due: datetime | None = None,
) -> None:
    """Note that the crew is on its way to this door, where it is expected between two moments.

    `link` is the path that the message leads to: `tracking.message_link` gives that of the booking's progress; it
    leaves from `due` on, now by default.
    """
    told: dict[str, Any] = {"first": first, "last": last, "due": due}
    change(session, booking, "on_the_way", actor, "booking.on_the_way", now, "on_the_way", told, link=link)


def turned_back(session: Session, booking: Booking, actor: Actor, now: datetime) -> None:
    """Note that the crew is not on its way to this door after all; the visit stands on its route as before."""
    change(session, booking, "planned", actor, "booking.turned_back", now)


def collected(
    session: Session, booking: Booking, kg: int, actor: Actor, now: datetime, by_partner: bool = False
) -> None:
    """Note that the things were taken, and what they weigh."""
    told = {"kg": kg}
    change(session, booking, "collected", actor, "booking.collected", now, "collected", told, by_partner=by_partner)


def failed(
    session: Session,
    booking: Booking,
    reason: str,
    actor: Actor,
    now: datetime,
    why: str = "",
    waiting: timedelta = timedelta(),
    by_partner: bool = False,
) -> None:
    """Note that the visit came to nothing, and why; the room of its window is free again.

    `waiting` is how long a crew waits at a door for somebody (`visit.wait_minutes`).

    Raises
    ------
    BadRequestError
        Without a reason.
    ConflictError
        When nobody is said to have been there before the window has begun and a crew has waited for somebody.
    """
    if not reason.strip():
        raise BadRequestError.one("no-reason", N_("Say why the visit came to nothing."), where="reason")
    refuse_early(reason, booking.promise_start, now, waiting)
    told = {"reason": reason}
    change(
        session,
        booking,
        "failed",
        actor,
        "booking.failed",
        now,
        "failed",
        told,
        why=why,
        by_partner=by_partner,
        reason=reason,
    )


def refuse_early(reason: str, begins: datetime, now: datetime, waiting: timedelta) -> None:
    """Raise ConflictError where nobody is said to have been there before they had to be, or a crew has waited."""
    if reason == ABSENT and now < begins + waiting:
        raise ConflictError.one(
            "too-early",
            N_("Nobody counts as absent before the window has begun and the crew has waited %(minutes)s minutes."),
            where="reason",
            minutes=waiting // timedelta(minutes=1),
        )


def not_failed(session: Session, booking: Booking, state: str, actor: Actor, now: datetime) -> None:
    """Note that it was a mistake that the visit came to nothing: it stands on its route in `state` as before.

    It takes of its window again what it took, although others may have taken that: it has been promised, and the crew
    comes.
    """
    change(session, booking, state, actor, "booking.not_failed", now, reason="")


def settled(session: Session, booking: Booking, amount: str, actor: Actor, now: datetime) -> None:
    """Note that what was collected has been paid or credited: the amount in words, such as ¥ 8.00 or 120 points."""
    change(session, booking, "settled", actor, "booking.settled", now, "settled", {"amount": amount})


def handed_over(session: Session, booking: Booking, name: str, actor: Actor, now: datetime) -> None:
    """Note that a partner recycler collects it in its hours, of which it takes no more of our window."""
    if booking.seconds:
        give_back(session, [share_of(booking)])
    told = {"partner": name}
    change(session, booking, "booked", actor, "booking.handed", now, "handed", told, by_partner=True, seconds=0)


def handed_back(
    session: Session, booking: Booking, seconds: int, accepted: bool, actor: Actor, now: datetime, why: str = ""
) -> None:
    """Note that it is ours again in the hours that were promised, also where our window is full by now.

    Its resident hears of that only where the partner had `accepted` it.
    """
    action, message = "booking.handed_back", "handed_back" if accepted else ""
    change(
        session,
        booking,
        "booked",
        actor,
        action,
        now,
        message,
        why=why,
        by_partner=True,
        seconds=seconds,
        partner="",
    )
    if accepted:
        put_back(session, [share_of(booking)])


def offered(session: Session, booking: Booking, partner: str, actor: Actor, now: datetime) -> None:
    """Note that a partner recycler is asked whether it collects it; until it answers our window keeps its room."""
    change(session, booking, "booked", actor, "booking.offered", now, by_partner=True, partner=partner)
