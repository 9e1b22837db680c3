"""Small chance networks of two tiers, and their best answers by trying every choice of sites and sizes."""

from itertools import product

import numpy as np
from hypothesis import strategies as st
from scipy.optimize import linprog

from routing.siting.chain.problem import Chain, Tier, Year
from routing.siting.problem import Candidate, DemandPoint, Size


@st.composite
def chains(draw, years=1, towns=True):
    """Return up to four points, up to three stations, up to two centres, and one market for each way on."""
    whole = st.integers
    materials = ("paper", "glass")
    number, stations, centres = draw(whole(1, 4)), draw(whole(1, 3)), draw(whole(1, 2))
    together = draw(st.booleans())
    points = tuple(
        DemandPoint(f"P{i}", draw(whole(0, 9)), tuple(float(draw(whole(0, 8))) for _ in materials))
        for i in range(number)
    )

    def site(name, numbers, most):
        sizes = tuple(
            Size(
                f"S{n}",
                float(draw(whole(0, 60))),
                float(draw(whole(0, 3))),
                () if draw(whole(0, 3)) == 0 else tuple(float(draw(whole(0, 30))) for _ in range(numbers)),
                float(draw(whole(0, 10))),
            )
            for n in range(draw(whole(1, most)))
        )
        return Candidate(name, sizes, draw(st.sampled_from(["new", "new", "closable", "kept"])))

    def ways(rows, columns):
        found = np.array([[draw(whole(-1, 20)) for _ in range(columns)] for _ in range(rows)], dtype=float)
        return np.where(found < 0, -1.0, 1.5 * found).reshape(rows, columns)

    seconds = np.array([[draw(whole(-1, 20)) for _ in range(stations)] for _ in range(number)], dtype=np.int32)
    seconds = seconds.reshape(number, stations)
    first = Tier(
        "stations",
        tuple(site(f"A{j}", 1 if together else 2, 2) for j in range(stations)),
        np.where(seconds < 0, -1.0, 2.0 * seconds),
        np.maximum(seconds, 0) * 0.25,
        most=draw(st.one_of(st.none(), whole(1, stations))),
        together=together,
    )
    second = Tier(
        "centres",
        tuple(site(f"B{j}", 2, 2) for j in range(centres)),
        ways(stations, centres),
        np.array([[float(draw(whole(0, 9))) for _ in range(centres)] for _ in range(stations)]),
        np.array([[float(draw(whole(-5, 5))) for _ in materials] for _ in range(centres)]),
    )
    market = Tier("markets", (Candidate("M", (Size(),), "kept"),), ways(centres, 1), np.ones((centres, 1)))
    return Chain(
        points,
        (first, second, market),
        seconds,
        materials,
        tuple(draw(st.sampled_from(["east", "west"])) for _ in points) if towns else (),
        (1.0, 0.5),
        tuple(Year(str(y), 1.0 + 0.5 * y, draw(st.one_of(st.none(), whole(0, 25)))) for y in range(years)),
        draw(st.booleans()),
    )


def choices(tier):
    """Return every choice of what is open, as sizes by site number."""
    options = [[*(() if site.status == "kept" else (None,)), *range(len(site.sizes))] for site in tier.sites]
    for chosen in product(*options):
        opened = {j: n for j, n in enumerate(chosen) if n is not None}
        if tier.most is None or len(opened) <= tier.most:
            yield opened


def spent(chain, opened):
    """Return the investment of what is open."""
    return sum(
        tier.sites[j].sizes[n].investment for tier, one in zip(chain.tiers, opened, strict=True) for j, n in one.items()
    )


def follows(chain, before, now):
    """Tell whether a year may follow another."""
    for tier, was, here in zip(chain.tiers, before, now, strict=True):
        for j, site in enumerate(tier.sites):
            old, new, standing = was.get(j), here.get(j), 0 if site.status != "new" else None
            if (old is not None and old not in (standing, new)) or (new is not None and new == standing and old != new):
                return False
    return True


def affordable(chain, plan):
    """Tell whether no year spends more than it may."""
    sums = [spent(chain, opened) for opened in plan]
    allowed = 0.0
    for y, year in enumerate(chain.years):
        budget = float("inf") if year.budget is None else year.budget
        allowed += budget
        before = 0.0 if y == 0 else sums[y - 1]
        if (sums[y] > allowed) if chain.carried else (sums[y] - before > budget):
            return False
    return True


def plans(chain):
    """Return every plan: a choice for each tier, year after year."""
    every = list(product(*(list(choices(tier)) for tier in chain.tiers)))

    def go_on(plan):
        if len(plan) == len(chain.years):
            if affordable(chain, plan):
                yield plan
            return
        for now in every:
            if not plan or follows(chain, plan[-1], now):
                yield from go_on([*plan, now])

    yield from go_on([])


