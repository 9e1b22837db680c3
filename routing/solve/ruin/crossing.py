"""Long routes change by their tails: two exchange what comes after some stop, one is cut in two, two become one.

No string that a ruin takes out is as long as half of a route of fifty stops.
"""

from __future__ import annotations

import numpy as np

from routing.solve.ruin import views as v
from routing.solve.ruin.changes import opened
from routing.solve.ruin.compiling import B, D, F, I, N, S, compiled
from routing.solve.ruin.insertion import chance, unused

OVERLOOKED = 0.2
"""How likely a place to cross over is overlooked, so that the same one is not tried again and again."""


@compiled(B(D, S, I, I, I, I))
def holds_after(d, s, r, p, other, q):  # type: ignore[no-untyped-def]
    """Tell whether both routes hold after the exchange what they bring when they leave and have taken when home.

    What both bring and take on the way is left to a walk.
    """
    mine, theirs = v.slot(s)[r], v.slot(s)[other]
    c = v.slots(s)[mine].kind
    m, n = v.slots(s)[mine].length, v.slots(s)[theirs].length
    for way in range(1 if d.plain else 2):  # brought, taken
        for k in range(d.rows):
            head, tail = 0, 0
            for j in range(1, p + 1):
                head += v.goods(d)[v.place(s)[mine, j].node, way, k]
            for j in range(1, q + 1):
                tail += v.goods(d)[v.place(s)[theirs, j].node, way, k]
            own = v.aboard(s)[mine, m if way else 0, 0, k]
            whole = v.aboard(s)[theirs, n if way else 0, 0, k] if n > 0 else 0
            if max(head + whole - tail, tail + own - head) > v.c_room(d)[c, k]:
                return False
    return True


@compiled(B(D, S, I, I, I, I))
def in_turn_after(d, s, r, p, other, q):  # type: ignore[no-untyped-def]
    """Tell whether after the exchange no delivery comes after what is only taken after deliveries."""
    mine, theirs = v.slot(s)[r], v.slot(s)[other]
    if v.place(s)[mine, p].turned and v.place(s)[theirs, q].gets:
        return False
    return not (v.place(s)[theirs, q].turned and v.place(s)[mine, p].gets)


@compiled(N(S, I, I, I, I))
def exchange(s, mine, p, theirs, q):  # type: ignore[no-untyped-def]
    """Let what comes after position p of one slot and after position q of the other change places."""
    m, n = v.slots(s)[mine].length, v.slots(s)[theirs].length
    both = min(m - p, n - q)
    for j in range(1, both + 1):
        x = v.place(s)[mine, p + j].node
        v.place(s)[mine, p + j].node = v.place(s)[theirs, q + j].node
        v.place(s)[theirs, q + j].node = x
    for j in range(both + 1, m - p + 1):
        v.place(s)[theirs, q + j].node = v.place(s)[mine, p + j].node
    for j in range(both + 1, n - q + 1):
        v.place(s)[mine, p + j].node = v.place(s)[theirs, q + j].node
    v.slots(s)[mine].length = p + n - q
    v.slots(s)[theirs].length = q + m - p


@compiled(N(D, S, I, I, F))
def cross(d, s, x, reach, most):  # type: ignore[no-untyped-def]
    """Let the route of stop ``x`` go on after it as another one does, if that adds less than ``most`` fen of metres."""
    r = v.stop(s)[x].route
    p = v.stop(s)[x].at
    c = v.stop(s)[x].kind
    base = v.c(d)[c].profile
    metre = v.c(d)[c].metre
    start, end = v.c(d)[c].start, v.c(d)[c].end
    m = v.slots(s)[v.slot(s)[r]].length
    then = v.stop(s)[x].next
    best = most
    other, at = -1, 0
    if p < m:
        free = unused(d, s, c)
        cost = v.c(d)[c].fixed + metre * (v.way(d)[base, x, end] + v.way(d)[base, start, then] - v.stop(s)[x].gap_next)
        if free >= 0 and cost < best and not chance(s, OVERLOOKED):
            best, other, at = cost, free, 0
    for j in range(1, min(reach, d.width)):
        y = np.int64(v.beside(d)[x, j])
        there = v.stop(s)[y].route
        if there < 0 or there == r or v.stop(s)[y].kind != c:
            continue
        cost = metre * (v.way(d)[base, x, y] - v.stop(s)[x].gap_next - v.stop(s)[y].gap_last)
        if cost >= best:
            continue
        q = v.stop(s)[y].at - 1
        before = v.stop(s)[y].last
        if q == 0 and p == m:
            cost -= v.c(d)[c].fixed
        else:
            cost += metre * v.way(d)[base, before, then]
        if cost >= best:
            continue
        if d.quick:
            if v.stop(s)[x].ready + v.time(d)[base, x, y] > v.stop(s)[y].due:
                continue
            if v.stop(s)[y].last_ready + v.time(d)[base, before, then] > v.stop(s)[x].next_due:
                continue
        n = v.slots(s)[v.slot(s)[there]].length
        if max(p + n - q, q + m - p) + 2 > s.positions or chance(s, OVERLOOKED):
            continue
        if d.turned and not in_turn_after(d, s, r, p, there, q):
            continue
        if not holds_after(d, s, r, p, there, q):
            continue
        best, other, at = cost, there, q
    if other < 0:
        return
    opened(d, s, r)
    opened(d, s, other)
    exchange(s, v.slot(s)[r], p, v.slot(s)[other], at)
