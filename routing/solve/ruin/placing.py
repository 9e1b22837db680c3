"""Recreate: stops, groups and pairs put where they add least, and unloads moved to where they cost least."""

from __future__ import annotations

from routing.solve.ruin import views as v
from routing.solve.ruin.changes import opened, register, rewalk, worth
from routing.solve.ruin.compiling import B, D, F, I, N, S, compiled
from routing.solve.ruin.insertion import (
    INFINITE,
    below,
    best_place,
    chance,
    compose,
    judged,
    note,
    room_left,
    serves_all,
    unused,
)
from routing.solve.ruin.slipping import slip_in
from routing.solve.ruin.tables import TRIALS
from routing.solve.ruin.walk import FITS, TIMES, walk

BLINK = 0.01
"""How likely a place is overlooked (the source's gamma)."""


@compiled(I(D, S, I, I))
def moved(d, s, r, c):  # type: ignore[no-untyped-def]
    """Hand the services of route ``r`` to an unused route of class ``c``, which is yet to be walked; its number."""
    other = unused(d, s, c)
    opened(d, s, r)
    opened(d, s, other)
    slot, new = v.slot(s)[r], v.slot(s)[other]
    m = v.slots(s)[slot].length
    for p in range(1, m + 1):
        x = v.place(s)[slot, p].node
        v.place(s)[new, p].node = x
        if x < d.n and v.s(d)[x].together >= 0:
            v.fellow(s)[v.s(d)[x].together].route = other
    v.slots(s)[new].length = m
    v.slots(s)[slot].length = 0
    rewalk(d, s, slot)
    return other


@compiled(F(D, S, I, I))
def least_cost(d, s, slot, c):  # type: ignore[no-untyped-def]
    """Fen that the route of a slot costs at least with class ``c``; INFINITE when its load is too much for it."""
    now = v.slots(s)[slot].kind
    base = v.c(d)[now].profile
    if d.plain:
        for k in range(d.rows):
            if v.aboard(s)[slot, 0, 0, k] > v.c_room(d)[c, k]:
                return INFINITE
    if v.c(d)[c].profile != base or d.periods > 1:
        return v.c(d)[c].fixed
    m = v.slots(s)[slot].length
    first, last = v.place(s)[slot, 1].node, v.place(s)[slot, m].node
    far = v.slots(s)[slot].far
    far += v.way(d)[base, v.c(d)[c].start, first] - v.way(d)[base, v.c(d)[now].start, first]
    far += v.way(d)[base, last, v.c(d)[c].end] - v.way(d)[base, last, v.c(d)[now].end]
    return v.c(d)[c].fixed + v.c(d)[c].metre * far


@compiled(N(D, S, I))
def retype(d, s, r):  # type: ignore[no-untyped-def]
    """Let the class serve route ``r`` for which it is cheapest."""
    slot = v.slot(s)[r]
    scratch = s.slot_count - 1
    m = v.slots(s)[slot].length
    best = v.slots(s)[slot].cost - 1e-6
    what = -1
    for p in range(1, m + 1):
        v.place(s)[scratch, p].node = v.place(s)[slot, p].node
    v.slots(s)[scratch].length = m
    for c in range(d.classes):
        if m == 0 or c == v.slots(s)[slot].kind or least_cost(d, s, slot, c) >= best:
            continue
        if unused(d, s, c) < 0 or not serves_all(d, s, slot, c):
            continue
        v.slots(s)[scratch].kind = c
        fits = walk(d, s, scratch, False) == FITS and (not d.bounded or room_left(d, s, slot, scratch))
        if fits and v.slots(s)[scratch].cost < best:
            best = v.slots(s)[scratch].cost
            what = c
    if what < 0:
        return
    other = moved(d, s, r, what)
    rewalk(d, s, v.slot(s)[other])
    register(d, s, other)


@compiled(B(D, S, I, I, I, I, I, I))
def put(d, s, r, p, x, how, site, kind):  # type: ignore[no-untyped-def]
    """Put stop ``x`` into route ``r``; tell if the route keeps its rules; by class ``kind`` if not -1."""
    if kind >= 0:
        r = moved(d, s, r, kind)
    opened(d, s, r)
    slot = v.slot(s)[r]
    if d.nimble and kind < 0 and v.slots(s)[slot].length > 0:
        if not slip_in(d, s, r, p, x):
            return False
    elif not compose(s, slot, slot, p, x, how, site) or rewalk(d, s, slot) != FITS:
        return False
    else:
        register(d, s, r)
    word = v.s(d)[x].together
    if word >= 0:
        v.fellow(s)[word].many += 1
        v.fellow(s)[word].route = r
    return True


