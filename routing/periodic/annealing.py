"""Ruin and recreate over days: visits of one day go back that day, points taken out whole choose days and hour anew."""

from __future__ import annotations

from routing.periodic.compiling import inlined, loop
from routing.periodic.placing import bring, note, other_price, price_of, put_point, put_visit, touch, worth
from routing.periodic.randomness import below, chance, heat, random
from routing.periodic.tables import Search, Week
from routing.periodic.trips import measure

BLINK = 0.01
"""How likely a route is overlooked."""

SKIP = 0.25
"""How likely a neighbour is passed over by a ruin."""

DEARER = 1.2
"""The factor by which the price of a second too much changes."""

ONCE_MORE = 8
"""Points that were left out before and are tried again in one change."""


@inlined
def too_much(w: Week, s: Search, b: int) -> float:
    """Seconds by which a slot ends later than its vehicle may."""
    v = s.vehicle[b]
    return max(0.0, s.ends[b] - w.until[v]) if s.length[b] > 0 else 0.0


@inlined
def take_out(w: Week, s: Search, p: int, days: int) -> None:
    """Take a point's visits of these days (bits) out of their routes, which are measured later."""
    note(w, s, p)
    x = w.node[s.pattern[p]]
    for d in range(w.days):
        if (days >> d) & 1 and s.on[p, d] >= 0:
            b = touch(w, s, d * w.vehicles + s.on[p, d])
            n = s.length[b]
            k = 0
            for i in range(1, n + 1):
                if s.nodes[b, i] != x:
                    k += 1
                    s.nodes[b, k] = s.nodes[b, i]
            s.length[b] = k
            s.on[p, d] = -1
            bring(w, s, x, d, -1.0)
    s.gone[p] |= days


@loop
def ruin(w: Week, s: Search, same_day: float, mean: float) -> None:
    """Take out a point and what lies around it, on one of its days or on all."""
    points = len(s.pattern)
    seed = below(s.random, points)
    every = (1 << w.days) - 1
    days = every
    if s.pattern[seed] >= 0 and chance(s.random, same_day):
        d = below(s.random, w.days)
        while s.on[seed, d] < 0:
            d = (d + 1) % w.days
        days = 1 << d
    many = 1 + int(random(s.random) * (2.0 * mean - 1.0))
    j = -1
    while many > 0 and j < w.near.shape[1]:
        p = seed if j < 0 else w.near[seed, j]
        j += 1
        if s.pattern[p] < 0 or (p != seed and chance(s.random, SKIP)):
            continue
        if days != every:
            on = False
            for d in range(w.days):
                if (days >> d) & 1 and s.on[p, d] >= 0:
                    on = True
            if not on:
                continue
        take_out(w, s, p, days)
        many -= 1
    for k in range(1, s.changed[0] + 1):
        measure(w, s, s.slot[s.changed[k]])


@loop
def recreate(w: Week, s: Search, blink: float) -> None:
    """Put back what is gone, and try what was left out before."""
    every = (1 << w.days) - 1
    total = 0
    for k in range(1, s.taken[0] + 1):
        s.queue[total] = s.taken[k]
        total += 1
    if s.told[4] > 0:
        points = len(s.pattern)
        begin = below(s.random, points)
        most = points if s.told[4] == points else total + ONCE_MORE
        for k in range(points):
            p = (begin + k) % points
            if total < most and s.pattern[p] < 0 and not s.given[p]:
                s.queue[total] = p
                total += 1
    kind = random(s.random)
    for k in range(total):
        p = s.queue[k]
        x = w.node[w.first[p]]
        if kind < 0.35:
            s.key[p] = random(s.random)
        elif w.unlike and kind < 0.55:
            s.key[p] = -w.out[p]
        elif kind < 0.7:
            s.key[p] = 0.0
            for m in range(w.dims):
                s.key[p] -= w.load[x, m] / w.largest[m]
        elif kind < 0.9:
            s.key[p] = -w.seconds[0, w.start[0], w.place[x]]
        else:
            s.key[p] = w.seconds[0, w.start[0], w.place[x]]
    for k in range(1, total):
        p = s.queue[k]
        i = k
        while i > 0 and s.key[s.queue[i - 1]] > s.key[p]:
            s.queue[i] = s.queue[i - 1]
            i -= 1
        s.queue[i] = p
    for k in range(total):
        p = s.queue[k]
        if s.pattern[p] >= 0 and s.gone[p] != every:
            fine = True
            for d in range(w.days):
                if (s.gone[p] >> d) & 1:
                    fine = fine and put_visit(w, s, p, d, blink)
            if fine:
                continue
            take_out(w, s, p, every)
            for i in range(1, s.changed[0] + 1):
                measure(w, s, s.slot[s.changed[i]])
        s.pattern[p] = -1
        if not put_point(w, s, p, blink) and s.pattern[p] >= 0:
            take_out(w, s, p, every)
            for i in range(1, s.changed[0] + 1):
                measure(w, s, s.slot[s.changed[i]])
            s.pattern[p] = -1


