"""Where a stop adds least: constant-time checks beside its neighbours, whole walks where a rule needs them."""

from __future__ import annotations

import math

import numpy as np

from routing.solve.ruin import views as v
from routing.solve.ruin.compiling import FI, III, B, D, F, I, N, S, compiled, inlined
from routing.solve.ruin.day import FAR, NEVER
from routing.solve.ruin.tables import TRIALS
from routing.solve.ruin.timing import arrival, leg, opens
from routing.solve.ruin.walk import FITS, LOADS, RANGE, TIMES, walk

DEARER, UNSURE = 8, 9
"""What `added` says besides the words of `walk`: not cheaper than the bound; only a whole walk can tell."""

PLAIN, SITE_BEFORE, SITE_AFTER, SITE_AT_END, SITE_BOTH = 0, 1, 2, 3, 4
"""How a stop is put in: alone, or with an unload just before it, just after it, at the end of the route, or before and
after it as the only stop."""

EVERY, EXACT = 1, 2
"""How thorough a look for a place is: every place that only a walk can judge is walked; and every one that it prices
better, which is where hours cost something and there are breaks or several windows, or wishes, or compact areas."""

INFINITE = 1e300

DOUBTFUL = 1_000
"""Metres by which ways may be of other lengths at other hours."""

ELEVEN, TWELVE, TWENTY_FIVE, TWENTY_SEVEN = np.uint64(11), np.uint64(12), np.uint64(25), np.uint64(27)
ODD = np.uint64(0x2545F4914F6CDD1D)
"""Constants of Vigna's generator xorshift64*."""


@inlined(F(D, S, I, I, I, I))
def detour(d, s, slot, c, p, x):  # type: ignore[no-untyped-def]
    """Fen of the metres that stop ``x`` adds between positions p and p + 1."""
    base = v.c(d)[c].profile
    a, b = v.place(s)[slot, p].node, v.place(s)[slot, p + 1].node
    return v.c(d)[c].metre * (v.back(d)[base, x, a] + v.way(d)[base, x, b] - v.place(s)[slot, p].gap)


@inlined(B(D, S, I, I, I, I))
def in_turn(d, s, slot, p, m, x):  # type: ignore[no-untyped-def]
    """Tell whether no delivery of the trip comes after what is only taken after deliveries."""
    if m == 0:
        return True
    if v.s(d)[x].back:
        return v.place(s)[slot, p].gets == 0
    return v.s(d)[x].gets == 0 or v.place(s)[slot, p].turned == 0


@compiled(III(D, S, I, I, I, I, I, I, I, I))
def in_layers(d, s, slot, c, p, x, a, b, spent, work):  # type: ignore[no-untyped-def]
    """Soonest second at ``b`` over ``x``, when ``x`` begins then, and the latest at ``b``; breaks where they fit."""
    base = v.c(d)[c].profile
    wins = v.c(d)[c].windows
    layers = v.c(d)[c].pauses + 1
    y = NEVER
    t = NEVER
    limit = -NEVER
    for had in range(layers):
        if v.early(s)[slot, p, had] >= NEVER:
            continue
        for mid in range(had, layers):
            begin = leg(d, c, base, a, x, v.early(s)[slot, p, had] + spent, had, mid)
            if begin >= NEVER:
                continue
            begin = opens(d, wins + x, begin)
            if begin >= NEVER:
                continue
            for have in range(mid, layers):
                there = leg(d, c, base, x, b, begin + work, mid, have)
                if there <= v.late(s)[slot, p + 1, have] and there < y:
                    y = there
                    t = begin
                    limit = v.late(s)[slot, p + 1, have]
    return y, t, limit


@compiled(B(D, S, I, I, I, I))
def sites_take(d, s, slot, p, m, x):  # type: ignore[no-untyped-def]
    """Tell whether the sites where the goods of ``x`` would be unloaded take so much more in the day."""
    for j in range(d.dims):
        units = v.materials(d)[x, j]
        if units == 0:
            continue
        q = v.place(s)[slot, p + 1].onward
        while q <= m:
            u = v.place(s)[slot, q].node - d.n
            if v.u_takes(d)[u, j]:
                if v.used(s)[u, j] + units > v.u_room(d)[u, j]:
                    return False
                break
            q = v.place(s)[slot, q + 1].onward
    return True


