"""From a layer, or from bare arcs, to a network."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from routing.roads import hierarchy, store
from routing.roads.facts import RoadFacts, describe, file_sha256
from routing.roads.network import FERRY, HGV_CLOSED, HGV_LOCAL, LOCAL, NO_STOPPING, RoadNetwork, rule_row
from routing.roads.search_graph import search_graph
from routing.roads.shapes import Shapes
from routing.roads.turn_rules import TurnRule

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

_CLOSED_TO_HGV = ("no", "private", "agricultural", "forestry")
_ONLY_LOCAL = ("destination", "delivery", "customers")
_NO_STOPPING = ("motorway", "motorway_link", "ferry")


def from_layer(path: Path) -> RoadNetwork:
    """See `RoadNetwork.from_layer`."""
    from routing.roads.layer import layer_facts, read_layer

    folder = path.with_suffix(".network")
    if path.is_file():
        key = f"{file_sha256(path)[:24]}-{store.FORMAT}-{'h' if hierarchy.available() else 'd'}"
        if (found := store.read(folder, key)) is not None:
            return RoadNetwork(*found)
    edges = read_layer(path)
    network = _from_table(edges, layer_facts(path, edges))
    with suppress(OSError):
        network.save(folder, key)
    return network


def from_edges(edges: GeoDataFrame, facts: RoadFacts | None = None) -> RoadNetwork:
    """See `RoadNetwork.from_edges`."""
    from routing.roads.layer import checked

    edges = checked(edges, facts.name if facts else "edges")
    return _from_table(edges, facts or describe(edges, name="edges"))


def from_arcs(
    tail: Any, head: Any, seconds: Any, metres: Any, lonlat: Any, name: str, rules: Sequence[TurnRule] = ()
) -> RoadNetwork:
    """See `RoadNetwork.from_arcs`."""
    tail, head = np.asarray(tail, np.int32), np.asarray(head, np.int32)
    seconds, metres, lonlat = (np.asarray(values, np.float64) for values in (seconds, metres, lonlat))
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    order = np.lexsort((metres, tail > head, high, low))
    order = order[(low != high)[order]]
    a, b = order[:-1], order[1:]  # an arc and its way back follow each other when there is one of each
    twin = (
        (low[a] == low[b]) & (high[a] == high[b]) & (tail[a] < head[a]) & (tail[b] > head[b]) & (metres[a] == metres[b])
    )
    back = np.full(len(order), -1)
    back[:-1][twin] = b[twin]
    keep = np.ones(len(order), bool)
    keep[1:][twin] = False
    edge, back = order[keep], back[keep]
    times = np.full((len(edge), 2), np.inf)
    times[:, 0] = seconds[edge]
    times[back >= 0, 1] = seconds[back[back >= 0]]
    (west, south), (east, north) = lonlat.min(axis=0).tolist(), lonlat.max(axis=0).tolist()
    facts = RoadFacts(
        name=name, source=name, source_sha256="", licence="", attribution="", made="",
        edges=len(edge), junctions=len(lonlat), km=round(float(metres[edge].sum()) / 1000, 3), km_by_class={},
        largest_part_share=1.0, bbox=(west, south, east, north),
        statuses={}, notice=None,
    )  # fmt: skip
    none = np.full(len(edge), -1, np.int32)
    columns: dict[str, NDArray[Any]] = {
        "way": np.arange(len(edge), dtype=np.int64),
        "highway": np.zeros(len(edge), np.int16),
        "name": none,
        "ref": none,
        "limits": np.full((4, len(edge)), np.nan),
        "flags": np.zeros(len(edge), np.uint8),
    }
    points = lonlat[np.column_stack([tail[edge], head[edge]])].reshape(-1, 2)
    shapes = Shapes(np.arange(len(edge) + 1, dtype=np.int64) * 2, points)
    ends = np.arange(len(lonlat)), lonlat, tail[edge], head[edge]
    return _assemble(ends, metres[edge], times.reshape(-1), columns, shapes, facts, ["road"], [], rules)


def _from_table(edges: GeoDataFrame, facts: RoadFacts) -> RoadNetwork:
    ends = np.concatenate([edges["u"].to_numpy(), edges["v"].to_numpy()])
    junction, first, place = np.unique(ends, return_index=True, return_inverse=True)
    u, v = place[: len(edges)].astype(np.int32), place[len(edges) :].astype(np.int32)
    shapes = Shapes.of(edges.geometry.to_numpy())
    corners = np.concatenate([shapes.lonlat[shapes.first[:-1]], shapes.lonlat[shapes.first[1:] - 1]])
    metres = edges["length"].to_numpy(np.float64)
    seconds = np.full((len(edges), 2), np.inf)
    for side, column in enumerate(("kmh_fwd", "kmh_bwd")):
        kmh = edges[column].to_numpy(np.float64)
        np.divide(metres * 3.6, kmh, out=seconds[:, side], where=kmh > 0)
    highway, classes = _codes(edges["highway"])
    words, all_words = _codes(np.concatenate([edges["name"].to_numpy(object), edges["ref"].to_numpy(object)]))
    columns = {
        "way": edges["way_id"].to_numpy(np.int64),
        "highway": highway.astype(np.int16),
        "name": words[: len(edges)],
        "ref": words[len(edges) :],
        "limits": np.stack(
            [edges[f"max{what}"].to_numpy(np.float64) for what in ("height", "weight", "width", "length")]
        ),
        "flags": _flags(edges),
    }
    rules = edges.attrs.get("rules", [])
    return _assemble(
        (junction, corners[first], u, v), metres, seconds.reshape(-1), columns, shapes, facts, classes, all_words, rules
    )


def _flags(edges: GeoDataFrame) -> NDArray[np.uint8]:
    flags = np.zeros(len(edges), np.uint8)
    for column, values, bit in (
        ("hgv", _CLOSED_TO_HGV, HGV_CLOSED),
        ("hgv", _ONLY_LOCAL, HGV_LOCAL),
        ("access", _ONLY_LOCAL, LOCAL),
        ("highway", ("ferry",), FERRY),
        ("highway", _NO_STOPPING, NO_STOPPING),
    ):
        flags[edges[column].isin(values).to_numpy(bool)] |= bit
    return flags


def _codes(values: Any) -> tuple[NDArray[np.int32], list[str]]:
    import pandas

    codes, words = pandas.factorize(np.asarray(values, object))
    return codes.astype(np.int32), [str(word) for word in words]


def _assemble(
    ends: tuple[Any, Any, Any, Any],
    metres: NDArray[np.float64],
    seconds: NDArray[np.float64],
    columns: dict[str, NDArray[Any]],
    shapes: Shapes,
    facts: RoadFacts,
    classes: list[str],
    names: list[str],
    rules: Sequence[TurnRule],
) -> RoadNetwork:
    junction, junction_lonlat, u, v = ends
    graph = search_graph(u, v, len(junction), np.isfinite(seconds), rules)
    arrays = {
        "junction": junction.astype(np.int64),
        "junction_lonlat": np.ascontiguousarray(junction_lonlat),
        "u": u,
        "v": v,
        "metres": metres,
        "seconds": seconds,
        **columns,
        "shape_first": shapes.first,
        "shape_lonlat": shapes.lonlat,
        **{f"graph_{name}": values for name, values in vars(graph).items() if name != "bans"},
    }
    words = {
        "facts": asdict(facts),
        "classes": classes,
        "names": names,
        "rules": [rule_row(rule) for rule in rules],
        "bans": graph.bans,
    }
    network = RoadNetwork(arrays, words)
    network.usable_by(None)  # a network without any usable road is refused here
    return network