@compiled(B(D, S, I, I))
def may_go(d, s, x, r):  # type: ignore[no-untyped-def]
    """Tell whether no other route has those that a stop has to be with."""
    fellow = v.s(d)[x].together
    return fellow < 0 or v.fellow(s)[fellow].many == 0 or v.fellow(s)[fellow].route == r


@compiled(I(D, S, I, F))
def put_pair(d, s, i, bound):  # type: ignore[no-untyped-def]
    """Put the two stops of a pair where they add least; 1 when done, 0 when nowhere, -1 when that went wrong."""
    a, b = v.i_stop(d)[v.i(d)[i].first], v.i_stop(d)[v.i(d)[i].first + 1]
    best = bound
    at_route, at_p, at_q, at_site = -1, 0, 0, -1
    last_empty = -1
    gathers = False
    for k in range(d.rows):
        gathers = gathers or v.goods(d)[a, 1, k] > 0 or v.goods(d)[b, 1, k] > 0
    s.trials = 0
    scratch = s.slot_count - 1
    for r in range(s.routes):
        slot = v.slot(s)[r]
        c = v.slots(s)[slot].kind
        m = v.slots(s)[slot].length
        if not v.c_able(d)[c, a] or not v.c_able(d)[c, b] or m + 4 > s.positions:
            continue
        if not may_go(d, s, a, r) or not may_go(d, s, b, r):
            continue
        if m == 0:
            if last_empty == c:
                continue
            last_empty = c
        base = v.c(d)[c].profile
        fixed = v.c(d)[c].fixed if m == 0 else 0.0
        for p in range(m + 1):
            x = v.c(d)[c].start if p == 0 else v.place(s)[slot, p].node
            y = v.c(d)[c].end if p == m else v.place(s)[slot, p + 1].node
            first = v.way(d)[base, x, a] + v.way(d)[base, a, y] - (v.way(d)[base, x, y] if m else 0)
            if v.c(d)[c].metre * first + fixed >= bound:
                continue
            _, says = judged(d, s, slot, p, a, 0.0, INFINITE)
            if says == TIMES:
                continue
            for q in range(p, m + 1):
                if q == p:
                    more = (
                        v.way(d)[base, x, a]
                        + v.way(d)[base, a, b]
                        + v.way(d)[base, b, y]
                        - (v.way(d)[base, x, y] if m else 0)
                    )
                else:
                    here = v.place(s)[slot, q].node
                    then = v.c(d)[c].end if q == m else v.place(s)[slot, q + 1].node
                    more = first + v.way(d)[base, here, b] + v.way(d)[base, b, then] - v.way(d)[base, here, then]
                cost = v.c(d)[c].metre * more + fixed
                if cost >= bound or (s.trials == TRIALS and cost >= v.trial(s)[TRIALS - 1].cost) or chance(s, BLINK):
                    continue
                if m > 0:
                    _, says = judged(d, s, slot, q, b, 0.0, INFINITE)
                    if says == TIMES:
                        continue
                note(s, cost, r, p, 0, 0, q)
    for k in range(s.trials):
        if v.trial(s)[k].cost >= best:
            break
        r, p, q = v.trial(s)[k].route, v.trial(s)[k].at, v.trial(s)[k].then
        slot = v.slot(s)[r]
        m = v.slots(s)[slot].length
        v.slots(s)[scratch].kind = v.slots(s)[slot].kind
        for j in range(1, p + 1):
            v.place(s)[scratch, j].node = v.place(s)[slot, j].node
        v.place(s)[scratch, p + 1].node = a
        for j in range(p + 1, q + 1):
            v.place(s)[scratch, j + 1].node = v.place(s)[slot, j].node
        v.place(s)[scratch, q + 2].node = b
        for j in range(q + 1, m + 1):
            v.place(s)[scratch, j + 2].node = v.place(s)[slot, j].node
        for u in range(-1, d.sites if gathers and m + 5 <= s.positions else 0):  # the drop collects: a last unload
            v.slots(s)[scratch].length = m + 2
            if u >= 0:
                v.slots(s)[scratch].length = m + 3
                v.place(s)[scratch, m + 3].node = d.n + u
            fits = walk(d, s, scratch, False) == FITS and (not d.bounded or room_left(d, s, slot, scratch))
            if fits and v.slots(s)[scratch].cost - v.slots(s)[slot].cost < best:
                best = v.slots(s)[scratch].cost - v.slots(s)[slot].cost
                at_route, at_p, at_q, at_site = r, p, q, u
            if fits and u < 0:
                break
    s.trials = 0
    if at_route < 0:
        return 0
    opened(d, s, at_route)
    slot = v.slot(s)[at_route]
    m = v.slots(s)[slot].length
    for k in range(m, at_q, -1):
        v.place(s)[slot, k + 2].node = v.place(s)[slot, k].node
    v.place(s)[slot, at_q + 2].node = b
    for k in range(at_q, at_p, -1):
        v.place(s)[slot, k + 1].node = v.place(s)[slot, k].node
    v.place(s)[slot, at_p + 1].node = a
    v.slots(s)[slot].length = m + 2
    if at_site >= 0:
        v.place(s)[slot, m + 3].node = d.n + at_site
        v.slots(s)[slot].length = m + 3
    if rewalk(d, s, slot) != FITS:
        return -1
    register(d, s, at_route)
    for x in (a, b):
        word = v.s(d)[x].together
        if word >= 0:
            v.fellow(s)[word].many += 1
            v.fellow(s)[word].route = at_route
    return 1


