"""What is kept of an answer for stations and centres together, and of a front: plain data, as JSON takes it.

Money is yuan a year, carbon dioxide tonnes a year, both in the mean of the years; ways are minutes.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from recycling.tier_report import beyond, finite, parts, shown, shown_change
from recycling.tiers import TIERS, Sketch, Tiered

if TYPE_CHECKING:
    from routing.siting.chain.answer import ChainAnswer, Opened
    from routing.siting.chain.front import Front
    from routing.siting.problem import Candidate


def answer_of(drawn: Sketch, ground: Tiered, answer: ChainAnswer) -> dict[str, Any]:
    """Return an answer: what is open by year and tier, what it takes in, what flows where, and how good that is.

    ``opened``: by year, then tier, size by code. ``loads``: the same shape, tonnes and share of the room (None for no
    bound) by code. ``flows``: year, tier, source, site, material, tonnes; years and tiers by number.
    """
    sources = {flow.source for flow in answer.flows if flow.tier == 0}
    return {
        **_shared(drawn, ground),
        "places": _places(drawn, answer.opened),
        "points": {
            one.code: [one.name, round(one.lonlat[0], 6), round(one.lonlat[1], 6)]
            for one in drawn.sources
            if one.code in sources
        },
        **_worth(ground, answer),
        **_by_community(ground, answer),
        "opened": _opened(answer.opened),
        "loads": _loads(ground, answer),
        "flows": [
            [flow.year, flow.tier, flow.source, flow.site, flow.material, round(flow.tonnes, 3)]
            for flow in answer.flows
        ],
    }


def front_of(drawn: Sketch, ground: Tiered, found: Front) -> dict[str, Any]:
    """Return a front: its points from the best of the first measure to the best of the second."""
    first, second = found.measures
    everything = [opened for point in found.points for opened in point.answer.opened]
    losses = ground.losses(found.points[0].answer.aim.within) if found.points else {}
    return {
        **_shared(drawn, ground),
        "measures": list(found.measures),
        "losses": [
            finite(shown_change(ground, measure, losses[measure])) if losses else None for measure in found.measures
        ],
        "complete": found.complete,
        "unknown": finite(found.unknown, 6),
        "places": _places(drawn, everything),
        "rows": [
            {
                **_worth(ground, point.answer),
                "first": finite(shown(ground, first, point.first)),
                "second": finite(shown(ground, second, point.second)),
                "bound": finite(shown(ground, first, point.bound)),
                "gap": finite(point.gap, 6),
                "held": point.held,
                "proven": point.proven,
                "opened": _opened(point.answer.opened),
            }
            for point in found.points
        ],
    }


def _shared(drawn: Sketch, ground: Tiered) -> dict[str, Any]:
    chain = ground.chain
    names = {one.code: one.name for source in drawn.sources for one in source.members}
    return {
        "notice": dict(ground.notice) if ground.notice else None,
        "years": [year.name for year in chain.years],
        "tonnes": [round(year.demand * sum(sum(point.tonnes) for point in chain.points), 1) for year in chain.years],
        "people": sum(point.people for point in chain.points),
        "candidates": [len(tier.sites) for tier in chain.tiers],
        "off_road": [[code, names[code]] for code in ground.off_road],
        "beyond": {
            code: [round(way.metres / 1000, 1), round(way.seconds / 60, 1), way.alone]
            for code, way in drawn.beyond.items()
        },
    }


def _worth(ground: Tiered, answer: ChainAnswer) -> dict[str, Any]:
    return {
        "best": answer.aim.best,
        "value": finite(shown(ground, answer.aim.best, answer.value)),
        "bound": finite(shown(ground, answer.aim.best, answer.bound)),
        "gap": answer.gap if math.isfinite(answer.gap) else None,
        "proven": answer.proven,
        "measures": {measure: finite(shown(ground, measure, value)) for measure, value in answer.measures.items()},
        "parts": {name: round(yuan) for name, yuan in parts(ground, answer).items()},
    }


def _by_community(ground: Tiered, answer: ChainAnswer) -> dict[str, Any]:
    """Return what people have of it community by community, and what no choice can be better than then."""
    bound = beyond(ground, answer)
    measures = ground.by_community(answer.opened[-1][0], answer.aim.within)
    return {
        "by_community": {measure: finite(shown(ground, measure, value)) for measure, value in measures.items()},
        "bound_by_community": None if bound is None else finite(shown(ground, answer.aim.best, bound)),
    }


def _opened(years: Sequence[Sequence[Opened]]) -> list[list[dict[str, str]]]:
    return [[dict(opened) for opened in tiers] for tiers in years]


def _places(drawn: Sketch, years: Iterable[Sequence[Opened]]) -> list[dict[str, list[Any]]]:
    """Return by tier the names, the position and the standing size of every place that is open at some time."""
    used: list[set[str]] = [set() for _ in TIERS]
    for tiers in years:
        for codes, opened in zip(used, tiers, strict=True):
            codes |= set(opened)
    return [
        {place.id: [place.name, place.name_en, round(place.lon, 6), round(place.lat, 6)] for place, _ in row
         if place.id in codes}
        for row, codes in zip(drawn.tiers, used, strict=True)
    ]  # fmt: skip


def _loads(ground: Tiered, answer: ChainAnswer) -> list[list[dict[str, list[float | None]]]]:
    sums: dict[tuple[int, int, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for flow in answer.flows:
        sums[flow.year, flow.tier, flow.site][flow.material] += flow.tonnes
    found: list[list[dict[str, list[float | None]]]] = []
    for y, tiers in enumerate(answer.opened):
        found.append([])
        for n, opened in enumerate(tiers):
            tier = ground.chain.tiers[n]
            sites = {site.id: site for site in tier.sites}
            here: dict[str, list[float | None]] = {}
            for code, size in opened.items():
                taken = [sums[y, n, code][material] for material in ground.chain.materials]
                loads = [sum(taken)] if tier.together else taken
                here[code] = [round(sum(taken), 1), _full(sites[code], size, loads)]
            found[-1].append(here)
    return found


def _full(site: Candidate, size: str, loads: Sequence[float]) -> float | None:
    """Return the share of its room that a site fills, of the material of which it has least left."""
    room = next(one.capacity for one in site.sizes if one.name == size)
    shares = [load / most for load, most in zip(loads, room, strict=False) if 0 < most < math.inf]
    return round(max(shares), 4) if shares else None
