"""Drafts of a day: begun as a copy of the plan in force, changed step by step, each step undone again, thrown away."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, insert, literal, select, update
from sqlalchemy.orm import Session, selectinload

from recycling import audit, dispatch
from recycling.accounts.actors import Actor
from recycling.amending import copied
from recycling.board.allowing import with_allowed
from recycling.board.asks import LEAVE, LOCK, UNLOCK, Ask
from recycling.board.desk import Ready
from recycling.board.judging import Answer
from recycling.board.standing import Standing
from recycling.db import hold
from recycling.errors import N_, BadRequestError, ConflictError, NotFoundError
from recycling.in_force import in_force, next_version
from recycling.models import LeftOut, Plan, PlanEdit, PlanRoute, PlanRun, PlanVisit
from recycling.settings import Settings
from recycling.stop_names import stop_of, subject_of
from routing.hand_day import Order, Sketch

BY_HAND = "by-hand"
"""Reason of an order that a dispatcher has left out."""

UNPLACED = "not-placed"
"""Reason of an order that came off a route and found no other."""


def drafts_of(session: Session, depot: str, day: date) -> list[Plan]:
    """Return the drafts of a day, the newest first, without their routes."""
    query = select(Plan).where(Plan.depot_code == depot, Plan.service_day == day, Plan.draft.is_(True))
    return list(session.scalars(query.order_by(Plan.version.desc())).all())


def the_draft(session: Session, depot: str, day: date, version: int) -> Plan:
    """Return a draft of a day.

    Raises
    ------
    NotFoundError
        When there is none of this number any more.
    """
    query = select(Plan).where(Plan.depot_code == depot, Plan.service_day == day, Plan.version == version)
    plan = session.scalar(query.where(Plan.draft.is_(True)))
    if plan is None:
        raise NotFoundError.one(
            "no-draft", N_("Draft %(number)s is there no more: it was published or thrown away."), number=version
        )
    return plan


def begin(session: Session, depot: str, day: date, actor: Actor, now: datetime) -> Plan:
    """Return a new draft of somebody's own: a copy of the plan in force.

    Raises
    ------
    NotFoundError
        When no plan is in force.
    """
    hold(session, f"plan/{depot}/{day}")
    base = session.scalar(in_force(depot, day))
    if base is None:
        raise NotFoundError.one("no-plan-yet", N_("This day has no plan yet. Plan it, then change it by hand."))
    return copy(session, base, base.id, actor.id, now)


def copy(session: Session, plan: Plan, base: uuid.UUID | None, owner: str, now: datetime) -> Plan:
    """Return a draft that is a copy of any version, written; its visits are copied inside the database.

    It keeps the version's root, so that links which residents have to their progress still lead there.
    """
    draft = copied(plan)
    draft.version, draft.made_at = next_version(session, plan.depot_code, plan.service_day), now
    draft.draft, draft.base_id, draft.owner, draft.edits = True, base, owner, 0
    draft.published_at, draft.published_by = None, ""
    session.add(draft)
    session.flush()
    for route in session.scalars(select(PlanRoute).where(PlanRoute.plan_id == plan.id)):
        twin = copied(route)
        twin.plan_id = draft.id
        session.add(twin)
        session.flush()
        names = [column.key for column in PlanVisit.__table__.columns if column.key != "route_id"]
        source = select(literal(twin.id, PlanVisit.__table__.c.route_id.type), *(getattr(PlanVisit, n) for n in names))
        rows = source.where(PlanVisit.route_id == route.id)
        session.execute(insert(PlanVisit).from_select(["route_id", *names], rows))
    for left in session.scalars(select(LeftOut).where(LeftOut.plan_id == plan.id)):
        twin_left = copied(left)
        twin_left.plan_id = draft.id
        session.add(twin_left)
    session.flush()
    return draft


def own_or_free(draft: Plan, actor: Actor) -> None:
    """See that a draft is the actor's or nobody's.

    Raises
    ------
    ConflictError
        When it is somebody else's.
    """
    if draft.owner not in ("", actor.id):
        raise ConflictError.one("others-draft", N_("This draft is somebody else's. Begin one of your own."))


def keep(
    session: Session,
    settings: Settings,
    draft: Plan,
    standing: Standing,
    day: Ready,
    answer: Answer,
    actor: Actor,
    now: datetime,
) -> None:
    """Write what was asked of a draft into it; `standing` is how it stood when it was judged.

    Raises
    ------
    BadRequestError, ConflictError
        When a rule is broken that nobody may allow, or one that needs a reason and has none, and when the draft was
        changed meanwhile.
    """
    ask = answer.ask
    if answer.broken:
        raise BadRequestError.one(
            "rules-broken", N_("That breaks a rule that nobody may break. Look at what it comes to.")
        )
    if answer.allowing and not ask.why:
        raise BadRequestError.one(
            "say-why-allowed", N_("That breaks a rule. Say why it may, or choose another place."), where="why"
        )
    before = {
        "orders": {name: [list(one) for one in standing.orders.get(name, ())] for name in answer.change.orders},
        "left": _left_rows(session, draft, answer.change.left | answer.change.taken),
        "allowances": list(draft.allowances),
        "locks": dict(draft.locks),
    }
    counted(session, draft, standing.edits)
    write_routes(session, settings, draft, day, answer.sketches)
    for stop in sorted(answer.change.left):
        reason = BY_HAND if ask.kind == LEAVE else UNPLACED
        session.add(LeftOut(plan_id=draft.id, **subject_of(stop), reason=reason, figures={"why": ask.why}))
    _forget_left(session, draft, answer.change.taken)
    if answer.allowing:
        draft.allowances = with_allowed(draft.allowances, answer.allowing, ask.why, actor.id, now)
    if ask.kind in (LOCK, UNLOCK):
        draft.locks = _locks(draft.locks, ask)
    edit = PlanEdit(
        plan_id=draft.id, number=draft.edits, at=now, by=actor.id, asked=ask.to_dict(), before=before, cost=answer.cost
    )
    session.add(edit)
    draft.cost += answer.cost
    draft.bound, draft.prices = None, {}
    session.flush()
    audit.record(
        session, actor, "plan.changed", "plan", draft.id, None, {**ask.to_dict(), "allowed": len(answer.allowing)}, now
    )


def last_edit(session: Session, draft: Plan) -> PlanEdit | None:
    """Return what was done to a draft last."""
    query = select(PlanEdit).where(PlanEdit.plan_id == draft.id).order_by(PlanEdit.number.desc())
    return session.scalar(query.limit(1))


def undo(
    session: Session,
    settings: Settings,
    draft: Plan,
    edits: int,
    day: Ready,
    sketches: Iterable[Sketch],
    actor: Actor,
    now: datetime,
) -> None:
    """Take back the last thing that was done; `sketches` are the routes of its ``before``, with their roads.

    Raises
    ------
    ConflictError
        When the draft was changed meanwhile, or nothing is left to be taken back.
    """
    edit = last_edit(session, draft)
    if edit is None:
        raise ConflictError.one("nothing-to-undo", N_("Nothing was changed in this draft yet."))
    counted(session, draft, edits)
    write_routes(session, settings, draft, day, sketches)
    changed = {*_stops_of(edit.before["left"]), *({edit.asked["stop"]} if edit.asked["stop"] else ())}
    _forget_left(session, draft, changed)
    for row in edit.before["left"]:
        values = {**subject_of(row["stop"]), "reason": row["reason"], "figures": row["figures"]}
        session.add(LeftOut(plan_id=draft.id, **values))
    draft.allowances, draft.locks = edit.before["allowances"], edit.before["locks"]
    draft.cost -= edit.cost
    session.delete(edit)
    session.flush()
    audit.record(session, actor, "plan.undone", "plan", draft.id, edit.asked, None, now)


def throw_away(session: Session, draft: Plan, actor: Actor, now: datetime) -> None:
    """Delete a draft."""
    own_or_free(draft, actor)
    audit.record(session, actor, "plan.discarded", "plan", draft.id, {"version": draft.version}, None, now)
    session.execute(update(PlanRun).where(PlanRun.plan_id == draft.id).values(plan_id=None))
    session.execute(delete(Plan).where(Plan.id == draft.id))


def routes_of(session: Session, plan: Plan) -> list[PlanRoute]:
    """Return a plan's routes with their visits."""
    query = select(PlanRoute).where(PlanRoute.plan_id == plan.id).options(selectinload(PlanRoute.visits))
    return list(session.scalars(query.order_by(PlanRoute.number)).all())


