"""The clock along a route: ways, windows and breaks, forwards from leaving and backwards from being home.

Breaks make *layers*: layer b holds the times at which b of the driver's breaks are over. Going forwards, ``early`` is
the soonest second at which a service can begin; going backwards, ``late`` is the last second from which the rest can
still be kept. A service may be put between two others exactly when the soonest end of the way over it is no later than
the latest beginning of what follows, in some layer. Several windows, hours of the day and breaks keep that true, for
whoever sets out later never arrives sooner.
"""

from __future__ import annotations

from routing.solve.ruin import views as v
from routing.solve.ruin.compiling import B, D, I, S, compiled, inlined
from routing.solve.ruin.day import NEVER


@inlined(I(D, I, I, I, I))
def arrival(d, base, a, b, now):  # type: ignore[no-untyped-def]
    """Soonest second at ``b`` when free to leave ``a`` at ``now``."""
    if d.periods == 1:
        return now + v.time(d)[base, a, b]
    q = d.periods - 1
    while v.begins(d)[q] > now:
        q -= 1
    best = now + v.time(d)[base + q, a, b]
    for later in range(q + 1, d.periods):
        if v.begins(d)[later] >= best:
            break
        best = min(best, v.begins(d)[later] + v.time(d)[base + later, a, b])
    return best


@inlined(I(D, I, I, I, I))
def metres(d, base, a, b, now):  # type: ignore[no-untyped-def]
    """Metres of the way that `arrival` takes."""
    if d.periods == 1:
        return v.way(d)[base, a, b]
    q = d.periods - 1
    while v.begins(d)[q] > now:
        q -= 1
    best = now + v.time(d)[base + q, a, b]
    length = v.way(d)[base + q, a, b]
    for later in range(q + 1, d.periods):
        if v.begins(d)[later] >= best:
            break
        if v.begins(d)[later] + v.time(d)[base + later, a, b] < best:
            best = v.begins(d)[later] + v.time(d)[base + later, a, b]
            length = v.way(d)[base + later, a, b]
    return length


@inlined(I(D, I, I, I, I))
def departure(d, base, a, b, limit):  # type: ignore[no-untyped-def]
    """Last second to leave ``a`` and be at ``b`` by ``limit``."""
    if d.periods == 1:
        return limit - v.time(d)[base, a, b]
    for q in range(d.periods - 1, -1, -1):
        now = limit - v.time(d)[base + q, a, b]
        if q + 1 < d.periods and now >= v.begins(d)[q + 1]:
            now = v.begins(d)[q + 1] - 1
        if now >= v.begins(d)[q]:
            return now
    return -NEVER


@inlined(I(D, I, I))
def opens(d, node, now):  # type: ignore[no-untyped-def]
    """Soonest second from ``now`` on inside a window; ``node`` counts in its window set. NEVER when all are over."""
    for w in range(v.windows(d)[node]):
        if now <= v.span(d)[node, w, 1]:
            return max(now, v.span(d)[node, w, 0])
    return NEVER


@inlined(I(D, I, I))
def shuts(d, node, limit):  # type: ignore[no-untyped-def]
    """Last second until ``limit`` inside a window; -NEVER when none is."""
    for w in range(v.windows(d)[node] - 1, -1, -1):
        if v.span(d)[node, w, 0] <= limit:
            return min(limit, v.span(d)[node, w, 1])
    return -NEVER


@inlined(I(D, I, I, I, I, I, I, I))
def leg(d, c, base, a, b, now, had, have):  # type: ignore[no-untyped-def]
    """Soonest second at ``b`` with breaks ``had`` to ``have`` on the way; NEVER when one cannot begin in its window."""
    there = arrival(d, base, a, b, now)
    if had == have:
        return there
    free = now
    for k in range(had, have):
        begin = max(free, v.c_pause(d)[c, k, 0])
        if begin > v.c_pause(d)[c, k, 1]:
            return NEVER
        free = begin + v.c_pause(d)[c, k, 2]
        there += v.c_pause(d)[c, k, 2]
    return max(there, free)


@inlined(I(D, I, I, I, I, I, I, I))
def leg_back(d, c, base, a, b, limit, had, have):  # type: ignore[no-untyped-def]
    """Last second to leave ``a`` and be at ``b`` by ``limit`` with breaks ``had`` to ``have`` on the way."""
    if had == have:
        return departure(d, base, a, b, limit)
    rested = 0
    for k in range(had, have):
        rested += v.c_pause(d)[c, k, 2]
    now = departure(d, base, a, b, limit - rested)
    free = limit
    for k in range(have - 1, had - 1, -1):
        begin = min(free - v.c_pause(d)[c, k, 2], v.c_pause(d)[c, k, 1])
        if begin < v.c_pause(d)[c, k, 0]:
            return -NEVER
        free = begin
    return min(now, free)


@inlined(I(D, I, I))
def leaves_from(d, c, b):  # type: ignore[no-untyped-def]
    """Soonest start of a route that leaves out its first ``b`` breaks because it leaves when they are over."""
    start = v.c(d)[c].leave
    for k in range(b):
        start = max(start, v.c_pause(d)[c, k, 0] + v.c_pause(d)[c, k, 2])
    return start