@compiled(B(D, I))
def begins_loaded(d, c):  # type: ignore[no-untyped-def]
    """Tell whether vehicles of class ``c`` have something on board before they do anything."""
    found = False
    for j in range(d.dims):
        found = found or v.c_load(d)[c, j] > 0
    return found


@compiled(FI(D, S, I, I, I, F, F))
def judged(d, s, slot, p, x, cost, bound):  # type: ignore[no-untyped-def]
    """Fen that stop ``x`` adds between positions p and p + 1, ``cost`` of them for metres, and if it fits there."""
    c = v.slots(s)[slot].kind
    m = v.slots(s)[slot].length
    base = v.c(d)[c].profile
    a, b = v.place(s)[slot, p].node, v.place(s)[slot, p + 1].node
    if v.back(d)[base, x, a] >= FAR or v.way(d)[base, x, b] >= FAR:
        return INFINITE, TIMES
    if d.turned and not in_turn(d, s, slot, p, m, x):
        return INFINITE, TIMES
    if m == 0 and d.collects and v.c(d)[c].empties and begins_loaded(d, c):
        return cost, LOADS
    unsure = False
    for k in range(d.rows):
        room = v.c_room(d)[c, k]
        if d.plain:
            if v.aboard(s)[slot, 0, 0, k] + v.goods(d)[x, 0, k] > room:
                return INFINITE, LOADS
            continue
        if v.aboard(s)[slot, p, 1, k] + v.goods(d)[x, 0, k] > room:
            return cost, LOADS
        if v.goods(d)[x, 1, k] > 0:
            if v.aboard(s)[slot, p, 0, k] + v.goods(d)[x, 1, k] > room:
                return cost, LOADS
            if v.aboard(s)[slot, p + 1, 2, k] + v.goods(d)[x, 1, k] > room:
                if not d.partial:
                    return cost, LOADS
                unsure = True  # a site before the fullest place takes some of it, perhaps enough
    if not d.clocked and not d.partial and not d.ranged and not (v.s(d)[x].gives and v.c(d)[c].empties):
        return cost, FITS
    if d.collects and v.s(d)[x].gives:
        if v.c(d)[c].empties and v.s(d)[x].leaves & ~v.place(s)[slot, p + 1].ahead:
            return cost, LOADS
        if d.bounded and not sites_take(d, s, slot, p, m, x):
            return cost, LOADS
    if d.ranged and v.c(d)[c].full < NEVER:
        left = v.place(s)[slot, p].lasts if m else v.c(d)[c].charge
        left -= v.way(d)[base, a, x] + v.way(d)[base, x, b] - (v.way(d)[base, a, b] if m else 0)
        if left < 0 and (d.periods == 1 or left < -DOUBTFUL):
            return cost, RANGE
        unsure = unsure or (d.periods > 1 and left < DOUBTFUL)
    if d.released and v.s(d)[x].release > 0:
        q = p
        while q > 0 and not (v.place(s)[slot, q].node >= d.n and v.u(d)[v.place(s)[slot, q].node - d.n].reloads):
            q -= 1
        if v.s(d)[x].release > v.early(s)[slot, q, 0]:
            if d.layers == 1 and m > 0 and v.s(d)[x].release > v.late(s)[slot, q, 0]:
                return INFINITE, TIMES
            return cost, UNSURE
    crew, wins = v.c(d)[c].crew, v.c(d)[c].windows
    spent = 0 if p == 0 else v.service(d)[crew + a]
    work = v.service(d)[crew + x]
    if d.layers == 1:
        t = opens(d, wins + x, arrival(d, base, a, x, v.early(s)[slot, p, 0] + spent))
        limit = v.late(s)[slot, p + 1, 0]
        if t >= NEVER:
            return INFINITE, TIMES
        y = arrival(d, base, x, b, t + work)
        if y > limit:
            return INFINITE, TIMES
    else:
        y, t, limit = in_layers(d, s, slot, c, p, x, a, b, spent, work)
        if y >= NEVER:
            return INFINITE, TIMES
    if s.thorough == EXACT and ((d.timed and not d.simple) or d.wished or d.compact > 0):
        return (INFINITE, DEARER) if cost >= bound else (cost, UNSURE)
    if d.timed:
        now = v.slots(s)[slot].lasts
        longer = v.time(d)[base, a, x] + v.time(d)[base, x, b] - (v.time(d)[base, a, b] if m else 0) + work
        total = v.place(s)[slot, m + 1].work if m else 0
        was = v.slots(s)[slot].home if m else y
        home = max(was, y + total - v.place(s)[slot, p + 1].work) if m else y
        if d.simple:
            begin = min(v.span(d)[wins + x, 0, 1], limit - v.time(d)[base, x, b] - work)
            begin = min(v.late(s)[slot, p, 0], begin - v.time(d)[base, a, x] - spent) - v.place(s)[slot, p].work
            lasts = max(total + longer, home - min(v.late(s)[slot, 0, 0], begin))
            if lasts > v.c(d)[c].longest:
                return INFINITE, TIMES
        else:
            lasts = min(now + longer, max(now, home - v.c(d)[c].leave)) if m else longer
            lasts = max(lasts, now + home - was)
            unsure = unsure or lasts > v.c(d)[c].longest
        cost += v.c(d)[c].second * (lasts - now)
        over = v.c(d)[c].overtime
        if home > over:
            cost += v.c(d)[c].over * (home - max(over, was if m else over))
    if d.wished and v.s(d)[x].wish > 0:
        off = NEVER
        for w in range(d.wishes):
            off = min(off, max(0, v.wish(d)[x, w, 0] - t, t - v.wish(d)[x, w, 1]))
        cost += v.s(d)[x].wish * off
    if cost >= bound:
        return INFINITE, DEARER
    return cost, UNSURE if unsure else FITS