def orders_before(edit: PlanEdit) -> dict[str, Order]:
    """Return the orders that vehicles had before something was done."""
    return {name: [(kind, key) for kind, key in order] for name, order in edit.before["orders"].items()}


# -- rows -----------------------------------------------------------------------------------------------------------


def counted(session: Session, draft: Plan, edits: int) -> None:
    """Count one more change of a draft that had so many; ConflictError when it has others by now."""
    counting = update(Plan).where(Plan.id == draft.id, Plan.edits == edits, Plan.draft.is_(True))
    counting = counting.values(edits=Plan.edits + 1).execution_options(synchronize_session=False)
    if cast(CursorResult[Any], session.execute(counting)).rowcount != 1:
        raise ConflictError.one(
            "changed-in-between", N_("This draft was changed meanwhile. Load the page again and look at it.")
        )
    session.refresh(draft, ["edits"])


def write_routes(session: Session, settings: Settings, draft: Plan, day: Ready, sketches: Iterable[Sketch]) -> None:
    """Write routes in the place of those that their vehicles had."""
    known = select(PlanRoute.plate, PlanRoute.number).where(PlanRoute.plan_id == draft.id)
    numbers: dict[str, int] = {row.plate: row.number for row in session.execute(known)}
    for sketch in sketches:
        session.execute(delete(PlanRoute).where(PlanRoute.plan_id == draft.id, PlanRoute.plate == sketch.vehicle))
        if sketch.route is None:
            continue
        number = numbers.setdefault(sketch.vehicle, max(numbers.values(), default=0) + 1)
        row = dispatch.route_row(settings, draft.service_day, day.job, sketch.ways, number, sketch.route)
        row.plan_id = draft.id
        session.add(row)
    session.flush()


def _left_rows(session: Session, draft: Plan, stops: Collection[str]) -> list[dict[str, Any]]:
    rows = session.scalars(select(LeftOut).where(LeftOut.plan_id == draft.id)).all()
    of_stops = [(stop_of(row), row) for row in rows]
    return [
        {"stop": stop, "reason": row.reason, "figures": dict(row.figures)} for stop, row in of_stops if stop in stops
    ]


def _stops_of(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    return {row["stop"] for row in rows}


def _forget_left(session: Session, draft: Plan, stops: Collection[str]) -> None:
    for row in session.scalars(select(LeftOut).where(LeftOut.plan_id == draft.id)).all():
        if stop_of(row) in stops:
            session.delete(row)


def _locks(locks: Mapping[str, Any], ask: Ask) -> dict[str, list[str]]:
    key, name = ("stops", ask.stop) if ask.stop else ("vehicles", ask.vehicle)
    found = {kind: set(locks.get(kind, ())) for kind in ("stops", "vehicles")}
    if ask.kind == LOCK:
        found[key].add(name)
    else:
        found[key].discard(name)
    return {kind: sorted(names) for kind, names in found.items()}
