"""The guard: what a window can give, taking some of it, giving it back. A window is never oversold.

What was given back by mistake is taken again by `put_back`, for which a full window promises as much more.

Each window of a day has one row for each size of crew: row 1 is all vehicles, row 2 those with at least two people, and
so on. A visit for two people takes its seconds from rows 1 and 2, so that whatever is accepted can be divided among
crews that may take it. Where a tail lift or a low way in matters, `fitting` says whether it can. A row is changed by
one conditional UPDATE, which two writers cannot both pass. All that a unit of work gives and takes is brought together
first and written in one order of rows, so that no two writers wait for each other.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Date, Table, bindparam, case, func, not_, select, text, update
from sqlalchemy.orm import Session

from recycling.booking.days import horizon
from recycling.booking.expected import expected_seconds
from recycling.booking.fitting import Fits
from recycling.booking.office import Office
from recycling.booking.workload import Fit
from recycling.clock import Span
from recycling.errors import N_, ConflictError
from recycling.fleet import Fleet
from recycling.models import Booking, Hold, Slot
from recycling.models.base import table_of
from recycling.models.booking import FREE
from recycling.ready import Ready, together


class WindowFullError(ConflictError):
    """The window has no room left for this visit; nothing was changed."""


@dataclass(frozen=True)
class Window:
    """One window of a depot's day."""

    depot: str
    day: date
    span: str


Change = tuple[Window, int, int]
"""A row, by its window and size of crew, and by how many seconds it changes."""


@dataclass
class Room:
    """Seconds that a window has for crews of some size, and how many are taken."""

    capacity: int
    taken: int = 0

    @property
    def left(self) -> int:
        """Seconds that can still be taken."""
        return self.capacity - self.taken


def crews(fleet: Fleet, depot: str) -> list[int]:
    """Return the sizes of crew that the depot has vehicles for: 1, and each larger one up to the largest."""
    return list(range(1, max((kind.crew for _, _, kind in fleet.at(depot)), default=1) + 1))


@dataclass(frozen=True)
class Share:
    """What one visit takes of a window.

    Attributes
    ----------
    tail_lift, height_limit
        Which of the vehicles with the crew for it can do it.
    visit
        The booking in the record that it is, if any.
    """

    window: Window
    people: int
    seconds: int
    tail_lift: bool = False
    height_limit: float | None = None
    visit: uuid.UUID | None = None

    @property
    def fit(self) -> Fit:
        """Which vehicles can do it."""
        return Fit(self.people, self.tail_lift, self.height_limit)


def shift(session: Session, office: Office, given: Iterable[Share], taken: Iterable[Share]) -> None:
    """Give back and take at once; the whole unit of work fails when there is no room for what is taken beyond that.

    A unit calls this once, after everything else that it locks.

    Raises
    ------
    WindowFullError
        When a row has less left than is needed, no crew of that size exists, or those vehicles cannot do it that have
        the tail lift or the height for it.
    """
    given, taken = list(given), list(taken)
    wanted = {(share.window, crew) for share in taken for crew in range(1, share.people + 1)}
    changes = _changes(given, taken)
    lacking = changes if given else _not_shifted(session, changes)
    if lacking and lacking != changes[-len(lacking) :]:  # going back to a row before one that is ours makes a ring
        raise full(lacking[0][0])
    for window, crew, seconds in lacking:
        if (given and _shifted(session, window, crew, seconds)) or (window, crew) not in wanted:
            continue
        make_rows(session, office, window.depot, [window.day])  # nobody may have asked for this day before
        if not _shifted(session, window, crew, seconds):
            raise full(window)
    for window in sorted({share.window for share in taken}, key=lambda w: (w.depot, w.day, w.span)):
        if not can_do(session, office, window, given, taken):
            raise full(window)


