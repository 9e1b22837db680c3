"""The judge of answers for chains: shares no code with the models, recomputes every rule and every measure."""

from __future__ import annotations

from collections import defaultdict

from routing.siting.chain.answer import ChainAnswer, ChainFlow
from routing.siting.chain.problem import Chain, Measure
from routing.siting.check import SLACK, SitingFault
from routing.siting.problem import Size

Sizes = list[list[dict[str, Size]]]


def check_chain(chain: Chain, answer: ChainAnswer) -> list[SitingFault]:
    """Return every rule that an answer breaks, and measures, value or bound when they cannot be what they say."""
    found: list[SitingFault] = []
    sizes = _sizes(chain, answer, found)
    if found:
        return found
    _over_years(chain, answer, sizes, found)
    rows = [{point.id: i for i, point in enumerate(chain.points)}]
    rows += [{site.id: j for j, site in enumerate(tier.sites)} for tier in chain.tiers]
    for flow in answer.flows:
        if flow.source not in rows[flow.tier] or flow.site not in sizes[flow.year][flow.tier]:
            found.append(SitingFault("goes to what is not open", flow.site, flow.source, flow.material))
        elif flow.tonnes < 0:
            found.append(SitingFault("negative flow", flow.site, flow.source, flow.material, -flow.tonnes))
        elif chain.tiers[flow.tier].costs[rows[flow.tier][flow.source], rows[flow.tier + 1][flow.site]] < 0:
            found.append(SitingFault("no way", flow.site, flow.source, flow.material))
    if found:
        return found
    _balances(chain, answer, found)
    _worth(chain, answer, sizes, rows, found)
    return found


def _sizes(chain: Chain, answer: ChainAnswer, found: list[SitingFault]) -> Sizes:
    sizes: Sizes = []
    for opened in answer.opened:
        sizes.append([])
        for tier, names in zip(chain.tiers, opened, strict=True):
            known = {site.id: site for site in tier.sites}
            here: dict[str, Size] = {}
            for site, name in names.items():
                size = next((s for s in known[site].sizes if s.name == name), None) if site in known else None
                if size is None:
                    found.append(SitingFault("no such site or size", site))
                else:
                    here[site] = size
            for one in tier.sites:
                if one.status == "kept" and one.id not in names:
                    found.append(SitingFault("closed, though it is kept", one.id))
            if tier.most is not None and len(names) > tier.most:
                found.append(SitingFault("more sites than asked for", tier.name, amount=len(names) - tier.most))
            sizes[-1].append(here)
    return sizes


def _over_years(chain: Chain, answer: ChainAnswer, sizes: Sizes, found: list[SitingFault]) -> None:
    """What was built stays, what was closed stays closed, and no year spends more than it may."""
    spent_before, allowed = 0.0, 0.0
    for y, year in enumerate(chain.years):
        for n, tier in enumerate(chain.tiers):
            for site in tier.sites if y else ():
                before, now = answer.opened[y - 1][n].get(site.id), answer.opened[y][n].get(site.id)
                standing = site.sizes[0].name if site.status != "new" else None
                if before is not None and before not in (standing, now):
                    found.append(SitingFault("built and then closed or changed", site.id))
                if now is not None and now == standing and before != now:
                    found.append(SitingFault("closed and then opened", site.id))
        spent = sum(size.investment for tier_sizes in sizes[y] for size in tier_sizes.values())
        allowed = float("inf") if year.budget is None else allowed + year.budget
        limit = allowed if chain.carried else (float("inf") if year.budget is None else year.budget)
        used = spent if chain.carried else spent - spent_before
        if used > limit * (1 + SLACK) + SLACK:
            found.append(SitingFault("beyond the budget", year.name, amount=used - limit))
        spent_before = spent


def _balances(chain: Chain, answer: ChainAnswer, found: list[SitingFault]) -> None:
    """All that comes is brought, all that is brought goes on, and no site takes more than it can."""
    into: dict[tuple[int, int, str, str], float] = defaultdict(float)
    out: dict[tuple[int, int, str, str], float] = defaultdict(float)
    for flow in answer.flows:
        into[flow.year, flow.tier, flow.site, flow.material] += flow.tonnes
        out[flow.year, flow.tier, flow.source, flow.material] += flow.tonnes
    whole = max(1.0, sum(sum(point.tonnes) for point in chain.points))
    for y, year in enumerate(chain.years):
        for point in chain.points:
            for material, tonnes in zip(chain.materials, point.tonnes, strict=True):
                missing = tonnes * year.demand - out[y, 0, point.id, material]
                if abs(missing) > SLACK * max(1e-3 * whole, tonnes):
                    found.append(SitingFault("not all of it goes somewhere", "", point.id, material, missing))
        for n, tier in enumerate(chain.tiers):
            for site in tier.sites:
                taken = [into[y, n, site.id, material] for material in chain.materials]
                if n + 1 < len(chain.tiers):
                    for material, tonnes in zip(chain.materials, taken, strict=True):
                        left = tonnes - out[y, n + 1, site.id, material]
                        if abs(left) > SLACK * whole:
                            found.append(SitingFault("not all of it goes on", site.id, "", material, left))
                name = answer.opened[y][n].get(site.id)
                size = next((s for s in site.sizes if s.name == name), None)
                if size is None or not size.capacity:
                    continue
                loads = [sum(taken)] if tier.together else taken
                for k, (load, room) in enumerate(zip(loads, size.capacity, strict=True)):
                    if load > room + SLACK * whole:
                        material = "" if tier.together else chain.materials[k]
                        found.append(SitingFault("more than its capacity", site.id, "", material, load - room))
        if chain.tiers[0].together:
            _apart(chain, answer, y, whole, found)