@compiled(B(S, I, I, I, I, I, I))
def compose(s, slot, target, p, x, how, site):  # type: ignore[no-untyped-def]
    """Write the order of ``slot`` with ``x`` after position p into ``target``; False when it has no room for it."""
    m = v.slots(s)[slot].length
    more = 1 if how == PLAIN else 3 if how == SITE_BOTH else 2
    if m + more + 2 > s.positions:
        return False
    v.slots(s)[target].kind = v.slots(s)[slot].kind
    shift = 2 if how in (SITE_BEFORE, SITE_AFTER) else 1
    for q in range(m, p, -1):
        v.place(s)[target, q + shift].node = v.place(s)[slot, q].node
    if target != slot:
        for q in range(1, p + 1):
            v.place(s)[target, q].node = v.place(s)[slot, q].node
    if how in (SITE_BEFORE, SITE_BOTH):
        v.place(s)[target, p + 1].node = site
        v.place(s)[target, p + 2].node = x
        if how == SITE_BOTH:
            v.place(s)[target, p + 3].node = site
    else:
        v.place(s)[target, p + 1].node = x
        if how == SITE_AFTER:
            v.place(s)[target, p + 2].node = site
        elif how == SITE_AT_END:
            v.place(s)[target, m + 2].node = site
    v.slots(s)[target].length = m + more
    return True


@compiled(B(D, S, I, I))
def room_left(d, s, slot, scratch):  # type: ignore[no-untyped-def]
    """Tell whether the sites can take what the route would bring instead of what it brings now."""
    for u in range(d.sites):
        for k in range(d.dims):
            if v.used(s)[u, k] - v.drops(s)[slot, u, k] + v.drops(s)[scratch, u, k] > v.u_room(d)[u, k]:
                return False
    return True


@compiled(FI(D, S, I, I, I, I, I))
def tried(d, s, r, p, x, how, site):  # type: ignore[no-untyped-def]
    """Fen that it adds to route ``r``, by a whole walk; INFINITE and the rule when it does not fit."""
    slot = v.slot(s)[r]
    scratch = s.slot_count - 1
    if not compose(s, slot, scratch, p, x, how, site):
        return INFINITE, TIMES
    says = walk(d, s, scratch, False)
    if says != FITS:
        return INFINITE, says
    if d.bounded and not room_left(d, s, slot, scratch):
        return INFINITE, LOADS
    return v.slots(s)[scratch].cost - v.slots(s)[slot].cost, FITS


@compiled(N(S, F, I, I, I, I))
def offer(s, cost, r, p, how, site):  # type: ignore[no-untyped-def]
    """Keep a place as the best of the stop at hand."""
    s.best = cost
    s.best_route = r
    s.best_at = p
    s.best_how = how
    s.best_site = site
    s.best_kind = -1


