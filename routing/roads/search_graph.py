"""From road pieces and turn restrictions to the directed graph that is searched.

Junctions are nodes. Only where a restriction begins does a road end in a node of its own beside the junction, which
remembers what was driven and lacks the turns that are forbidden from there; the rest of the network stays as small as
without restrictions. This is the automaton of Aho and Corasick (1975) over the forbidden sequences of moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from routing.roads.turn_rules import TurnRule

Int = NDArray[np.int32]
Slots = tuple[int, ...]


@dataclass(frozen=True)
class SearchGraph:
    """Directed graph over n nodes, the first j of them the junctions.

    A slot is a road piece driven one way: ``2 * edge`` from u to v, ``2 * edge + 1`` from v to u. An arc drives one
    slot; it has several arcs where the road before decides what may follow. The first arc of a slot begins at the
    junction itself.

    Attributes
    ----------
    junction
        (n,) junction of each node.
    tail, head
        (a,) nodes.
    slot
        (a,) what is driven; ascending.
    first
        (2 e + 1,) where each slot's arcs begin.
    ban
        (a,) row of `bans` that forbids this arc, -1 for none.
    bans
        Rows of the network's turn rules, one tuple for each combination that occurs.
    """

    junction: Int
    tail: Int
    head: Int
    slot: Int
    first: Int
    ban: Int
    bans: tuple[tuple[int, ...], ...]

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.junction)

    @property
    def edge(self) -> Int:
        """(a,) the road piece of each arc."""
        edge: Int = self.slot >> 1
        return edge


def search_graph(
    u: Int, v: Int, junctions: int, drivable: NDArray[np.bool_], rules: Sequence[TurnRule] = ()
) -> SearchGraph:
    """Build the graph.

    Parameters
    ----------
    u, v
        (e,) junctions at the ends of each road piece.
    drivable
        (2 e,) whether a slot can be driven by anybody.
    rules
        Restrictions over edges 0..e-1. One over a move that nobody can drive, or whose moves do not join, says
        nothing and is left out.
    """
    slots = np.flatnonzero(drivable).astype(np.int32)
    ends = np.empty((len(u) * 2, 2), np.int32)
    ends[0::2] = np.column_stack([u, v])
    ends[1::2] = ends[0::2, ::-1]
    tail, head, ban = ends[slots, 0], ends[slots, 1], np.full(len(slots), -1, np.int32)
    node_junction = np.arange(junctions, dtype=np.int32)
    bans: list[tuple[int, ...]] = []
    forbidden = _forbidden(_Moves(ends, drivable, junctions), rules)
    if forbidden:
        states = {prefix: 0 for moves in sorted(forbidden) for prefix in _prefixes(moves)}
        states = {prefix: junctions + i for i, prefix in enumerate(sorted(states))}
        node_junction = np.concatenate([node_junction, [ends[prefix[-1], 1] for prefix in states]]).astype(np.int32)
        more, bans = _arcs_of_states(states, forbidden, _Moves(ends, drivable, junctions))
        single = np.array([(p[0], node) for p, node in states.items() if len(p) == 1], np.int32).reshape(-1, 2)
        head[np.searchsorted(slots, single[:, 0])] = single[:, 1]
        tail, head, slots, ban = (np.concatenate(both) for both in zip((tail, head, slots, ban), more, strict=True))
        order = np.argsort(slots, kind="stable")
        tail, head, slots, ban = (values[order] for values in (tail, head, slots, ban))
    first = np.searchsorted(slots, np.arange(len(u) * 2 + 1)).astype(np.int32)
    return SearchGraph(node_junction, tail, head, slots, first, ban, tuple(bans))


class _Moves:
    """Which slots leave a junction; only looked up where a restriction is."""

    def __init__(self, ends: Int, drivable: NDArray[np.bool_], junctions: int) -> None:
        self.ends, self.drivable = ends, drivable
        slots = np.flatnonzero(drivable)
        order = np.argsort(ends[slots, 0], kind="stable")
        self._leaving = slots[order]
        self._first = np.searchsorted(ends[self._leaving, 0], np.arange(junctions + 1))

    def leaving(self, junction: int) -> list[int]:
        found: list[int] = self._leaving[self._first[junction] : self._first[junction + 1]].tolist()
        return found

    def joined(self, moves: Slots) -> bool:
        in_range = all(0 <= slot < len(self.drivable) and self.drivable[slot] for slot in moves)
        return in_range and all(self.ends[a, 1] == self.ends[b, 0] for a, b in pairwise(moves))


def _forbidden(moves: _Moves, rules: Sequence[TurnRule]) -> dict[Slots, set[int]]:
    """Sequences of slots that may not be driven, each with the rules that say so."""
    found: dict[Slots, set[int]] = {}
    allowed: dict[tuple[Slots, frozenset[str], str], dict[int, int]] = {}
    for number, rule in enumerate(rules):
        slots = tuple(2 * edge + (not along) for edge, along in rule.moves)
        if len(slots) < 2 or not moves.joined(slots):
            continue
        if rule.only:  # of several for the same vehicles, each opens its own way
            allowed.setdefault((slots[:-1], rule.exempt, rule.binds), {})[slots[-1]] = number
        else:
            found.setdefault(slots, set()).add(number)
    for (before, _, _), ways in allowed.items():
        for slot in moves.leaving(int(moves.ends[before[-1], 1])):
            if slot not in ways:
                found.setdefault((*before, slot), set()).add(min(ways.values()))
    return found


def _prefixes(moves: Slots) -> list[Slots]:
    return [moves[:k] for k in range(1, len(moves))]


def _arcs_of_states(
    states: dict[Slots, int], forbidden: dict[Slots, set[int]], moves: _Moves
) -> tuple[tuple[Int, Int, Int, Int], list[tuple[int, ...]]]:
    rows: list[tuple[int, int, int, int]] = []
    bans: dict[tuple[int, ...], int] = {}
    for driven, node in states.items():
        for slot in moves.leaving(int(moves.ends[driven[-1], 1])):
            tails = [(*driven[k:], slot) for k in range(len(driven) + 1)]  # the longest first
            told = sorted(set().union(*(forbidden.get(t, ()) for t in tails)))
            ban = bans.setdefault(tuple(told), len(bans)) if told else -1
            head = next((states[t] for t in tails if t in states), int(moves.ends[slot, 1]))
            rows.append((node, head, slot, ban))
    table = np.array(rows, np.int32).reshape(-1, 4)
    return (table[:, 0], table[:, 1], table[:, 2], table[:, 3]), list(bans)
