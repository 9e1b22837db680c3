"""What is on board in the model: for each load, and each sum of loads that shares room, all of it and its parts.

For a row of loads, ``total`` is all that is on board, ``fresh`` what is still to be delivered of what was loaded at a
depot, ``held`` what is on its way from one stop to another. At a site ``total`` may fall by any amount that leaves the
other two, and both may rise where vehicles load again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from routing.bounds import bounds
from routing.problem import Problem
from routing.solve.ortools.nodes import Nodes

Row = frozenset[int]


@dataclass(frozen=True)
class _Loads:
    """The dimensions of a row; ``fresh`` and ``held`` are None where there is nothing of the kind."""

    total: Any
    fresh: Any
    held: Any
    top: int

    def left(self, index: int) -> Any:
        """What is on board when leaving a site."""
        return self.total.CumulVar(index) + self.total.SlackVar(index) - self.top

    def kept(self, index: int) -> Any:
        """What is on board and not collected when leaving a site."""
        parts = [self.fresh.CumulVar(index) + self.fresh.SlackVar(index)] if self.fresh else []
        parts += [self.held.CumulVar(index)] if self.held else []
        return sum(parts[1:], parts[0]) if parts else 0

    def loaded(self, index: int) -> Any:
        """What is loaded at a site."""
        return self.fresh.SlackVar(index) if self.fresh else 0


def add_loads(nodes: Nodes) -> None:
    """State all that has to do with loads."""
    problem = nodes.problem
    room = [dict(bounds(v, problem.dimensions)) for v in nodes.vehicles]
    singles = [frozenset([d]) for d in range(len(problem.dimensions))]
    sums = sorted({row for of in room for row in of if len(row) > 1}, key=sorted)
    rows = {row: _row(nodes, row, [_room(of, row) for of in room]) for row in [*singles, *sums]}
    for row, loads in rows.items():
        for number, vehicle in enumerate(nodes.vehicles):
            start = nodes.starts[number]
            stock = sum(vehicle.load[d] for d in row) if vehicle.load else 0
            fresh = loads.fresh.CumulVar(start) + stock if loads.fresh else stock
            nodes.solver.Add(loads.total.CumulVar(start) == fresh)
    for k, index in enumerate(nodes.of_copy):
        _visit(nodes, rows, k, index)
    _shared(nodes, rows)


def _room(of: dict[Row, int], row: Row) -> int:
    """A sum that has no bound in a vehicle is bounded by its parts."""
    return of.get(row, sum(of[frozenset([d])] for d in row))


def _row(nodes: Nodes, row: Row, room: Sequence[int]) -> _Loads:
    problem, top = nodes.problem, max(room)
    collects = {pair.collect for pair in problem.pairs}
    drops = {pair.drop for pair in problem.pairs}
    up = [sum(s.pickup[d] for d in row) for s in nodes.stops]
    down = [sum(s.delivery[d] for d in row) for s in nodes.stops]
    from_depot = [0 if s.id in drops else units for s, units in zip(nodes.stops, down, strict=True)]
    between = [(s.id in collects) * a - (s.id in drops) * b for s, a, b in zip(nodes.stops, up, down, strict=True)]
    name = "+".join(problem.dimensions[d] for d in sorted(row))
    change = [a - b for a, b in zip(up, down, strict=True)]
    total = _dimension(nodes, f"total {name}", change, room, 2 * top, [-top] * len(nodes.copies))
    fresh = held = None
    if any(from_depot):
        reloads = [index for index, c in zip(nodes.of_copy, nodes.copies, strict=True) if c.reloads]
        fresh = _dimension(nodes, f"fresh {name}", [-units for units in from_depot], room, top if reloads else 0)
        for index in nodes.indices():
            if index not in reloads:
                fresh.SlackVar(index).SetValue(0)
        for index in [*nodes.ends, *reloads]:
            fresh.CumulVar(index).SetValue(0)
    if any(between):
        held = _dimension(nodes, f"held {name}", between, room, 0)
        for index in [*nodes.starts, *nodes.ends]:
            held.CumulVar(index).SetValue(0)
    for index in set(nodes.indices()).difference(nodes.of_copy):
        total.SlackVar(index).SetValue(0)
    return _Loads(total, fresh, held, top)


def _dimension(
    nodes: Nodes,
    name: str,
    of_stops: Sequence[int],
    room: Sequence[int],
    slack: int,
    of_copies: Sequence[int] | None = None,
) -> Any:
    transit = nodes.unary(of_stops, of_copies)
    nodes.routing.AddDimensionWithVehicleCapacity(transit, slack, list(room), False, name)
    return nodes.routing.GetDimensionOrDie(name)


def _visit(nodes: Nodes, rows: dict[Row, _Loads], k: int, index: int) -> None:
    """State what a visit at a site does to each row."""
    site, add = nodes.copies[k], nodes.solver.Add
    takes = {d for d, name in enumerate(nodes.problem.dimensions) if site.takes is None or name in site.takes}
    for row, loads in rows.items():
        if row <= takes and site.capacity is None:
            add(loads.left(index) >= loads.kept(index))
        elif row <= takes:
            add(loads.left(index) == loads.kept(index))
        elif not row & takes:
            add(loads.left(index) == loads.total.CumulVar(index) + loads.loaded(index))
        else:
            add(loads.left(index) == sum(rows[frozenset([d])].left(index) for d in sorted(row)))


def _shared(nodes: Nodes, rows: dict[Row, _Loads]) -> None:
    """All vehicles together bring a site no more than it takes in the day."""
    for site in _bounded(nodes.problem):
        takes = range(len(nodes.problem.dimensions))
        for d in (d for d in takes if site.takes is None or nodes.problem.dimensions[d] in site.takes):
            loads, given = rows[frozenset([d])], []
            for index in (i for i, c in zip(nodes.of_copy, nodes.copies, strict=True) if c is site):
                active = nodes.routing.ActiveVar(index)
                nodes.solver.Add(loads.total.SlackVar(index) <= loads.top + loads.top * active)
                given.append(loads.top - loads.total.SlackVar(index) + loads.loaded(index))
            if given and site.capacity is not None:
                nodes.solver.Add(nodes.solver.Sum(given) <= site.capacity[d])


def _bounded(problem: Problem) -> list[Any]:
    return [site for site in problem.unload_sites if site.capacity is not None]
