"""One day under one policy: people book until the cut-off, the day is planned, crews drive it."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from benchmarks.promising.arrivals import Told, told
from benchmarks.promising.driving import Chance, Weather, drive
from benchmarks.promising.policies import Ours, Policy, Quota
from benchmarks.promising.residents import Size, past_work, work_of
from recycling import network
from recycling.booking import Office, recount
from recycling.booking.expected import expected_seconds
from recycling.catalogue import load_catalogue
from recycling.clock import Span
from recycling.db import Database
from recycling.dispatch import day_job
from recycling.fleet import Fleet, load_fleet
from recycling.models import Booking, Community
from recycling.settings import Settings
from routing.day import DayJob, plan_day
from routing.plan import Plan


@dataclass(frozen=True)
class Trial:
    """One day to be tried.

    Attributes
    ----------
    quota
        Bookings a window; None for our offers.
    vehicles
        How many of the depot's vehicles there are, taken from its types in turn; None for all.
    """

    record: Path
    settings: Settings
    depot: str
    day: date
    quota: int | None
    size: Size
    chance: Chance
    seed: int
    vehicles: int | None = None


@dataclass(frozen=True)
class WindowUse:
    """What bookings of one window were estimated to take of the fleet, and what they take on the planned routes.

    All in seconds; ``estimated`` stands against ``service`` and ``ways``, ``expected`` against ``others``, which is
    calls and deliveries. ``unloading`` is ways to centres and the work there, ``late_share`` the share of driven
    bookings that began outside their window.
    """

    policy: str
    day: str
    window: str
    capacity: int
    bookings: int
    estimated: int
    service: int
    ways: int
    expected: int
    others: int
    unloading: int
    late_share: float | None


@dataclass(frozen=True)
class Outcome:
    """What became of a day.

    Attributes
    ----------
    plannable, kept
        Accepted bookings on a route, and those whose service began inside the promised window.
    """

    requests: int
    accepted: int
    plannable: int
    kept: int
    others: int
    others_planned: int
    vehicles: int
    km: float
    windows: Sequence[WindowUse] = field(default_factory=tuple)
    reasons: Sequence[str] = ()
    told: Sequence[Told] = ()


def run(trial: Trial) -> Outcome:
    """Try a day on a copy of the record."""
    with tempfile.TemporaryDirectory(prefix="promises-") as folder:
        database = Database(f"sqlite:///{shutil.copy(trial.record, Path(folder) / 'record.db')}")
        try:
            return _run(trial, database)
        finally:
            database.close()


def _run(trial: Trial, database: Database) -> Outcome:
    settings, day = trial.settings, trial.day
    office = Office(database, settings, load_catalogue(), _fleet(trial))
    with database.write() as session:
        places = list(
            session.scalars(select(Community).where(Community.depot_code == trial.depot).order_by(Community.code))
        )
        work = work_of(settings, office.catalogue, places, day, trial.size, trial.seed)
        session.add_all(past_work(settings, office.catalogue, places, day, trial.size, trial.seed))
        session.add_all(work.calls)
    policy: Policy = Ours(office, day) if trial.quota is None else Quota(office, trial.depot, day, trial.quota)
    coming = list(work.deliveries)
    accepted = 0
    for number, resident in enumerate(work.residents):
        while coming and coming[0][0] <= resident.asks:
            _deliver(office, trial, [coming.pop(0)[1]])
        accepted += policy.take(resident, f"resident-{number:05d}") is not None
    _deliver(office, trial, [order for _, order in coming])
    with database.read() as session:
        depot = network.the_depot(session, trial.depot)
        job = day_job(session, settings, office.fleet, depot, day)
        bookings = session.scalars(select(Booking).options(selectinload(Booking.lines))).all()
    plan = plan_day(job).plan
    return _outcome(trial, office, job, plan, bookings, accepted)


def _deliver(office: Office, trial: Trial, orders: Sequence[object]) -> None:
    """Note deliveries that a shop announces, and what is left for bookings beside them."""
    with office.database.write() as session:
        session.add_all(orders)
        session.flush()
        if trial.quota is None and orders:
            recount(session, office, trial.depot, trial.day)


def _fleet(trial: Trial) -> Fleet:
    fleet = load_fleet()
    if trial.vehicles is None:
        return fleet
    groups = [g for g in fleet.fleets if g.depot == trial.depot]
    columns = max(len(g.plates) for g in groups)
    in_turn = [g.plates[k] for k in range(columns) for g in groups if k < len(g.plates)][: trial.vehicles]
    kept = tuple(g.model_copy(update={"plates": tuple(p for p in g.plates if p in in_turn)}) for g in groups)
    return fleet.model_copy(update={"fleets": kept})


def _outcome(
    trial: Trial, office: Office, job: DayJob, plan: Plan, bookings: Sequence[Booking], accepted: int
) -> Outcome:
    clock, day = office.clock, trial.day
    weather = Weather(trial.chance, f"{trial.seed} {day}")
    opens = {s.id: s.windows[0].start for s in job.stops}
    calls = {s.id for s in job.stops if s.id.startswith("c:")}
    rest = clock.second_of_day(day, clock.at(day, Span.parse(trial.settings.service.break_begins).start))
    begins: dict[str, float] = {}
    for route in plan.routes:
        begins |= drive(route, opens, calls, rest, weather)
    promises = {
        f"b:{b.id}": (clock.second_of_day(day, b.promise_start), clock.second_of_day(day, b.promise_end))
        for b in bookings
    }
    visits: dict[object, list[str]] = defaultdict(list)
    for booking in bookings:
        visits[booking.leg_of or booking.id].append(f"b:{booking.id}")
    kept = {name for name, (first, last) in promises.items() if name in begins and first <= begins[name] <= last}
    names = frozenset(promises)
    others = [s.id for s in job.stops if s.id not in promises]
    return Outcome(
        requests=trial.size.requests,
        accepted=accepted,
        plannable=sum(all(name in begins for name in names) for names in visits.values()),
        kept=sum(all(name in kept for name in names) for names in visits.values()),
        others=len(others),
        others_planned=sum(name in begins for name in others),
        vehicles=len(plan.routes),
        km=round(sum(r.distance for r in plan.routes) / 1000, 1),
        windows=_uses(trial, office, plan, bookings, kept, begins),
        told=[one for route in plan.routes for one in told(route, begins, names)],
        reasons=[f"{u.stop[:1]} {u.reason}" for u in plan.unserved],
    )


def _uses(
    trial: Trial,
    office: Office,
    plan: Plan,
    bookings: Sequence[Booking],
    kept: set[str],
    begins: dict[str, float],
) -> list[WindowUse]:
    clock, day = office.clock, trial.day
    spans = {str(s): s for s in trial.settings.service.window_spans}
    ends = [clock.second_of_day(day, clock.at(day, s.end)) for s in spans.values()]
    of = {f"b:{b.id}": b.window for b in bookings}
    service: dict[str, int] = defaultdict(int)
    ways: dict[str, int] = defaultdict(int)
    others: dict[str, int] = defaultdict(int)
    unloading: dict[str, int] = defaultdict(int)
    for route in plan.routes:
        planned = route.start
        for visit in route.visits:
            resting = sum(r.end - r.start for r in route.rests if planned <= r.start and r.end <= visit.arrival)
            way, work = visit.arrival - planned - resting, visit.end - visit.start
            window = next((name for name, end in zip(spans, ends, strict=True) if visit.start <= end), list(spans)[-1])
            if visit.kind == "unload":
                unloading[window] += way + work
            elif visit.id in of:
                service[of[visit.id]] += work
                ways[of[visit.id]] += way
            else:
                others[window] += way + work
            planned = visit.end
    vehicles = len(office.fleet.at(trial.depot))
    with office.database.read() as session:
        expected = expected_seconds(session, office, trial.depot, [day])
    rows = []
    for name, span in spans.items():
        mine = [b for b in bookings if b.window == name]
        driven = [f"b:{b.id}" for b in mine if f"b:{b.id}" in begins]
        rows.append(
            WindowUse(
                policy="ours" if trial.quota is None else "quota",
                day=day.isoformat(),
                window=name,
                capacity=vehicles * round((clock.at(day, span.end) - clock.at(day, span.start)).total_seconds()),
                bookings=len(mine),
                estimated=sum(b.seconds for b in mine),
                service=service[name],
                ways=ways[name],
                expected=round(expected.get((day, name, 1), 0)),
                others=others[name],
                unloading=unloading[name],
                late_share=1 - len(kept & set(driven)) / len(driven) if driven else None,
            )
        )
    return rows
