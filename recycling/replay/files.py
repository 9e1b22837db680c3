"""What is taken away of a replayed day: its planned routes as a table, and its figures as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from recycling.exports.tables import Cell
from recycling.replay.comparing import Replay
from recycling.replay.visits import Visit

HEAD = ("vehicle", "position", "begins", "visit", "kind")


def routes_of(found: Replay, visits: Sequence[Visit]) -> list[tuple[Cell, ...]]:
    """Return the planned routes as rows under `HEAD`, one visit a row."""
    return [
        (route.vehicle, position, hour(visit.start), name_in(visits, visit.id) or visit.id, visit.kind)
        for route in found.plan.routes
        for position, visit in enumerate(route.visits, 1)
    ]


def name_in(visits: Sequence[Visit], key: str) -> str:
    """Return what the file calls a visit of the plan; empty for what is none of them, such as a site."""
    return visits[int(key.removeprefix("r:"))].id if key.startswith("r:") else ""


def hour(second: int) -> str:
    """Say a second of a day: 08:35."""
    return f"{second // 3600:02d}:{second % 3600 // 60:02d}"


def as_data(found: Replay) -> dict[str, object]:
    """Return the figures as plain data, without the plan."""
    return {
        "day": found.day,
        "depot": found.depot,
        "visits": found.visits,
        "known": found.known,
        "unloads": found.unloads,
        "planned": asdict(found.planned),
        "driven": asdict(found.driven) if found.driven else None,
        "left_out": dict(found.left_out),
        "notice": found.notice,
    }
