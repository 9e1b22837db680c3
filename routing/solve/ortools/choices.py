"""Who serves what in the model, with whom and in which order; and how far a battery lasts."""

from __future__ import annotations

from typing import Any

from routing.solve.ortools.nodes import SCALE, Nodes
from routing.solve.ortools.ways import Ways

REQUIRED = 10**10
"""Fen that leaving out a required stop counts for; above all that a day can cost."""


def add_choices(nodes: Nodes, clock: Any) -> None:
    """State who may serve and what may be left out, stops that belong to each other, and turns."""
    _vehicles(nodes)
    _alternatives(nodes)
    _together(nodes)
    _pairs(nodes, clock)
    _backhauls(nodes)


def _vehicles(nodes: Nodes) -> None:
    unloads = any(c.takes is None or c.takes for c in nodes.copies)
    stays = any(v.keeps_stock for v in nodes.vehicles)
    passing = {pair.collect for pair in nodes.problem.pairs}
    for index, stop in zip(nodes.of_stop, nodes.stops, strict=True):
        never = stop.windows[0].start > nodes.horizon or stop.windows[-1].end < 0 or stop.release > nodes.horizon
        leaves = any(stop.pickup) and stop.id not in passing and not unloads
        if never or (leaves and not stays):
            nodes.routing.ActiveVar(index).SetValue(0)
        for number, vehicle in enumerate(nodes.vehicles):
            if not stop.takes(vehicle) or (leaves and not vehicle.keeps_stock):
                nodes.routing.VehicleVar(index).RemoveValue(number)


def _alternatives(nodes: Nodes) -> None:
    members: dict[str, list[int]] = {}
    for k, stop in enumerate(nodes.stops):
        members.setdefault(f"group {stop.group}" if stop.group else f"stop {stop.id}", []).append(k)
    for some in members.values():
        lost = max(REQUIRED if nodes.stops[k].required else nodes.stops[k].prize for k in some)
        nodes.routing.AddDisjunction([nodes.of_stop[k] for k in some], lost * SCALE, 1)
    for index in nodes.of_copy:
        nodes.routing.AddDisjunction([index], 0)


def _together(nodes: Nodes) -> None:
    words = sorted({stop.together for stop in nodes.stops if stop.together})
    for word in words:
        home = nodes.solver.IntVar(0, len(nodes.vehicles) - 1, f"vehicle of {word}")
        for index, stop in zip(nodes.of_stop, nodes.stops, strict=True):
            if stop.together == word:
                nodes.solver.Add(nodes.routing.ActiveVar(index) * (nodes.routing.VehicleVar(index) - home) == 0)
        nodes.routing.AddVariableMinimizedByFinalizer(home)


def _pairs(nodes: Nodes, clock: Any) -> None:
    of = {stop.id: index for index, stop in zip(nodes.of_stop, nodes.stops, strict=True)}
    for pair in nodes.problem.pairs:
        collect, drop = of[pair.collect], of[pair.drop]
        nodes.routing.AddPickupAndDelivery(collect, drop)
        nodes.solver.Add(nodes.routing.VehicleVar(collect) == nodes.routing.VehicleVar(drop))
        nodes.solver.Add(nodes.routing.ActiveVar(collect) == nodes.routing.ActiveVar(drop))
        nodes.solver.Add(clock.CumulVar(collect) <= clock.CumulVar(drop))


def _backhauls(nodes: Nodes) -> None:
    """A dimension that counts what was taken after deliveries on the trip; with any, nothing is delivered any more."""
    number = sum(stop.backhaul for stop in nodes.stops)
    if not number:
        return
    again = [site.reloads for site in nodes.copies]
    transit = nodes.unary([int(s.backhaul) for s in nodes.stops], [-number * again_ for again_ in again])
    nodes.routing.AddDimension(transit, number, number, True, "backhauls")
    count = nodes.routing.GetDimensionOrDie("backhauls")
    reloads = {index for index, again_ in zip(nodes.of_copy, again, strict=True) if again_}
    for index in nodes.indices():
        if index in reloads:
            nodes.solver.Add(count.CumulVar(index) + count.SlackVar(index) == number)
        else:
            count.SlackVar(index).SetValue(0)
    for index, stop in zip(nodes.of_stop, nodes.stops, strict=True):
        if any(stop.delivery) and not stop.backhaul:
            count.CumulVar(index).SetValue(0)


def add_batteries(nodes: Nodes, ways: Ways) -> None:
    """A dimension of metres since the battery was full."""
    ranges = [v.range for v in nodes.vehicles if v.range is not None]
    if not ranges:
        return
    longest, services = max(ranges), len(nodes.stops) + len(nodes.copies)
    charges = {len(nodes.stops) + k for k, site in enumerate(nodes.copies) if site.charges}
    transits, rooms = [], []
    tables: dict[int, Any] = {}
    for vehicle in nodes.vehicles:
        _, metres, _ = ways.of(vehicle)
        if id(metres) not in tables:
            table = metres.copy()
            table[sorted(charges)] -= longest
            tables[id(metres)] = table
        transits.append(ways.register(tables[id(metres)]))
        rooms.append(2**50 if vehicle.range is None else vehicle.range)
    nodes.routing.AddDimensionWithVehicleTransitAndCapacity(transits, longest, rooms, False, "metres")
    driven = nodes.routing.GetDimensionOrDie("metres")
    full = {nodes.of_copy[node - len(nodes.stops)] for node in charges if node < services}
    for index in nodes.indices():
        if index in full:
            nodes.solver.Add(driven.CumulVar(index) + driven.SlackVar(index) >= longest)
        else:
            driven.SlackVar(index).SetValue(0)
    for start, vehicle in zip(nodes.starts, nodes.vehicles, strict=True):
        used = vehicle.range - vehicle.charge if vehicle.range is not None and vehicle.charge is not None else 0
        driven.CumulVar(start).SetValue(used)
