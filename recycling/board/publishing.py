"""A draft becomes the plan in force: once, only if it keeps the rules, and only over the plan that it was made from."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import audit, dispatch
from recycling.accounts.actors import Actor
from recycling.board.desk import Ready
from recycling.board.drafts import counted, own_or_free, routes_of, write_routes
from recycling.board.rules import fault_of
from recycling.board.standing import Standing
from recycling.db import hold
from recycling.errors import N_, ConflictError
from recycling.in_force import in_force
from recycling.models import Plan, PlanRoute, PlanRun, Site
from recycling.settings import Settings
from recycling.stop_names import service_of, stop_of
from routing.hand_day import Sketch, Whole
from routing.plan import Visit

MOST_NAMED = 8
"""Broken rules that a refusal names."""


@dataclass(frozen=True)
class Base:
    """The plan in force when a draft was looked at: its key, and how much was put into it."""

    key: uuid.UUID | None
    puts: int
    root: int


def base_of(session: Session, draft: Plan) -> Base:
    """Return the plan that is in force on a draft's day."""
    plan = session.scalar(in_force(draft.depot_code, draft.service_day))
    return Base(None, 0, 0) if plan is None else Base(plan.id, plan.puts, plan.root)


def overtaken(session: Session, draft: Plan) -> bool:
    """Tell whether another plan came into force since a draft was begun."""
    return base_of(session, draft).key != draft.base_id


def publish(
    session: Session,
    settings: Settings,
    draft: Plan,
    standing: Standing,
    seen: Base,
    day: Ready,
    whole: Whole,
    named: Callable[[str], str],
    actor: Actor,
    now: datetime,
) -> None:
    """Bring a draft into force and tell those whose hours it changes.

    `seen` and `standing` are what was in force and how the draft stood when `whole` was judged.

    Raises
    ------
    ConflictError
        When it breaks a rule (each is named with its visit), when another plan came into force or orders were put into
        it since the draft was begun, when the draft was changed meanwhile, or while a planning run is under way.
    """
    own_or_free(draft, actor)
    if whole.broken:
        raise ConflictError(*(fault_of(one, named) for one in whole.broken[:MOST_NAMED]))
    alone(session, draft, seen)
    counted(session, draft, standing.edits)
    _settle(session, settings, draft, day, whole)
    draft.draft, draft.published_at, draft.published_by = False, now, actor.id
    draft.cost, draft.prices = whole.plan.cost, dict(whole.plan.prices)
    session.flush()
    session.expire(draft, ["routes", "left_out"])
    dispatch.note_bookings(session, settings, draft, now)
    audit.record(
        session, actor, "plan.published", "plan", draft.id, {"edits": standing.edits}, {"version": draft.version}, now
    )


def alone(session: Session, draft: Plan, seen: Base) -> None:
    """See that a draft stands on the plan in force as it was `seen`, and let nobody publish before this unit ends.

    Raises
    ------
    ConflictError
        When another plan came into force or orders were put into it since, and while a planning run is under way.
    """
    hold(session, f"plan/{draft.depot_code}/{draft.service_day}")
    # As whoever asks for a plan or puts a booking into one does.
    session.execute(select(Site.code).where(Site.code == draft.depot_code).with_for_update(key_share=True))
    now_base = base_of(session, draft)
    if now_base.key != draft.base_id or now_base != seen:
        raise ConflictError.one(
            "overtaken",
            N_(
                "Another plan came into force since this draft was begun. Look at the difference, then do your changes"
                " again on the new plan, or throw them away."
            ),
        )
    if _running(session, draft):
        raise ConflictError.one(
            "run-under-way", N_("A planning run of this day is under way. Wait until it has ended, then publish.")
        )


def _running(session: Session, draft: Plan) -> bool:
    query = select(PlanRun.id).where(
        PlanRun.depot_code == draft.depot_code,
        PlanRun.service_day == draft.service_day,
        PlanRun.state.in_(("queued", "running")),
    )
    return session.scalar(query.limit(1)) is not None


def _settle(session: Session, settings: Settings, draft: Plan, day: Ready, whole: Whole) -> None:
    """Write the routes that came out otherwise than they stand in the draft, such as one whose order was cancelled."""
    rows = {row.plate: row for row in routes_of(session, draft)}
    routes = {route.vehicle: route for route in whole.plan.routes}
    other = [
        Sketch(route.vehicle, (), route, (), tuple(whole.ways[route.vehicle]))
        for route in whole.plan.routes
        if route.vehicle not in rows or not _same(settings, rows[route.vehicle], route.visits, day)
    ]
    gone = [Sketch(plate, (), None, ()) for plate in rows if plate not in routes]
    write_routes(session, settings, draft, day, [*other, *gone])
    known = {stop.id for stop in day.job.stops}
    for left in list(draft.left_out):
        if stop_of(left) not in known:
            session.delete(left)


def _same(settings: Settings, row: PlanRoute, visits: Sequence[Visit], day: Ready) -> bool:
    moment = settings.clock.moment
    stands = [(service_of(v), v.begins_at, v.ends_at, v.load_kg, v.load_litres) for v in row.visits]
    comes = [((v.kind, v.id), moment(day.job.day, v.start), moment(day.job.day, v.end), *v.load) for v in visits]
    return stands == comes
