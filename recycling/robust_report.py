"""What a robust choice says: sentences and a table for the command line, and JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from recycling.demand_cases import Demand
from recycling.siting import FEN, Ground

if TYPE_CHECKING:
    from routing.siting.robust.choose import Choice, Robust

NO_ROOM = "no room"
HOUR = 3600
NAME = 24


def shown(found: Robust, value: float) -> float:
    """Return a value as planners read it: yuan a year; hours of driving of all people, once each, for ``p-median``."""
    return value / (FEN if found.aim.kind == "cost" else HOUR)


def report(ground: Ground, demands: Sequence[Demand], found: Robust, losses: Sequence[float] = ()) -> Iterator[str]:
    """Give the choices, what each costs in each scenario, the proofs, and what robustness costs.

    ``losses`` are those of `recycling.demand_cases.losses`, where towns are points.
    """
    yield from _sites(ground, found)
    yield ""
    unit = "yuan a year" if found.aim.kind == "cost" else "hours of driving of all people, once each"
    yield f"{unit}, in each scenario (its weight):"
    heads = [f"{d.name} ({100 * s:.0f} %)" for d, s in zip(demands, found.shares, strict=True)]
    wide = [max(14, len(head) + 2) for head in heads]
    yield (
        f"{'':{NAME + 10}}"
        + "".join(f"{h:>{w}}" for h, w in zip(heads, wide, strict=True))
        + (f"{'expected':>14}{'worst regret':>14}")
    )
    for name, choice in choices(demands, found):
        row = "".join(f"{_number(found, v):>{w}}" for v, w in zip(choice.values.tolist(), wide, strict=True))
        yield f"{name:{NAME + 10}}{row}{_number(found, choice.expected):>14}{_number(found, choice.worst):>14}"
    yield ""
    yield _proof("expected cost", found, found.by_cost.expected, found.cost_bound, found.cost_proven)
    yield _proof("worst regret", found, found.by_regret.worst, found.regret_bound, found.regret_proven)
    for demand, choice, bound, k in zip(demands, found.alone, found.alone_bounds.tolist(), range(99), strict=False):
        own = float(choice.values[k] - choice.regrets[k])
        if own - bound > 1e-6 * max(1.0, own):
            yield (
                f"  the best for {demand.name} alone is not proven: it may cost {_number(found, own - bound)} less, and"
                " regrets may be so much more"
            )
    yield _price(found)
    if losses:
        cost, regret = by_community(found, losses)
        yield (
            "A town goes one way as a whole here. Were its communities to go different ways, no choice could have less "
            f"than {_number(found, cost)} expected, nor a worst regret below {_number(found, regret)}: --by community "
            "counts each by itself"
        )


def by_community(found: Robust, losses: Sequence[float]) -> tuple[float, float]:
    """Return what no choice can go below where communities of a town may go different ways: expected cost, regret."""
    mean = sum(share * loss for share, loss in zip(found.shares.tolist(), losses, strict=True))
    return found.cost_bound - mean, max(0.0, found.regret_bound - max(losses))


def choices(demands: Sequence[Demand], found: Robust) -> list[tuple[str, Choice]]:
    """Return all choices with their names: for each scenario alone, of least expected cost, of least worst regret."""
    alone = [(f"best for {d.name[:NAME]}", c) for d, c in zip(demands, found.alone, strict=True)]
    return [*alone, ("least expected cost", found.by_cost), ("least worst regret", found.by_regret)]


def document(ground: Ground, demands: Sequence[Demand], found: Robust, losses: Sequence[float] = ()) -> dict[str, Any]:
    """Return all of it as JSON takes it; what has no room in a scenario is null. ``losses`` as in `report`."""

    def number(value: float) -> float | None:
        return round(shown(found, value), 3) if math.isfinite(value) else None

    def told(choice: Choice) -> dict[str, Any]:
        return {
            "sites": dict(sorted(choice.opened.items())),
            "values": [number(v) for v in choice.values.tolist()],
            "regrets": [number(v) for v in choice.regrets.tolist()],
            "expected": number(choice.expected),
            "worst_regret": number(choice.worst),
        }

    scenarios = [
        {
            "name": d.name,
            "weight": round(float(share), 6),
            "percent": d.percent,
            "own": dict(d.own),
            "tonnes": round(sum(sum(p.tonnes) for p in case.problem.points), 3),
            "best_alone": told(choice),
            "bound": number(float(bound)),
        }
        for d, share, case, choice, bound in zip(
            demands, found.shares, found.cases, found.alone, found.alone_bounds, strict=True
        )
    ]
    return {
        "notice": dict(ground.notice) if ground.notice else None,
        "model": found.aim.kind,
        "unit": "yuan a year" if found.aim.kind == "cost" else "person-hours",
        "scenarios": scenarios,
        "least_expected_cost": {
            **told(found.by_cost), "bound": number(found.cost_bound), "proven": found.cost_proven,
        },
        "least_worst_regret": {
            **told(found.by_regret), "bound": number(found.regret_bound), "proven": found.regret_proven,
        },
        "bounds_by_community": [number(bound) for bound in by_community(found, losses)] if losses else None,
        "robustness_costs": number(found.price),
        "robustness_saves": number(found.saved),
        "places": {p.id: {"name": p.name, "name_en": p.name_en, "lon": p.lon, "lat": p.lat} for p in ground.places},
    }  # fmt: skip


def _sites(ground: Ground, found: Robust) -> Iterator[str]:
    """Give the sites of both choices, and which of the two each is in."""
    names = {place.id: place.name_en for place in ground.places}
    sized = found.aim.kind == "cost"
    one, other = (
        {code: size if sized else "" for code, size in choice.opened.items()}
        for choice in (found.by_cost, found.by_regret)
    )
    for code in sorted({*one, *other}):
        if code not in names:
            yield "what finds no room goes elsewhere"
            continue
        sizes = [opened.get(code) for opened in (one, other)]
        if sizes[0] == sizes[1]:
            word = f"both{_size(sizes[0])}"
        else:
            parts = zip(("least expected cost", "least worst regret"), sizes, strict=True)
            word = "; ".join(f"{name}{_size(size)}" for name, size in parts if size is not None)
        yield f"{code}  {names[code]}: {word}"


def _size(size: str | None) -> str:
    return f" ({size})" if size else ""


def _proof(name: str, found: Robust, value: float, bound: float, proven: bool) -> str:
    said = f"least {name}: {_number(found, value)}"
    if proven:
        return f"{said}; proven: no choice has less"
    return (
        f"{said}; not proven: no choice has less than {_number(found, bound)}; time or somebody ended the search, "
        "allow more --seconds"
    )


def _price(found: Robust) -> str:
    """Say what the choice of least regret costs more, and by how much its regret is less."""
    if dict(found.by_cost.opened) == dict(found.by_regret.opened):
        return "robustness costs nothing: the same choice has the least expected cost and the least worst regret"
    share = 100 * found.price / max(1.0, abs(found.by_cost.expected))
    return (
        f"robustness costs {_number(found, found.price)} in the mean of the scenarios ({share:.2f} %) and takes the "
        f"worst regret from {_number(found, found.by_cost.worst)} to {_number(found, found.by_regret.worst)}"
    )


def _number(found: Robust, value: float) -> str:
    return f"{shown(found, value):,.0f}" if math.isfinite(value) else NO_ROOM
