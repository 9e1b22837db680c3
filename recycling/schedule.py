"""A plan as people read it: routes with their visits, each with what, where and when; and what was left out."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from recycling.models import Booking, Call, LeftOut, Plan, PlanRoute, PlanVisit, Site, TradeInOrder
from recycling.photos import photo_counts
from recycling.privacy import mask_phone
from recycling.stop_names import stop_of


@dataclass(frozen=True)
class Door:
    """What a resident said of the way to the things: `standing` as bookings have it, `height_limit` in metres."""

    floor: int
    lift: bool
    standing: str
    height_limit: float | None
    note: str


@dataclass(frozen=True)
class Order:
    """What a visit is about.

    Attributes
    ----------
    kind
        ``booking``, ``call``, ``delivery``, ``take-back`` (a delivery that takes an old appliance back), ``fetch`` (the
        second visit of a shop's order, for the old things alone) or ``unload``.
    reference
        What people call the order: a booking's reference, a shop's order number, a site's code.
    items
        (item code, pieces); for a delivery the new item. ``taken_back`` is what comes back with one, ``apart`` what
        the crew takes apart or off the wall.
    promise
        The window in which the visit must begin, None at sites.
    booking, photos
        The booking that it is, and how many photos it has.
    door
        What the crew meets there, None where no resident has said.
    state, day
        How the booking stands now, and on which day, which may be another one than the plan's; "" and None for others.
    expected_at
        When the dispatcher says that the crew comes, None while the plan holds.
    late
        Its resident was told that the crew comes late.
    reason
        Why the visit failed, "" where it has not.
    ended_at
        When it was made, failed or was cancelled.
    services
        What the crew does at a delivery besides carrying, of `fleet.SKILLS`.
    fetched
        Between when a second visit fetches the old things, which this one leaves there.
    """

    kind: str
    reference: str
    place: str
    address: str
    contact: str
    phone: str
    items: tuple[tuple[str, int], ...]
    promise: tuple[datetime, datetime] | None
    lon: float
    lat: float
    booking: uuid.UUID | None = None
    photos: int = 0
    apart: tuple[str, ...] = ()
    taken_back: tuple[tuple[str, int], ...] = ()
    door: Door | None = None
    state: str = ""
    day: date | None = None
    expected_at: datetime | None = None
    late: bool = False
    reason: str = ""
    ended_at: datetime | None = None
    services: tuple[str, ...] = ()
    fetched: tuple[datetime, datetime] | None = None


@dataclass(frozen=True)
class VisitLine:
    """A visit with its order; loads are those on leaving."""

    number: int
    order: Order
    visit: PlanVisit
    load_share: float


@dataclass(frozen=True)
class RouteSheet:
    """A route with its visits."""

    route: PlanRoute
    lines: tuple[VisitLine, ...]

    @property
    def stops(self) -> int:
        """Visits at doors; unloads are not counted."""
        return sum(line.order.kind != "unload" for line in self.lines)


@dataclass(frozen=True)
class LeftOutLine:
    """An order without a visit, and why.

    Attributes
    ----------
    stop
        Its id in the plan's problem.
    reason, figures
        As `figures.why` takes them.
    fixes
        ``change``, ``cost`` in fen and figures of each change that would help, as `figures.remedy` takes them; the
        cheapest first.
    names
        What people call the stops and sites that the figures name, by their ids.
    """

    order: Order
    stop: str
    reason: str
    figures: Mapping[str, Any]
    fixes: Sequence[Mapping[str, Any]]
    names: Mapping[str, str]

    def named(self, thing: str) -> str:
        """Return what people call a stop or a site; its id where nothing is known of it."""
        return self.names.get(thing, thing)


class Subject(Protocol):
    """What says of which order it is: a visit, or an order that is left out."""

    @property
    def booking_id(self) -> uuid.UUID | None:
        """Key of the booking, if it is one."""

    @property
    def call_id(self) -> uuid.UUID | None:
        """Key of the call, if it is one."""

    @property
    def order_id(self) -> uuid.UUID | None:
        """Key of the shop's order, if it is one."""

    @property
    def fetches(self) -> bool:
        """Whether it is the second visit of a shop's order."""


@dataclass(frozen=True)
class Schedule:
    """A whole plan."""

    plan: Plan
    routes: tuple[RouteSheet, ...]
    left_out: tuple[LeftOutLine, ...]


def schedule_of(session: Session, plan: Plan, language: str) -> Schedule:
    """Read everything that the pages of a plan show; names of sites in the language asked for."""
    subjects: list[Subject] = [*(visit for route in plan.routes for visit in route.visits), *plan.left_out]
    orders = Orders(session, subjects, language)
    return Schedule(
        plan=plan,
        routes=tuple(_sheet(route, orders) for route in plan.routes),
        left_out=tuple(_left_out(u, orders) for u in plan.left_out),
    )


@dataclass(frozen=True)
class OfOrder:
    """An order as a `Subject` that no plan names."""

    booking_id: uuid.UUID | None = None
    call_id: uuid.UUID | None = None
    order_id: uuid.UUID | None = None
    fetches: bool = False


def _left_out(left_out: LeftOut, orders: Orders) -> LeftOutLine:
    figures = dict(left_out.figures)
    fixes = figures.pop("fixes", [])
    order = orders.of(left_out)
    return LeftOutLine(order, stop_of(left_out), left_out.reason, figures, fixes, orders.names)


def _sheet(route: PlanRoute, orders: Orders) -> RouteSheet:
    lines = []
    for number, visit in enumerate(route.visits, 1):
        order = orders.of(visit, visit.site_code)
        share = max(visit.load_kg / route.capacity_kg, visit.load_litres / route.capacity_litres)
        lines.append(VisitLine(number, order, visit, share))
    return RouteSheet(route, tuple(lines))


class Orders:
    """All orders of some visits, read with five questions; ``names`` is what people call them, by ids of stops.

    Without `things` bookings come without what they hand over and without photos, which halves the time.
    """

    def __init__(self, session: Session, subjects: Sequence[Subject], language: str, things: bool = True) -> None:
        bookings = {s.booking_id for s in subjects if s.booking_id}
        calls = {s.call_id for s in subjects if s.call_id}
        deliveries = {s.order_id for s in subjects if s.order_id}
        query = select(Booking).where(Booking.id.in_(bookings))
        found = session.scalars(query.options(selectinload(Booking.lines)) if things else query).all()
        photos = photo_counts(session, {b.leg_of or b.id for b in found}) if things else {}
        self._bookings = {b.id: _booking(b, photos.get(b.leg_of or b.id, 0), things) for b in found}
        with_place = select(Call).where(Call.id.in_(calls)).options(selectinload(Call.community))
        self._calls = {c.id: _call(c) for c in session.scalars(with_place)}
        orders = select(TradeInOrder).where(TradeInOrder.id.in_(deliveries))
        shops = session.scalars(orders).all()
        self._deliveries = {t.id: order_of(t) for t in shops}
        self._fetched = {t.id: fetch_of(t) for t in shops if t.fetch_start is not None}
        self._sites = {s.code: _site(s, language) for s in session.scalars(select(Site))}
        of_kind = (("b", self._bookings), ("t", self._deliveries), ("f", self._fetched))
        self.names = {f"{k}:{key}": f"{o.place} {o.reference}" for k, found in of_kind for key, o in found.items()}
        self.names |= {f"c:{key}": order.place for key, order in self._calls.items()}
        self.names |= {code: order.place for code, order in self._sites.items()}

    def named(self, stop: str) -> str:
        """Return what people call a stop or a site; its id where nothing is known of it."""
        return self.names.get(stop, stop)

    def of_stop(self, stop: str) -> Order | None:
        """Return the order of a stop of the day's problem, None where nothing is known of it."""
        kind, _, key = stop.partition(":")
        known: Mapping[str, Mapping[uuid.UUID, Order]] = {
            "b": self._bookings, "c": self._calls, "t": self._deliveries, "f": self._fetched
        }  # fmt: skip
        return known[kind].get(uuid.UUID(key))

    def of(self, subject: Subject, site: str | None = None) -> Order:
        """Return the order of a visit, or of what is left out; or the site."""
        if subject.booking_id is not None:
            return self._bookings[subject.booking_id]
        if subject.call_id is not None:
            return self._calls[subject.call_id]
        if subject.order_id is not None:
            second = self._fetched.get(subject.order_id) if subject.fetches else None
            return second or self._deliveries[subject.order_id]
        return self._sites[site or ""]


def _booking(b: Booking, photos: int, things: bool) -> Order:
    return Order(
        kind="booking",
        reference=b.reference,
        place=b.place,
        address=b.address,
        contact=b.contact,
        phone=mask_phone(b.phone),
        items=tuple((line.item, line.pieces) for line in b.lines) if things else (),
        promise=(b.promise_start, b.promise_end),
        lon=b.lon,
        lat=b.lat,
        booking=b.leg_of or b.id,
        photos=photos,
        apart=tuple(line.item for line in b.lines if line.dismantle) if things else (),
        door=Door(b.floor, b.lift, b.standing, b.height_limit, b.note),
        state=b.state,
        day=b.service_day,
        expected_at=b.expected_at,
        late=b.late_told_at is not None,
        reason=b.reason if b.state == "failed" else "",
        ended_at=b.ended_at,
    )


def _call(c: Call) -> Order:
    return Order(
        kind="call",
        reference=c.community.name,
        place=c.community.name,
        address=c.community.town,
        contact="",
        phone="",
        items=(),
        promise=(c.starts_at, c.starts_at),
        lon=c.lon,
        lat=c.lat,
    )


def order_of(t: TradeInOrder) -> Order:
    """Return a shop's order as a visit is about it."""
    return Order(
        kind="take-back" if t.things_at_door else "delivery",
        reference=t.external_id,
        place=t.place,
        address=f"{t.address} ({t.retailer})" if t.address else t.retailer,
        contact=t.contact,
        phone=mask_phone(t.phone) if t.phone else "",
        items=((t.new_item, 1),),
        state="on_the_way" if t.state == "open" and t.set_off_at is not None else t.state,
        reason=t.reason,
        taken_back=tuple(t.things_at_door),
        promise=(t.promise_start, t.promise_end),
        lon=t.lon,
        lat=t.lat,
        door=Door(t.floor, t.lift, "flat", t.height_limit, t.note),
        services=tuple(sorted(t.skills)),
        fetched=(t.fetch_start, t.fetch_end) if t.fetch_state == "open" and t.fetch_start and t.fetch_end else None,
    )


def fetch_of(t: TradeInOrder) -> Order:
    """Return the second visit of a shop's order, which fetches what is old."""
    return replace(
        order_of(t),
        kind="fetch",
        items=tuple(t.things_back),
        taken_back=(),
        state="on_the_way" if t.fetching and t.fetch_set_off_at is not None else t.fetch_state,
        reason=t.fetch_reason,
        promise=(t.fetch_start or t.promise_start, t.fetch_end or t.promise_end),
        services=(),
        fetched=None,
    )


def _site(s: Site, language: str) -> Order:
    return Order(
        kind="unload",
        reference=s.code,
        place=s.label(language),
        address="",
        contact="",
        phone="",
        items=(),
        promise=None,
        lon=s.lon,
        lat=s.lat,
    )
