"""Small networks made by hand or by chance."""

import geopandas
import numpy as np
import shapely

from routing.roads.layer import COLUMNS
from routing.roads.turn_rules import TurnRule

METRE = 1 / 111_000


def table(rows, places, rules=()):
    """Edges (u, v, kmh_fwd, kmh_bwd, {column: value}) between places {junction: (x, y) in metres}, as a layer."""
    lines = [shapely.LineString([np.array(places[u]) * METRE, np.array(places[v]) * METRE]) for u, v, *_ in rows]
    defaults = {"int64": 0, "int32": 0, "float64": np.nan, "str": None}
    data = {name: [defaults[kind]] * len(rows) for name, kind in COLUMNS.items()}
    data |= {"edge_id": range(len(rows)), "highway": ["residential"] * len(rows), "status": ["real"] * len(rows)}
    for k, (u, v, forward, backward, *more) in enumerate(rows):
        length = float(np.hypot(*(np.array(places[u]) - places[v])))
        given = {"u": u, "v": v, "kmh_fwd": forward, "kmh_bwd": backward, "length": length, "way_id": k, **dict(*more)}
        for name, value in given.items():
            data[name] = [*data[name][:k], value, *data[name][k + 1 :]]
    frame = geopandas.GeoDataFrame(data, geometry=lines, crs=4326)
    for name, kind in COLUMNS.items():
        frame[name] = frame[name].astype(kind)
    frame.attrs["rules"] = list(rules)
    return frame


def no(*moves, kind="no_left_turn", **how):
    """A restriction over moves written as +3 (edge 3 from u to v) and -3; edge 0 is written +0.0 and -0.0."""
    return TurnRule(1, kind, tuple((abs(int(m)), not np.signbit(m)) for m in moves), **how)


def random_town(rng, side=4, rules=6, local=0.2, one_way=0.3, missing=0.15):
    """A grid of side x side junctions with one-ways, roads for destination traffic, restrictions over 2 to 4 moves."""
    places = {
        r * side + c: (c * 100 + rng.uniform(-20, 20), r * 100 + rng.uniform(-20, 20))
        for r in range(side)
        for c in range(side)
    }
    pairs = [(n, n + 1) for n in places if (n + 1) % side] + [(n, n + side) for n in places if n + side < side * side]
    rows = []
    for u, v in pairs:
        if rng.random() < missing:
            continue
        kmh = int(rng.integers(5, 60))
        back = 0 if rng.random() < one_way else int(rng.integers(5, 60))
        way = {"access": "destination"} if rng.random() < local else {}
        rows.append((u, v, kmh, back, way) if rng.random() < 0.5 else (v, u, kmh, back, way))
    ends = {}
    for k, (u, v, forward, backward, _) in enumerate(rows):
        ends |= {(k, True): (u, v)} if forward else {}
        ends |= {(k, False): (v, u)} if backward else {}
    found = []
    for number in range(rules):
        moves = [list(ends)[rng.integers(len(ends))]]
        for _ in range(rng.integers(1, 4)):
            after = [m for m, (a, _) in ends.items() if a == ends[moves[-1]][1]]
            if not after:
                break
            moves.append(after[rng.integers(len(after))])
        if len(moves) > 1:
            kind = "only_straight_on" if rng.random() < 0.3 else "no_left_turn"
            found.append(TurnRule(number, kind, tuple(moves)))
    return table(rows, places, found)
