"""Every plan of a small day, looked at one by one."""

from __future__ import annotations

from itertools import combinations, permutations, product

from routing.check import check
from routing.problem import Stop
from routing.schedule import plan_of
from routing.timing import build_route, excess


def chains(problem, most):
    """All orders of up to so many different sites."""
    return [c for size in range(most + 1) for c in permutations(problem.unload_sites, size)]


def keys(services):
    return [("stop" if isinstance(s, Stop) else "unload", s.id) for s in services]


def routes(problem, vehicle, most=1):
    """For each set of stops all orders that the vehicle can drive, with up to so many sites between two stops."""
    between = chains(problem, most)
    able = [s for s in problem.stops if s.takes(vehicle)]
    found = {}
    for size in range(1, len(able) + 1):
        for some in combinations(able, size):
            kept = []
            for order in permutations(some):
                for via in product(between, repeat=size + 1):
                    services = [*via[0]]
                    for stop, after in zip(order, via[1:], strict=True):
                        services += [stop, *after]
                    if not excess(problem, vehicle, services):
                        kept.append((build_route(problem, vehicle, services).cost, keys(services)))
            if kept:
                found[frozenset(s.id for s in some)] = sorted(kept)
    return found


def shared(problem):
    """Whether routes have to do with each other besides what they serve."""
    return bool(problem.balance_price) or any(u.capacity is not None for u in problem.unload_sites)


def best_plan(problem, most=1):
    """The cheapest plan that the judge accepts, or None when there is none."""
    options = []
    for vehicle in problem.vehicles:
        mine = [(frozenset(), [])]
        for served, orders in routes(problem, vehicle, most).items():
            mine += [(served, order) for _, order in (orders if shared(problem) else orders[:1])]
        options.append([(vehicle.id, served, order) for served, order in mine])
    best = None
    for chosen in product(*options):
        served = [s for _, some, _ in chosen for s in some]
        if len(served) != len(set(served)):
            continue
        plan = plan_of(problem, [(name, order) for name, _, order in chosen if order])
        if (best is None or plan.cost < best.cost) and not check(problem, plan):
            best = plan
    return best
