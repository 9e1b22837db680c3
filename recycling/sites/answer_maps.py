"""What maps and files show of an answer of the siting models: who goes where, and how full sites become."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from routing.siting.answer import SitingAnswer
    from routing.siting.problem import SitingProblem


def drawn_of(problem: SitingProblem, answer: SitingAnswer) -> dict[str, Any]:
    """Return flows and loads of an answer.

    ``flows``: point, site, tonnes a year. ``loads``: by site tonnes and the share of its room of the material of which
    it has least left, None for no bound.
    """
    points = {point.id: point for point in problem.points}
    number = {name: k for k, name in enumerate(problem.materials)}
    ways: dict[tuple[str, str], float] = defaultdict(float)
    taken = {site: [0.0] * len(problem.materials) for site in answer.opened}
    for flow in answer.flows:
        tonnes = points[flow.point].tonnes
        for m in [number[flow.material]] if flow.material else range(len(tonnes)):
            ways[flow.point, flow.site] += tonnes[m] * flow.share
            taken[flow.site][m] += tonnes[m] * flow.share
    sizes = {(c.id, size.name): size.capacity for c in problem.candidates for size in c.sizes}
    loads = {}
    for site, tonnes_of in taken.items():
        room = sizes.get((site, answer.opened[site]), ())
        shares = [load / most for load, most in zip(tonnes_of, room, strict=False) if 0 < most < math.inf]
        loads[site] = [round(sum(tonnes_of), 1), round(max(shares), 4) if shares else None]
    flows = [[point, site, round(tonnes, 2)] for (point, site), tonnes in ways.items() if tonnes > 0]
    return {"flows": flows, "loads": loads}


def notice_of(answer: Mapping[str, Any]) -> str:
    """Return what every file made from these roads must say; nothing where there is nothing to be said."""
    notice = answer["notice"]
    return f"{notice['zh']} / {notice['en']}" if notice else ""


def feature(kind: str, coordinates: Sequence[Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """Return a feature of GeoJSON."""
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": dict(told)}