@compiled(N(S, F, I, I, I, I, I))
def note(s, cost, r, p, how, site, then):  # type: ignore[no-untyped-def]
    """Keep a place that only a whole walk can judge, if it is among the cheapest."""
    trial = v.trial(s)
    k = s.trials
    if k == TRIALS:
        if cost >= trial[k - 1].cost:
            return
        k -= 1
    else:
        s.trials += 1
    while k > 0 and trial[k - 1].cost > cost:
        trial[k].cost = trial[k - 1].cost
        trial[k].route = trial[k - 1].route
        trial[k].at = trial[k - 1].at
        trial[k].how = trial[k - 1].how
        trial[k].site = trial[k - 1].site
        trial[k].then = trial[k - 1].then
        k -= 1
    trial[k].cost = cost
    trial[k].route = r
    trial[k].at = p
    trial[k].how = how
    trial[k].site = site
    trial[k].then = then


@compiled(N(D, S, I, F, I, I, I, I))
def weigh(d, s, x, cost, r, p, how, site):  # type: ignore[no-untyped-def]
    """Walk a place now, where every place counts, or note it for later."""
    if not s.thorough:
        note(s, cost, r, p, how, site, 0)
        return
    cost, _ = tried(d, s, r, p, x, how, site)
    if cost < s.best:
        offer(s, cost, r, p, how, site)


@compiled(N(D, S, I))
def try_noted(d, s, x):  # type: ignore[no-untyped-def]
    """Walk the places that were noted, the cheapest first, as long as one may be better than the best."""
    for k in range(s.trials):
        trial = v.trial(s)[k]
        if trial.cost >= s.best:
            break
        r, p, how, site = trial.route, trial.at, trial.how, trial.site
        cost, _ = tried(d, s, r, p, x, how, site)
        if cost < s.best:
            offer(s, cost, r, p, how, site)
    s.trials = 0


@compiled(N(D, S, I, I, I, I))
def place_with_site(d, s, r, p, x, says):  # type: ignore[no-untyped-def]
    """As `place`, with a visit to a site that lets it fit."""
    slot = v.slot(s)[r]
    c = v.slots(s)[slot].kind
    m = v.slots(s)[slot].length
    base = v.c(d)[c].profile
    crew = v.c(d)[c].crew
    metre, second = v.c(d)[c].metre, v.c(d)[c].second
    a, b = v.place(s)[slot, p].node, v.place(s)[slot, p + 1].node
    now = v.way(d)[base, a, b] if m else 0
    fixed = v.c(d)[c].fixed if m == 0 else 0.0
    before = (p > 0 and a < d.n) or (p == 0 and begins_loaded(d, c))
    both = m == 0 and before and v.s(d)[x].gives and v.c(d)[c].empties
    for u in range(d.sites):
        if says == RANGE and not v.u(d)[u].charges:
            continue
        if says == LOADS and not (v.u(d)[u].unloads or v.u(d)[u].reloads):
            continue
        if says == TIMES and not v.u(d)[u].reloads:  # a trip of its own waits for no other goods
            continue
        z = d.n + u
        work = second * (v.service(d)[crew + z] + v.service(d)[crew + x])
        if both:
            cost = v.way(d)[base, a, z] + v.way(d)[base, z, x] + v.way(d)[base, x, z] + v.way(d)[base, z, b]
            cost = metre * cost + second * v.service(d)[crew + z] + fixed
            if cost < s.best:
                weigh(d, s, x, cost + work, r, p, SITE_BOTH, z)
        elif before:
            cost = metre * (v.way(d)[base, a, z] + v.way(d)[base, z, x] + v.way(d)[base, x, b] - now) + fixed
            if cost < s.best:
                weigh(d, s, x, cost + work, r, p, SITE_BEFORE, z)
        if p == m or b < d.n:
            cost = metre * (v.way(d)[base, a, x] + v.way(d)[base, x, z] + v.way(d)[base, z, b] - now) + fixed
            if cost < s.best:
                weigh(d, s, x, cost + work, r, p, SITE_AFTER, z)
        if d.collects and p < m and v.place(s)[slot, p + 1].onward > m:
            last, end = v.place(s)[slot, m].node, v.c(d)[c].end
            cost = v.way(d)[base, a, x] + v.way(d)[base, x, b] - now
            cost = metre * (cost + v.way(d)[base, last, z] + v.way(d)[base, z, end] - v.way(d)[base, last, end])
            if cost < s.best:
                weigh(d, s, x, cost + work, r, p, SITE_AT_END, z)


@compiled(I(D, S, I))
def unused(d, s, c):  # type: ignore[no-untyped-def]
    """A route of class ``c`` that is not in use, or -1."""
    for r in range(v.first(s)[c], v.first(s)[c + 1]):
        if v.slots(s)[v.slot(s)[r]].length == 0:
            return r
    return -1


