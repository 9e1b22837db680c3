"""What turn restrictions forbid, by the OpenStreetMap wiki; in doubt, one may turn."""

import math
from collections.abc import Iterator
from itertools import pairwise

from .raw_roads import RawRoads, TurnBan
from .road_law import CLOSED, Vehicle, access, direction

Step = tuple[int, int]  # from a node to the next


def forbidden(raw: RawRoads, ban: TurnBan, came: Step, way: int, goes: Step, vehicle: Vehicle | None) -> bool:
    """Whether a restriction, of which all but the last turn has been driven, forbids to take a way next.

    Ways should end where a restriction begins and ends. Where one goes on there, the name tells which part is meant:
    ``no_left_turn`` is a turn to the left. Several ``only_...`` from one way allow what any of them allows.
    """
    if not _binds(raw, ban, vehicle):
        return False
    unsure = {ban.path[0]} if way == ban.path[0] or _goes_on(raw, ban.path[0], ban.nodes[0]) else set()
    unsure |= {last for last in ban.to if _goes_on(raw, last, ban.nodes[-1])}
    if ban.kind.startswith("no_"):
        return way in ban.to and not (unsure & {way, ban.path[0]} and not _fits(raw, ban.kind, came, goes))
    allowed = set()
    for other in raw.bans[ban.nodes[0]]:
        if other.kind.startswith("only_") and (other.path, other.nodes) == (ban.path, ban.nodes):
            allowed |= other.to if _binds(raw, other, vehicle) else set()
    if way in allowed and (way != ban.path[0] or _fits(raw, ban.kind, came, goes)):
        return False
    steps = [step for last in ban.to for step, _ in _leaving(raw, last, ban.nodes[-1])]
    return not unsure or any(_fits(raw, ban.kind, came, step) for step in steps)


def _binds(raw: RawRoads, ban: TurnBan, vehicle: Vehicle | None) -> bool:
    """Whether a restriction holds for the vehicle; one of no stated kind is let off with any motor vehicle.

    Where only a road is left that no motor vehicle may take, such as one for buses, somebody else is meant.
    """
    heavy = vehicle is not None and vehicle.hgv
    if ban.only_hgv and not heavy:
        return False
    if ban.free & ({"hgv", "motor_vehicle", "vehicle"} | (set() if heavy else {"motorcar", "goods"})):
        return False
    return ban.kind.startswith("no_") or any(
        access(raw.ways[way].tags, None, "forward" if forward else "backward") != CLOSED
        and direction(raw.ways[way].tags) != (-1 if forward else 1)
        for way in ban.to
        for _, forward in _leaving(raw, way, ban.nodes[-1])
    )


def _leaving(raw: RawRoads, way: int, node: int) -> Iterator[tuple[Step, bool]]:
    """Give the first steps on a way from one of its nodes, and whether each is forward."""
    for one, other in pairwise(raw.ways[way].nodes):
        if one == node:
            yield (one, other), True
        if other == node:
            yield (other, one), False


def _goes_on(raw: RawRoads, way: int, node: int) -> bool:
    return len(list(_leaving(raw, way, node))) > 1


def _fits(raw: RawRoads, kind: str, came: Step, goes: Step) -> bool:
    """Whether a turn between two steps is what the name of a restriction says."""
    if any(node not in raw.places for node in (*came, *goes)):
        return False
    turn = (_bearing(raw, came) - _bearing(raw, goes) + 540) % 360 - 180  # degrees, to the left
    name = kind.partition("_")[2]
    if name == "straight_on":
        return abs(turn) < 60
    if name == "u_turn":
        return abs(turn) > 120
    if name in ("left_turn", "right_turn"):
        return 10 < (turn if name == "left_turn" else -turn) < 170
    return True


def _bearing(raw: RawRoads, step: Step) -> float:
    (lon, lat), (lon_to, lat_to) = raw.places[step[0]], raw.places[step[1]]
    return math.degrees(math.atan2((lon_to - lon) * math.cos(math.radians(lat)), lat_to - lat))