@inlined
def settle(w: Week, s: Search, taken: bool) -> None:
    """End a change: keep it, or point back to how everything was."""
    for k in range(1, s.changed[0] + 1):
        r = s.changed[k]
        old = s.touched[r] - 1
        s.touched[r] = 0
        if taken:
            s.free[s.counts[0]] = old
        else:
            s.free[s.counts[0]] = s.slot[r]
            s.slot[r] = old
        s.counts[0] += 1
    for k in range(1, s.taken[0] + 1):
        p = s.taken[k]
        s.given[p] = 0
        s.gone[p] = 0
        if not taken:
            bring_back(w, s, p)
            s.pattern[p] = s.was_pattern[p]
            s.hour[p] = s.was_hour[p]
            for d in range(w.days):
                s.on[p, d] = s.was_on[p, d]
    s.changed[0] = 0
    s.taken[0] = 0


@inlined
def bring_back(w: Week, s: Search, p: int) -> None:
    """Count what a point brings on its days as before a change."""
    for d in range(w.days):
        if s.on[p, d] >= 0:
            bring(w, s, w.node[s.pattern[p]], d, -1.0)
        if s.was_on[p, d] >= 0:
            bring(w, s, w.node[s.was_pattern[p]], d, 1.0)


@loop
def remember(w: Week, s: Search) -> None:
    """Keep the timetable as the best one."""
    s.told[2] = s.told[1]
    for r in range(w.days * w.vehicles):
        b = s.slot[r]
        n = s.length[b]
        s.best_length[r] = n
        for i in range(1, n + 1):
            s.best_nodes[r, i] = s.nodes[b, i]
    for p in range(len(s.pattern)):
        s.best_pattern[p] = s.pattern[p]
        s.best_hour[p] = s.hour[p]


@loop
def reckon(w: Week, s: Search) -> None:
    """Add up the timetable anew, after the price of a second too much or the timetable itself was set."""
    cost, late, out = 0.0, 0.0, 0
    for r in range(w.days * w.vehicles):
        b = s.slot[r]
        cost += worth(w, s, b)
        late += too_much(w, s, b)
        s.version[b] = s.counts[1]
        s.counts[1] += 1
    for p in range(len(s.pattern)):
        cost += price_of(w, s, p)
        out += s.pattern[p] < 0
    s.told[1], s.told[3], s.told[4] = cost, late, out


@loop
def anneal(
    w: Week, s: Search, iterations: int, hot: float, cold: float, same_day: float, mean: float, patience: int
) -> None:
    """Search for so many changes while the temperature falls from ``hot`` to ``cold``.

    After ``patience`` changes the price of a second too much is looked at.
    """
    reckon(w, s)
    temperature = hot
    cool = (cold / hot) ** (1.0 / max(1, iterations))
    for _ in range(iterations):
        temperature *= cool
        ruin(w, s, same_day, mean)
        recreate(w, s, BLINK)
        change, late, out = 0.0, 0.0, 0
        for k in range(1, s.changed[0] + 1):
            r = s.changed[k]
            change += worth(w, s, s.slot[r]) - worth(w, s, s.touched[r] - 1)
            late += too_much(w, s, s.slot[r]) - too_much(w, s, s.touched[r] - 1)
        for k in range(1, s.taken[0] + 1):
            p = s.taken[k]
            change += price_of(w, s, p)
            out += s.pattern[p] < 0
        # and how those points stood before
        for k in range(1, s.taken[0] + 1):
            p = s.taken[k]
            change -= _price_before(w, s, p)
            out -= s.was_pattern[p] < 0
        taken = change <= heat(s.random, temperature)
        settle(w, s, taken)
        if taken:
            s.told[1] += change
            s.told[3] += late
            s.told[4] += out
            if s.told[1] < s.told[2] - 1e-6 and s.told[3] < 1e-6:
                remember(w, s)
        s.told[5] += 1.0
        if s.told[3] > 1e-6:
            s.told[6] += 1.0
        if s.told[5] >= patience:
            s.told[0] *= DEARER if 2.0 * s.told[6] > s.told[5] else 1.0 / DEARER
            s.told[5] = s.told[6] = 0.0
            reckon(w, s)


@inlined
def _price_before(w: Week, s: Search, p: int) -> float:
    q = s.was_pattern[p]
    if q < 0:
        return w.out[p]
    total = w.priced[q]
    usual, who = -1, -1
    for d in range(w.days):
        v = s.was_on[p, d]
        if v >= 0:
            total += w.wish[p, s.was_hour[p]]
            if usual < 0:
                usual, who = v, w.driver[d, v]
            else:
                total += other_price(w, d, v, usual, who)
    return total
