"""Where each vehicle of a day stands: by what its crew reported, by the dispatcher's word, or else by plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from recycling.board.marks import DONE, GONE, NOTHING, ON_THE_WAY, OVER, REPORTED, STILL, TO_NOTHING, Mark
from recycling.models import PlanRoute, PlanVisit
from recycling.stop_names import service_of

BY_REPORTS, BY_WORD, BY_PLAN = "reports", "word", "plan"
ZERO = timedelta(0)


@dataclass(frozen=True)
class Service:
    """A service that is done, or that a vehicle finishes first, with the times that it had or is expected to have."""

    visit: PlanVisit
    arrives: datetime
    begins: datetime
    ends: datetime


@dataclass(frozen=True)
class Known:
    """Where a vehicle stands.

    Attributes
    ----------
    by
        ``reports`` of its crew or of a scale, the dispatcher's ``word``, or the ``plan`` where nobody said anything.
    left
        It has left its depot.
    kept
        Services that stay its own: done, come to nothing, or begun.
    to_nothing
        Stops among them at which nothing was done.
    free
        When it may go elsewhere.
    reported
        When something was reported last, None for never.
    held
        The last of ``kept`` is still to be finished.
    out
        It can do no more today.
    full
        It takes nothing more before it unloads.
    loaded
        When it was reported last that something was done, which changes what is on board; None for never.
    """

    plate: str
    by: str
    left: bool
    kept: tuple[Service, ...]
    to_nothing: frozenset[str]
    free: datetime
    rest: tuple[datetime, datetime] | None = None
    reported: datetime | None = None
    held: bool = False
    out: bool = False
    full: bool = False
    loaded: datetime | None = None

    @property
    def done(self) -> int:
        """How many visits to doors are done."""
        return sum(one.visit.site_code is None for one in self.kept) - (
            self.held and self.kept[-1].visit.site_code is None
        )


@dataclass(frozen=True)
class Said:
    """What the dispatcher says of one vehicle, and until when it is bound: then it takes over another one's goods."""

    late: timedelta = ZERO
    done: int | None = None
    out: bool = False
    full: bool = False
    until: datetime | None = None


def known(
    route: PlanRoute,
    marks: Mapping[str, Mark],
    weighed: Mapping[tuple[str, str], Sequence[datetime]],
    now: datetime,
    said: Said | None = None,
) -> Known:
    """Return where a vehicle stands; `marks` are by stop, `weighed` by truck and site."""
    said = said or Said()
    marked = _marked(route, marks, weighed)
    if said.done is not None:
        by = BY_WORD
    elif any(mark.state in REPORTED or mark.reopened for mark in marked):
        by = BY_REPORTS
    else:
        by = BY_PLAN
    late = said.late
    kept = _by_plan(route, marked, now, late) if by == BY_PLAN else _by_reports(route, marked, now, late, said.done)
    if said.out:
        kept = [one for one in kept if one.ends <= now and marked[one.visit.position].state != ON_THE_WAY]
    elif said.full:  # what has not begun is not held to
        kept = [one for one in kept if one.begins <= now and marked[one.visit.position].state != ON_THE_WAY]
    until = said.until
    if until is not None:
        kept = [one for one in kept if one.begins <= until or marked[one.visit.position].state == ON_THE_WAY]
    reported = max((mark.at for mark in marked if mark.at is not None and mark.state in REPORTED), default=None)
    loaded = max((mark.at for mark in marked if mark.at is not None and mark.state == DONE), default=None)
    rest = _rest(route, kept, now, late)
    free = max([now, *(one.ends for one in kept[-1:]), *(rest[1:] if rest else ())])
    if not said.out:
        free = max(free, _not_before(route, kept, late))
    left = (by != BY_PLAN and bool(kept or by == BY_REPORTS)) or route.starts_at + late <= now
    stops = {service_of(one.visit)[1] for one in kept if marked[one.visit.position].state == TO_NOTHING}
    held = bool(kept) and kept[-1].ends > now
    return Known(
        route.plate, by, left, tuple(kept), frozenset(stops), free, rest, reported, held, said.out, said.full, loaded
    )


