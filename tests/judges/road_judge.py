"""Judges driven roads against the raw OpenStreetMap file, by its own reading of it; shares no code with the engine.

What is not certain is not a violation: tags that two readers would read in two ways speak for the driver.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from .raw_roads import RawRoads, RawWay, TurnBan
from .road_law import CLOSED, DESTINATION, Vehicle, access, direction, limits_broken, passable
from .turn_law import forbidden


class Piece(NamedTuple):
    """A part of a way between two of its nodes, in the order of driving; a node <= 0 is an end at a closed barrier.

    ``metres``, where it is known, is the length of the piece, driven or not; it tells the two sides of a loop apart.
    """

    way: int
    start: int
    end: int
    starts_midway: bool = False
    ends_midway: bool = False
    metres: float = math.nan


class Violation(NamedTuple):
    """Kind, number of the piece in the leg, way, node (0 for the whole piece) and what the file says."""

    kind: str
    piece: int
    way: int
    node: int
    words: str


class _Course(NamedTuple):
    """One way to read a piece: the nodes along which it runs, in the order of driving, and whether that is forward."""

    nodes: tuple[int, ...]
    forward: bool

    @property
    def words(self) -> str:
        return "forward" if self.forward else "backward"


@dataclass(frozen=True)
class _Finding:
    """What is known of a piece whoever drives before and after: faults of its road, and of its inner nodes."""

    course: _Course | None
    faults: tuple[tuple[str, int, str], ...]
    inner: tuple[tuple[str, int, str], ...]
    local: bool


def judge(raw: RawRoads, leg: Sequence[Piece], vehicle: Vehicle | None = None) -> list[Violation]:
    """Find everything in a leg that the vehicle must not or cannot do; no vehicle stands for a small one."""
    found: list[Violation] = []
    findings = []
    if raw.same:
        leg = [p._replace(start=raw.same.get(p.start, p.start), end=raw.same.get(p.end, p.end)) for p in leg]
    for number, piece in enumerate(leg):
        finding = _finding(raw, piece, vehicle)
        findings.append(finding)
        part = piece.starts_midway or piece.ends_midway
        for kind, node, words in finding.faults if part else finding.faults + finding.inner:
            found.append(Violation(kind, number, piece.way, node, words))
    for number, (piece, after) in enumerate(pairwise(leg), start=1):
        if piece.end != after.start or piece.ends_midway or after.starts_midway:
            words = f"{piece.end} is left, {after.start} is entered"
            found.append(Violation("not joined", number, after.way, after.start, words))
            continue
        if piece.end <= 0:
            if (piece.way, piece.start) != (after.way, after.end):
                found.append(Violation("through a barrier", number, after.way, piece.end, "the road is cut here"))
        elif piece.end in raw.barriers and not _reverses(leg, findings, number):
            found += _barrier(raw, piece.end, number, after.way, vehicle)
        for ban in raw.bans.get(piece.end, ()):
            found += _turn(raw, leg, findings, number, ban, vehicle)
    return found + list(_through(leg, findings))


# -- a piece by itself -------------------------------------------------------------------------------------------


def _finding(raw: RawRoads, piece: Piece, vehicle: Vehicle | None) -> _Finding:
    key = (piece.way, piece.start, piece.end, piece.metres, vehicle)
    if key not in raw.known:
        raw.known[key] = _look(raw, piece, vehicle)
    return raw.known[key]


def _look(raw: RawRoads, piece: Piece, vehicle: Vehicle | None) -> _Finding:
    way = raw.ways.get(piece.way)
    if way is None:
        return _Finding(None, (("no such way", 0, "the file has no road of this number"),), (), False)
    courses = _courses(raw, way, piece)
    if not courses:
        return _Finding(
            None, (("not on the way", 0, f"{piece.start} to {piece.end}, {piece.metres:.0f} m"),), (), False
        )
    looks = [_look_along(raw, way, course, vehicle) for course in courses]
    return min(looks, key=lambda look: len(look.faults) + len(look.inner))


def _look_along(raw: RawRoads, way: RawWay, course: _Course, vehicle: Vehicle | None) -> _Finding:
    faults = []
    if _against(way, course):
        faults.append(("against one-way", 0, f"driven {course.words}"))
    told = access(way.tags, vehicle, course.words)
    if told == CLOSED:
        faults.append(("closed to the vehicle", 0, _access_words(way)))
    if vehicle is not None:
        faults += [("too big", 0, limit) for limit in limits_broken(way.tags, vehicle, course.words)]
    inner = []
    for before, node, after in zip(course.nodes, course.nodes[1:], course.nodes[2:], strict=False):
        inner += [
            ("forbidden turn", node, f"relation {ban.relation} {ban.kind}")
            for ban in raw.bans.get(node, ())
            if ban.path == (way.id,) and forbidden(raw, ban, (before, node), way.id, (node, after), vehicle)
        ]
        if node in raw.barriers and not passable(raw.barriers[node], vehicle):
            inner.append(("through a barrier", node, _tag_words(raw, node)))
    return _Finding(course, tuple(faults), tuple(inner), told == DESTINATION)


def _against(way: RawWay, course: _Course) -> bool:
    return direction(way.tags) == (-1 if course.forward else 1)


def _courses(raw: RawRoads, way: RawWay, piece: Piece) -> list[_Course]:
    """Give the likeliest readings of a piece on its way; several only where nothing tells them apart."""
    first, last = ([i for i, n in enumerate(way.nodes) if _is(raw, n, node)] for node in (piece.start, piece.end))
    found = [course for i in first for j in last for course in _runs(way, i, j)]
    off = {course: abs(raw.metres(course.nodes) - piece.metres) for course in found}
    found = [course for course in found if not off[course] > 0.5 + 0.01 * piece.metres]
    for bad in (
        lambda course: math.isnan(raw.metres(course.nodes)),
        lambda course: sum(raw.used[node] > 1 for node in course.nodes[1:-1]),
        lambda course: round(off[course], 1) if off[course] > 0.1 else 0,
    ):
        least = min(map(bad, found), default=0)
        found = [course for course in found if bad(course) == least]
    return found


def _is(raw: RawRoads, node: int, wanted: int) -> bool:
    return node == wanted if wanted > 0 else node in raw.barriers


def _runs(way: RawWay, i: int, j: int) -> Iterator[_Course]:
    """Give the ways along a way's line from its i-th node to its j-th; on a loop both ways round."""
    nodes, ends = way.nodes, {0, len(way.nodes) - 1}
    if i < j:
        yield _Course(nodes[i : j + 1], True)
    elif i > j:
        yield _Course(nodes[j : i + 1][::-1], False)
    if way.closed and i >= j and {i, j} != ends:
        yield _Course(nodes[i:] + nodes[1 : j + 1], True)
    if way.closed and i <= j and {i, j} != ends:
        yield _Course((nodes[j:] + nodes[1 : i + 1])[::-1], False)