@inlined(I(D, I, I))
def home_until(d, c, b):  # type: ignore[no-untyped-def]
    """Latest end of a route that has had only its first ``b`` breaks: home before the windows of the others end."""
    limit = v.c(d)[c].until
    for k in range(b, v.c(d)[c].pauses):
        limit = min(limit, v.c_pause(d)[c, k, 1])
    return limit


@compiled(B(D, S, I, I, B))
def forwards(d, s, slot, start, trace):  # type: ignore[no-untyped-def]
    """Fill ``early`` (and, to trace, ``step``) for a route that leaves no sooner than ``start``; tell if it can."""
    c = v.slots(s)[slot].kind
    m = v.slots(s)[slot].length
    base = v.c(d)[c].profile
    layers = v.c(d)[c].pauses + 1
    wins, crew = v.c(d)[c].windows, v.c(d)[c].crew
    if d.quick and not d.released:
        a = v.c(d)[c].start
        t = max(v.c(d)[c].leave, start)
        v.early(s)[slot, 0, 0] = t
        if t > v.c(d)[c].overtime:
            return False
        for p in range(1, m + 1):
            x = v.place(s)[slot, p].node
            t = max(t + v.time(d)[base, a, x], v.span(d)[x, 0, 0])
            if t > v.span(d)[x, 0, 1]:
                return False
            v.early(s)[slot, p, 0] = t
            t += v.service(d)[x]
            a = x
        t += v.time(d)[base, a, v.c(d)[c].end]
        v.early(s)[slot, m + 1, 0] = t
        return t <= v.c(d)[c].until
    for b in range(layers):
        t = max(leaves_from(d, c, b), start)
        if d.released:
            t = max(t, v.place(s)[slot, 0].ready)
        if t > v.c(d)[c].overtime:
            t = NEVER
        v.early(s)[slot, 0, b] = t
    a = v.c(d)[c].start
    spent = 0
    for p in range(1, m + 2):
        x = v.c(d)[c].end if p == m + 1 else v.place(s)[slot, p].node
        alive = False
        for b in range(layers):
            best = NEVER
            came = b
            for had in range(b + 1):
                if v.early(s)[slot, p - 1, had] >= NEVER:
                    continue
                t = leg(d, c, base, a, x, v.early(s)[slot, p - 1, had] + spent, had, b)
                if t < best:
                    best = t
                    came = had
            if best < NEVER:
                if p <= m:
                    if d.released and x >= d.n:
                        best = max(best, v.place(s)[slot, p].ready)
                    best = opens(d, wins + x, best)
                elif best > home_until(d, c, b):
                    best = NEVER
            if best < NEVER:
                alive = True
            v.early(s)[slot, p, b] = best
            if trace:
                v.step(s)[p, b] = came
        if not alive:
            return False
        spent = v.service(d)[crew + x]
        a = x
    return True


@compiled(I(D, S, I, I))
def backwards(d, s, slot, limit):  # type: ignore[no-untyped-def]
    """Fill ``late`` for a route that is home by ``limit``; return the last second at which it can leave."""
    c = v.slots(s)[slot].kind
    m = v.slots(s)[slot].length
    base = v.c(d)[c].profile
    layers = v.c(d)[c].pauses + 1
    wins, crew = v.c(d)[c].windows, v.c(d)[c].crew
    if d.quick and not d.released:
        t = min(limit, v.c(d)[c].until)
        v.late(s)[slot, m + 1, 0] = t
        x = v.c(d)[c].end
        for p in range(m, 0, -1):
            a = v.place(s)[slot, p].node
            t = min(t - v.time(d)[base, a, x] - v.service(d)[a], v.span(d)[a, 0, 1])
            v.late(s)[slot, p, 0] = t
            x = a
        t = min(t - v.time(d)[base, v.c(d)[c].start, x], v.c(d)[c].overtime)
        v.late(s)[slot, 0, 0] = t
        return t
    for b in range(layers):
        v.late(s)[slot, m + 1, b] = min(limit, home_until(d, c, b))
    x = v.c(d)[c].end
    for p in range(m, -1, -1):
        a = v.c(d)[c].start if p == 0 else v.place(s)[slot, p].node
        spent = 0 if p == 0 else v.service(d)[crew + a]
        for b in range(layers):
            best = -NEVER
            for have in range(b, layers):
                if v.late(s)[slot, p + 1, have] > -NEVER:
                    best = max(best, leg_back(d, c, base, a, x, v.late(s)[slot, p + 1, have], b, have) - spent)
            if best > -NEVER and p > 0:
                best = shuts(d, wins + a, best)
                if best > -NEVER and d.released and a >= d.n and best < v.place(s)[slot, p].ready:
                    best = -NEVER
            if p == 0:
                best = min(best, v.c(d)[c].overtime)
            v.late(s)[slot, p, b] = best
        x = a
    best = -NEVER
    for b in range(layers):
        if v.late(s)[slot, 0, b] >= v.early(s)[slot, 0, b]:
            best = max(best, v.late(s)[slot, 0, b])
    return best
