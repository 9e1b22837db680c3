"""A route of its own for stops that only together are worth one: each next one where most of its prize is left."""

from __future__ import annotations

from routing.solve.ruin import views as v
from routing.solve.ruin.changes import take_in, worth
from routing.solve.ruin.compiling import D, I, S, compiled
from routing.solve.ruin.insertion import INFINITE, PLAIN, detour, offer, on_its_own, place, try_noted
from routing.solve.ruin.placing import may_go, put

IN = 4
"""What ``came`` of an item grows by when it has been put in."""


@compiled(I(D, S, I, I))
def grow(d, s, first, waits):  # type: ignore[no-untyped-def]
    """Take an unused route for item ``first`` of those that wait, and fill it from them.

    1 when done, 0 when there is no such route, -1 when that went wrong. Whether it pays as a whole is not asked here.
    """
    waiting, came = v.waiting(s), v.came(s)
    i = waiting[first]
    if v.i(d)[i].pair:
        return 0
    x = v.i_stop(d)[v.i(d)[i].first]
    if not may_go(d, s, x, -1):
        return 0
    offer(s, INFINITE, -1, 0, PLAIN, 0)
    s.trials = 0
    on_its_own(d, s, x)
    try_noted(d, s, x)
    r = s.best_route
    if r < 0:
        return 0
    if not put(d, s, r, s.best_at, x, s.best_how, s.best_site, s.best_kind):
        return -1
    take_in(d, s, i)
    came[i] += IN
    while True:
        slot = v.slot(s)[r]
        c = v.slots(s)[slot].kind
        m = v.slots(s)[slot].length
        most = 0.0
        what, at, how, site, which = -1, 0, 0, 0, -1
        for k in range(waits):
            i = waiting[k]
            if came[i] >= IN or v.i(d)[i].pair:
                continue
            for q in range(v.i(d)[i].first, v.i(d)[i].end):
                x = v.i_stop(d)[q]
                if not v.c_able(d)[c, x] or not may_go(d, s, x, r):
                    continue
                prize = worth(d, s, i)
                offer(s, prize - most, -1, 0, PLAIN, 0)
                s.trials = 0
                for p in range(m + 1):
                    cost = detour(d, s, slot, c, p, x)
                    if cost < s.best:
                        place(d, s, r, p, x, cost)
                try_noted(d, s, x)
                if s.best_route >= 0 and s.best_kind < 0:
                    most = prize - s.best
                    what, at, how, site, which = x, s.best_at, s.best_how, s.best_site, i
        if what < 0:
            return 1
        if not put(d, s, r, at, what, how, site, -1):
            return -1
        take_in(d, s, which)
        came[which] += IN