@compiled(B(D, S, I, I))
def serves_all(d, s, slot, c):  # type: ignore[no-untyped-def]
    """Tell whether class ``c`` may serve every stop of a slot."""
    for p in range(1, v.slots(s)[slot].length + 1):
        x = v.place(s)[slot, p].node
        if x < d.n and not v.c_able(d)[c, x]:
            return False
    return True


@compiled(N(D, S, I, I, I))
def place_in_larger(d, s, r, p, x):  # type: ignore[no-untyped-def]
    """As `place`, with the whole route on a vehicle of another class that has room for it."""
    slot = v.slot(s)[r]
    m = v.slots(s)[slot].length
    scratch = s.slot_count - 1
    now = v.slots(s)[slot].kind
    base = v.c(d)[now].profile
    a, b = v.place(s)[slot, p].node, v.place(s)[slot, p + 1].node
    if m == 0:
        return
    for c in range(d.classes):
        if c == now or not v.c_able(d)[c, x] or v.c_room(d)[c, 0] <= v.c_room(d)[now, 0]:
            continue
        if v.c(d)[c].profile == base and v.c(d)[c].start == v.c(d)[now].start and v.c(d)[c].end == v.c(d)[now].end:
            far = v.slots(s)[slot].far + v.way(d)[base, a, x] + v.way(d)[base, x, b] - v.place(s)[slot, p].gap
            if v.c(d)[c].fixed + v.c(d)[c].metre * far - v.slots(s)[slot].cost >= s.best:
                continue
        if unused(d, s, c) < 0 or not serves_all(d, s, slot, c):
            continue
        if not compose(s, slot, scratch, p, x, PLAIN, 0):
            return
        v.slots(s)[scratch].kind = c
        if walk(d, s, scratch, False) != FITS or (d.bounded and not room_left(d, s, slot, scratch)):
            continue
        cost = v.slots(s)[scratch].cost - v.slots(s)[slot].cost
        if cost < s.best:
            offer(s, cost, r, p, PLAIN, 0)
            s.best_kind = c


@compiled(N(D, S, I, I, I, F))
def place(d, s, r, p, x, cost):  # type: ignore[no-untyped-def]
    """Improve the best place with stop ``x`` after position p of route ``r``, whose metres add ``cost``."""
    slot = v.slot(s)[r]
    if d.announced:
        cost += v.c_dear(d)[v.slots(s)[slot].kind, x]
    cost, says = judged(d, s, slot, p, x, cost, s.best)
    if says == FITS:
        offer(s, cost, r, p, PLAIN, 0)
        return
    if says == UNSURE:
        weigh(d, s, x, cost, r, p, PLAIN, 0)
        return
    if d.sites and (says in (LOADS, RANGE) or (says == TIMES and d.released)):
        place_with_site(d, s, r, p, x, says)
    if d.classes > 1 and says == LOADS:
        place_in_larger(d, s, r, p, x)


@inlined(F(S))
def random(s):  # type: ignore[no-untyped-def]
    """A number from 0 up to 1; the state is the search's own, so that a seed means the same everywhere."""
    x = s.random
    x ^= x >> TWELVE
    x ^= x << TWENTY_FIVE
    x ^= x >> TWENTY_SEVEN
    s.random = x
    return np.float64((x * ODD) >> ELEVEN) * (1.0 / 9007199254740992.0)


@inlined(I(S, I))
def below(s, n):  # type: ignore[no-untyped-def]
    """A whole number from 0 up to n."""
    return min(n - 1, int(random(s) * n))


@compiled(N(D, S, I, I))
def beside_sites(d, s, x, only):  # type: ignore[no-untyped-def]
    """Look after each unload too; where the route is given (``only``), or few vehicles serve the stop, everywhere."""
    for r in range(s.routes):
        if only >= 0 and r != only:
            continue
        slot = v.slot(s)[r]
        c = v.slots(s)[slot].kind
        m = v.slots(s)[slot].length
        if m == 0 or not v.c_able(d)[c, x]:
            continue
        if only >= 0 or v.s(d)[x].few:
            for p in range(m + 1):
                cost = detour(d, s, slot, c, p, x)
                if cost < s.best:
                    place(d, s, r, p, x, cost)
            continue
        for q in range(1, m + 1):
            if v.place(s)[slot, q].node >= d.n:
                cost = detour(d, s, slot, c, q, x)
                if cost < s.best:
                    place(d, s, r, q, x, cost)


