"""Two versions of a day beside each other: figures, and which visits are at another hour, elsewhere, or gone."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, defer, selectinload

from recycling.board.standing import Standing
from recycling.dispatch import TO_BE_BROUGHT, TO_BE_FETCHED, TO_COLLECT
from recycling.errors import N_, NotFoundError
from recycling.figures import PlanFigures, plan_figures
from recycling.in_force import in_force
from recycling.models import Account, Booking, Call, LeftOut, Plan, PlanRoute, PlanVisit, TradeInOrder
from recycling.schedule import OfOrder, Order, Orders
from recycling.stop_names import stop_of, subject_of

WITHOUT_ROADS = (
    selectinload(Plan.routes).defer(PlanRoute.way_home),
    selectinload(Plan.routes).selectinload(PlanRoute.visits).defer(PlanVisit.way),
    selectinload(Plan.left_out),
    selectinload(Plan.done),
)
"""Options of a query that loads a plan without the points of its roads."""


@dataclass(frozen=True)
class At:
    """Where a visit is in a version."""

    plate: str
    begins: datetime


@dataclass(frozen=True)
class Moved:
    """An order that is served otherwise in two versions; None where it is on no route.

    Attributes
    ----------
    told
        Its resident was told hours of which the new beginning is outside.
    """

    order: Order
    before: At | None
    after: At | None
    told: bool
    stop: str


@dataclass(frozen=True)
class Comparison:
    """Two versions, and what is other in the second."""

    old: Plan
    new: Plan
    old_figures: PlanFigures
    new_figures: PlanFigures
    moved: tuple[Moved, ...]

    @property
    def told(self) -> int:
        """How many residents would be told other hours."""
        return sum(one.told for one in self.moved)


def the_version(session: Session, depot: str, day: date, version: int) -> Plan:
    """Return a version of a day, without the points of its roads.

    Raises
    ------
    NotFoundError
        When there is none of this number.
    """
    query = select(Plan).where(Plan.depot_code == depot, Plan.service_day == day, Plan.version == version)
    return _found(session.scalar(query.options(*WITHOUT_ROADS)), version)


def _found(plan: Plan | None, version: int) -> Plan:
    if plan is None:
        raise NotFoundError.one("no-version", N_("This day has no version %(number)s."), number=version)
    return plan


def newest_version(session: Session, depot: str, day: date) -> Plan | None:
    """Return the plan of a day that is in force, without the points of its roads; None where there is none."""
    return session.scalar(in_force(depot, day).options(*WITHOUT_ROADS))


def bare_version(session: Session, depot: str, day: date, version: int) -> Plan:
    """Return a version of a day whose visits are not loaded; errors as `the_version`."""
    query = select(Plan).where(Plan.depot_code == depot, Plan.service_day == day, Plan.version == version)
    return _found(session.scalar(query.options(selectinload(Plan.routes).defer(PlanRoute.way_home))), version)


def vehicle_of(session: Session, plan: Plan, stop: str) -> str:
    """Return the vehicle that serves a stop in a version, "" for none."""
    whose = vars(subject(stop))
    query = select(PlanRoute.plate).join(PlanVisit, PlanVisit.route_id == PlanRoute.id)
    query = query.where(
        PlanRoute.plan_id == plan.id, *(getattr(PlanVisit, k) == v for k, v in whose.items() if v is not None)
    )
    return session.scalar(query.limit(1)) or ""


def visits_of(session: Session, plan: Plan, plate: str) -> list[PlanVisit]:
    """Return the visits of a vehicle in a version, without their roads."""
    query = select(PlanVisit).join(PlanRoute).where(PlanRoute.plan_id == plan.id, PlanRoute.plate == plate)
    return list(session.scalars(query.order_by(PlanVisit.position).options(defer(PlanVisit.way))).all())


def left_of(session: Session, plan: Plan, stop: str) -> list[LeftOut]:
    """Return what a version says of a stop that it leaves out."""
    if not stop:
        return []
    whose = vars(subject(stop))
    query = select(LeftOut).where(LeftOut.plan_id == plan.id)
    return list(
        session.scalars(query.where(*(getattr(LeftOut, k) == v for k, v in whose.items() if v is not None))).all()
    )


def new_stops(session: Session, depot: str, day: date, standing: Standing) -> list[str]:
    """Return the stops of a day's orders of which a version knows nothing, the oldest first."""
    known = standing.left | set(standing.begins)
    found: list[str] = []
    for kind, model, live in (
        ("b", Booking, TO_COLLECT),
        ("c", Call, Call.state == "planned"),
        ("t", TradeInOrder, TO_BE_BROUGHT),
        ("f", TradeInOrder, TO_BE_FETCHED),
    ):
        keys = select(model.id).where(model.depot_code == depot, model.service_day == day, live).order_by(model.id)
        found += [stop for key in session.scalars(keys) if (stop := f"{kind}:{key}") not in known]
    return found


def names_of(session: Session, plans: Sequence[Plan]) -> dict[str, str]:
    """Return the names of those who made or published versions, by account."""
    keys = {key for plan in plans for key in (plan.owner, plan.published_by)}
    known = {uuid.UUID(key) for key in keys if key.count("-") == DASHES}
    rows = session.execute(select(Account.id, Account.name).where(Account.id.in_(known)))
    return {str(key): name for key, name in rows}


def versions_of(session: Session, depot: str, day: date) -> list[Plan]:
    """Return all versions of a day with their routes, the newest first."""
    query = select(Plan).where(Plan.depot_code == depot, Plan.service_day == day).order_by(Plan.version.desc())
    return list(session.scalars(query.options(*WITHOUT_ROADS)).all())


def compare(session: Session, old: Plan, new: Plan, language: str) -> Comparison:
    """Return what is other in the second of two versions; those that wait longest for nothing come first."""
    before, after = _places(old), _places(new)
    different = [stop for stop in {**before, **after} if before.get(stop) != after.get(stop)]
    orders = Orders(session, [subject(stop) for stop in different], language)
    hours = _told_hours(session, different)
    moved = []
    for stop in different:
        order, now = orders.of_stop(stop), after.get(stop)
        if order is not None:
            told = stop in hours and (now is None or not hours[stop][0] <= now.begins <= hours[stop][1])
            moved.append(Moved(order, before.get(stop), now, told, stop))
    moved.sort(key=lambda one: (not one.told, (one.after or one.before or NOWHERE).begins, one.order.reference))
    return Comparison(old, new, plan_figures(old), plan_figures(new), tuple(moved))


DASHES = 4
"""Hyphens of an account's key as text; commands and schedules have names."""

NOWHERE = At("", datetime.max.replace(tzinfo=UTC))


def subject(stop: str) -> OfOrder:
    """Return whose a stop of the day's problem is; NotFoundError when it is none's."""
    try:
        return OfOrder(**subject_of(stop))
    except (KeyError, ValueError) as error:
        raise NotFoundError.one("no-such-stop", N_("There is no such visit. Load the page again.")) from error


def _places(plan: Plan) -> dict[str, At]:
    return {
        stop_of(visit): At(route.plate, visit.begins_at)
        for route in plan.routes
        for visit in route.visits
        if visit.site_code is None
    }


def _told_hours(session: Session, stops: list[str]) -> dict[str, tuple[datetime, datetime]]:
    keys = [uuid.UUID(stop[2:]) for stop in stops if stop.startswith("b:")]
    columns: Any = Booking.id, Booking.working_start, Booking.working_end
    rows = session.execute(select(*columns).where(Booking.id.in_(keys), Booking.state == "planned"))
    return {f"b:{key}": (start, end) for key, start, end in rows}
