"""Stops put into a plan one after the other."""

from __future__ import annotations

import time

from routing.insertion.offers import Published
from routing.plan import Plan
from routing.pricing import prizes_lost


def filled_up(published: Published, until: float | None = None) -> Plan:
    """Return the plan with every stop put in that must be served or is worth it, the dearest prize first.

    Stops of pairs stay out. It is given up as soon as it will last beyond the second ``until`` of the process's clock.
    """
    began, problem = time.monotonic(), published.problem
    stops = {s.id: s for s in problem.stops}
    paired = {name for p in problem.pairs for name in (p.collect, p.drop)}
    waiting = [stops[u.stop] for u in published.plan.unserved if u.stop not in paired]
    for k, stop in enumerate(sorted(waiting, key=lambda s: (not s.required, -s.prize))):
        now = time.monotonic()
        if until is not None and k and now + (now - began) / k * (len(waiting) - k) > until:
            break
        if stop.id not in {u.stop for u in published.plan.unserved}:
            continue  # another of its group is served by now
        best = next(iter(published.offers(stop, 1)), None)
        if best is not None and (stop.required or best.cost <= prizes_lost(problem, [stop.id])):
            published = published.accepted(best)
    return published.plan
