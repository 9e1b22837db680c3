"""Road layers from elsewhere: mended where that is safe, refused with row and column where it is not.

Each mend is counted under its word, so that an import can say what it did:

``reprojected``, ``no-crs``
    Rows brought from another coordinate system to WGS 84; rows whose file names none but is in degrees.
``empty``, ``zero-length``
    Rows dropped: without a place, or without an extent.
``multiline``, ``flattened``
    Lines in parts that join into one; lines whose heights were left away.
``length``
    Lengths that were missing, not above zero, or off by more than a factor of two: measured on the ellipsoid.
``speed-rounded``
    Speeds brought to whole km/h.
``no-limit``
    Limits of zero or less, which say that there is none.
``closed``
    Edges that may be driven neither way: kept, and drawn only.
``self-loop``, ``twice``, ``renumbered``
    Loops cut in two; repetitions left away; edges whose id was changed so that ids count 0, 1, 2 ..
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from routing.errors import InputError
from routing.roads.restrictions import Moves
from routing.roads.turn_rules import Move

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

OFF = 2.0
"""A length is wrong when it is more than this many times the line's, or less than its share."""

TOP_KMH = 200
GAP = 0.1
"""Share of its length by which the ends of a loop may lie apart."""

_SAME = ("maxheight", "maxweight", "maxwidth", "maxlength", "hgv", "access")