def refuse_full(session: Session, window: Window, visits: Iterable[Share], now: datetime) -> None:
    """Raise WindowFullError when a row of a window has less left than one of the visits takes; nothing is changed.

    Who finds it full here need not wait for his turn to write. What is kept for too long already counts as left. A
    window that passes here is looked at again by whoever takes of it.
    """
    for visit in visits:
        row = {"depot": window.depot, "day": window.day, "span": window.span}
        asked = {**row, "crew": visit.people, "seconds": visit.seconds, "now": now}
        if _lacking(has_room).one(session, **asked) is not None:
            raise full(window)


@lru_cache(maxsize=8)
def _lacking(condition: Callable[[Any], ColumnElement[bool]]) -> Ready:
    """Return the question for a row of a window that lacks room, put together once."""
    table, held = table_of(Slot), table_of(Hold).c
    over = (
        select(func.coalesce(func.sum(held.seconds), 0))
        .where(
            held.depot_code == bindparam("depot"),
            held.service_day == bindparam("day"),
            held.window == bindparam("span"),
            held.people >= table.c.people,
            held.until <= bindparam("now"),
        )
        .scalar_subquery()
    )
    return Ready(
        select(table.c.people)
        .where(*_bound_row(table), table.c.people <= bindparam("crew"), not_(condition(bindparam("seconds") - over)))
        .limit(1)
    )


def can_do(session: Session, office: Office, window: Window, given: Sequence[Share], taken: Sequence[Share]) -> bool:
    """Tell whether the vehicles with tail lift and height enough can do what is taken of a window beside the rest."""
    gone = [share.visit for share in given if share.visit is not None]
    fits = Fits(session, office, window.depot, [window.day], without=gone)
    return fits.takes(window.day, window.span, by_fit(window, taken), by_fit(window, given))


def by_fit(window: Window, shares: Iterable[Share]) -> dict[Fit, int]:
    """Return the seconds that shares take of a window, by the vehicles that can do them."""
    found: dict[Fit, int] = defaultdict(int)
    for share in shares:
        if share.window == window and share.seconds > 0:
            found[share.fit] += share.seconds
    return found


def full(window: Window) -> WindowFullError:
    """Return what somebody is told whose window has been filled."""
    return WindowFullError.one(
        "window-full",
        N_("The window %(window)s on %(day)s has just been filled. Choose another; your entries stay."),
        where="window",
        window=window.span,
        day=window.day.isoformat(),
    )


def give_back(session: Session, given: Iterable[Share]) -> None:
    """Give back what visits took."""
    for change in _changes(list(given), []):
        _shifted(session, *change)


def put_back(session: Session, taken: Iterable[Share]) -> None:
    """Take again what visits took before, also of a window that has no room: then it promises as much more."""
    for window, crew, seconds in _changes([], list(taken)):
        if not _shifted(session, window, crew, seconds):
            session.execute(
                update(Slot)
                .where(*_row(window, crew))
                .values(taken=Slot.taken + seconds, capacity=Slot.taken + seconds)
                .execution_options(synchronize_session=False)
            )


def _changes(given: Sequence[Share], taken: Sequence[Share]) -> list[Change]:
    """Return by how many seconds each row changes, always in the same order, so that writers never wait in a ring."""
    change: dict[tuple[str, date, str, int], int] = defaultdict(int)
    for sign, shares in ((-1, given), (1, taken)):
        for share in shares:
            for crew in range(1, share.people + 1):
                change[share.window.depot, share.window.day, share.window.span, crew] += sign * share.seconds
    return [(Window(*row[:3]), row[3], seconds) for row, seconds in sorted(change.items())]


def _not_shifted(session: Session, changes: Sequence[Change]) -> list[Change]:
    """Change rows in their order, and return the changes for which there is no row, or one without room."""
    said = together(session, [_change(*change) for change in changes])
    return [change for change, one in zip(changes, said, strict=True) if one.changed != 1]


def _shifted(session: Session, window: Window, crew: int, seconds: int) -> bool:
    """Change a row; False when there is none, or it has no room."""
    return not _not_shifted(session, [(window, crew, seconds)])


def _change(window: Window, crew: int, seconds: int) -> tuple[Ready, list[dict[str, Any]]]:
    row = {"depot": window.depot, "day": window.day, "span": window.span, "crew": crew, "seconds": seconds}
    return _shifting(has_room if seconds > 0 else None), [row]


