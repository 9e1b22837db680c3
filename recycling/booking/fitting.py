"""What only some vehicles can do, and whether they can do all of it: tail lifts, crews, and how high a vehicle may be.

Whatever is taken of a window can be divided among the vehicles if, and only if, for every set of vehicles what nobody
but they can do takes no more than their time (Hall's theorem, in its form for divisible supplies: Gale 1957). Sets of
vehicles by crew alone lie inside of each other, and `capacity` has a row for each of them. A tail lift or a low way in
makes sets that overlap; so where something stands in a window that asks for one, every union of the sets that are asked
for is looked at here, each time anew from what is in the record. A writer does so when it has changed the window's
rows, which no other writer can change until its unit ends.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, literal_column, not_, or_, select, true, union_all
from sqlalchemy.orm import Session

from recycling.booking.expected import Work, expected_work, window_at
from recycling.booking.office import Office
from recycling.booking.workload import Fit
from recycling.clock import Span
from recycling.models import Booking, BookingLine, Hold, TradeInOrder
from recycling.models.base import table_of
from recycling.models.booking import FREE
from recycling.ready import Ready, together

Kinds = frozenset[str]
"""Plates of vehicles that can do the same."""

NOBODY = uuid.UUID(int=0)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Fits:
    """What some days of a depot still have for those who need certain vehicles.

    Parameters
    ----------
    owner
        The form whose holds count as free.
    but
        The booking whose visits count as free.
    without
        Visits that count as free.
    now
        Holds that are over by then count as free; None counts all that there are.
    """

    def __init__(
        self,
        session: Session,
        office: Office,
        depot: str,
        days: Sequence[date],
        *,
        owner: str = "",
        but: uuid.UUID | None = None,
        without: Collection[uuid.UUID] = (),
        now: datetime | None = None,
    ) -> None:
        self._session, self._office, self._depot, self._days = session, office, depot, list(days)
        self._fleet = office.fleet.at(depot)
        self._able: dict[Fit, Kinds] = {}
        self._asked: dict[str, Any] = {
            "depot": depot,
            "days": self._days,
            "owner": owner,
            "but": but or NOBODY,
            "without": list(without) or [NOBODY],
            "now": now or LONG_AGO,
        }

    def left(self, day: date, span: str, fit: Fit) -> int | None:
        """Return the seconds of a window that the vehicles for `fit` have left; None where its rows say all there is.

        A negative number of seconds is more than the vehicles can do.
        """
        if not self._matters(day, span, [fit]):
            return None
        own = self._for(fit)
        return min(
            (left for kinds, left in self._lefts(day, span, [fit]).items() if own <= kinds),
            default=None,
        )

    def beyond(self, day: date, span: str, fit: Fit) -> bool:
        """Tell whether more of a window is promised than the vehicles for `fit`, and those beside them, can do."""
        if not self._matters(day, span, [fit]):
            return False
        own, loads = self._for(fit), self._loads.get((day, span), {})
        return any(
            self._spare(day, span, kinds) < self._load(loads, kinds)
            for kinds in self._sets(day, span, loads, [fit])
            if own <= kinds
        )

    def takes(self, day: date, span: str, taken: Mapping[Fit, int], given: Mapping[Fit, int] | None = None) -> bool:
        """Tell whether the vehicles can do what is taken of a window besides what is there.

        `given` is what was given back for it, and is among that no more: a set of vehicles from which no more is taken
        than that is not looked at, however full it is.
        """
        if not self._matters(day, span, taken):
            return True

        def within(kinds: Kinds, loads: Mapping[Fit, int]) -> int:
            return sum(seconds for fit, seconds in loads.items() if self._for(fit) <= kinds)

        return all(
            within(kinds, taken) <= max(left, within(kinds, given or {}))
            for kinds, left in self._lefts(day, span, taken).items()
        )

    def _for(self, fit: Fit) -> Kinds:
        """Return the vehicles that can do something."""
        if fit not in self._able:
            skills = self._office.fleet.skills_of
            self._able[fit] = frozenset(plate for plate, _, kind in self._fleet if fit.on(kind, skills(plate)))
        return self._able[fit]

    def _is_special(self, fit: Fit) -> bool:
        """Tell whether not all vehicles can do something that have the crew for it."""
        plain = Fit(fit.people)
        return fit != plain and self._for(fit) != self._for(plain)

    def _matters(self, day: date, span: str, fits: Iterable[Fit]) -> bool:
        return any(map(self._is_special, fits)) or (day, span) in self._special_windows

    @cached_property
    def _special_windows(self) -> set[tuple[date, str]]:
        """Windows in which something stands that not all vehicles with the crew for it can do."""
        if self._office.fleet.alike(self._depot):
            return set()
        rows, orders = self._special_rows()
        found = {(day, span) for day, span, *fit in rows if self._is_special(Fit(*fit))}
        for day, moment, people, lift, height, skills in orders:
            if self._is_special(Fit(people, lift, height, frozenset(filter(None, skills.split(","))))):
                found.add((day, window_at(self._office, moment)))
        return found

    def _special_rows(self) -> tuple[Iterable[Any], Iterable[Any]]:
        """Return what may be special among bookings and holds, and among deliveries."""
        (day, *more_days), (visit, *more_visits) = self._days, self._asked["without"]
        if more_days or more_visits:
            return self._session.execute(_SPECIAL, self._asked), self._session.execute(_SPECIAL_ORDERS, self._asked)
        asked = {**self._asked, "days": day, "without": visit}
        taking, orders = together(self._session, [(_SPECIAL_OF_DAY, [asked]), (_SPECIAL_ORDERS_OF_DAY, [asked])])
        return taking.rows, orders.rows

    @cached_property
    def _loads(self) -> Mapping[tuple[date, str], Mapping[Fit, int]]:
        """What bookings and holds take of each window."""
        found: dict[tuple[date, str], dict[Fit, int]] = defaultdict(lambda: defaultdict(int))
        for day, span, people, lift, height, seconds in self._session.execute(_ALL, self._asked):
            found[day, span][Fit(people, lift, height)] += seconds
        return found

    @cached_property
    def _work(self) -> Work:
        return expected_work(self._session, self._office, self._depot, self._days)

    def _lefts(self, day: date, span: str, fits: Iterable[Fit]) -> dict[Kinds, int]:
        """Return the seconds that each set of vehicles has left which is asked for as a whole, by its plates."""
        loads = self._loads.get((day, span), {})
        sets = self._sets(day, span, loads, fits)
        return {kinds: max(0, self._spare(day, span, kinds)) - self._load(loads, kinds) for kinds in sets}

    def _sets(self, day: date, span: str, loads: Iterable[Fit], fits: Iterable[Fit]) -> set[Kinds]:
        return _unions({self._for(fit) for fit in (*loads, *self._work.fits(day, span), *fits)})

    def _load(self, loads: Mapping[Fit, int], kinds: Kinds) -> int:
        return sum(seconds for fit, seconds in loads.items() if self._for(fit) <= kinds)

    def _spare(self, day: date, span: str, kinds: Kinds) -> int:
        """Return the seconds that vehicles can promise beside the work that only they can do; it may be negative."""
        if self._office.settings.holidays.on(day) is not None:
            return 0
        window, clock = Span.parse(span), self._office.clock
        length = (clock.at(day, window.end) - clock.at(day, window.start)).total_seconds()
        work = self._work.seconds(day, span, lambda fit: self._for(fit) <= kinds)
        return round(len(kinds) * length * self._office.settings.booking.fill - work)


def _unions(sets: Iterable[Kinds]) -> set[Kinds]:
    """Return all unions of some of the sets."""
    found: set[Kinds] = set()
    for one in sets:
        found |= {one, *(one | other for other in found)}
    return found


_BOOKING, _HOLD, _ORDER, _LINE = (table_of(kind).c for kind in (Booking, Hold, TradeInOrder, BookingLine))
_LIFT = select(_LINE.booking_id).where(_LINE.booking_id == _BOOKING.id, _LINE.tail_lift).exists()


def _among(column: Any, name: str, one: bool) -> ColumnElement[bool]:
    """Return the condition that a column has one of the values of a list, or just `one`."""
    found: ColumnElement[bool] = column == bindparam(name) if one else column.in_(bindparam(name, expanding=True))
    return found


def _of(one: bool, table: Any, *columns: Any) -> Select[Any]:
    days = _among(table.service_day, "days", one)
    return select(table.service_day, *columns).where(table.depot_code == bindparam("depot"), days)


def _taking(special: bool, one: bool = False) -> Any:
    """Return the query of what bookings and holds take: (day, window, people, tail lift, height limit, seconds).

    With `one` it takes just one day, and one visit that is to be left out.
    """

    def which(height: Any, lift: ColumnElement[bool]) -> ColumnElement[bool]:
        return or_(height.is_not(None), lift) if special else true()

    more = () if special else (_BOOKING.seconds,)
    held = () if special else (_HOLD.seconds,)
    return union_all(
        _of(one, _BOOKING, _BOOKING.window, _BOOKING.people, _LIFT.label("lift"), _BOOKING.height_limit, *more).where(
            _BOOKING.state.not_in(FREE),
            _BOOKING.seconds > 0,
            not_(_among(_BOOKING.id, "without", one)),
            func.coalesce(_BOOKING.leg_of, _BOOKING.id) != bindparam("but"),
            which(_BOOKING.height_limit, _LIFT),
        ),
        _of(one, _HOLD, _HOLD.window, _HOLD.people, _HOLD.tail_lift, _HOLD.height_limit, *held).where(
            _HOLD.seconds > 0,
            _HOLD.owner != bindparam("owner"),
            _HOLD.until > bindparam("now"),
            which(_HOLD.height_limit, _HOLD.tail_lift),
        ),
    )


def _orders(one: bool = False) -> Any:
    """Return the query of what deliveries ask for: (day, start, people, tail lift, height limit, skills).

    The second visit of an order is a row of its own, for which its crew needs no skills.
    """
    fit = (_ORDER.people, _ORDER.tail_lift, _ORDER.height_limit, _ORDER.crew_skills)
    second: tuple[Any, ...] = (_ORDER.fetch_people, _ORDER.tail_lift, _ORDER.height_limit, literal_column("''"))
    return union_all(
        _of(one, _ORDER, _ORDER.promise_start, *fit).where(
            _ORDER.state != "cancelled",
            or_(_ORDER.tail_lift, _ORDER.height_limit.is_not(None), _ORDER.crew_skills != ""),
        ),
        _of(one, _ORDER, _ORDER.fetch_start, *second).where(
            _ORDER.fetch_state.not_in(("", "cancelled")),
            _ORDER.away_since.is_(None),
            or_(_ORDER.tail_lift, _ORDER.height_limit.is_not(None)),
        ),
    )


_SPECIAL, _ALL, _SPECIAL_ORDERS = _taking(special=True), _taking(special=False), _orders()
_SPECIAL_OF_DAY, _SPECIAL_ORDERS_OF_DAY = Ready(_taking(special=True, one=True)), Ready(_orders(one=True))
"""Asked for each booking and for each who looks for windows, so they are put together once."""