class Mend:
    """One layer while it is mended; the methods are called in their order.

    Attributes
    ----------
    edges
        Its index is the row number in the file, from 1.
    counts
        Rows mended by word.
    moves
        None, or where ids changed: each id of the file to what is driven now from its u to its v.
    """

    def __init__(self, edges: GeoDataFrame, file: str) -> None:
        self.edges = edges.set_axis(np.arange(1, len(edges) + 1), axis=0)
        self.file = file
        self.counts: Counter[str] = Counter()
        self.moves: Moves | None = None

    def count(self, word: str, rows: Any) -> None:
        """Count the rows that were mended."""
        if number := int(np.sum(rows)):
            self.counts[word] += number

    def refuse(self, bad: Any, column: str, wrong: str) -> None:
        """Raise for the first of the rows that are bad, if any is."""
        bad = np.asarray(bad, bool)
        if bad.any():
            raise InputError(
                "layer-value",
                "%(file)s, row %(row)s of 'edges': %(column)s %(wrong)s (%(count)s such rows).",
                file=self.file,
                row=int(self.edges.index[bad.argmax()]),
                column=column,
                wrong=wrong,
                count=int(bad.sum()),
            )

    def ids(self) -> None:
        """Make sure that each row can be named."""
        import pandas

        self.edges["edge_id"] = self._whole(pandas.to_numeric(self.edges["edge_id"], errors="coerce"), "edge_id")
        self.refuse(self.edges["edge_id"].duplicated(), "edge_id", "appears a second time; number the rows anew")
        self._ids = self.edges["edge_id"].tolist()

    def places(self) -> None:
        """Bring the lines to WGS 84 degrees, one LineString a row; rows without a line go."""
        import shapely

        lines = self.edges.geometry.to_numpy()
        coordinates, row = shapely.get_coordinates(lines, return_index=True)
        empty = shapely.is_missing(lines) | shapely.is_empty(lines)
        empty[row[np.isnan(coordinates).any(axis=1)]] = True
        self._drop("empty", empty)
        self._system()
        lines = self.edges.geometry.to_numpy()
        many = shapely.get_type_id(lines) == shapely.GeometryType.MULTILINESTRING
        if many.any():
            lines = np.where(many, shapely.line_merge(lines, directed=True), lines)
            self.count("multiline", many)
        solid = shapely.has_z(lines)
        self.count("flattened", solid)
        if solid.any():
            lines = shapely.force_2d(lines)
        self.refuse(shapely.get_type_id(lines) != shapely.GeometryType.LINESTRING, "geometry", "is not one line")
        self.edges = self.edges.set_geometry(lines, crs=4326)
        wrong = "lies outside its coordinate system" if "reprojected" in self.counts else "is not in degrees"
        self.refuse(_outside(lines), "geometry", wrong)
        self._drop("zero-length", shapely.length(lines) == 0)
        lines = self.edges.geometry.to_numpy()
        coordinates, row = shapely.get_coordinates(lines, return_index=True)
        jump = (np.abs(np.diff(coordinates[:, 0])) > 180) & (row[1:] == row[:-1])
        crossing = np.zeros(len(lines), bool)
        crossing[row[1:][jump]] = True
        self.refuse(crossing, "geometry", "crosses the 180th meridian; cut the road there into two rows")

    def _system(self) -> None:
        edges, crs = self.edges, self.edges.crs
        if crs is None or crs.is_engineering:
            outside = _outside(edges.geometry.to_numpy())
            if outside.all():
                raise InputError(
                    "layer-crs",
                    "%(file)s does not say its coordinate system and is not in degrees. Save it in EPSG:4326 (WGS 84).",
                    file=self.file,
                )
            self.refuse(outside, "geometry", "is not in degrees, others are, and the file names no coordinate system")
            self.edges = edges.set_crs(4326, allow_override=True)
            self.count("no-crs", np.ones(len(edges), bool))
        elif not crs.equals("EPSG:4326", ignore_axis_order=True) and crs.to_authority() != ("OGC", "CRS84"):
            from pyproj.exceptions import ProjError

            try:
                self.edges = edges.to_crs(4326)
            except ProjError as error:
                raise InputError(
                    "layer-crs",
                    "%(file)s is in %(crs)s, which cannot be brought to WGS 84. Save it in EPSG:4326.",
                    file=self.file,
                    crs=crs.name,
                ) from error
            self.count("reprojected", np.ones(len(edges), bool))

    def numbers(self, columns: dict[str, str]) -> None:
        """Bring columns to their types."""
        import pandas

        made = {}
        for name, kind in columns.items():
            if name == "length" and name not in self.edges.columns:
                made[name] = np.full(len(self.edges), np.nan)
                continue
            values = self.edges[name]
            if kind == "int32":
                values = self._speeds(pandas.to_numeric(values, errors="coerce"), name)
            elif kind == "int64":
                values = self._whole(pandas.to_numeric(values, errors="coerce"), name)
            elif kind == "float64":
                given = values
                values = pandas.to_numeric(values, errors="coerce").astype(kind)
                if name.startswith("max"):
                    unread = values.isna() & given.notna() & given.astype("str").str.strip().ne("")
                    self.refuse(unread, name, "is not a number")
                    self.count("no-limit", values <= 0)
                    values = values.mask(values <= 0)
            elif name in ("highway", "status"):
                self.refuse(values.isna(), name, "is empty")
            made[name] = values.astype(kind)
        lines = self.edges.geometry
        self.edges = type(self.edges)(made, geometry=lines, index=self.edges.index, crs=4326)
        closed = self.edges["kmh_fwd"].eq(0) & self.edges["kmh_bwd"].eq(0)
        self.count("closed", closed)

    def _whole(self, values: Any, name: str) -> Any:
        self.refuse(~np.isfinite(values.to_numpy("float64", na_value=np.nan)), name, "is not a number")
        self.refuse(values != np.floor(values), name, "is not a whole number")
        return values.astype("int64")

    def _speeds(self, values: Any, name: str) -> Any:
        self.refuse(values.isna(), name, "is not a number")
        self.refuse(~values.between(0, TOP_KMH), name, f"is not between 0 and {TOP_KMH} km/h")
        whole = values.round().clip(lower=1).where(values > 0, 0)
        self.count("speed-rounded", whole != values)
        return whole

    def lengths(self) -> None:
        """Measure the edges whose length cannot be."""
        metres = _about(self.edges.geometry.to_numpy())
        length = self.edges["length"].to_numpy()
        wrong = ~((length > metres / OFF) & (length < metres * OFF))
        if wrong.any():
            from pyproj import Geod

            geod = Geod(ellps="WGS84")
            self.edges.loc[wrong, "length"] = [geod.geometry_length(line) for line in self.edges.geometry[wrong]]
            self.count("length", wrong)

    def repetitions(self) -> None:
        """Keep one of the edges that are the same road in all that a vehicle notices, either way round."""
        import shapely

        ends = self.edges[["u", "v"]]
        near = self.edges[ends.min(axis=1).to_frame("a").assign(b=ends.max(axis=1)).duplicated(keep=False).to_numpy()]
        if near.empty:
            return
        along = near["u"].lt(near["v"])
        lines = near.geometry.to_numpy()
        key = near[list(_SAME)].copy()
        for a, b in (("u", "v"), ("kmh_fwd", "kmh_bwd")):
            key[a], key[b] = near[a].where(along, near[b]), near[b].where(along, near[a])
        key["line"] = shapely.to_wkb(np.where(along, lines, shapely.reverse(lines)))
        group = key.groupby(list(key.columns), dropna=False, sort=False).ngroup().to_numpy()
        _, first = np.unique(group, return_index=True)
        kept = first[group]
        twice = kept != np.arange(len(near))
        if twice.any():
            ids, way = near["edge_id"].to_numpy(), along.to_numpy()
            self._drop("twice", self.edges["edge_id"].isin(ids[twice]).to_numpy())
            for row in np.flatnonzero(twice).tolist():
                self._moves()[int(ids[row])] = [(int(ids[kept[row]]), bool(way[row] == way[kept[row]]))]

    def loops(self) -> None:
        """Cut edges that end where they begin at their middle."""
        import pandas
        import shapely
        from shapely.ops import substring

        loop = self.edges["u"].eq(self.edges["v"]).to_numpy()
        if not loop.any():
            return
        lines = self.edges.geometry.to_numpy()
        first, last = shapely.get_point(lines, 0), shapely.get_point(lines, -1)
        apart = loop & (shapely.distance(first, last) > GAP * shapely.length(lines))
        self.refuse(apart, "v", "equals u, and yet the line's ends lie apart; give each end its own junction")
        self.count("self-loop", loop)
        ids = self.edges[["u", "v"]].to_numpy()
        middle = min(0, int(ids.min())) - 1 - np.arange(loop.sum())
        halves = []
        for start, end in ((0.0, 0.5), (0.5, 1.0)):
            half = self.edges[loop].copy()
            half["v" if start == 0 else "u"] = middle
            half["length"] /= 2
            cut = [substring(line, start, end, normalized=True) for line in lines[loop]]
            halves.append(half.set_geometry(cut, crs=4326))
        halves[1]["edge_id"] = self.edges["edge_id"].max() + 1 + np.arange(loop.sum())
        pairs = zip(halves[0]["edge_id"].tolist(), halves[1]["edge_id"].tolist(), strict=True)
        self._change({a: [(a, True), (b, True)] for a, b in pairs})
        self.edges = pandas.concat([self.edges[~loop], *halves]).sort_values("edge_id", kind="stable")

    def renumber(self) -> None:
        """Put the rows in the order of their ids, and make the ids count 0, 1, 2 .."""
        self.edges = self.edges.sort_values("edge_id", kind="stable")
        old = self.edges["edge_id"].tolist()
        changed = {number: [(row, True)] for row, number in enumerate(old) if row != number}
        if changed:
            self._change(changed)
            self.edges["edge_id"] = np.arange(len(old))
            self.count("renumbered", len(changed))
        self.edges = self.edges.reset_index(drop=True)

    def _drop(self, word: str, rows: Any) -> None:
        if not rows.any():
            return
        self.count(word, rows)
        if rows.all():
            raise InputError("layer-empty", "%(file)s has no road with a line. Import the roads again.", file=self.file)
        self._moves().update({number: [] for number in self.edges["edge_id"][rows].tolist()})
        self.edges = self.edges[~rows]

    def _moves(self) -> Moves:
        if self.moves is None:
            self.moves = Moves({number: [(number, True)] for number in self._ids})
        return self.moves

    def _change(self, now: dict[int, list[Move]]) -> None:
        """Let edges be others from here on, wherever the file's ids lead to them."""
        moves = self._moves()
        for number, driven in moves.items():
            found: list[Move] = []
            for edge, way in driven:
                part = now.get(edge, [(edge, True)])
                found.extend(part if way else [(other, not along) for other, along in reversed(part)])
            moves[number] = found


def _outside(lines: Any) -> Any:
    """Mark the lines that are not in degrees."""
    import shapely

    west, south, east, north = shapely.bounds(lines).T
    return (west < -180) | (east > 180) | (south < -90) | (north > 90)


def _about(lines: Any) -> Any:
    """Give metres to about one in a hundred, fast: on a globe, with each step's own latitude."""
    import shapely

    points, row = shapely.get_coordinates(lines, return_index=True)
    step = np.radians(np.diff(points, axis=0)) * 6_371_008.8
    step[:, 0] *= np.cos(np.radians(points[1:, 1]))
    inside = row[1:] == row[:-1]
    return np.bincount(row[1:][inside], np.hypot(*step[inside].T), len(lines))