@lru_cache(maxsize=8)
def _shifting(condition: Callable[[Any], ColumnElement[bool]] | None) -> Ready:
    """Return the update of a row under a condition on the seconds that are taken, put together once."""
    table = table_of(Slot)
    shifting = table.update().where(*_bound_row(table), table.c.people == bindparam("crew"))
    if condition is not None:
        shifting = shifting.where(condition(bindparam("seconds")))
    return Ready(shifting.values(taken=table.c.taken + bindparam("seconds")))


def _bound_row(table: Table) -> tuple[ColumnElement[bool], ...]:
    return (
        table.c.depot_code == bindparam("depot"),
        table.c.service_day == bindparam("day"),
        table.c.window == bindparam("span"),
    )


def has_room(seconds: Any) -> ColumnElement[bool]:
    """Return the condition under which so many seconds may be taken."""
    slot = table_of(Slot).c
    room: ColumnElement[bool] = slot.taken + seconds <= slot.capacity
    return room


def rooms(session: Session, office: Office, depot: str, days: Sequence[date]) -> dict[tuple[date, str, int], Room]:
    """Return the room of each day, window and size of crew; nothing is written."""
    known = _known(session, depot, days)
    return {**known, **_unwritten(session, office, depot, days, known)}


def make_rows(session: Session, office: Office, depot: str, days: Iterable[date]) -> None:
    """Write the rows of days that have none yet; another writer may be doing the same."""
    days = list(days)
    missing = _unwritten(session, office, depot, days, _known(session, depot, days))
    for (day, window, crew), room in sorted(missing.items()):
        row = {"depot": depot, "day": day, "window": window, "people": crew}
        session.execute(_INSERT, {**row, "capacity": room.capacity, "taken": room.taken})


def recount(session: Session, office: Office, depot: str, day: date) -> None:
    """Bring a day's capacity to what the fleet and its other work leave now, never below what has been promised.

    Where the fleet has no crew of a size any more, or a window is promised no longer, nothing more can be taken.
    """
    make_rows(session, office, depot, [day])
    able = {(span, crew): seconds for _, span, crew, seconds in _capacities(session, office, depot, [day])}
    for _, window, crew in sorted(_known(session, depot, [day])):
        session.execute(
            update(Slot)
            .where(*_row(Window(depot, day, window), crew))
            .values(capacity=_larger(Slot.taken, able.get((window, crew), 0)))
            .execution_options(synchronize_session=False)
        )


def beyond(session: Session, office: Office, window: Window, fit: Fit) -> bool:
    """Tell whether more of a window has been promised than the fleet can do, its calls and deliveries included.

    The vehicles that can do what `fit` says are looked at by themselves, too.
    """
    known = _known(session, window.depot, [window.day])
    fits = Fits(session, office, window.depot, [window.day])
    return fits.beyond(window.day, window.span, fit) or any(
        span == window.span and known[day, span, crew].taken > able
        for day, span, crew, able in _capacities(session, office, window.depot, [window.day])
        if (day, span, crew) in known
    )


def recount_open(office: Office, now: datetime) -> list[tuple[str, date]]:
    """Recount the open days whose room is no longer what the fleet and its other work leave; return depots and days.

    Deliveries and calls come in, and vehicles come and go, after the first booking of a day has written its rows.
    """
    ahead = horizon(office.settings, now)  # with days on which nobody drives: they may have been entered since
    with office.database.read() as session:
        written = session.execute(
            select(Slot.depot_code, Slot.service_day).where(Slot.service_day.in_(ahead)).distinct()
        )
        rows = [(depot, day) for depot, day in written]
        changed = [(depot, day) for depot, day in sorted(rows) if _has_changed(session, office, depot, day)]
    for depot, day in changed:
        with office.database.write() as session:
            recount(session, office, depot, day)
    return changed


