"""What routes and the plan cost, term by term."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from routing.check.counts import alternatives
from routing.check.drive import Drive, Fault
from routing.check.times import outside
from routing.plan import Plan
from routing.problem import Problem, Stop


def route_price_faults(drive: Drive, fault: Fault) -> None:
    """Judge the cost of a route."""
    fault("", "cost", drive.route.cost - sum(_prices(drive).values()))


def plan_price_faults(problem: Problem, plan: Plan, drives: Sequence[Drive], fault: Fault) -> None:
    """Judge the cost of the plan, its terms and its bound."""
    routes = [_prices(drive) for drive in drives]
    whole = {"balance": _balance(problem, drives), "prizes": _prizes(problem, plan, drives)}
    money = sum(drive.route.cost for drive in drives) + sum(whole.values())
    fault("", "cost of the plan is not the sum of its parts", money - plan.cost)
    terms = {name for prices in routes for name in prices} | set(whole)
    true = {name: sum(prices.get(name, 0) for prices in (*routes, whole)) for name in terms}
    fault("", "prices are not the parts of the cost", _difference(plan.prices, true))
    fault("", "bound above the cost", 0 if plan.bound is None else max(0, plan.bound - plan.cost))


def _difference(told: Mapping[str, int], true: Mapping[str, int]) -> int:
    """Return the fen by which terms differ; 1 where only a term of 0 is told."""
    right = {name: fen for name, fen in true.items() if fen}
    if dict(told) == right:
        return 0
    return sum(abs(told.get(name, 0) - right.get(name, 0)) for name in {*told, *right}) or 1


def _prices(drive: Drive) -> Mapping[str, int]:
    """Return the terms of a route's cost in fen, rounded."""
    problem, vehicle, route = drive.problem, drive.vehicle, drive.route
    metres, seconds = drive.metres(), route.end - route.start
    over = max(0, route.end - vehicle.shift.end)
    return {
        "fixed": vehicle.fixed_cost,
        "distance": rounded(metres * vehicle.cost_per_km, 1000),
        "hours": rounded(seconds * vehicle.cost_per_hour, 3600),
        "overtime": rounded(over * vehicle.overtime_per_hour, 3600),
        "carbon": rounded(metres * vehicle.grams_per_km * problem.carbon_price, 1_000_000),
        "wishes": sum(_missed(place, visit.start) for visit, place in drive.calls if isinstance(place, Stop)),
        "compactness": rounded(_spread(drive) * problem.compactness_price, 1000),
        "moves": sum(_elsewhere(stop, vehicle.id) for stop in drive.stops()),
    }


def rounded(fen: int, parts: int) -> int:
    """Return ``fen / parts``, halves up."""
    return (2 * fen + parts) // (2 * parts)


def _missed(stop: Stop, second: int) -> int:
    if not stop.wishes:
        return 0
    return rounded(min(outside(window, second) for window in stop.wishes) * stop.wish_price, 3600)


def _elsewhere(stop: Stop, vehicle: str) -> int:
    """Return the fen that it costs when another vehicle was announced."""
    return stop.stays_price if stop.stays and stop.stays != vehicle else 0


def _spread(drive: Drive) -> int:
    """Return the metres from the middle stop to the others."""
    at = [stop.location for stop in drive.stops()]
    between = drive.problem.matrices[drive.vehicle.profile].distances[np.ix_(at, at)].astype(np.int64)
    np.fill_diagonal(between, 0)
    return int(between.clip(min=0).sum(axis=1).min()) if at else 0


def _balance(problem: Problem, drives: Sequence[Drive]) -> int:
    """Return the fen for hours above the mean of all routes."""
    if not drives:
        return 0
    durations = [drive.route.end - drive.route.start for drive in drives]
    above = sum(max(0, len(durations) * one - sum(durations)) for one in durations)
    return rounded(above * problem.balance_price, 3600 * len(durations))


def _prizes(problem: Problem, plan: Plan, drives: Sequence[Drive]) -> int:
    """Return the fen for what is left out, once for a group of which nothing is served."""
    left_out = {u.stop for u in plan.unserved}
    served = {visit.id for drive in drives for visit in drive.route.visits if visit.kind == "stop"}
    lost = 0
    for members in alternatives(problem):
        grouped = bool(members[0].group)
        if not grouped or not any(stop.id in served for stop in members):
            lost += max((stop.prize for stop in members if stop.id in left_out), default=0)
    return lost