def measured(chain, opened, within):
    """Return what is open for people: within reach, worst town, driving."""
    near = []
    for i, point in enumerate(chain.points):
        ways = [int(chain.seconds[i, j]) for j in opened[0] if chain.seconds[i, j] >= 0]
        near.append((point.people, min(ways, default=float("inf")), chain.towns[i] if chain.towns else ""))
    near = [one for one in near if one[0] > 0]
    towns = {}
    for people, way, town in near:
        heads, driven = towns.get(town, (0, 0))
        towns[town] = (heads + people, driven + people * way)
    return {
        "within": sum(people for people, way, _ in near if way <= within),
        "worst-town": max((driven / heads for heads, driven in towns.values()), default=0.0),
        "driving": sum(people * way for people, way, _ in near),
    }


def flows(chain, opened, demand, what, limits=None):
    """Return the least cost or carbon of a year's flows, fixed costs among it; None where it cannot be.

    ``limits`` bound the other of both.
    """
    names, cost, carbon = [], [], []
    sizes = [{j: tier.sites[j].sizes[n] for j, n in one.items()} for tier, one in zip(chain.tiers, opened, strict=True)]
    materials = range(len(chain.materials))
    sources = range(len(chain.points))
    for n, tier in enumerate(chain.tiers):
        for a, b, m in product(sources, sizes[n], materials):
            if tier.costs[a, b] < 0 or (n == 0 and chain.points[a].tonnes[m] == 0):
                continue
            names.append((n, a, b, m))
            fee = 0.0 if tier.fees is None else tier.fees[b, m]
            cost.append(tier.costs[a, b] * chain.bulk[m] + fee + sizes[n][b].running)
            carbon.append(tier.carbon[a, b] * chain.bulk[m])
        sources = sizes[n]
    fixed = sum(size.fixed for one in sizes for size in one.values())
    equal, right, over, room = [], [], [], []
    for i, point in enumerate(chain.points):
        for m in materials:
            if point.tonnes[m] > 0:
                equal.append([float((n, a, k) == (0, i, m)) for n, a, _, k in names])
                right.append(point.tonnes[m] * demand)
    for tier in range(len(chain.tiers) - 1):
        for j, m in product(sizes[tier], materials):
            equal.append(
                [float((n, b, k) == (tier, j, m)) - float((n, a, k) == (tier + 1, j, m)) for n, a, b, k in names]
            )
            right.append(0.0)
    if chain.tiers[0].together:
        for (i, point), j in product(enumerate(chain.points), sizes[0]):
            some = [m for m in materials if point.tonnes[m] > 0]
            for m in some[1:]:
                equal.append(
                    [
                        float((n, a, b, k) == (0, i, j, some[0])) / point.tonnes[some[0]]
                        - float((n, a, b, k) == (0, i, j, m)) / point.tonnes[m]
                        for n, a, b, k in names
                    ]
                )
                right.append(0.0)
    for t, tier in enumerate(chain.tiers):
        for j, size in sizes[t].items():
            for k, most in enumerate(size.capacity):
                over.append([float((n, b) == (t, j) and (tier.together or m == k)) for n, _, b, m in names])
                room.append(most)
    limits = limits or {}
    other = {"cost": (cost, fixed), "carbon": (carbon, 0.0)}
    for measure, limit in limits.items():
        over.append(other[measure][0])
        room.append(limit - other[measure][1])
    counted, base = other[what]
    if not names:
        return base if not any(right) and all(bound >= 0 for bound in room) else None
    solved = linprog(counted, A_ub=over or None, b_ub=room or None, A_eq=equal or None, b_eq=right or None)
    return solved.fun + base if solved.status == 0 else None


def best(chain, aim, able=lambda _: True):
    """Return the best value of all plans that are able, None where there is none."""
    found = []
    for plan in filter(able, plans(chain)):
        felt = measured(chain, plan[-1], aim.within)
        bound = {k: v for k, v in aim.limits.items() if k in ("cost", "carbon")}
        if any(felt[k] < v if k == "within" else felt[k] > v + 1e-9 for k, v in aim.limits.items() if k in felt):
            continue
        if {aim.best, *aim.limits} & {"worst-town", "driving"} and felt["driving"] == float("inf"):
            continue
        what = aim.best if aim.best in ("cost", "carbon") else "cost"
        values = [flows(chain, now, year.demand, what, bound) for now, year in zip(plan, chain.years, strict=True)]
        if None not in values:
            found.append(sum(values) if aim.best in ("cost", "carbon") else felt[aim.best])
    return (max if aim.maximises else min)(found, default=None)
