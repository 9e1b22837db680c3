"""Turn restrictions between ways to rules between road pieces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.roads.osm.relation import Restriction
from routing.roads.osm.report import ImportReport
from routing.roads.turn_rules import Move, TurnRule

MOST_PATHS = 1000
"""Ways over the via members that are looked at before a restriction counts as unclear."""

Path = tuple["Arm", ...]


class Arm(NamedTuple):
    """A road piece in one direction: its way, its first and last junction, and whether it may be driven so."""

    move: Move
    way: int
    tail: int
    head: int
    open: bool


class Roads(NamedTuple):
    """Road pieces to look for the members of restrictions in.

    Attributes
    ----------
    way_id
        (e,) OpenStreetMap way of each piece; a piece's row is its edge id.
    u, v
        (e,) junctions at its ends.
    kmh
        (e, 2) above zero where it may be driven from u to v, and back.
    twin
        Nodes that are another node here.
    drawn_twice
        Pieces left out as repetitions: their way, and the piece and direction that stands for them.
    """

    way_id: NDArray[np.int64]
    u: NDArray[np.int64]
    v: NDArray[np.int64]
    kmh: NDArray[np.number]
    twin: dict[int, int]
    drawn_twice: Sequence[tuple[int, Move]] = ()


def turn_rules(restrictions: Sequence[Restriction], roads: Roads, report: ImportReport) -> list[TurnRule]:
    """Translate restrictions, and count in the report what became of each.

    Several ``from`` or ``to`` members make a rule for each pair. Reasons to leave one out: ``member-missing`` (a
    way that is not in the file or no road for trucks), ``not-joined`` (the members do not meet at the via, or a
    barrier stands there), ``against-one-way`` (nothing can drive that way anyhow), ``unclear`` (a member runs on
    past the via, so that two of its pieces could be meant). A rule ``only_`` is made of roads that can be driven
    alone: it never closes a junction.
    """
    arms = _arms(restrictions, roads)
    found: list[TurnRule] = []
    for restriction in restrictions:
        rules, reasons = list[TurnRule](), list[str]()
        for start in restriction.start:
            for end in restriction.end:
                paths, reason = _paths(restriction, arms, start, end, roads.twin)
                reasons.append(reason)
                rules.extend(_rules(restriction, paths))
        found.extend(rules)
        if rules:
            report.restrictions_kept += 1
            report.restrictions_conditional += any(rule.condition for rule in rules)
        else:
            report.skip_restriction(reasons[0])
    return found


def _arms(restrictions: Iterable[Restriction], roads: Roads) -> dict[int, list[Arm]]:
    named = {way for one in restrictions for way in (*one.start, *one.via_ways, *one.end)}
    rows = np.flatnonzero(np.isin(roads.way_id, list(named))).tolist()
    pieces = [(int(roads.way_id[row]), (row, True)) for row in rows]
    found: dict[int, list[Arm]] = {}
    for way, (row, along) in (*pieces, *(twice for twice in roads.drawn_twice if twice[0] in named)):
        u, v = int(roads.u[row]), int(roads.v[row])
        go, back = (bool(kmh > 0) for kmh in roads.kmh[row])
        both = [Arm((row, True), way, u, v, go), Arm((row, False), way, v, u, back)]
        found.setdefault(way, []).extend(both if along else reversed(both))
    return found


def _rules(restriction: Restriction, paths: Iterable[Path]) -> Iterator[TurnRule]:
    for path in paths:
        moves = tuple(arm.move for arm in path)
        back = len(moves) == 2 and moves[0][0] == moves[1][0]
        for kind, binds, condition in restriction.sayings:
            word = "no_u_turn" if back and kind.startswith("no_") else kind
            yield TurnRule(restriction.relation, word, moves, restriction.exempt, binds, condition)


def _paths(
    restriction: Restriction, arms: dict[int, list[Arm]], start: int, end: int, twin: dict[int, int]
) -> tuple[Sequence[Path], str]:
    """Give the pieces that are meant from one way to another, or the reason why there are none."""
    if any(way not in arms for way in (start, *restriction.via_ways, end)):
        return (), "member-missing"
    if restriction.via_node is None:
        over = [arm for way in restriction.via_ways for arm in arms[way]]
        gates = {arm.head for arm in over}
    else:
        over = []
        gates = {twin.get(restriction.via_node, restriction.via_node)}
    into = [arm for arm in arms[start] if arm.head in gates]
    out = [arm for arm in arms[end] if arm.tail in gates]
    every = list(_over(into, over, out, set(restriction.via_ways)))
    paths = [path for path in every if all(arm.open for arm in path)]
    if not paths:
        return (), "against-one-way" if every else "not-joined"
    back = [path for path in paths if len(path) == 2 and path[0].move[0] == path[1].move[0]]
    turning = all(saying.kind.endswith("u_turn") for saying in restriction.sayings)
    if start == end and back and (turning or len(back) == 1):
        # On the way itself: where it runs on past the via, turning round is meant from both sides.
        return back, ""
    if len(paths) > 1:
        at_ends = _ends(arms[start]), _ends(arms[end])
        paths = [path for path in paths if path[0].head in at_ends[0] and path[-1].tail in at_ends[1]]
    return (paths, "") if len(paths) == 1 else ((), "unclear")


def _over(into: Sequence[Arm], over: Sequence[Arm], out: Sequence[Arm], ways: set[int]) -> Iterator[Path]:
    """Give the ways from one of the first arms to one of the last, each over all via ways and no piece twice."""
    waiting: list[Path] = [(arm,) for arm in into]
    for _ in range(MOST_PATHS):
        if not waiting:
            return
        path = waiting.pop(0)
        here = path[-1].head
        if ways <= {arm.way for arm in path[1:]}:
            yield from ((*path, arm) for arm in out if arm.tail == here)
        driven = {arm.move[0] for arm in path[1:]}
        waiting.extend((*path, arm) for arm in over if arm.tail == here and arm.move[0] not in driven)


def _ends(arms: Iterable[Arm]) -> set[int]:
    """Give the junctions where a way ends: an odd number of its pieces meet there."""
    touched = Counter(arm.head for arm in arms)
    return {junction for junction, pieces in touched.items() if pieces % 2}
