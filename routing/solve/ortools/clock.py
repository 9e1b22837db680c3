"""When things happen in the model: travel and work, windows, shifts, overtime, breaks, closed zones, ready times."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from routing.problem import Closed, Vehicle
from routing.solve.ortools.nodes import SCALE, Nodes
from routing.solve.ortools.ways import Ways


def add_clock(nodes: Nodes, ways: Ways) -> Any:
    """State all that has to do with time and the cost of driving; return the dimension of seconds."""
    routing, transits = nodes.routing, []
    for number, vehicle in enumerate(nodes.vehicles):
        seconds, _, _ = ways.of(vehicle)
        transits.append(ways.register(seconds))
        routing.SetArcCostEvaluatorOfVehicle(ways.price(vehicle), number)
        routing.SetFixedCostOfVehicle(vehicle.fixed_cost * SCALE, number)
    routing.AddDimensionWithVehicleTransits(transits, nodes.horizon, nodes.horizon, False, "time")
    clock = routing.GetDimensionOrDie("time")
    _shifts(nodes, clock)
    _windows(nodes, clock)
    _wishes(nodes, clock)
    _closed(nodes, clock)
    _releases(nodes, clock)
    _breaks(nodes, clock)
    return clock


def _shifts(nodes: Nodes, clock: Any) -> None:
    for number, vehicle in enumerate(nodes.vehicles):
        start, end = clock.CumulVar(nodes.starts[number]), clock.CumulVar(nodes.ends[number])
        start.SetRange(vehicle.shift.start, vehicle.shift.end)
        end.SetRange(vehicle.shift.start, vehicle.shift.end + vehicle.overtime)
        clock.SetSpanCostCoefficientForVehicle(vehicle.cost_per_hour * SCALE // 3600, number)
        if vehicle.overtime and vehicle.overtime_per_hour:
            clock.SetCumulVarSoftUpperBound(
                nodes.ends[number], vehicle.shift.end, vehicle.overtime_per_hour * SCALE // 3600
            )
        if vehicle.max_duration is not None:
            clock.SetSpanUpperBoundForVehicle(vehicle.max_duration, number)
        nodes.routing.AddVariableMinimizedByFinalizer(end)
        nodes.routing.AddVariableMaximizedByFinalizer(start)


def _windows(nodes: Nodes, clock: Any) -> None:
    last = nodes.horizon
    for index, stop in zip(nodes.of_stop, nodes.stops, strict=True):
        var = clock.CumulVar(index)
        var.SetRange(min(stop.windows[0].start, last), max(0, min(stop.windows[-1].end, last)))
        for before, after in pairwise(stop.windows):
            var.RemoveInterval(before.end + 1, after.start - 1)
    for index, site in zip(nodes.of_copy, nodes.copies, strict=True):
        clock.CumulVar(index).SetRange(min(site.hours.start, last), max(0, min(site.hours.end, last)))


def _wishes(nodes: Nodes, clock: Any) -> None:
    for index, stop in zip(nodes.of_stop, nodes.stops, strict=True):
        price = stop.wish_price * SCALE // 3600
        if stop.wishes and price:
            if stop.wishes[0].start > 0:
                clock.SetCumulVarSoftLowerBound(index, min(stop.wishes[0].start, nodes.horizon), price)
            clock.SetCumulVarSoftUpperBound(index, max(0, min(stop.wishes[-1].end, nodes.horizon)), price)


def _closed(nodes: Nodes, clock: Any) -> None:
    """Nothing begins in a zone while it is closed to the vehicle; what is closed to all is taken out of the hours."""
    of: dict[Closed, list[int]] = {}
    for number, vehicle in enumerate(nodes.vehicles):
        for zone in vehicle.closed:
            of.setdefault(zone, []).append(number)
    solver = nodes.solver
    for zone, numbers in of.items():
        for node, index in enumerate([*nodes.of_stop, *nodes.of_copy]):
            var, hours = clock.CumulVar(index), zone.hours
            if nodes.places[node] not in zone.locations or hours.end < var.Min() or hours.start > var.Max():
                continue
            inside = solver.IsBetweenVar(var, hours.start, hours.end)
            solver.Add(inside + solver.IsMemberVar(nodes.routing.VehicleVar(index), numbers) <= 1)


def _releases(nodes: Nodes, clock: Any) -> None:
    """A dimension that holds, all along a trip, when it began."""
    if not any(s.release for s in nodes.stops):
        return
    zeros = nodes.unary([0] * len(nodes.stops))
    nodes.routing.AddDimension(zeros, nodes.horizon, nodes.horizon, False, "trip")
    trip = nodes.routing.GetDimensionOrDie("trip")
    again = {index for index, site in zip(nodes.of_copy, nodes.copies, strict=True) if site.reloads}
    for index in nodes.indices():
        if index in again:
            nodes.solver.Add(trip.CumulVar(index) + trip.SlackVar(index) == clock.CumulVar(index))
        else:
            trip.SlackVar(index).SetValue(0)
    for start in nodes.starts:
        nodes.solver.Add(trip.CumulVar(start) == clock.CumulVar(start))
    for index, stop in zip(nodes.of_stop, nodes.stops, strict=True):
        if 0 < stop.release <= nodes.horizon:
            trip.CumulVar(index).SetMin(stop.release)


def _breaks(nodes: Nodes, clock: Any) -> None:
    for number, vehicle in enumerate(nodes.vehicles):
        if vehicle.pauses:
            rests = _rests(nodes, vehicle)
            clock.SetBreakIntervalsOfVehicle(rests, number, _work(nodes, vehicle))


def _rests(nodes: Nodes, vehicle: Vehicle) -> Sequence[Any]:
    rests = [
        nodes.solver.FixedDurationIntervalVar(
            rest.window.start, rest.window.end, rest.duration, False, f"break {k} of {vehicle.id}"
        )
        for k, rest in enumerate(vehicle.pauses)
    ]
    for before, after in pairwise(rests):
        nodes.solver.Add(after.StartExpr() >= before.EndExpr())
    return rests


def _work(nodes: Nodes, vehicle: Vehicle) -> list[int]:
    work = [0] * nodes.routing.Size()
    for index, stop in zip(nodes.of_stop, nodes.stops, strict=True):
        work[index] = stop.duration(vehicle.crew)
    for index, site in zip(nodes.of_copy, nodes.copies, strict=True):
        work[index] = site.duration
    return work
