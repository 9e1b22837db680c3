"""The books of a change: which routes it writes anew, who is served by whom, what is left out."""

from __future__ import annotations

from routing.solve.ruin import views as v
from routing.solve.ruin.compiling import D, F, I, N, S, compiled, inlined
from routing.solve.ruin.day import DEAR, LIMIT, NEVER
from routing.solve.ruin.walk import walk


@compiled(N(D, S, I, I))
def swap_drops(d, s, old_slot, new_slot):  # type: ignore[no-untyped-def]
    """Count at the sites what the new slot brings instead of the old one."""
    for u in range(d.sites):
        for k in range(d.dims):
            v.used(s)[u, k] += v.drops(s)[new_slot, u, k] - v.drops(s)[old_slot, u, k]


@inlined(I(I))
def small(second):  # type: ignore[no-untyped-def]
    """The second, or `LIMIT` before or after midnight instead of all that is farther."""
    return max(-LIMIT, min(LIMIT, second))


@compiled(N(D, S, I, I, I))
def register_between(d, s, r, first, last):  # type: ignore[no-untyped-def]
    """Let the stops at these positions of route ``r`` know where they are, and how much room the route has."""
    slot = v.slot(s)[r]
    c = v.slots(s)[slot].kind
    if d.level:
        m = v.slots(s)[slot].length
        v.room(s)[r, 0] = v.c_room(d)[c, 0] - v.aboard(s)[slot, 0, 0, 0]
        v.room(s)[r, 1] = NEVER if d.plain else v.c_room(d)[c, 0] - v.aboard(s)[slot, m, 0, 0]
    for p in range(first, last + 1):
        x = v.place(s)[slot, p].node
        if x < d.n:
            v.stop(s)[x].route = r
            v.stop(s)[x].at = p
            v.stop(s)[x].kind = c
            v.stop(s)[x].last = v.place(s)[slot, p - 1].node
            v.stop(s)[x].next = v.place(s)[slot, p + 1].node
            v.stop(s)[x].gap_last = v.place(s)[slot, p - 1].gap
            v.stop(s)[x].gap_next = v.place(s)[slot, p].gap
            if d.quick:
                a = v.place(s)[slot, p - 1].node
                v.stop(s)[x].ready = small(v.early(s)[slot, p, 0] + v.service(d)[x])
                v.stop(s)[x].due = small(v.late(s)[slot, p, 0])
                v.stop(s)[x].last_ready = small(v.early(s)[slot, p - 1, 0] + (v.service(d)[a] if p > 1 else 0))
                v.stop(s)[x].next_due = small(v.late(s)[slot, p + 1, 0])


@compiled(N(D, S, I))
def register(d, s, r):  # type: ignore[no-untyped-def]
    """Let the stops of route ``r`` know where they are."""
    register_between(d, s, r, 1, v.slots(s)[v.slot(s)[r]].length)


@compiled(N(D, S, I, I))
def copy_clock(d, s, slot, new):  # type: ignore[no-untyped-def]
    """Copy what a walk has found out about the route of a slot, whose order is copied already."""
    m = v.slots(s)[slot].length
    v.slots(s)[new].far = v.slots(s)[slot].far
    v.slots(s)[new].cost = v.slots(s)[slot].cost
    v.place(s)[new, 0].node, v.place(s)[new, m + 1].node = v.place(s)[slot, 0].node, v.place(s)[slot, m + 1].node
    for p in range(m + 1):
        v.place(s)[new, p].gap = v.place(s)[slot, p].gap
    for k in range(d.rows):
        v.aboard(s)[new, 0, 0, k] = v.aboard(s)[slot, 0, 0, k]
    if d.clocked:
        for p in range(m + 2):
            v.early(s)[new, p, 0] = v.early(s)[slot, p, 0]
            v.late(s)[new, p, 0] = v.late(s)[slot, p, 0]


@compiled(N(D, S, I))
def opened(d, s, r):  # type: ignore[no-untyped-def]
    """Give route ``r`` a slot of its own to be changed in, the old one being kept."""
    touched, changed, old = v.touched(s), v.changed(s), v.old(s)
    if touched[r] >= 0:
        return
    k = changed[0]
    touched[r] = k
    old[k, 0] = r
    old[k, 1] = v.slot(s)[r]
    changed[0] = k + 1
    s.spare -= 1
    new = v.free(s)[s.spare]
    slot = v.slot(s)[r]
    m = v.slots(s)[slot].length
    v.slots(s)[new].kind = v.slots(s)[slot].kind
    v.slots(s)[new].length = m
    for p in range(1, m + 1):
        v.place(s)[new, p].node = v.place(s)[slot, p].node
    if d.nimble:
        copy_clock(d, s, slot, new)
    v.slot(s)[r] = new
    if d.bounded:
        for u in range(d.sites):
            for j in range(d.dims):
                v.drops(s)[new, u, j] = v.drops(s)[slot, u, j]


@compiled(I(D, S, I))
def rewalk(d, s, slot):  # type: ignore[no-untyped-def]
    """Walk a changed route in full and count what it brings to the sites."""
    if d.bounded:
        for u in range(d.sites):
            for k in range(d.dims):
                v.used(s)[u, k] -= v.drops(s)[slot, u, k]
    says = walk(d, s, slot, True)
    if d.bounded:
        for u in range(d.sites):
            for k in range(d.dims):
                v.used(s)[u, k] += v.drops(s)[slot, u, k]
    return says


@inlined(F(D, S, I))
def worth(d, s, i):  # type: ignore[no-untyped-def]
    """Fen that leaving out item ``i`` counts for now."""
    prize = v.i(d)[i].prize
    return prize if prize < DEAR else s.must + (prize - DEAR)


@compiled(N(D, S, I))
def leave_out(d, s, i):  # type: ignore[no-untyped-def]
    """Write item ``i`` into the list of those left out."""
    v.out(s)[s.left_out] = i
    v.item(s)[i].out = s.left_out
    s.left_out += 1
    s.lost += worth(d, s, i)
    s.wanting += v.i(d)[i].prize >= DEAR


@compiled(N(D, S, I))
def take_in(d, s, i):  # type: ignore[no-untyped-def]
    """Strike item ``i`` from the list of those left out."""
    last = v.out(s)[s.left_out - 1]
    k = v.item(s)[i].out
    v.out(s)[k] = last
    v.item(s)[last].out = k
    v.item(s)[i].out = -1
    s.left_out -= 1
    s.lost -= worth(d, s, i)
    s.wanting -= v.i(d)[i].prize >= DEAR


@compiled(N(S, I))
def keep(s, r):  # type: ignore[no-untyped-def]
    """Copy route ``r`` to the best plan met."""
    slot = v.slot(s)[r]
    m = v.slots(s)[slot].length
    v.best_length(s)[r] = m
    for p in range(1, m + 1):
        v.best_order(s)[r, p] = v.place(s)[slot, p].node


@compiled(N(S, I))
def sort(s, many):  # type: ignore[no-untyped-def]
    """Put so many waiting items in the order of their keys."""
    key, items = v.key(s), v.waiting(s)
    for k in range(1, many):
        value, item = key[k], items[k]
        q = k - 1
        while q >= 0 and key[q] > value:
            key[q + 1] = key[q]
            items[q + 1] = items[q]
            q -= 1
        key[q + 1] = value
        items[q + 1] = item


@compiled(N(S))
def keep_all(s):  # type: ignore[no-untyped-def]
    """Copy every route to the best plan met."""
    for r in range(s.routes):
        keep(s, r)