@compiled(I(D, S, I, F, I, F, F))
def put_item(d, s, i, blink, reach, extra, most):  # type: ignore[no-untyped-def]
    """Put an item where it adds least, if that is less than its prize; 1 when done, 0 when nowhere, -1 when wrong.

    It may add so much more than its prize (``extra``), but not more than ``most``.
    """
    best = min(most, worth(d, s, i) + extra)
    if v.i(d)[i].pair:
        return put_pair(d, s, i, best)
    what, r, p, how, site, kind = -1, 0, 0, 0, 0, -1
    for k in range(v.i(d)[i].first, v.i(d)[i].end):
        x = v.i_stop(d)[k]
        best_place(d, s, x, best, blink, reach)
        if s.best_route >= 0:
            best, what = s.best, x
            r, p, how, site, kind = s.best_route, s.best_at, s.best_how, s.best_site, s.best_kind
    if what < 0:
        return 0
    return 1 if put(d, s, r, p, what, how, site, kind) else -1


@compiled(B(D, S, I, I))
def too_full(d, s, slot, p):  # type: ignore[no-untyped-def]
    """Tell whether the goods of the trips before and after position p are too much for one trip."""
    q = p - 1
    while q > 0 and v.place(s)[slot, q].node < d.n:
        q -= 1
    for k in range(d.rows):
        both = v.aboard(s)[slot, q, 0, k] + v.aboard(s)[slot, p, 0, k]
        if both > v.c_room(d)[v.slots(s)[slot].kind, k]:
            return True
    return False


@compiled(N(D, S, I))
def settle(d, s, r):  # type: ignore[no-untyped-def]
    """Leave out each visit to a site that is not needed any more, or make it at a better one."""
    slot = v.slot(s)[r]
    scratch = s.slot_count - 1
    p = 1
    while p <= v.slots(s)[slot].length:
        x = v.place(s)[slot, p].node
        if x < d.n:
            p += 1
            continue
        m = v.slots(s)[slot].length
        best = v.slots(s)[slot].cost - 1e-6
        what = -1
        v.slots(s)[scratch].kind = v.slots(s)[slot].kind
        for u in range(-1, d.sites):
            if d.n + u == x or (u < 0 and not d.collects and too_full(d, s, slot, p)):
                continue
            if u < 0:
                for q in range(1, m):
                    v.place(s)[scratch, q].node = v.place(s)[slot, q if q < p else q + 1].node
                v.slots(s)[scratch].length = m - 1
            else:
                for q in range(1, m + 1):
                    v.place(s)[scratch, q].node = v.place(s)[slot, q].node
                v.place(s)[scratch, p].node = d.n + u
                v.slots(s)[scratch].length = m
            fits = walk(d, s, scratch, False) == FITS and (not d.bounded or room_left(d, s, slot, scratch))
            if fits and v.slots(s)[scratch].cost < best:
                best = v.slots(s)[scratch].cost
                what = u + 1
        if what < 0:
            p += 1
            continue
        if what == 0:
            for q in range(p, m):
                v.place(s)[slot, q].node = v.place(s)[slot, q + 1].node
            v.slots(s)[slot].length = m - 1
        else:
            v.place(s)[slot, p].node = d.n + what - 1
            p += 1
        rewalk(d, s, slot)
        register(d, s, r)


