"""The linear problem of the bound: a mix of day routes that visits each point as often as it must be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from routing.periodic.bound_case import Case
from routing.periodic.bound_cuts import Cut, times_together
from routing.periodic.tables import Number, Whole


class Trip(NamedTuple):
    """From the depot (0) or a site (from 1 on), points in order, to a site (from 0 on)."""

    start: int
    points: tuple[int, ...]
    site: int


Trips = tuple[Trip, ...]


@dataclass(frozen=True)
class Prices:
    """What rows are worth: of a visit, of each route and trip that there is, of each cut (0 or more).

    Where columns are trips also of arriving at a site, and of a step of time (0 or more); else nothing.
    """

    visits: Number
    route: float
    trip: float
    cuts: Number
    sites: Number
    time: float


def between(old: Prices, new: Prices, share: float) -> Prices:
    """Return prices between two, nearer to the old the larger its share; the new ones may have more cuts."""
    cuts = np.zeros(len(new.cuts))
    cuts[: len(old.cuts)] = old.cuts[: len(new.cuts)]
    other = 1 - share
    return Prices(
        share * old.visits + other * new.visits,
        share * old.route + other * new.route,
        share * old.trip + other * new.trip,
        share * cuts + other * new.cuts,
        share * old.sites + other * new.sites,
        share * old.time + other * new.time,
    )


class Range(NamedTuple):
    """How many routes, and how many trips, all days may have together."""

    fewest_routes: int
    most_routes: int
    fewest_trips: int
    most_trips: int


def cost_of(case: Case, trips: Trips) -> float:
    """Return the price of a route."""
    total = 0.0
    for trip in trips:
        total += case.first[trip.start, trip.points[0]] + case.out[trip.points[-1], trip.site]
        total += sum(case.arc[a, b] for a, b in zip(trip.points, trip.points[1:], strict=False))
    return float(total)


def steps_of(case: Case, trip: Trip) -> int:
    """Return how long a trip takes, in steps."""
    total = case.first_last[trip.start, trip.points[0]] + case.out_last[trip.points[-1], trip.site]
    return int(total + sum(case.last[a, b] for a, b in zip(trip.points, trip.points[1:], strict=False)))


class Column(NamedTuple):
    """Visits of each trip (trips, points), and where it starts: the depot (0), or a site."""

    visits: Whole
    start: int


class Master:
    """Rows for visits, routes, trips and cuts; columns are routes. GLOP solves it, warm from the last time.

    Without ``whole`` columns are trips: as many begin as end at each site, but for those after which a vehicle goes
    home, and together they take no longer than the shifts of the vehicles that are out.
    """

    def __init__(self, case: Case, whole: bool) -> None:
        from ortools.linear_solver import pywraplp

        solver: Any = pywraplp.Solver.CreateSolver("GLOP")
        self.case, self.whole, self._solver = case, whole, solver
        # what is imprecise will do: bounds hold for any prices
        solver.SetSolverSpecificParametersAsString("change_status_to_imprecise: false")
        self._ways = [pywraplp.MPSolverParameters() for _ in range(3)]
        for way in self._ways[1:]:
            way.SetIntegerParam(way.INCREMENTALITY, way.INCREMENTALITY_OFF)
        self._ways[1].SetIntegerParam(way.PRESOLVE, way.PRESOLVE_OFF)
        self._ways[2].SetIntegerParam(way.LP_ALGORITHM, way.DUAL)
        self._far = solver.infinity()
        self.value = 0.0
        self.cuts: list[Cut] = []
        self.columns: list[Column] = []
        self._known: set[Trips] = set()
        self._variables: list[Any] = []
        self._objective = solver.Objective()
        self._objective.SetMinimization()
        self._visits = [solver.Constraint(float(k), float(k)) for k in case.visits]
        self._count, self._trips = solver.Constraint(0.0, self._far), solver.Constraint(0.0, self._far)
        self._cuts: list[Any] = []
        self._sites: list[Any] = []
        self._time: Any = None
        dear = 10 * float(case.first[0].max() + case.out.max() + case.home.max())
        for row in self._visits:
            self._slack(row, 1.0, dear)
        for row in (self._count, self._trips):
            self._slack(row, 1.0, dear)
            self._slack(row, -1.0, dear)
        if not whole:
            self._add_sites(dear)

    def _slack(self, row: Any, sign: float, price: float) -> Any:
        column = self._solver.NumVar(0.0, self._far, "")
        self._objective.SetCoefficient(column, price)
        row.SetCoefficient(column, sign)
        return column

    def _add_sites(self, dear: float) -> None:
        case = self.case
        self._time = self._solver.Constraint(-self._far, 0.0)
        self._slack(self._time, -float(case.most), dear)
        for site in range(len(case.home)):
            row = self._solver.Constraint(0.0, 0.0)
            self._slack(row, 1.0, dear)
            going_home = self._slack(row, -1.0, float(case.home[site]))
            self._count.SetCoefficient(going_home, 1.0)
            self._time.SetCoefficient(going_home, float(case.home_last[site] - case.most))
            self._sites.append(row)

    def within(self, allowed: Range) -> None:
        """Set how many routes and trips there may be."""
        self._count.SetBounds(float(allowed.fewest_routes), float(allowed.most_routes))
        self._trips.SetBounds(float(allowed.fewest_trips), float(allowed.most_trips))

    def add(self, trips: Trips) -> bool:
        """Take a route as a column; whether it is new."""
        if trips in self._known:
            return False
        self._known.add(trips)
        visits = np.array([np.bincount(trip.points, minlength=len(self.case.load)) for trip in trips])
        column = self._solver.NumVar(0.0, self._far, "")
        price = cost_of(self.case, trips) + (self.case.home[trips[-1].site] if self.whole else 0.0)
        self._objective.SetCoefficient(column, price)
        for point, often in enumerate(visits.sum(axis=0)):
            if often:
                self._visits[point].SetCoefficient(column, float(often))
        if self.whole:
            self._count.SetCoefficient(column, 1.0)
        else:
            self._link(column, trips[0])
        self._trips.SetCoefficient(column, float(len(trips)))
        if self.cuts:
            (times,) = times_together(self.cuts, visits, np.zeros(1, np.int64))
            for k in np.flatnonzero(times):
                self._cuts[k].SetCoefficient(column, float(times[k]))
        self._variables.append(column)
        self.columns.append(Column(visits, trips[0].start))
        return True

    def _link(self, column: Any, trip: Trip) -> None:
        self._time.SetCoefficient(column, float(steps_of(self.case, trip)))
        if trip.start != trip.site + 1:
            self._sites[trip.site].SetCoefficient(column, 1.0)
            if trip.start > 0:
                self._sites[trip.start - 1].SetCoefficient(column, -1.0)

    def cut(self, cuts: Sequence[Cut]) -> None:
        """Add rows."""
        if not cuts:
            return
        rows = [self._solver.Constraint(-self._far, float(cut.most)) for cut in cuts]
        if self.columns:
            trips = np.concatenate([column.visits for column in self.columns])
            lengths = np.array([len(column.visits) for column in self.columns])
            times = times_together(cuts, trips, np.cumsum(lengths) - lengths)
            for column, k in zip(*np.nonzero(times), strict=True):
                rows[k].SetCoefficient(self._variables[column], float(times[column, k]))
        self.cuts += cuts
        self._cuts += rows

    def solve(self) -> Prices | None:
        """Find the best mix and return what rows are worth; None when the solver fails, warm and from the beginning."""
        if all(self._solver.Solve(way) != self._solver.OPTIMAL for way in self._ways):
            return None
        self.value = float(self._objective.Value())
        return Prices(
            np.array([row.dual_value() for row in self._visits]),
            float(self._count.dual_value()),
            float(self._trips.dual_value()),
            np.maximum(0.0, -np.array([row.dual_value() for row in self._cuts])),
            np.array([row.dual_value() for row in self._sites]) if self._sites else np.zeros(len(self.case.home)),
            0.0 if self._time is None else max(0.0, -float(self._time.dual_value())),
        )

    def mix(self) -> Number:
        """Return how much of each column is in the mix that was found last."""
        return np.array([variable.solution_value() for variable in self._variables])


def bound_by(master: Master, allowed: Range, prices: Prices, least: float) -> float:
    """Return what every timetable costs at least, given prices and the least that a column costs beyond them.

    Holds for any prices (Lagrange); ``least`` must be proven.
    """
    case = master.case
    total = float(prices.visits @ case.visits)
    total -= sum(float(price) * cut.most for price, cut in zip(prices.cuts, master.cuts, strict=True))
    routes, trips = allowed[:2], allowed[2:]
    if master.whole:
        return total + _at_least(least + prices.route, routes) + _at_least(prices.trip, trips)
    home = case.home + prices.sites + prices.time * (case.home_last - case.most)
    return total + _at_least(float(home.min()), routes) + _at_least(least + prices.trip, trips)


def _at_least(each: float, counts: tuple[int, ...]) -> float:
    return min(each * counts[0], each * counts[1])
