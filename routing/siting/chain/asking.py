"""What cannot be asked of a chain, or has no answer whatever is chosen, told in the planner's words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.errors import N_, InputError, Money, Names, Together
from routing.siting.chain.parts import groups_of, room_of
from routing.siting.chain.problem import Chain, ChainAim


def require_sound(chain: Chain, aim: ChainAim) -> None:
    """Raise InputError for an aim that no choice can reach: shapes, counts, ways, room by material, budget."""
    _require_shapes(chain)
    if aim.needs("worst-town") and len(chain.towns) != len(chain.points):
        raise InputError("no-towns", N_("Fairness by town needs the town of every point. Name the towns."))
    for tier in chain.tiers:
        kept = sum(site.status == "kept" for site in tier.sites)
        if tier.most is not None and kept > tier.most:
            raise InputError(
                "too-many-kept",
                N_(
                    "%(kept)s sites of %(tier)s stay, %(over)s more than the %(most)s asked for. Ask for %(kept)s, or"
                    " let some be closed."
                ),
                kept=kept,
                over=kept - tier.most,
                most=tier.most,
                tier=tier.name,
            )
    _require_ways(chain)
    _require_room(chain)
    _require_money(chain)
    if aim.needs("driving") or aim.needs("worst-town"):
        some_way = np.any(chain.seconds >= 0, axis=1)
        lost = [p.id for p, good in zip(chain.points, some_way.tolist(), strict=True) if p.people > 0 and not good]
        if lost:
            raise _no_way(lost, chain.tiers[0].name, "")


def _require_shapes(chain: Chain) -> None:
    if not chain.tiers or not all(tier.sites for tier in chain.tiers):
        raise InputError("no-candidates", N_("A tier has no candidate for a site. Give one at least."))
    rows = len(chain.points)
    for n, tier in enumerate(chain.tiers):
        shape = (rows, len(tier.sites))
        tables: list[tuple[str, Any]] = [("costs", tier.costs), ("carbon", tier.carbon)]
        if n == 0:
            tables.append(("seconds", chain.seconds))
        elif tier.together:
            raise InputError(
                "bad-tier", N_("Only the first tier can take all materials together, not %(tier)s."), tier=tier.name
            )
        for name, table in tables:
            if table is not None and table.shape != shape:
                raise InputError(
                    "bad-table",
                    N_(
                        "%(name)s of %(tier)s has %(have)s rows and columns, where %(rows)s sources and"
                        " %(sites)s sites are."
                    ),
                    name=name,
                    tier=tier.name,
                    have=table.shape,
                    rows=shape[0],
                    sites=shape[1],
                )
        rows = len(tier.sites)


def _require_ways(chain: Chain) -> None:
    """From every point each of its materials must have a way through all tiers."""
    onward: list[dict[int, NDArray[np.bool_]]] = []
    after: dict[int, NDArray[np.bool_]] = {}
    for n in reversed(range(len(chain.tiers))):
        tier, here = chain.tiers[n], {}
        for group in groups_of(chain, tier):
            for m in group:
                takes = np.array([any(room_of(tier, size, group) > 0 for size in s.sizes) for s in tier.sites])
                if n + 1 < len(chain.tiers):
                    takes &= ((chain.tiers[n + 1].costs >= 0) & after[m][None]).any(axis=1)
                here[m] = takes
        onward.insert(0, here)
        after = here
    first = chain.tiers[0]
    for m, takes in onward[0].items():
        good = np.any((first.costs >= 0) & takes[None], axis=1)
        lost = [p.id for p, fine in zip(chain.points, good.tolist(), strict=True) if p.tonnes[m] > 0 and not fine]
        if lost:
            broken = next((t for t in reversed(range(len(onward))) if not onward[t][m].any()), 0)
            raise _no_way(lost, chain.tiers[broken].name, chain.materials[m])


def _no_way(lost: list[str], tier: str, material: str) -> InputError:
    if material:
        return InputError(
            "no-way",
            N_(
                "No road leads from %(count)s places to any site of %(tier)s that takes %(material)s and passes it on:"
                " %(places)s. Move their positions, or give a candidate that they reach."
            ),
            count=len(lost),
            tier=tier,
            material=material,
            places=Names(lost),
        )
    return InputError(
        "no-way",
        N_(
            "No road leads from %(count)s places to any site of %(tier)s: %(places)s. Move their positions, or give a"
            " candidate that they reach."
        ),
        count=len(lost),
        tier=tier,
        places=Names(lost),
    )


def _require_room(chain: Chain) -> None:
    """The largest sizes of as many sites as there may be must take what comes of each material in the fullest year."""
    busiest = max(chain.years, key=lambda year: year.demand)
    for tier in chain.tiers:
        for group in groups_of(chain, tier):
            tonnes = busiest.demand * sum(point.tonnes[m] for point in chain.points for m in group)
            rooms = sorted(
                ((s.status == "kept", max(room_of(tier, size, group) for size in s.sizes)) for s in tier.sites),
                reverse=True,
            )
            most = len(rooms) if tier.most is None else tier.most
            room = sum(r for _, r in rooms[:most])
            if math.isfinite(room) and room < tonnes * (1 - 1e-9):
                values: dict[str, object] = {
                    "sites": most,
                    "tier": tier.name,
                    "room": f"{room:,.0f}",
                    "material": Together(chain.materials[m] for m in group),
                    "missing": f"{tonnes - room:,.1f}",
                    "tonnes": f"{tonnes:,.0f}",
                }
                if busiest.name:
                    raise InputError(
                        "too-little-room",
                        N_(
                            "%(sites)s sites of %(tier)s take at most %(room)s t of %(material)s in %(year)s,"
                            " %(missing)s t less than the %(tonnes)s t that come. Allow more sites or larger ones."
                        ),
                        year=busiest.name,
                        **values,
                    )
                raise InputError(
                    "too-little-room",
                    N_(
                        "%(sites)s sites of %(tier)s take at most %(room)s t of %(material)s a year, %(missing)s t less"
                        " than the %(tonnes)s t that come. Allow more sites or larger ones."
                    ),
                    **values,
                )


def _require_money(chain: Chain) -> None:
    """The sites that stay must be within the first year's budget."""
    budget = chain.years[0].budget
    kept = [min(z.investment for z in s.sizes) for tier in chain.tiers for s in tier.sites if s.status == "kept"]
    if budget is not None and sum(kept) > budget * (1 + 1e-9):
        raise InputError(
            "budget-too-small",
            N_("The sites that stay take %(sum)s, %(missing)s more than the budget of %(budget)s. Raise it."),
            sum=Money(sum(kept)),
            missing=Money(sum(kept) - budget),
            budget=Money(budget),
        )