# -- from piece to piece -----------------------------------------------------------------------------------------


def _reverses(leg: Sequence[Piece], findings: Sequence[_Finding], number: int) -> bool:
    """Whether a piece is driven back over the road on which the one before came."""
    before, after = findings[number - 1].course, findings[number].course
    return (
        leg[number - 1].way == leg[number].way
        and before is not None
        and after is not None
        and before.nodes[-2] == after.nodes[1]
    )


def _barrier(raw: RawRoads, node: int, number: int, way: int, vehicle: Vehicle | None) -> Iterator[Violation]:
    key = (node, vehicle)
    if key not in raw.known:
        raw.known[key] = passable(raw.barriers[node], vehicle)
    if not raw.known[key]:
        yield Violation("through a barrier", number, way, node, _tag_words(raw, node))


def _turn(
    raw: RawRoads,
    leg: Sequence[Piece],
    findings: Sequence[_Finding],
    number: int,
    ban: TurnBan,
    vehicle: Vehicle | None,
) -> Iterator[Violation]:
    """Follow a restriction from its first turn, which is before this piece, to its last; turning round leaves it."""
    before = findings[number - 1].course
    if leg[number - 1].way != ban.path[0] or before is None:
        return
    for via, node in zip(ban.path[1:], ban.nodes[1:], strict=True):
        while leg[number].way == via and leg[number].end != node:
            number += 1
            if number == len(leg) or _reverses(leg, findings, number):
                return
        if leg[number].way != via or number + 1 == len(leg):
            return
        number += 1
    after = findings[number].course
    if after is None:
        return
    if forbidden(raw, ban, before.nodes[-2:], leg[number].way, after.nodes[:2], vehicle):
        words = f"relation {ban.relation} {ban.kind}"
        yield Violation("forbidden turn", number, leg[number].way, leg[number].start, words)


def _through(leg: Sequence[Piece], findings: Sequence[_Finding]) -> Iterator[Violation]:
    """Find roads for destination traffic that are neither at the beginning of a leg nor at its end."""
    first, last = 0, len(findings)
    while first < last and findings[first].local:
        first += 1
    while last > first and findings[last - 1].local:
        last -= 1
    for number in range(first, last):
        if findings[number].local:
            yield Violation("through traffic", number, leg[number].way, 0, "open to destination traffic only")


# -- words -------------------------------------------------------------------------------------------------------


def _access_words(way: RawWay) -> str:
    keys = ("highway", "route", "access", "vehicle", "motor_vehicle", "motorcar", "goods", "hgv")
    return " ".join(f"{key}={value}" for key, value in way.tags.items() if key.partition(":")[0] in keys)


def _tag_words(raw: RawRoads, node: int) -> str:
    return " ".join(f"{key}={value}" for key, value in sorted(raw.barriers[node].items()))
