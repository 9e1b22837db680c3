"""Roads outside the cities: small crosses of streets in towns, town roads as a tree with shortcuts, village lanes."""

import numpy as np
import shapely
from frame import generator, unit
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay, cKDTree
from strand import Strand, winding

TOWN_BLOCK = (95, 165)  # m
TOWN_SHAPES = ((2, 3), (3, 3), (3, 3), (3, 2))  # streets along and across
TOWN_DROP = 2  # pieces left out of a town's grid
TOWN_POINT_OFFSET = 30  # m from the middle crossing to the town's point
SHORTCUT_GAIN = 2.1  # a shortcut is built where the tree is this much longer than the straight line
SHORTCUTS = 45
SPUR_SWAY, SPUR_STEP = 0.12, 650
LANE_SWAY, LANE_STEP = 0.10, 260
LANE_OFFSET = (20, 60)  # m from a community's point to the end of its lane
BARRED = 1e7  # m, added where a straight line would cross a river
LANE_SEARCH = 6500  # m around a town in which its lanes may begin


def town_net(place, rng):
    """Return the strands of a town and the array (n, 2) of its crossings."""
    along, across = TOWN_SHAPES[rng.integers(len(TOWN_SHAPES))]
    turn = rng.uniform(0, np.pi)
    axes = np.array([unit(turn), unit(turn + np.pi / 2 + rng.normal(0, 0.12))])
    x = np.cumsum([0, *rng.uniform(*TOWN_BLOCK, along - 1)])
    y = np.cumsum([0, *rng.uniform(*TOWN_BLOCK, across - 1)])
    x, y = x - x[along // 2], y - y[across // 2]
    middle = place + TOWN_POINT_OFFSET * unit(rng.uniform(0, 2 * np.pi))
    node = middle + np.array([[[a, b] for b in y] for a in x]) @ axes + rng.normal(0, 12, (along, across, 2))
    pieces = [((i, k), (i + 1, k)) for i in range(along - 1) for k in range(across)]
    pieces += [((i, k), (i, k + 1)) for i in range(along) for k in range(across - 1)]
    main = across // 2  # the street through the middle is the town's main street and stays
    loose = [p for p in pieces if not (p[0][1] == p[1][1] == main)]
    keep = set(pieces)
    for i in rng.permutation(len(loose)).tolist():
        if len(pieces) - len(keep) >= TOWN_DROP:
            break
        if _joined(keep - {loose[i]}, along * across):
            keep.remove(loose[i])
    strands = []
    for a, b in sorted(keep):
        bend = (node[a] + node[b]) / 2 + rng.normal(0, 5, 2)
        highway = "tertiary" if a[1] == b[1] == main else "residential"
        strands.append(Strand(np.array([node[a], bend, node[b]]), highway, role="town"))
    return strands, node.reshape(-1, 2)


def _joined(pieces, count):
    """Tell whether the pieces reach every one of `count` crossings."""
    seen, front = set(), [min(min(p) for p in pieces)]
    while front:
        here = front.pop()
        if here not in seen:
            seen.add(here)
            front += [b if a == here else a for a, b in pieces if here in (a, b)]
    return len(seen) == count


class Land:
    """The prefecture's outline and the rivers, asked by every line that looks for a way."""

    def __init__(self, tables, nets):
        self.outline = shapely.union_all(list(tables.metric.values()))
        shapely.prepare(self.outline)
        self.water = [net.river.line() for net in nets.values()]

    def crosses_water(self, a, b):
        """Tell for straight lines from a to b, both (n, 2), whether they cross a river."""
        lines = shapely.linestrings(np.stack([a, b], axis=1))
        return np.any([shapely.intersects(lines, river) for river in self.water], axis=0)

    def wind(self, start, end, rng, sway, step):
        """Return a winding line that stays in the prefecture and dry if a calmer and calmer line can."""
        for calm in (1.0, 1.0, 0.7, 0.5, 0.3, 0.15, 0.05):
            line = winding(start, end, rng, sway * calm, step)
            shape = shapely.LineString(line)
            if self.outline.covers(shape) and not any(shape.intersects(river) for river in self.water):
                return line
        return line


def nearest_dry(nodes_a, nodes_b, land):
    """Return the closest pair of crossings of two places that no river separates."""
    distance = np.hypot(*(nodes_a[:, None] - nodes_b[None]).transpose(2, 0, 1))
    for flat in np.argsort(distance, axis=None, kind="stable")[:400]:
        i, k = np.unravel_index(flat, distance.shape)
        if not land.crosses_water(nodes_a[i : i + 1], nodes_b[k : k + 1])[0]:
            break
    return nodes_a[i], nodes_b[k]


def spurs(hubs, land):
    """Join hubs (key -> crossings (n, 2)) with town roads: the shortest tree and the most useful shortcuts."""
    keys = list(hubs)
    middle = np.array([hubs[k].mean(axis=0) for k in keys])
    corners = Delaunay(middle).simplices
    pairs = np.unique(np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])), axis=0)
    lines = shapely.linestrings(middle[pairs])
    outside = shapely.length(shapely.difference(lines, land.outline))
    length = np.hypot(*(middle[pairs[:, 0]] - middle[pairs[:, 1]]).T)
    cost = length + 6 * outside
    size = len(keys)
    tree = minimum_spanning_tree(coo_array((cost, (pairs[:, 0], pairs[:, 1])), shape=(size, size)).tocsr()).tocoo()
    chosen = {tuple(sorted(p)) for p in zip(tree.row.tolist(), tree.col.tolist(), strict=True)}
    for _ in range(SHORTCUTS):
        built = np.array(sorted(chosen))
        weight = np.hypot(*(middle[built[:, 0]] - middle[built[:, 1]]).T)
        way = dijkstra(coo_array((weight, built.T), shape=(size, size)).tocsr(), directed=False)
        gain = way[pairs[:, 0], pairs[:, 1]] / cost
        gain[(outside > 0) | (length < 2500)] = 0
        best = int(np.argmax(gain))
        if gain[best] < SHORTCUT_GAIN:
            break
        chosen.add(tuple(pairs[best].tolist()))
    strands = []
    for a, b in sorted(chosen):
        rng = generator("spurs", keys[a], keys[b])
        start, end = nearest_dry(hubs[keys[a]], hubs[keys[b]], land)
        strands.append(Strand(land.wind(start, end, rng, SPUR_SWAY, SPUR_STEP), "tertiary", role="spur"))
    return strands


