"""What the model of a day visits: stops, copies of sites, and the ends of routes, with the library's own numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from routing.problem import Problem, UnloadSite, Vehicle

VISITS_PER_VEHICLE = 2
"""Visits of sites on the way that the model offers to each vehicle on average, besides the unload on the way home."""

SCALE = 100
"""The model counts hundredths of a fen, so that a metre is not rounded away."""

FAR = 10**7
"""Seconds or metres that stand for "no way" inside the model; longer than any shift, so never driven."""


@dataclass(frozen=True)
class Order:
    """Which vehicle serves what in which order: ids of stops and sites, the last unload not among them."""

    vehicle: Vehicle
    services: tuple[tuple[str, str], ...]


class Nodes:
    """The library's model of a day, empty but for its nodes.

    Attributes
    ----------
    stops, copies
        Services, in the order of their nodes; a site is there as often as it may be visited.
    places
        Location of each node; the ends of routes follow the services.
    is_end
        Whether routes end at a node.
    horizon
        The last second at which a route may end.
    """

    def __init__(self, problem: Problem, start: Sequence[Order]) -> None:
        from ortools.constraint_solver import pywrapcp

        self.problem, self.stops, self.vehicles = problem, problem.stops, problem.vehicles
        self.copies = _copies(problem, start)
        ends = sorted({(v.start, "start") for v in self.vehicles} | {(v.end, "end") for v in self.vehicles})
        services = len(self.stops) + len(self.copies)
        node_of = {end: services + k for k, end in enumerate(ends)}
        self.places = [s.location for s in self.stops] + [c.location for c in self.copies]
        self.places += [location for location, _ in ends]
        self.is_end = [False] * services + [kind == "end" for _, kind in ends]
        self.manager: Any = pywrapcp.RoutingIndexManager(
            len(self.places),
            len(self.vehicles),
            [node_of[v.start, "start"] for v in self.vehicles],
            [node_of[v.end, "end"] for v in self.vehicles],
        )
        self.routing: Any = pywrapcp.RoutingModel(self.manager)
        self.solver: Any = self.routing.solver()
        self.horizon = max((v.shift.end + v.overtime for v in self.vehicles), default=0)
        self.of_stop = [int(self.manager.NodeToIndex(k)) for k in range(len(self.stops))]
        self.of_copy = [int(self.manager.NodeToIndex(len(self.stops) + k)) for k in range(len(self.copies))]
        self.starts = [int(self.routing.Start(k)) for k in range(len(self.vehicles))]
        self.ends = [int(self.routing.End(k)) for k in range(len(self.vehicles))]

    def indices(self) -> range:
        """Indices of all nodes but the ends of routes."""
        return range(self.routing.Size())

    def unary(self, of_stops: Sequence[int], of_copies: Sequence[int] | None = None) -> int:
        """Register what happens at each node whoever comes next; nothing at the ends of routes."""
        copies = [0] * len(self.copies) if of_copies is None else of_copies
        rest = len(self.places) - len(self.stops) - len(self.copies)
        return int(self.routing.RegisterUnaryTransitVector([*of_stops, *copies, *[0] * rest]))


def _copies(problem: Problem, start: Sequence[Order]) -> list[UnloadSite]:
    """Visits that the model offers: some for each site that is of use on the day, and all that `start` has."""
    taking = any(any(s.pickup) for s in problem.stops) or any(any(v.load) for v in problem.vehicles)
    bringing = any(any(s.delivery) for s in problem.stops)
    charging = any(v.range is not None for v in problem.vehicles)
    copies: list[UnloadSite] = []
    for site in problem.unload_sites:
        usual = max(2, -(-VISITS_PER_VEHICLE * len(problem.vehicles) // len(problem.unload_sites)))
        used = sum(key == ("unload", site.id) for order in start for key in order.services)
        unloads = taking and site.takes != frozenset()
        of_use = unloads or (bringing and site.reloads) or (charging and site.charges)
        copies += [site] * max(usual if of_use and site.hours.end >= 0 else 0, used)
    return copies