def _has_changed(session: Session, office: Office, depot: str, day: date) -> bool:
    known = _known(session, depot, [day])
    able = {row[:3]: row[3] for row in _capacities(session, office, depot, [day])}
    return able.keys() != known.keys() & able.keys() or any(
        room.capacity != max(room.taken, able.get(key, 0)) for key, room in known.items()
    )


_INSERT = text(
    'INSERT INTO slot (depot_code, service_day, "window", people, capacity, taken)'
    " VALUES (:depot, :day, :window, :people, :capacity, :taken) ON CONFLICT DO NOTHING"
).bindparams(bindparam("day", type_=Date()))


def _larger(column: Any, least: int) -> Any:
    return case((column > least, column), else_=least)


def _row(window: Window, crew: int) -> tuple[ColumnElement[bool], ...]:
    return (
        Slot.depot_code == window.depot,
        Slot.service_day == window.day,
        Slot.window == window.span,
        Slot.people == crew,
    )


def _known(session: Session, depot: str, days: Sequence[date]) -> dict[tuple[date, str, int], Room]:
    rows = session.execute(_KNOWN, {"depot": depot, "days": list(days)})
    return {(day, window, crew): Room(capacity, taken) for day, window, crew, capacity, taken in rows}


_KNOWN = select(Slot.service_day, Slot.window, Slot.people, Slot.capacity, Slot.taken).where(
    Slot.depot_code == bindparam("depot"), Slot.service_day.in_(bindparam("days", expanding=True))
)
"""Asked for each who looks for windows, so it is put together once."""


def _unwritten(
    session: Session, office: Office, depot: str, days: Sequence[date], known: Container[tuple[date, str, int]]
) -> dict[tuple[date, str, int], Room]:
    """Return the room of each row that ought to be there and is not."""
    sizes = crews(office.fleet, depot)
    spans = [str(span) for span in office.settings.service.window_spans]
    missing = [day for day in days if any((day, span, crew) not in known for span in spans for crew in sizes)]
    promised = _promised(session, depot, missing)
    found = {}
    for day, window, crew, seconds in _capacities(session, office, depot, missing):
        if (day, window, crew) not in known:
            taken = promised.get((day, window, crew), 0)
            found[day, window, crew] = Room(max(seconds, taken), taken)
    return found


def _promised(session: Session, depot: str, days: Sequence[date]) -> dict[tuple[date, str, int], int]:
    """Return the seconds that bookings and holds take of days whose rows have not been written yet."""
    taken: dict[tuple[date, str, int], int] = defaultdict(int)
    if not days:
        return taken
    for model, condition in ((Booking, Booking.state.not_in(FREE)), (Hold, Hold.seconds > 0)):
        query = select(model.service_day, model.window, model.people, func.sum(model.seconds)).where(
            model.depot_code == depot, model.service_day.in_(days), condition
        )
        for day, window, people, seconds in session.execute(
            query.group_by(model.service_day, model.window, model.people)
        ):
            for crew in range(1, people + 1):
                taken[day, window, crew] += seconds
    return taken


def _capacities(
    session: Session, office: Office, depot: str, days: Sequence[date]
) -> Iterable[tuple[date, str, int, int]]:
    """Yield (day, window, crew, seconds) of what the fleet can promise beside the work that is already known.

    On a day on which nobody drives it is nothing; where that work is more than the fleet can do, less than nothing.
    """
    if not days:
        return
    fleet = [kind.crew for _, _, kind in office.fleet.at(depot)]
    expected = expected_seconds(session, office, depot, days)
    for day in days:
        closed = office.settings.holidays.on(day) is not None
        for span in office.settings.service.window_spans:
            for crew in crews(office.fleet, depot):
                able = 0 if closed else sum(1 for size in fleet if size >= crew)
                seconds = able * _length(office, day, span) * office.settings.booking.fill
                yield day, str(span), crew, round(seconds - expected.get((day, str(span), crew), 0))


def _length(office: Office, day: date, span: Span) -> float:
    clock = office.clock
    return (clock.at(day, span.end) - clock.at(day, span.start)).total_seconds()
