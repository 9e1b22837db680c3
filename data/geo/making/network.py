"""Cuts strands at their crossings into edges between numbered junctions and makes one connected network of them."""

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from frame import generator, to_degrees
from pyproj import Geod
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from strand import KMH, RANK

SNAP = 0.5  # m: the grid that crossings are rounded to; finer than anything drawn, coarser than the file's decimals
STUB = 12.0  # m: shorter dead ends are leavings of the cutting
FILE_DATE = "2024-01-01T00:00:00.000Z"  # fixed, or every build would differ
UNDERPASSES = (2.2, 2.5, 2.6, 2.8, 3.0)  # m
WEAK_BRIDGES = (10.0, 13.0)  # t
LANE_WEIGHTS = (2.5, 3.5, 5.0)  # t
LANE_WIDTHS = (2.0, 2.2)  # m
SHARE_WEAK_LANES, SHARE_NARROW_LANES = 0.02, 0.015
LONG_VEHICLES = (6.0, 7.0)  # m
NO_TRUCKS, DESTINATION_ONLY = 14, 6  # numbers of residential edges


def _cut(strands):
    """Return (pieces, owner): coordinate arrays between crossings and the index of the strand of each."""
    ground = [i for i, s in enumerate(strands) if s.role != "motorway"]
    lines = np.array([shapely.LineString(strands[i].points) for i in ground])
    parts = shapely.get_parts(shapely.union_all(lines, grid_size=SNAP))
    tree = shapely.STRtree(lines)
    middles = shapely.line_interpolate_point(parts, 0.5, normalized=True)
    found_part, found_line = tree.query(middles, predicate="dwithin", distance=2 * SNAP)
    candidates = {}
    for part, line in zip(found_part.tolist(), found_line.tolist(), strict=True):
        candidates.setdefault(part, []).append(line)
    pieces, owner = [], []
    for number, part in enumerate(parts):
        samples = shapely.line_interpolate_point(part, [0.2, 0.5, 0.8], normalized=True)

        def misfit(line, samples=samples):
            far = shapely.distance(lines[line], samples).max()
            return (far > 1.5 * SNAP, RANK[strands[ground[line]].highway], far, line)

        best = min(candidates[number], key=misfit)
        points = shapely.get_coordinates(part)
        along = shapely.line_locate_point(lines[best], shapely.points(points[[0, -1]]))
        pieces.append(points if along[0] <= along[1] else points[::-1])
        owner.append(ground[best])
    for i, strand in enumerate(strands):
        if strand.role == "motorway":
            pieces.append(np.round(strand.points / SNAP) * SNAP)
            owner.append(i)
    order = sorted(range(len(pieces)), key=lambda k: (owner[k], tuple(pieces[k][0]), tuple(pieces[k][-1])))
    return [pieces[k] for k in order], [owner[k] for k in order]


def _junctions(pieces):
    """Return (ends, places): junction numbers (n, 2) and the metres (m, 2) of each junction."""
    ends = np.array([[p[0], p[-1]] for p in pieces]).reshape(-1, 2)
    keys = np.round(ends / SNAP).astype(np.int64)
    places, number = np.unique(keys, axis=0, return_inverse=True)
    return number.reshape(-1, 2), places * SNAP


def _merge(pieces, owner):
    """Join pieces of one strand at places where nothing else ends."""
    while True:
        ends, places = _junctions(pieces)
        degree = np.bincount(ends.ravel(), minlength=len(places))
        at = {}
        for k, (u, v) in enumerate(ends.tolist()):
            at.setdefault(v, []).append((k, "end"))
            at.setdefault(u, []).append((k, "start"))
        gone, changed = set(), False
        for node in np.flatnonzero(degree == 2).tolist():
            (a, side_a), (b, side_b) = at[node]
            if a == b or owner[a] != owner[b] or side_a == side_b or {a, b} & gone:
                continue
            first, second = (a, b) if side_a == "end" else (b, a)
            pieces[first] = np.concatenate([pieces[first], pieces[second][1:]])
            gone |= {a, b} - {first}
            gone.add(first)
            owner[second] = -1
            changed = True
        keep = [k for k in range(len(pieces)) if owner[k] >= 0]
        pieces, owner = [pieces[k] for k in keep], [owner[k] for k in keep]
        if not changed:
            return pieces, owner


def _tidy(pieces, owner):
    """Drop loops, twins, tiny dead ends and whatever the main network does not reach."""
    while True:
        ends, places = _junctions(pieces)
        degree = np.bincount(ends.ravel(), minlength=len(places))
        _, label = connected_components(
            coo_array((np.ones(len(ends)), ends.T), shape=(len(places),) * 2), directed=False
        )
        main = np.bincount(label).argmax()
        keep, seen = [], set()
        for k, (u, v) in enumerate(ends.tolist()):
            length = shapely.LineString(pieces[k]).length
            twin = (min(u, v), max(u, v), round(length))
            stub = length < STUB and 1 in (degree[u], degree[v])
            if u == v or stub or twin in seen or label[u] != main:
                continue
            seen.add(twin)
            keep.append(k)
        if len(keep) == len(pieces):
            return pieces, owner
        pieces, owner = _merge([pieces[k] for k in keep], [owner[k] for k in keep])


