"""Ruin: which stops are taken out, and what becomes of the routes that lose them."""

from __future__ import annotations

import numpy as np

from routing.solve.ruin import views as v
from routing.solve.ruin.changes import opened
from routing.solve.ruin.compiling import D, F, I, N, S, compiled
from routing.solve.ruin.insertion import below, chance, random

KEPT_INSIDE = 0.01
"""How likely a string that keeps stops inside it keeps one more (the source's beta)."""


@compiled(N(D, S, I))
def tidy(d, s, slot):  # type: ignore[no-untyped-def]
    """Take the stops that are gone out of a slot, and the visits to sites that have nothing left to do."""
    gone = v.gone(s)
    m = v.slots(s)[slot].length
    c = v.slots(s)[slot].kind
    w = 0
    aboard = False
    for k in range(d.dims):
        if v.c_load(d)[c, k] > 0:
            aboard = True
    since = 0
    for p in range(1, m + 1):
        x = v.place(s)[slot, p].node
        if x < d.n:
            if gone[x]:
                continue
            aboard = aboard or v.s(d)[x].gives == 1
            since += 1
        else:
            u = x - d.n
            if since == 0 and w > 0 and v.place(s)[slot, w].node == x:
                continue
            useful = (v.u(d)[u].unloads and aboard) or v.u(d)[u].charges or (v.u(d)[u].reloads and since > 0)
            if not useful:
                continue
            if v.u(d)[u].unloads and not d.partial:
                aboard = False
            since = 0
        w += 1
        v.place(s)[slot, w].node = x
    # nothing is reloaded for nobody, and nobody charges at the very end of an empty route
    stops = False
    while w > 0:
        x = v.place(s)[slot, w].node
        if x < d.n:
            break
        u = x - d.n
        carries = False
        for p in range(w - 1, 0, -1):
            y = v.place(s)[slot, p].node
            if y >= d.n and v.u(d)[y - d.n].unloads and not d.partial:
                break
            if y < d.n and v.s(d)[y].gives:
                carries = True
                break
        if not carries:
            for k in range(d.dims):
                if v.c_load(d)[c, k] > 0:
                    carries = True
        if (v.u(d)[u].unloads and carries) or v.u(d)[u].charges:
            break
        w -= 1
    for p in range(1, w + 1):
        if v.place(s)[slot, p].node < d.n:
            stops = True
            break
    if not stops:
        full = False
        for k in range(d.dims):
            if v.c_load(d)[c, k] > 0:
                full = True
        if not full:
            w = 0
    v.slots(s)[slot].length = w


@compiled(F(D, S))
def stops_a_trip(d, s):  # type: ignore[no-untyped-def]
    """Stops that a trip serves in the mean."""
    trips = 0
    placed = 0
    for r in range(s.routes):
        slot = v.slot(s)[r]
        m = v.slots(s)[slot].length
        if m > 0:
            trips += 1 + v.slots(s)[slot].sites
            placed += m - v.slots(s)[slot].sites
    return placed / max(1, trips)


@compiled(N(D, S, I, F, F))
def take_strings(d, s, seed, mean, longest):  # type: ignore[no-untyped-def]
    """Mark strings of stops near the seed, one a trip, in as many trips as the source's rule draws for routes."""
    touched, gone = v.touched(s), v.gone(s)
    cap = min(longest, s.cap)
    strings = int(random(s) * (4.0 * mean / (1.0 + cap) - 1.0) + 1.0)
    done = 0
    for j in range(d.reach):
        if done >= strings:
            break
        y = np.int64(v.near(d)[seed, j])
        r = v.stop(s)[y].route
        if r < 0 or gone[y] or (touched[r] >= 0 and d.sites == 0):
            continue
        slot = v.slot(s)[r]
        p = v.stop(s)[y].at
        low, high = 1, v.slots(s)[slot].length
        if d.sites > 0:
            low, high = p, p
            spoilt = False
            while low > 1 and v.place(s)[slot, low - 1].node < d.n:
                low -= 1
                spoilt = spoilt or gone[v.place(s)[slot, low].node]
            while high < v.slots(s)[slot].length and v.place(s)[slot, high + 1].node < d.n:
                high += 1
                spoilt = spoilt or gone[v.place(s)[slot, high].node]
            if spoilt:
                continue
        opened(d, s, r)
        slot = v.slot(s)[r]
        m = high - low + 1
        size = min(m, int(random(s) * min(float(m), cap)) + 1)
        keep = 0
        if 1 < size < m and chance(s, 0.5):
            keep = 1
            while size + keep < m and chance(s, KEPT_INSIDE):
                keep += 1
        whole = size + keep
        first, last = max(low, p - whole + 1), min(p, high - whole + 1)
        begin = first + below(s, last - first + 1)
        hold = begin + 1 + below(s, size - 1) if keep else 0
        for q in range(begin, begin + whole):
            if keep and hold <= q < hold + keep:
                continue
            x = v.place(s)[slot, q].node
            if x < d.n:
                gone[x] = 1
        done += 1


@compiled(N(D, S))
def complete_items(d, s):  # type: ignore[no-untyped-def]
    """Let the mates and fellows of stops that are gone go as well."""
    changed, old, gone = v.changed(s), v.old(s), v.gone(s)
    k = 0
    while k < changed[0]:
        slot = old[k, 1]
        more = True
        while more:  # a fellow before them may have a mate of its own
            more = False
            for p in range(1, v.slots(s)[slot].length + 1):
                x = v.place(s)[slot, p].node
                if x >= d.n or not gone[x]:
                    continue
                y = v.s(d)[x].mate
                if y >= 0 and not gone[y]:
                    gone[y] = 1
                    opened(d, s, v.stop(s)[y].route)
                    more = True
                word = v.s(d)[x].together
                if word >= 0:
                    for q in range(1, v.slots(s)[slot].length + 1):
                        z = v.place(s)[slot, q].node
                        if z < d.n and v.s(d)[z].together == word and not gone[z]:
                            gone[z] = 1
                            more = True
        k += 1