def lanes(town_code, places, roots, land):
    """Return the village lanes of one town: a shortest tree from existing crossings (n, 2) to every community.

    `places` maps community codes to metres (2,); a lane ends near the community, not on its point.
    """
    rng = generator("lanes", town_code)
    codes = list(places)
    ends = np.array([places[c] + unit(rng.uniform(0, 2 * np.pi)) * rng.uniform(*LANE_OFFSET) for c in codes])
    tree = cKDTree(roots)
    distance, index = tree.query(ends, k=min(12, len(roots)))
    distance = distance.reshape(len(ends), -1)
    index = index.reshape(len(ends), -1)
    for k in range(distance.shape[1]):
        distance[:, k] += BARRED * land.crosses_water(ends, roots[index[:, k]])
    pick = distance.argmin(axis=1)
    best, source = distance[np.arange(len(ends)), pick], roots[index[np.arange(len(ends)), pick]]
    waiting, strands = set(range(len(ends))), []
    while waiting:
        here = min(waiting, key=lambda i: (best[i], i))
        waiting.remove(here)
        line = land.wind(source[here], ends[here], rng, LANE_SWAY, LANE_STEP)
        strands.append(Strand(line, "unclassified", role="lane"))
        rest = sorted(waiting)
        if rest:
            step = np.hypot(*(ends[rest] - ends[here]).T)
            step += BARRED * land.crosses_water(ends[rest], np.repeat(ends[here : here + 1], len(rest), axis=0))
            for i, new in zip(rest, step, strict=True):
                if new < best[i]:
                    best[i], source[i] = new, ends[here]
    return strands
