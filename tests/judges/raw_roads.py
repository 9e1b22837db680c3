"""What an OpenStreetMap file says about roads, as it stands there: ways, barriers and turn bans with their tags."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import osmium

EARTH_RADIUS = 6_371_008.8  # metres
Tags = Mapping[str, str]


@dataclass(frozen=True)
class RawWay:
    """A way as it is drawn."""

    id: int
    nodes: tuple[int, ...]
    tags: Tags

    @property
    def closed(self) -> bool:
        """Whether it ends where it begins."""
        return len(self.nodes) > 2 and self.nodes[0] == self.nodes[-1]


@dataclass(frozen=True)
class TurnBan:
    """A turn restriction in one reading: from a way, through the nodes where its ways meet, to some ways.

    Attributes
    ----------
    kind
        Such as ``no_left_turn``.
    path
        Ways from the first to the last before the turn; more than one where the restriction leads via ways.
    nodes
        Where one way of the path meets the next, and last where the turn is.
    to
        Ways that must not be taken, or of which one must be (``only_...``).
    only_hgv
        It binds heavy goods vehicles alone.
    free
        Vehicles that ``except`` lets off.
    """

    relation: int
    kind: str
    path: tuple[int, ...]
    nodes: tuple[int, ...]
    to: frozenset[int]
    only_hgv: bool
    free: frozenset[str]


@dataclass
class RawRoads:
    """The roads of one file.

    Attributes
    ----------
    places
        Longitude and latitude of the nodes of ways, where the file has them.
    used
        How many ways with a ``highway`` or ``route`` each node belongs to.
    same
        Node for each that follows it on a way at the very same spot; such a step is none, the two are one.
    bans
        Turn bans by the node of their (first) turn.
    known
        Room for the judge to note what it has found out about pieces.
    """

    ways: dict[int, RawWay] = field(default_factory=dict)
    places: dict[int, tuple[float, float]] = field(default_factory=dict)
    used: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    same: dict[int, int] = field(default_factory=dict)
    barriers: dict[int, Tags] = field(default_factory=dict)
    bans: dict[int, list[TurnBan]] = field(default_factory=lambda: defaultdict(list))
    known: dict[Any, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "RawRoads":
        """Read a file in any format that osmium reads."""
        roads, relations = cls(), []
        file = osmium.FileProcessor(str(path)).with_locations()
        file.with_filter(osmium.filter.KeyFilter("barrier").enable_for(osmium.osm.NODE))
        file.with_filter(osmium.filter.KeyFilter("highway", "route").enable_for(osmium.osm.WAY))
        file.with_filter(osmium.filter.TagFilter(("type", "restriction")).enable_for(osmium.osm.RELATION))
        for thing in file:
            if thing.is_node():
                roads.barriers[thing.id] = dict(thing.tags)
            elif thing.is_way():
                nodes = [(node.ref, node.location) for node in thing.nodes]
                roads.places.update((node, (place.lon, place.lat)) for node, place in nodes if place.valid())
                roads.ways[thing.id] = RawWay(thing.id, tuple(node for node, _ in nodes), dict(thing.tags))
            else:
                members = [(m.type, m.ref, m.role) for m in thing.members]
                relations.append((thing.id, dict(thing.tags), members))
        roads._join_same()
        for number, tags, members in relations:
            for ban in roads._read_bans(number, tags, members):
                roads.bans[ban.nodes[0]].append(ban)
        return roads

    def _join_same(self) -> None:
        for way in self.ways.values():
            for a, b in pairwise([self.same.get(node, node) for node in way.nodes]):
                if a != b and a in self.places and self.places[a] == self.places.get(b):
                    self.same = {node: a if kept == b else kept for node, kept in self.same.items()} | {b: a}
        for way in list(self.ways.values()):
            named = [self.same.get(node, node) for node in way.nodes]
            nodes = tuple(node for i, node in enumerate(named) if not i or node != named[i - 1])
            self.ways[way.id] = replace(way, nodes=nodes)
            for node in set(nodes):
                self.used[node] += 1
        self.barriers = {self.same.get(node, node): tags for node, tags in self.barriers.items()}

    def metres(self, nodes: tuple[int, ...]) -> float:
        """Length of a line through nodes; NaN where the file lacks one of them."""
        if any(node not in self.places for node in nodes):
            return math.nan
        return sum(_metres(self.places[a], self.places[b]) for a, b in pairwise(nodes))

    def _read_bans(self, number: int, tags: Tags, members: list[tuple[str, int, str]]) -> Iterator[TurnBan]:
        """Give the readings of a restriction; none for one that is not whole or does not hang together."""
        by_role: dict[str, list[int]] = defaultdict(list)
        for kind, member, role in members:
            by_role[f"{role}.{kind}"].append(member)
        firsts, lasts = by_role["from.w"], by_role["to.w"]
        vias = [by_role["via.n"], by_role["via.w"]]
        if not firsts or not lasts or not any(vias) or all(vias) or len(vias[0]) > 1:
            return
        if any(way not in self.ways for way in [*firsts, *lasts, *vias[1]]):
            return
        for kind, only_hgv in _kinds(tags):
            free = frozenset(word.strip() for word in tags.get("except", "").replace(",", ";").split(";"))
            for first in firsts:
                for nodes, last in self._courses(first, vias[0], vias[1], lasts):
                    yield TurnBan(number, kind, (first, *vias[1]), nodes, last, only_hgv, free - {""})

    def _courses(
        self, first: int, via: list[int], ways: list[int], lasts: list[int]
    ) -> Iterator[tuple[tuple[int, ...], frozenset[int]]]:
        """Give the nodes along which one comes from the first way to the last ones."""
        via = [self.same.get(node, node) for node in via]
        if via:
            there = [w for w in lasts if via[0] in self.ways[w].nodes]
            if there and via[0] in self.ways[first].nodes:
                yield tuple(via), frozenset(there)
            return
        chains: list[tuple[int, ...]] = [()]
        for a, b in zip([first, *ways[:-1]], ways, strict=True):
            meet = self._meetings(a, b)
            chains = [(*chain, node) for chain in chains for node in meet if not chain or node != chain[-1]]
        ends: dict[tuple[int, ...], set[int]] = defaultdict(set)
        for last in lasts:
            for chain in chains:
                for node in self._meetings(ways[-1], last):
                    if node != chain[-1]:
                        ends[*chain, node].add(last)
        for nodes, there in ends.items():
            yield nodes, frozenset(there)

    def _meetings(self, a: int, b: int) -> list[int]:
        """Nodes that two ways share; only ends of one of them when there are such."""
        shared = list(dict.fromkeys(n for n in self.ways[a].nodes if n in set(self.ways[b].nodes)))
        ends = {n for w in (a, b) for n in (self.ways[w].nodes[0], self.ways[w].nodes[-1])}
        return [n for n in shared if n in ends] or shared


def _metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance; within 0.6 % of that on the ellipsoid."""
    (lon_a, lat_a), (lon_b, lat_b) = ([math.radians(x) for x in p] for p in (a, b))
    half = math.sin((lat_b - lat_a) / 2) ** 2
    half += math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_RADIUS * math.asin(math.sqrt(half))


def _kinds(tags: Tags) -> Iterator[tuple[str, bool]]:
    """Give the kinds of turn, and whether for heavy goods vehicles alone; conditions always hold."""
    for key, value in tags.items():
        name, _, rest = key.partition(":")
        mode = rest.removesuffix("conditional").removesuffix(":")
        if name != "restriction" or mode not in ("", "motor_vehicle", "hgv"):
            continue
        for part in value.split(";"):
            kind = part.partition("@")[0].strip()
            if kind.startswith(("no_", "only_")):
                yield kind, mode == "hgv"
