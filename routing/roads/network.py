"""A road layer in memory: arrays for snapping, matrices and paths."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from routing.errors import InputError
from routing.roads.facts import RoadFacts, describe
from routing.roads.parts import largest_part
from routing.roads.profile import VehicleProfile
from routing.roads.projection import LocalMetres

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

__all__ = ["RoadNetwork", "VehicleProfile"]

_HGV_CLOSED = ("no", "private", "agricultural", "forestry")


class RoadNetwork:
    """Directed road network over the edges of one layer; built once, then only read.

    Attributes
    ----------
    facts, notice, bbox
        See `routing.roads.facts.RoadFacts`.
    junction
        (j,) junction ids of the layer.
    u, v
        (e,) rows of ``junction`` where each edge starts and ends.
    metres, seconds_fwd, seconds_bwd
        (e,) length; free-flow travel time along and against the edge, inf where not allowed.
    geometry
        (e,) shapely LineStrings, WGS 84 longitude and latitude.
    usable
        (e,) True for edges in the largest strongly connected part; the others are kept for drawing only.
    left_out_km
        Kilometres that are not usable.
    plane
        Local metric projection around the network's centre.
    """

    def __init__(self, edges: GeoDataFrame, facts: RoadFacts) -> None:
        self.facts = facts
        self.notice = facts.notice
        self.bbox = facts.bbox
        ends = np.concatenate([edges["u"].to_numpy(), edges["v"].to_numpy()])
        self.junction, place = np.unique(ends, return_inverse=True)
        self.u: NDArray[np.int64] = place[: len(edges)]
        self.v: NDArray[np.int64] = place[len(edges) :]
        self.metres: NDArray[np.float64] = edges["length"].to_numpy(np.float64)
        self.seconds_fwd = self._seconds(edges["kmh_fwd"].to_numpy(np.float64))
        self.seconds_bwd = self._seconds(edges["kmh_bwd"].to_numpy(np.float64))
        self.geometry: NDArray[Any] = edges.geometry.to_numpy()
        self.plane = LocalMetres.around(self.bbox)
        self._limits = {
            name: edges[f"max{name}"].to_numpy(np.float64) for name in ("height", "weight", "width", "length")
        }
        self._hgv_closed: NDArray[np.bool_] = edges["hgv"].isin(_HGV_CLOSED).to_numpy(bool)
        self._usable: dict[VehicleProfile | None, NDArray[np.bool_]] = {}
        self._trees: dict[VehicleProfile | None, tuple[Any, NDArray[np.int64]]] = {}
        self.usable = self.usable_by(None)
        self.left_out_km = round(float(self.metres[~self.usable].sum()) / 1000, 3)

    @classmethod
    def from_layer(cls, path: Path) -> RoadNetwork:
        """Read a layer (see `routing.roads.layer.read_layer` for what it raises) and build its network."""
        from routing.roads.layer import layer_facts, read_layer

        edges = read_layer(path)
        return cls(edges, layer_facts(path, edges))

    @classmethod
    def from_edges(cls, edges: GeoDataFrame, facts: RoadFacts | None = None) -> RoadNetwork:
        """Build a network from edges in memory, in the columns of `routing.roads.layer`."""
        from routing.roads.layer import checked

        edges = checked(edges, facts.name if facts else "edges")
        return cls(edges, facts or describe(edges, name="edges"))

    def _seconds(self, kmh: NDArray[np.float64]) -> NDArray[np.float64]:
        out: NDArray[np.float64] = np.full(len(kmh), np.inf)
        np.divide(self.metres * 3.6, kmh, out=out, where=kmh > 0)
        return out

    def allowed_for(self, profile: VehicleProfile | None) -> NDArray[np.bool_]:
        """Mark the edges (e,) whose limits this vehicle keeps; all of them without a vehicle.

        A limit that is not in the layer does not exclude anybody.
        """
        allowed = np.ones(len(self.u), bool)
        if profile is not None:
            for name, limit in self._limits.items():
                with np.errstate(invalid="ignore"):
                    allowed &= ~(limit < getattr(profile, name))
            if profile.hgv:
                allowed &= ~self._hgv_closed
        return allowed

    def usable_by(self, profile: VehicleProfile | None) -> NDArray[np.bool_]:
        """Mark the edges (e,) from which this vehicle reaches all others and comes back.

        Raises
        ------
        InputError
            When the vehicle may use no road at all.
        """
        if profile not in self._usable:
            allowed = self.allowed_for(profile)
            forward = np.where(allowed & np.isfinite(self.seconds_fwd), 1, 0)
            backward = np.where(allowed & np.isfinite(self.seconds_bwd), 1, 0)
            usable, _ = largest_part(self.u, self.v, forward, backward)
            if not usable.any():
                raise InputError(
                    "no-usable-roads",
                    "No road of %(layer)s can be used%(vehicle)s. Check the layer's speeds and limits.",
                    layer=self.facts.name,
                    vehicle=f" by {profile.name}" if profile else "",
                )
            self._usable[profile] = usable
        return self._usable[profile]

    def tree(self, profile: VehicleProfile | None = None) -> tuple[Any, NDArray[np.int64]]:
        """Give a shapely STRtree of the usable edges in local metres, and the edge of each tree entry."""
        if profile not in self._trees:
            import shapely

            edge = np.flatnonzero(self.usable_by(profile))
            self._trees[profile] = (shapely.STRtree(self.plane.lines(self.geometry[edge])), edge)
        return self._trees[profile]

    def line(self, edge: int) -> NDArray[np.float64]:
        """Give the points (p, 2) of an edge in degrees, from u to v."""
        import shapely

        points: NDArray[np.float64] = shapely.get_coordinates(self.geometry[edge])
        return points