def _open_both_ways(frame, junctions):
    """Open one-way edges until every junction reaches every other one."""
    while True:
        f, b = (frame[c].to_numpy() > 0 for c in ("kmh_fwd", "kmh_bwd"))
        u, v = frame["u"].to_numpy(), frame["v"].to_numpy()
        start, end = np.concatenate([u[f], v[b]]), np.concatenate([v[f], u[b]])
        graph = coo_array((np.ones(len(start)), (start, end)), shape=(junctions, junctions))
        count, label = connected_components(graph, directed=True, connection="strong")
        if count == 1:
            return
        torn = (label[u] != label[v]) & (f != b)
        if not torn.any():
            raise ValueError("the network is not connected")
        frame.loc[torn, "kmh_bwd"] = frame.loc[torn, "kmh_fwd"]


def _limits(frame, roles, ends):
    """Set a few invented limits, where a way around exists or the road ends."""
    rng = generator("limits")

    def choose(mask, count):
        rows = np.flatnonzero(mask)
        return rng.permutation(rows)[:count].tolist()

    degree = np.bincount(ends.ravel())
    inner = (degree[ends] >= 3).all(axis=1) & (roles == "street")
    for value, row in zip(UNDERPASSES, choose(inner, len(UNDERPASSES)), strict=True):
        frame.loc[row, "maxheight"] = value
    minor = (roles == "bridge") & (frame["highway"] != "primary").to_numpy()
    for value, row in zip(WEAK_BRIDGES, choose(minor, len(WEAK_BRIDGES)), strict=True):
        frame.loc[row, "maxweight"] = value
    leaf = (roles == "lane") & (degree[ends] == 1).any(axis=1)
    for row in choose(leaf, int(SHARE_WEAK_LANES * (roles == "lane").sum())):
        frame.loc[row, "maxweight"] = float(rng.choice(LANE_WEIGHTS))
    for row in choose(leaf, int(SHARE_NARROW_LANES * (roles == "lane").sum())):
        frame.loc[row, "maxwidth"] = float(rng.choice(LANE_WIDTHS))
    for value, row in zip(LONG_VEHICLES, choose(inner, len(LONG_VEHICLES)), strict=True):
        frame.loc[row, "maxlength"] = value
    frame.loc[choose(inner, NO_TRUCKS), "hgv"] = "no"
    frame.loc[choose(inner, DESTINATION_ONLY), "access"] = "destination"


def build(strands):
    """Return the edges as a GeoDataFrame in WGS 84 and the parallel list of each edge's role."""
    pieces, owner = _cut(strands)
    pieces, owner = _merge(pieces, owner)
    pieces, owner = _tidy(pieces, owner)
    ends, places = _junctions(pieces)
    roles = np.array([strands[k].role for k in owner])
    lines = [shapely.LineString(to_degrees(p)) for p in pieces]
    geod = Geod(ellps="WGS84")
    own = [strands[k] for k in owner]
    kmh = np.array([KMH[s.highway] for s in own], dtype="int32")
    both = np.array([not s.oneway for s in own])
    frame = gpd.GeoDataFrame(
        {
            "edge_id": np.arange(len(pieces), dtype="int64"),
            "u": ends[:, 0].astype("int64"),
            "v": ends[:, 1].astype("int64"),
            "way_id": np.array(owner, dtype="int64"),
            "highway": [s.highway for s in own],
            "name": [s.name for s in own],
            "ref": [s.ref for s in own],
            "kmh_fwd": kmh,
            "kmh_bwd": np.where(both, kmh, 0).astype("int32"),
            "length": [round(geod.geometry_length(line), 2) for line in lines],
            **{c: np.full(len(pieces), np.nan) for c in ("maxheight", "maxweight", "maxwidth", "maxlength")},
            "hgv": None,
            "access": None,
            "status": [s.status for s in own],
        },
        geometry=lines,
        crs=4326,
    )
    frame[["hgv", "access"]] = frame[["hgv", "access"]].astype(object)
    _open_both_ways(frame, len(places))
    _limits(frame, roles, ends)
    return frame, roles


def write(frame, path):
    """Write the one layer 'edges' without anything that changes from build to build."""
    path.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": FILE_DATE})
    try:
        frame.to_file(path, layer="edges", driver="GPKG", engine="pyogrio", geometry_type="LineString")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
