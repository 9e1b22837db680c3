"""The best sites of every tier and year for an aim, with a proven bound."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from routing.errors import N_, InputError
from routing.siting.chain.answer import ChainAnswer, ChainFlow
from routing.siting.chain.asking import require_sound
from routing.siting.chain.building import Floats
from routing.siting.chain.model import made, negative
from routing.siting.chain.parts import ChainModel
from routing.siting.chain.problem import Chain, ChainAim, Measure
from routing.siting.chain.solving import Best, Known, Line, Sifting
from routing.siting.highs import never

NEGLIGIBLE = 1e-9
"""Share of all tonnes that is none."""


def optimise_chain(
    chain: Chain,
    aim: ChainAim,
    seconds: float = 60.0,
    stopped: Callable[[], bool] = never,
    told: Callable[[float], None] = lambda _: None,
) -> ChainAnswer:
    """Return the best answer, or the best that was found within the seconds with the bound that was proven by then.

    ``stopped`` ends the search before its time with the best so far; ``told`` hears how far it is, from 0 to 1.

    Raises
    ------
    InputError
        When the aim cannot be reached: which material lacks how many tonnes, which points are out of reach, and which
        single change would do.
    """
    return search_chain(chain, aim, seconds, stopped, told)[0]


@dataclass(frozen=True, eq=False)
class Learned:
    """What answers with each opening count at least (`Known.needs`), and with other limits, by their measure."""

    needs: Floats
    lines: Mapping[str, Line]


def search_chain(
    chain: Chain,
    aim: ChainAim,
    seconds: float,
    stopped: Callable[[], bool] = never,
    told: Callable[[float], None] = lambda _: None,
    known: Known | None = None,
) -> tuple[ChainAnswer, Learned]:
    """Return the answer as `optimise_chain`, and what else the search found out.

    ``known`` is what other searches of the chain found out, as far as it holds for this aim.
    """
    require_sound(chain, aim)
    model = made(chain, aim)
    sifting = Sifting(model, aim.best, seconds, stopped, told, known)
    found = sifting.run()
    if found.none:
        from routing.siting.chain.changes import no_answer

        raise no_answer(chain, aim, max(10.0, seconds))
    if found.x is None:
        raise InputError(
            "no-time",
            N_(
                "No answer was found within %(seconds)s seconds, nor was it proven that there is none. Allow more"
                " seconds."
            ),
            seconds=round(seconds),
        )
    x = found.x if aim.best in ("cost", "carbon") else _cheapest(sifting, model, found.x)
    learned = Learned(sifting.needs[sifting.whole] * sifting.scale, sifting.lines)
    return _answer(model, aim, x, found), learned


def _cheapest(sifting: Sifting, model: ChainModel, x: Floats) -> Floats:
    """Return the cheapest flows of these openings, where the aim does not care for money."""
    low, high = sifting.low.copy(), sifting.high.copy()
    low[sifting.whole] = high[sifting.whole] = np.round(x[sifting.whole])
    money = model.counts["cost"]
    better = sifting.flows(low, high, money / max(1e-9, float(np.abs(money).max(initial=0.0))))
    return x if better is None else better[0]


def _answer(model: ChainModel, aim: ChainAim, x: Floats, found: Best) -> ChainAnswer:
    chain = model.chain
    opened = tuple(
        tuple(
            {tier.sites[j].id: size.name for (j, size), c in zip(sizes, columns, strict=True) if x[c] > 0.5}
            for tier, sizes, columns in zip(chain.tiers, model.sizes, years, strict=True)
        )
        for years in model.opens
    )
    least = NEGLIGIBLE * max(1e-6, sum(sum(point.tonnes) for point in chain.points))
    sums: dict[tuple[int, int, str, str, str], float] = defaultdict(float)
    for ways in model.ways:
        tier = chain.tiers[ways.tier]
        names: Any = chain.points if ways.tier == 0 else chain.tiers[ways.tier - 1].sites
        tonnes = x[ways.column][:, None] * ways.tonnes
        for row, k in zip(*np.nonzero(tonnes > least), strict=True):
            source, site = names[ways.source[row]].id, tier.sites[ways.site[row]].id
            material = chain.materials[ways.group[k]]
            sums[ways.year, ways.tier, source, site, material] += float(tonnes[row, k])
    flows = [ChainFlow(*key, tonnes) for key, tonnes in sums.items()]
    fixed = sum(
        size.fixed * round(float(x[c]))
        for years in model.opens
        for sizes, columns in zip(model.sizes, years, strict=True)
        for (_, size), c in zip(sizes, columns, strict=True)
    )
    cost = float(model.counts["cost"] @ x)
    transport, fees = transport_of(chain, flows)
    measures = measured(chain, aim, opened[-1][0], cost, float(model.counts["carbon"] @ x))
    value, bound = measures[aim.best], negative(aim.best) * float(found.bound)
    if aim.best in ("within", "worst-town", "driving"):
        bound = max(bound, value) if aim.maximises else min(bound, value)
    parts = {"fixed": float(fixed), "running": cost - fixed - transport - fees, "transport": transport, "fees": fees}
    return ChainAnswer(aim, opened, tuple(flows), value, bound, measures, parts)


def transport_of(chain: Chain, flows: list[ChainFlow]) -> tuple[float, float]:
    """Return the money that these flows cost on the road, and in fees."""
    bulk = dict(zip(chain.materials, chain.bulk or (1.0,) * len(chain.materials), strict=True))
    total = fees = 0.0
    rows: list[dict[str, int]] = [{point.id: i for i, point in enumerate(chain.points)}]
    rows += [{site.id: j for j, site in enumerate(tier.sites)} for tier in chain.tiers]
    for flow in flows:
        tier, column = chain.tiers[flow.tier], rows[flow.tier + 1][flow.site]
        total += flow.tonnes * float(tier.costs[rows[flow.tier][flow.source], column]) * bulk[flow.material]
        if tier.fees is not None:
            fees += flow.tonnes * float(tier.fees[column, chain.materials.index(flow.material)])
    return total, fees


def measured(
    chain: Chain, aim: ChainAim, opened: Mapping[str, str], cost: float, carbon: float
) -> dict[Measure, float]:
    """Return every measure; people go to the nearest of the open sites of the first tier."""
    columns = [j for j, site in enumerate(chain.tiers[0].sites) if site.id in opened]
    people = np.array([point.people for point in chain.points], dtype=float)
    ways = np.where(chain.seconds < 0, np.inf, chain.seconds.astype(float))[:, columns]
    nearest = ways.min(axis=1) if columns else np.full(len(people), np.inf)
    reached = np.isfinite(nearest)
    spent = np.where(reached & (people > 0), people * np.where(reached, nearest, 0.0), 0.0)
    found: dict[Measure, float] = {
        "cost": cost,
        "carbon": carbon,
        "within": float(people[nearest <= aim.within].sum()),
        "driving": float(spent.sum()) if (reached | (people <= 0)).all() else float("inf"),
    }
    if chain.towns:
        found["worst-town"] = float(max(towns_of(chain, people, spent, reached).values(), default=0.0))
    return found


def towns_of(chain: Chain, people: Floats, spent: Floats, reached: Any) -> dict[str, float]:
    """Return the mean seconds of each town in which anybody lives; infinity where somebody has no way."""
    heads: dict[str, float] = {}
    sums: dict[str, float] = {}
    for i, town in enumerate(chain.towns):
        if people[i] > 0:
            heads[town] = heads.get(town, 0.0) + people[i]
            sums[town] = sums.get(town, 0.0) + (spent[i] if reached[i] else float("inf"))
    return {town: sums[town] / heads[town] for town in heads}