@compiled(N(D, S, I))
def share_out(d, s, r):  # type: ignore[no-untyped-def]
    """Let a vehicle that is not in use make the later trips of route ``r``, where that costs no more.

    What comes after a trip that somebody else makes has more time.
    """
    slot = v.slot(s)[r]
    c = v.slots(s)[slot].kind
    base = v.c(d)[c].profile
    p = 2
    while p < v.slots(s)[slot].length:
        x = v.place(s)[slot, p].node
        if x < d.n or unused(d, s, c) < 0:
            p += 1
            continue
        stays = p if v.u(d)[x - d.n].unloads else p - 1
        m = v.slots(s)[slot].length
        a, b = v.place(s)[slot, stays].node, v.place(s)[slot, p + 1].node
        far = v.way(d)[base, a, v.c(d)[c].end] + v.way(d)[base, v.c(d)[c].start, b] - v.way(d)[base, x, b]
        far -= v.way(d)[base, a, x] if stays < p else 0
        if v.c(d)[c].fixed + v.c(d)[c].metre * far > 1e-6:
            p += 1
            continue
        scratch = s.slot_count - 1
        v.slots(s)[scratch].kind = c
        for q in range(1, stays + 1):
            v.place(s)[scratch, q].node = v.place(s)[slot, q].node
        v.slots(s)[scratch].length = stays
        if walk(d, s, scratch, False) != FITS:
            p += 1
            continue
        cost = v.slots(s)[scratch].cost
        for q in range(p + 1, m + 1):
            v.place(s)[scratch, q - p].node = v.place(s)[slot, q].node
        v.slots(s)[scratch].length = m - p
        if walk(d, s, scratch, False) != FITS or cost + v.slots(s)[scratch].cost > v.slots(s)[slot].cost + 1e-6:
            p += 1
            continue
        other = unused(d, s, c)
        opened(d, s, r)
        opened(d, s, other)
        slot, new = v.slot(s)[r], v.slot(s)[other]
        for q in range(p + 1, m + 1):
            v.place(s)[new, q - p].node = v.place(s)[slot, q].node
        v.slots(s)[new].length = m - p
        v.slots(s)[slot].length = stays
        rewalk(d, s, slot)
        rewalk(d, s, new)
        register(d, s, r)
        register(d, s, other)
        r, slot, p = other, new, 2


@compiled(I(D, S, I))
def some_site(d, s, slot):  # type: ignore[no-untyped-def]
    """A position at random where a slot has a visit to a site; 0 when it has none."""
    left = below(s, max(1, v.slots(s)[slot].sites)) if v.slots(s)[slot].sites > 0 else 0
    for p in range(1, v.slots(s)[slot].length + 1):
        if v.place(s)[slot, p].node >= d.n:
            if left == 0:
                return p
            left -= 1
    return 0


@compiled(N(D, S, I, I, I, I, I))
def joined(d, s, target, head, p, tail, q):  # type: ignore[no-untyped-def]
    """Write into ``target`` what slot ``head`` does up to position p and then what ``tail`` does after position q."""
    m = v.slots(s)[tail].length
    if p > 0 and q == m and not v.u(d)[v.place(s)[head, p].node - d.n].unloads:
        p -= 1  # nobody loads for nothing
    for k in range(1, p + 1):
        v.place(s)[target, k].node = v.place(s)[head, k].node
    for k in range(q + 1, m + 1):
        v.place(s)[target, p + k - q].node = v.place(s)[tail, k].node
    v.slots(s)[target].kind = v.slots(s)[head].kind
    v.slots(s)[target].length = p + m - q


@compiled(N(D, S, I))
def trade(d, s, r):  # type: ignore[no-untyped-def]
    """Let route ``r`` and another one that visits a site exchange their later trips, if that costs no more.

    It shifts slack from one vehicle to another, which changes without a price could not do.
    """
    slot = v.slot(s)[r]
    p = some_site(d, s, slot)
    other = below(s, s.routes)
    there = v.slot(s)[other]
    q = some_site(d, s, there) if other != r and v.slots(s)[there].length > 0 else 0
    if p == 0 or q == 0 or v.slots(s)[slot].kind != v.slots(s)[there].kind:
        return
    if v.slots(s)[slot].length + v.slots(s)[there].length + 2 > s.positions:
        return
    scratch = s.slot_count - 1
    before = v.slots(s)[slot].cost + v.slots(s)[there].cost
    joined(d, s, scratch, slot, p, there, q)
    if v.slots(s)[scratch].length == 0 or walk(d, s, scratch, False) != FITS:
        return
    after = v.slots(s)[scratch].cost
    joined(d, s, scratch, there, q, slot, p)
    if v.slots(s)[scratch].length == 0 or walk(d, s, scratch, False) != FITS:
        return
    if after + v.slots(s)[scratch].cost > before + 1e-6:
        return
    opened(d, s, r)
    opened(d, s, other)
    mine, yours = v.slot(s)[r], v.slot(s)[other]
    many = v.slots(s)[scratch].length
    joined(d, s, scratch - 1, mine, p, yours, q)
    for k in range(1, v.slots(s)[scratch - 1].length + 1):
        v.place(s)[mine, k].node = v.place(s)[scratch - 1, k].node
    v.slots(s)[mine].length = v.slots(s)[scratch - 1].length
    for k in range(1, many + 1):
        v.place(s)[yours, k].node = v.place(s)[scratch, k].node
    v.slots(s)[yours].length = many
    rewalk(d, s, mine)
    rewalk(d, s, yours)
    register(d, s, r)
    register(d, s, other)
