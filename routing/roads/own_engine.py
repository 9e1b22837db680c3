"""Our own network as a source of travel times, beside the routing servers; and the choice between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from routing.errors import InputError
from routing.roads.changes import Change
from routing.roads.crs import positions
from routing.roads.engine import MAX_DISTANCE, Leg, Progress, Table, TravelEngine, pairs_of
from routing.roads.network import RoadNetwork
from routing.roads.profile import VehicleProfile


@dataclass(frozen=True)
class RoadServer:
    """A routing server that somebody runs: ``osrm`` or ``valhalla`` at an address."""

    kind: Literal["osrm", "valhalla"]
    url: str


class OwnEngine:
    """Answers of a `RoadNetwork`, as the `TravelEngine` protocol asks for them.

    Parameters
    ----------
    changes
        What is in force for a vehicle.
    max_distance
        Metres a position may lie off the road.
    """

    name = "own"

    def __init__(
        self,
        network: RoadNetwork,
        changes: Callable[[VehicleProfile | None], tuple[Change, ...]] = lambda profile: (),
        max_distance: float = MAX_DISTANCE,
    ) -> None:
        self._network, self._changes, self._max_distance = network, changes, max_distance

    def table(
        self,
        sources: Any,
        targets: Any = None,
        profile: VehicleProfile | None = None,
        progress: Progress | None = None,
    ) -> Table:
        """See `routing.roads.matrix.matrix`."""
        from routing.roads.matrix import matrix
        from routing.roads.snap import snap

        weighting = self._network.weighting(profile, self._changes(profile))
        begin = snap(weighting, sources, self._max_distance)
        end = None if targets is None else snap(weighting, targets, self._max_distance)
        found = matrix(weighting, begin, end, progress=progress)
        return Table(found.durations, found.distances, begin.problems, (begin if end is None else end).problems)

    def legs(self, pairs: Any, profile: VehicleProfile | None = None) -> list[Leg]:
        """See `routing.roads.trips.paths`."""
        from routing.roads.snap import snap
        from routing.roads.trips import line_of, trips

        ends = pairs_of(pairs)
        weighting = self._network.weighting(profile, self._changes(profile))
        snapped = snap(weighting, positions(ends.reshape(-1, 2)), self._max_distance)
        asked = [(2 * k, 2 * k + 1) for k in range(len(ends))]
        legs = []
        for pair, trip in zip(asked, trips(weighting, snapped, asked), strict=True):
            if not trip.found:
                legs.append(Leg.nowhere())
                continue
            off, line = snapped.access[list(pair)].sum(), line_of(self._network, snapped, pair, trip)
            legs.append(Leg.along(trip.ms / 1000, trip.dm / 10, off, line))
        return legs


def server_engine(server: RoadServer, max_distance: float, changes: tuple[Change, ...]) -> TravelEngine:
    """Ask a routing server instead of our own network.

    Raises
    ------
    InputError
        When changes are in force: a server that somebody else runs does not know them, and a plan that breaks a ban
        would be worse than none.
    """
    from routing.roads.osrm import OsrmEngine
    from routing.roads.valhalla import ValhallaEngine

    if changes:
        raise InputError(
            "server-without-changes",
            "The routing server knows nothing of '%(name)s'. Take the rule out of config/roads.toml or open the road, "
            "or set roads.engine to own.",
            name=changes[0].name,
        )
    engine = OsrmEngine if server.kind == "osrm" else ValhallaEngine
    return engine(server.url, max_distance=max_distance)
