"""A road layer in memory: arrays for snapping, matrices and paths."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from routing.roads import hierarchy as hierarchies
from routing.roads import store
from routing.roads.facts import RoadFacts
from routing.roads.profile import VehicleProfile
from routing.roads.projection import LocalMetres
from routing.roads.search_graph import SearchGraph
from routing.roads.shapes import Segments, Shapes
from routing.roads.turn_rules import TurnRule

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from routing.roads.changes import Change
    from routing.roads.weighting import Weighting

__all__ = ["RoadNetwork", "VehicleProfile"]

HGV_CLOSED, HGV_LOCAL, LOCAL, FERRY, NO_STOPPING = 1, 2, 4, 8, 16
"""Bits of `RoadNetwork.flags`: closed to heavy vehicles; open to heavy vehicles, or to all, only at the beginning or
end of a trip; a ferry; no place to stop at (motorways, ferries)."""

_KEPT_WEIGHTINGS = 12


class RoadNetwork:
    """Directed road network over the edges of one layer; built once, then only read.

    Build it by `from_layer`, `from_edges` or `from_arcs`; `save` and `open` keep it as arrays on disk.

    Attributes
    ----------
    facts, notice, bbox
        See `routing.roads.facts.RoadFacts`.
    junction, junction_lonlat
        (j,) junction ids of the layer; (j, 2) degrees.
    u, v
        (e,) rows of ``junction`` where each edge starts and ends.
    metres
        (e,) length.
    seconds
        (2 e,) free-flow travel time of each slot (see `SearchGraph`), inf where not allowed.
    way, highway, name, ref
        (e,) OpenStreetMap way; codes into ``classes``; rows of ``names``, -1 for none.
    classes, names
        Words.
    limits
        (4, e) greatest height, weight, width, length; NaN where there is none.
    flags
        (e,) bits, see above.
    rules
        Turn restrictions.
    graph, shapes, segments, plane
        What is searched; lines; their index; metric projection around the centre.
    """

    def __init__(self, arrays: store.Arrays, words: dict[str, Any]) -> None:
        self._arrays, self._words = arrays, words
        self.facts = RoadFacts(**{**words["facts"], "bbox": tuple(words["facts"]["bbox"])})
        self.notice, self.bbox = self.facts.notice, self.facts.bbox
        self.classes: list[str] = words["classes"]
        self.names: list[str] = words["names"]
        self.rules = [_rule(row) for row in words["rules"]]
        self.junction: NDArray[np.int64] = arrays["junction"]
        self.junction_lonlat: NDArray[np.float64] = arrays["junction_lonlat"]
        self.u: NDArray[np.int32] = arrays["u"]
        self.v: NDArray[np.int32] = arrays["v"]
        self.metres: NDArray[np.float64] = arrays["metres"]
        self.seconds: NDArray[np.float64] = arrays["seconds"]
        self.way: NDArray[np.int64] = arrays["way"]
        self.highway: NDArray[np.int16] = arrays["highway"]
        self.name: NDArray[np.int32] = arrays["name"]
        self.ref: NDArray[np.int32] = arrays["ref"]
        self.limits: NDArray[np.float64] = arrays["limits"]
        self.flags: NDArray[np.uint8] = arrays["flags"]
        self.plane = LocalMetres.around(self.bbox)
        self.shapes = Shapes(arrays["shape_first"], arrays["shape_lonlat"])
        bans = tuple(tuple(rows) for rows in words["bans"])
        self.graph = SearchGraph(**_part(arrays, "graph_"), bans=bans)
        self._weightings: OrderedDict[Any, Weighting] = OrderedDict()
        self._trees: dict[VehicleProfile | None, tuple[Any, NDArray[np.int64]]] = {}
        self.selections: dict[Any, NDArray[np.float64]] = {}

    # -- made and kept -----------------------------------------------------------------------------------------

    @classmethod
    def from_layer(cls, path: Path) -> RoadNetwork:
        """Open the network of a layer; build it when the layer is new or has changed, and save it beside the layer.

        What is saved belongs to one content of the layer, told by its hash. In a folder that may not be written the
        network is built each time.

        Raises
        ------
        InputError
            See `routing.roads.layer.read_layer`.
        """
        from routing.roads.building import from_layer

        return from_layer(Path(path))

    @classmethod
    def from_edges(cls, edges: GeoDataFrame, facts: RoadFacts | None = None) -> RoadNetwork:
        """Build a network from edges in memory, in the columns of `routing.roads.layer`; rules are in its ``attrs``."""
        from routing.roads.building import from_edges

        return from_edges(edges, facts)

    @classmethod
    def from_arcs(
        cls, tail: Any, head: Any, seconds: Any, metres: Any, lonlat: Any, name: str, rules: Sequence[TurnRule] = ()
    ) -> RoadNetwork:
        """Build a network of straight roads from directed arcs (a,) between n places (n, 2), longitude and latitude.

        Two arcs there and back of one length become one edge. Rules name those edges by row.
        """
        from routing.roads.building import from_arcs

        return from_arcs(tail, head, seconds, metres, lonlat, name, rules)

    @classmethod
    def open(cls, folder: Path) -> RoadNetwork:
        """Open what `save` has written.

        Raises
        ------
        InputError
            When the folder holds no network of this version.
        """
        from routing.errors import InputError

        found = store.read(Path(folder))
        if found is None or found[1].get("format") != store.FORMAT:
            raise InputError(
                "network-missing", "%(folder)s holds no road network of this version.", folder=Path(folder).name
            )
        return cls(*found)

    def save(self, folder: Path, key: str = "network") -> None:
        """Write the network, its hierarchy and its index as arrays; see `routing.roads.store.save`."""
        arrays = {
            **self._arrays,
            **{f"segment_{name}": np.asarray(values) for name, values in vars(self.segments).items()},
        }
        if self.hierarchy is not None:
            arrays |= {f"hierarchy_{name}": values for name, values in vars(self.hierarchy).items()}
        store.save(Path(folder), key, arrays, {**self._words, "arrays": sorted(arrays), "format": store.FORMAT})

    @cached_property
    def segments(self) -> Segments:
        """Index of the straight pieces of all lines."""
        found = _part(self._arrays, "segment_")
        return Segments(**{**found, "slack": float(found["slack"])}) if found else Segments.of(self.shapes, self.plane)

    @cached_property
    def hierarchy(self) -> hierarchies.Hierarchy | None:
        """The contraction hierarchy; None where the package that orders the nodes is not installed."""
        found = _part(self._arrays, "hierarchy_")
        if found:
            return hierarchies.Hierarchy(**found)
        return hierarchies.build(self.graph, self.junction_lonlat) if hierarchies.available() else None

    # -- vehicles and hours ------------------------------------------------------------------------------------

    def weighting(self, profile: VehicleProfile | None = None, changes: Sequence[Change] = ()) -> Weighting:
        """Give the travel times of a vehicle under changes that are in force (`routing.roads.changes.in_force`).

        The last few are kept, so that asking again costs nothing.
        """
        from routing.roads.weighting import Weighting

        key = (profile, tuple(changes))
        if key not in self._weightings:
            self._weightings[key] = Weighting(self, profile, tuple(changes))
            while len(self._weightings) > _KEPT_WEIGHTINGS:
                self._weightings.popitem(last=False)
        self._weightings.move_to_end(key)
        return self._weightings[key]

    def allowed_for(self, profile: VehicleProfile | None) -> NDArray[np.bool_]:
        """Mark the edges (e,) whose limits this vehicle keeps; all of them without a vehicle.

        A limit that is not in the layer does not exclude anybody.
        """
        allowed = np.ones(len(self.u), bool)
        if profile is not None:
            for name, limit in zip(("height", "weight", "width", "length"), self.limits, strict=True):
                with np.errstate(invalid="ignore"):
                    allowed &= ~(limit < getattr(profile, name))
            if profile.hgv:
                allowed &= (self.flags & HGV_CLOSED) == 0
            if not profile.ferries:
                allowed &= (self.flags & FERRY) == 0
        return allowed

    def usable_by(self, profile: VehicleProfile | None) -> NDArray[np.bool_]:
        """Mark the edges (e,) from which this vehicle reaches all others and comes back.

        Raises
        ------
        InputError
            When the vehicle may use no road at all.
        """
        return self.weighting(profile).usable

    @property
    def usable(self) -> NDArray[np.bool_]:
        """(e,) True for edges in the largest strongly connected part; the others are kept for drawing only."""
        return self.usable_by(None)

    @property
    def left_out_km(self) -> float:
        """Kilometres that are not usable."""
        return round(float(self.metres[~self.usable].sum()) / 1000, 3)

    # -- lines -------------------------------------------------------------------------------------------------

    @property
    def seconds_fwd(self) -> NDArray[np.float64]:
        """(e,) free-flow seconds from u to v."""
        return self.seconds[0::2]

    @property
    def seconds_bwd(self) -> NDArray[np.float64]:
        """(e,) free-flow seconds from v to u."""
        return self.seconds[1::2]

    @cached_property
    def geometry(self) -> NDArray[Any]:
        """(e,) shapely LineStrings, WGS 84 longitude and latitude."""
        return self.shapes.geometry()

    def tree(self, profile: VehicleProfile | None = None) -> tuple[Any, NDArray[np.int64]]:
        """Give a shapely STRtree of the usable edges in local metres, and the edge of each tree entry."""
        if profile not in self._trees:
            import shapely

            edge = np.flatnonzero(self.usable_by(profile))
            self._trees[profile] = (shapely.STRtree(self.plane.lines(self.geometry[edge])), edge)
        return self._trees[profile]

    def line(self, edge: int) -> NDArray[np.float64]:
        """Give the points (p, 2) of an edge in degrees, from u to v."""
        return self.shapes.line(edge)

    def street(self, edge: int) -> str:
        """Give the name of an edge's road, else its number, else ""."""
        word = self.name[edge] if self.name[edge] >= 0 else self.ref[edge]
        return self.names[word] if word >= 0 else ""


def rule_row(rule: TurnRule) -> dict[str, Any]:
    """A turn rule as plain data."""
    return {**asdict(rule), "exempt": sorted(rule.exempt)}


def _rule(row: dict[str, Any]) -> TurnRule:
    moves = tuple((int(edge), bool(along)) for edge, along in row["moves"])
    return TurnRule(**{**row, "moves": moves, "exempt": frozenset(row["exempt"])})


def _part(arrays: store.Arrays, prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): values for name, values in arrays.items() if name.startswith(prefix)}