def _marked(
    route: PlanRoute, marks: Mapping[str, Mark], weighed: Mapping[tuple[str, str], Sequence[datetime]]
) -> list[Mark]:
    """Return how each visit stands; the first unload at a site is its first weighing, and so on."""
    found, times = [], Counter[str]()
    for visit in route.visits:
        kind, name = service_of(visit)
        if kind == "stop":
            found.append(marks.get(name, Mark(GONE)))
            continue
        at = weighed.get((route.plate, name), ())
        found.append(Mark(DONE, at[times[name]]) if times[name] < len(at) else NOTHING)
        times[name] += 1
    return found


def _by_plan(route: PlanRoute, marked: Sequence[Mark], now: datetime, late: timedelta) -> list[Service]:
    """Return what a vehicle has done, or drives to, when all goes as planned but so much later."""
    kept: list[Service] = []
    before = route.starts_at + late
    if before > now:
        return kept
    for visit, mark in zip(route.visits, marked, strict=True):
        begins = visit.begins_at + late
        if before >= now and begins > now:
            break
        if mark.state != GONE and not mark.reopened:
            kept.append(Service(visit, visit.arrives_at + late, begins, visit.ends_at + late))
        before = visit.ends_at + late
    return kept


def _by_reports(
    route: PlanRoute, marked: Sequence[Mark], now: datetime, late: timedelta, done: int | None
) -> list[Service]:
    """Return what a vehicle has done as far as was said; calls and unloads that nobody reports follow in between."""
    visits = list(route.visits)
    if done is not None:
        last = done - 1
    else:
        last = max((k for k, mark in enumerate(marked) if mark.state in REPORTED or mark.reopened), default=-1)
    kept: list[Service] = []
    at = route.starts_at
    for k, (visit, mark) in enumerate(zip(visits, marked, strict=True)):
        drive = visit.arrives_at - (visits[k - 1].ends_at if k else route.starts_at)
        service = visit.ends_at - visit.begins_at
        arrives = max(at + drive, visit.arrives_at + late) if k > last else at + drive
        begins = max(arrives, visit.begins_at) if visit.call_id or visit.begins_at > visit.arrives_at else arrives
        door = visit.booking_id is not None or visit.order_id is not None
        if mark.state == GONE or mark.reopened:
            continue
        if mark.state in OVER:
            ends = mark.at or now
            begins = min(ends, max(at, ends - service))
            kept.append(Service(visit, begins, begins, ends))
        elif mark.state == ON_THE_WAY and (done is None or k == last + 1):
            arrives = max(now, (mark.at or now) + drive, visit.arrives_at + late if late else now)
            begins = max(arrives, visit.begins_at) if visit.begins_at > visit.arrives_at else arrives
            kept.append(Service(visit, arrives, begins, begins + service))
        elif k <= last and (done is not None or not door):
            ends = min(now, max(at, begins + service)) if done is not None else begins + service
            begins = min(begins, ends)
            kept.append(Service(visit, min(arrives, begins), begins, ends))
        elif k > last and not door and begins <= now and at <= now:
            kept.append(Service(visit, arrives, begins, begins + service))
        elif k > last:
            break
        else:
            continue  # passed over by its crew: it is still to be done
        at = kept[-1].ends
    return kept


def _not_before(route: PlanRoute, kept: Sequence[Service], late: timedelta) -> datetime:
    """Return when a vehicle that is said to be late can set out to what it does next."""
    if late == ZERO:
        return route.starts_at
    positions = {one.visit.position for one in kept}
    for k, _visit in enumerate(route.visits):
        if k not in positions and k > max(positions, default=-1):
            before = route.visits[k - 1].ends_at if k else route.starts_at
            return before + late
    return route.starts_at


def _rest(
    route: PlanRoute, kept: Sequence[Service], now: datetime, late: timedelta
) -> tuple[datetime, datetime] | None:
    """Return the break, if it has begun by now or comes before what the vehicle finishes first."""
    if route.rest_start is None or route.rest_end is None:
        return None
    begins, ends = route.rest_start + late, route.rest_end + late
    return (begins, ends) if begins <= max([now, *(one.begins for one in kept[-1:])]) else None


def still_open(marks: Mapping[str, Mark], stop: str) -> bool:
    """Tell whether nothing was reported of an order that is still wanted."""
    return marks.get(stop, Mark(GONE)).state == STILL
