"""A stop put between two others on a `Day.nimble` day, in time that depends on what it changes and not on the route.

Sooner services keep their soonest times and later ones their latest; where a wait or a window swallows the change, the
rest of the route stands as it is.
"""

from __future__ import annotations

from routing.solve.ruin import views as v
from routing.solve.ruin.changes import register_between
from routing.solve.ruin.compiling import B, D, I, S, compiled
from routing.solve.ruin.walk import loads


@compiled(I(D, S, I, I))
def sooner_to_later(d, s, slot, p):  # type: ignore[no-untyped-def]
    """Mend ``early`` from position p on; the last position that changed, -1 when a window is missed."""
    c = v.slots(s)[slot].kind
    m = v.slots(s)[slot].length
    base = v.c(d)[c].profile
    a = v.place(s)[slot, p - 1].node
    t = v.early(s)[slot, p - 1, 0] + (v.service(d)[a] if p > 1 else 0)
    for q in range(p, m + 2):
        x = v.place(s)[slot, q].node
        t += v.time(d)[base, a, x]
        if q <= m:
            t = max(t, v.span(d)[x, 0, 0])
            if t > v.span(d)[x, 0, 1]:
                return -1
        elif t > v.c(d)[c].until:
            return -1
        if q > p and t == v.early(s)[slot, q, 0]:
            return q - 1
        v.early(s)[slot, q, 0] = t
        if q <= m:
            t += v.service(d)[x]
        a = x
    return m + 1


@compiled(I(D, S, I, I))
def later_to_sooner(d, s, slot, p):  # type: ignore[no-untyped-def]
    """Mend ``late`` from position p back to the start; the first position that changed."""
    c = v.slots(s)[slot].kind
    base = v.c(d)[c].profile
    x = v.place(s)[slot, p + 1].node
    t = v.late(s)[slot, p + 1, 0]
    for q in range(p, -1, -1):
        a = v.place(s)[slot, q].node
        t -= v.time(d)[base, a, x]
        t = min(t - v.service(d)[a], v.span(d)[a, 0, 1]) if q > 0 else min(t, v.c(d)[c].overtime)
        if q < p and t == v.late(s)[slot, q, 0]:
            return q + 1
        v.late(s)[slot, q, 0] = t
        x = a
    return 0


@compiled(B(D, S, I, I, I))
def slip_in(d, s, r, p, x):  # type: ignore[no-untyped-def]
    """Put stop ``x`` after position p of route ``r``, which has a slot of its own; tell if the route keeps all."""
    slot = v.slot(s)[r]
    c = v.slots(s)[slot].kind
    m = v.slots(s)[slot].length
    base = v.c(d)[c].profile
    if m + 3 > s.positions:
        return False
    a, b = v.place(s)[slot, p].node, v.place(s)[slot, p + 1].node
    for q in range(m + 1, p, -1):
        v.place(s)[slot, q + 1].node = v.place(s)[slot, q].node
        v.place(s)[slot, q + 1].gap = v.place(s)[slot, q].gap
    if d.clocked:
        for q in range(m + 1, p, -1):
            v.early(s)[slot, q + 1, 0] = v.early(s)[slot, q, 0]
            v.late(s)[slot, q + 1, 0] = v.late(s)[slot, q, 0]
    there, onward = v.back(d)[base, x, a], v.way(d)[base, x, b]
    more = there + onward - v.place(s)[slot, p].gap
    v.place(s)[slot, p].gap = there
    v.place(s)[slot, p + 1].node = x
    v.place(s)[slot, p + 1].gap = onward
    v.slots(s)[slot].length = m + 1
    v.slots(s)[slot].far += more
    v.slots(s)[slot].cost += v.c(d)[c].metre * more + (v.c_dear(d)[c, x] if d.announced else 0.0)
    if d.plain:
        for k in range(d.rows):
            v.aboard(s)[slot, 0, 0, k] += v.goods(d)[x, 0, k]
            if v.aboard(s)[slot, 0, 0, k] > v.c_room(d)[c, k]:
                return False
    elif not loads(d, s, slot, c, m + 1, True):
        return False
    low, high = p + 1, p + 1
    if d.clocked:
        high = sooner_to_later(d, s, slot, p + 1)
        if high < 0:
            return False
        low = later_to_sooner(d, s, slot, p + 1)
        v.slots(s)[slot].home = v.early(s)[slot, m + 2, 0]
        v.slots(s)[slot].leaves = v.late(s)[slot, 0, 0]
    register_between(d, s, r, max(1, low - 1), min(m + 1, high + 1))
    for q in range(high + 2, m + 2):
        v.stop(s)[v.place(s)[slot, q].node].at = q
    return True
