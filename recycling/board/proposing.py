"""What the search finds beside a draft: what is locked stays as it is, and the result is a draft as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import dispatch
from recycling.amending import copied
from recycling.board.drafts import BY_HAND, routes_of
from recycling.board.standing import Standing, standing_of
from recycling.errors import N_, ConflictError
from recycling.in_force import in_force
from recycling.models import LeftOut, Plan, PlanRun
from recycling.settings import Settings
from recycling.stop_names import stop_of
from routing.allowances import allowed_stops, allowed_vehicles
from routing.day import DayJob, DayResult
from routing.problem import Stop, TimeWindow

KEPT_SECONDS = 15 * 60
"""A locked visit begins at most so much sooner or later than it was planned."""


def rest_of(session: Session, settings: Settings, job: DayJob, draft: Plan) -> DayJob:
    """Return the day without routes that are locked and orders left out by hand, its locked visits where they are.

    Raises
    ------
    ConflictError
        When every route is locked.
    """
    standing, out = standing_of(session, draft), _left_by_hand(session, draft)
    vehicles = tuple(v for v in job.vehicles if v.id not in standing.locked_vehicles)
    if not vehicles:
        raise ConflictError.one("all-locked", N_("Every route is locked. Unlock one, then search."))
    fixed = {key for name in standing.locked_vehicles for _, key in standing.orders.get(name, ())} | out
    stops = allowed_stops((stop for stop in job.stops if stop.id not in fixed), standing.allowances)
    begins = {stop: settings.clock.second_of_day(job.day, begin) for stop, begin in standing.begins.items()}
    return replace(
        job,
        vehicles=allowed_vehicles(vehicles, standing.allowances),
        stops=tuple(_kept(stop, standing, begins) if stop.id in standing.locked_stops else stop for stop in stops),
    )


def _kept(stop: Stop, standing: Standing, begins: Mapping[str, int]) -> Stop:
    """Return a locked stop, which stays with its vehicle and near its hour."""
    plate, begin = standing.vehicle_of(stop.id), begins.get(stop.id)
    if not plate or begin is None:
        return stop
    near = [
        TimeWindow(max(w.start, begin - KEPT_SECONDS), min(w.end, begin + KEPT_SECONDS))
        for w in stop.windows
        if w.start <= begin + KEPT_SECONDS and w.end >= begin - KEPT_SECONDS
    ]
    return replace(stop, vehicles=frozenset({plate}), windows=tuple(near) or stop.windows, required=True)


def store_proposal(
    session: Session, settings: Settings, run: PlanRun, job: DayJob, result: DayResult, now: datetime
) -> Plan:
    """Write what a run has found as a draft, with what was locked in the draft that it was to keep."""
    base = session.scalar(in_force(run.depot_code, run.service_day))
    kept = session.get(Plan, run.draft_id) if run.draft_id else None
    proposal = dispatch.store_plan(session, settings, run.depot_code, run.service_day, job, result, now, draft=True)
    proposal.base_id = base.id if base is not None else None
    if kept is not None:
        _take_over(session, kept, proposal)
    session.flush()
    return proposal


def _take_over(session: Session, kept: Plan, proposal: Plan) -> None:
    """Give a proposal the locked routes of a draft, what it leaves out by hand, and its allowances."""
    proposal.owner, proposal.locks, proposal.allowances = kept.owner, dict(kept.locks), list(kept.allowances)
    number = max((route.number for route in proposal.routes), default=0)
    for route in routes_of(session, kept):
        if route.plate in kept.locks.get("vehicles", ()):
            number += 1
            twin = copied(route)
            twin.number, twin.visits = number, [copied(visit) for visit in route.visits]
            proposal.routes.append(twin)
            proposal.cost += route.cost
    proposal.bound, proposal.prices = None, {}
    for left in session.scalars(select(LeftOut).where(LeftOut.plan_id == kept.id, LeftOut.reason == BY_HAND)):
        proposal.left_out.append(copied(left))


def _left_by_hand(session: Session, draft: Plan) -> set[str]:
    rows = session.scalars(select(LeftOut).where(LeftOut.plan_id == draft.id, LeftOut.reason == BY_HAND))
    return {stop_of(row) for row in rows}