@compiled(N(D, S, I))
def on_its_own(d, s, x):  # type: ignore[no-untyped-def]
    """Look at a route that is not in use, of each class."""
    for c in range(d.classes):
        if not v.c_able(d)[c, x]:
            continue
        base = v.c(d)[c].profile
        cost = v.c(d)[c].metre * (v.back(d)[base, x, v.c(d)[c].start] + v.way(d)[base, x, v.c(d)[c].end])
        cost += v.c(d)[c].fixed
        if cost < s.best:
            r = unused(d, s, c)
            if r >= 0:
                place(d, s, r, 0, x, cost)


@inlined(I(S, F))
def blinked(s, blink):  # type: ignore[no-untyped-def]
    """How many places are looked at before one is overlooked."""
    if blink <= 0.0:
        return 1 << 40
    return int(math.log(max(1e-300, random(s))) / math.log(1.0 - blink))


@compiled(N(D, S, I, F, F, I))
def best_place(d, s, x, bound, blink, reach):  # type: ignore[no-untyped-def]
    """Find the cheapest place for stop ``x`` that adds less than ``bound``; ``best_route`` is -1 if there is none."""
    offer(s, bound, -1, 0, PLAIN, 0)
    s.trials = 0
    fellow = v.s(d)[x].together
    only = -1
    if fellow >= 0 and v.fellow(s)[fellow].many > 0:
        only = v.fellow(s)[fellow].route
    if d.sites > 0 and only < 0:  # the bound that this gives saves many whole walks with sites
        on_its_own(d, s, x)
    opens_at, shuts_at, work = v.span(d)[x, 0, 0], v.span(d)[x, 0, 1], v.service(d)[x]
    brings, takes = v.goods(d)[x, 0, 0], v.goods(d)[x, 1, 0]
    blinks = 1 + blinked(s, blink)
    for j in range(1, min(reach, d.width)):
        y = np.int64(v.beside(d)[x, j])
        r = v.stop(s)[y].route
        if r < 0 or (only >= 0 and r != only):
            continue
        if d.level and (v.room(s)[r, 0] < brings or v.room(s)[r, 1] < takes):
            continue
        blinks -= 1
        if blinks == 0:
            blinks = 1 + blinked(s, blink)
            continue
        c = v.stop(s)[y].kind
        if not v.c_able(d)[c, x]:
            continue
        base = v.c(d)[c].profile
        metre = v.c(d)[c].metre
        way = v.detour(d)[
            base, x, j
        ]  # where no third place makes a way shorter, no insertion here is cheaper than this
        if metre * (way - 2 * v.stop(s)[y].gap_next) < s.best:
            z = v.stop(s)[y].next
            cost = metre * (v.back(d)[base, x, y] + v.way(d)[base, x, z] - v.stop(s)[y].gap_next)
            if cost < s.best:
                fits = True
                if d.quick:
                    t = max(opens_at, v.stop(s)[y].ready + v.time_back(d)[base, x, y])
                    fits = t <= shuts_at and t + work + v.time(d)[base, x, z] <= v.stop(s)[y].next_due
                if fits:
                    place(d, s, r, v.stop(s)[y].at, x, cost)
        if metre * (way - 2 * v.stop(s)[y].gap_last) < s.best:
            z = v.stop(s)[y].last
            cost = metre * (v.back(d)[base, x, z] + v.way(d)[base, x, y] - v.stop(s)[y].gap_last)
            if cost < s.best:
                fits = True
                if d.quick:
                    t = max(opens_at, v.stop(s)[y].last_ready + v.time_back(d)[base, x, z])
                    fits = t <= shuts_at and t + work + v.time(d)[base, x, y] <= v.stop(s)[y].due
                if fits:
                    place(d, s, r, v.stop(s)[y].at - 1, x, cost)
    if d.sites > 0 or only >= 0 or v.s(d)[x].few:
        beside_sites(d, s, x, only)
    try_noted(d, s, x)
    if only < 0 and (s.best_route < 0 or d.sites == 0):
        on_its_own(d, s, x)
        try_noted(d, s, x)


@inlined(B(S, F))
def chance(s, odds):  # type: ignore[no-untyped-def]
    """True as often as ``odds`` says."""
    return random(s) < odds


@inlined(F(S, F))
def heat(s, temperature):  # type: ignore[no-untyped-def]
    """How much dearer the annealing may become now."""
    return -temperature * math.log(max(1e-300, random(s)))