def _apart(chain: Chain, answer: ChainAnswer, year: int, whole: float, found: list[SitingFault]) -> None:
    """What travels together must go to one site in the same share of each material."""
    tonnes = {(p.id, m): t for p in chain.points for m, t in zip(chain.materials, p.tonnes, strict=True)}
    shares: dict[tuple[str, str], list[float]] = defaultdict(list)
    for flow in answer.flows:
        if (flow.year, flow.tier) == (year, 0):
            brings = tonnes[flow.source, flow.material] * chain.years[year].demand
            if brings > 1e-3 * whole:
                shares[flow.source, flow.site].append(flow.tonnes / brings)
    for (point, site), every in shares.items():
        if max(every) - min(every) > 1e-3:
            found.append(SitingFault("travels apart", site, point, amount=max(every) - min(every)))


def _worth(
    chain: Chain, answer: ChainAnswer, sizes: Sizes, rows: list[dict[str, int]], found: list[SitingFault]
) -> None:
    """Recount every measure, and hold value, bound and limits against it."""
    aim, counted = answer.aim, _counted(chain, answer, sizes, rows)
    for measure, value in counted.items():
        told = answer.measures.get(measure)
        if told is None or not (told == value or abs(told - value) <= SLACK * max(1.0, abs(value))):
            found.append(SitingFault(f"{measure} is not what it says", amount=value))
    for measure, limit in aim.limits.items():
        over = limit - counted[measure] if measure == "within" else counted[measure] - limit
        if over > SLACK * max(1.0, abs(limit)):
            found.append(SitingFault(f"{measure} breaks its limit", amount=over))
    tolerance = SLACK * max(1.0, abs(counted[aim.best]))
    if not abs(counted[aim.best] - answer.value) <= tolerance:
        found.append(SitingFault("value is not what it says", amount=answer.value))
    beyond = answer.value - answer.bound if aim.maximises else answer.bound - answer.value
    if not beyond <= tolerance:
        found.append(SitingFault("better than its own bound", amount=beyond))


def _counted(chain: Chain, answer: ChainAnswer, sizes: Sizes, rows: list[dict[str, int]]) -> dict[Measure, float]:
    cost = sum(size.fixed for year in sizes for tier in year for size in tier.values())
    carbon = 0.0
    for flow in answer.flows:
        tier, column = chain.tiers[flow.tier], rows[flow.tier + 1][flow.site]
        row, material = rows[flow.tier][flow.source], chain.materials.index(flow.material)
        bulk = chain.bulk[material] if chain.bulk else 1.0
        cost += flow.tonnes * _fee(chain, flow, sizes, column, material)
        cost += flow.tonnes * float(tier.costs[row, column]) * bulk
        carbon += flow.tonnes * bulk * (0.0 if tier.carbon is None else float(tier.carbon[row, column]))
    open_sites = [rows[1][site] for site in sizes[-1][0]]
    within, driving = 0.0, 0.0
    towns: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for i, point in enumerate(chain.points):
        ways = [int(chain.seconds[i, j]) for j in open_sites if chain.seconds[i, j] >= 0]
        nearest = min(ways, default=float("inf"))
        if point.people <= 0:
            continue
        within += point.people if nearest <= answer.aim.within else 0.0
        driving += point.people * nearest
        if chain.towns:
            towns[chain.towns[i]][0] += point.people
            towns[chain.towns[i]][1] += point.people * nearest
    counted: dict[Measure, float] = {"cost": float(cost), "carbon": carbon, "within": within, "driving": driving}
    if chain.towns:
        counted["worst-town"] = max((spent / heads for heads, spent in towns.values()), default=0.0)
    return counted


def _fee(chain: Chain, flow: ChainFlow, sizes: Sizes, column: int, material: int) -> float:
    """Return the money of a tonne that a site takes in."""
    fees = chain.tiers[flow.tier].fees
    fee = 0.0 if fees is None else float(fees[column, material])
    return fee + sizes[flow.year][flow.tier][flow.site].running
