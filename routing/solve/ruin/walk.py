"""One look at a whole route: does it keep every rule, and what does it cost; and what insertions need to know of it."""

from __future__ import annotations

from routing.solve.ruin import views as v
from routing.solve.ruin.compiling import FI, B, D, F, I, N, S, compiled, inlined
from routing.solve.ruin.day import FAR, NEVER
from routing.solve.ruin.timing import backwards, forwards, metres

FITS, LOADS, TIMES, RANGE = 0, 1, 2, 3
"""What `walk` says: all well, or the first rule that does not hold."""


@compiled(N(D, S, I))
def clear(d, s, slot):  # type: ignore[no-untyped-def]
    """Let the route leave nothing at any site."""
    for u in range(d.sites):
        for k in range(d.dims):
            v.drops(s)[slot, u, k] = 0


@compiled(N(D, S, I, I))
def readiness(d, s, slot, m):  # type: ignore[no-untyped-def]
    """Fill ``ready``: at the start and at each reloading, when the goods of the trip that begins there are ready."""
    latest = -NEVER
    for p in range(m, -1, -1):
        v.place(s)[slot, p].ready = -NEVER
        if p == 0:
            v.place(s)[slot, 0].ready = latest
            break
        x = v.place(s)[slot, p].node
        if x < d.n:
            latest = max(latest, v.s(d)[x].release)
        elif v.u(d)[x - d.n].reloads:
            v.place(s)[slot, p].ready = latest
            latest = -NEVER


@inlined(I(D, S, I))
def sum_of(d, s, k):  # type: ignore[no-untyped-def]
    """What row ``k`` sums of what is aboard (``sums``); the first rows are the dimensions themselves."""
    if k < d.dims:
        return v.sums(s)[k]
    acc = 0
    for j in range(d.dims):
        if v.in_row(d)[k, j]:
            acc += v.sums(s)[j]
    return acc


@compiled(B(D, S, I, I, I))
def collected_by_dimension(d, s, slot, c, m):  # type: ignore[no-untyped-def]
    """As `loads` where a site takes some dimensions only, or has a bound on what it takes."""
    aboard = v.sums(s)
    for j in range(d.dims):
        aboard[j] = v.c_load(d)[c, j]
    if d.bounded:
        clear(d, s, slot)
    for k in range(d.rows):
        acc = sum_of(d, s, k)
        v.aboard(s)[slot, 0, 0, k] += acc
        if v.aboard(s)[slot, 0, 0, k] > v.c_room(d)[c, k]:
            return False
    for p in range(1, m + 1):
        x = v.place(s)[slot, p].node
        if x < d.n:
            for j in range(d.dims):
                aboard[j] += v.materials(d)[x, j]
        else:
            for j in range(d.dims):
                if v.u_takes(d)[x - d.n, j]:
                    if d.bounded:
                        v.drops(s)[slot, x - d.n, j] += aboard[j]
                    aboard[j] = 0
        for k in range(d.rows):
            v.aboard(s)[slot, p, 0, k] += sum_of(d, s, k)
            if not d.paired and v.aboard(s)[slot, p, 0, k] > v.c_room(d)[c, k]:
                return False
    for k in range(d.rows if d.paired else 0):
        held = 0
        for p in range(1, m + 1):
            x = v.place(s)[slot, p].node
            if x < d.n:
                held += v.goods(d)[x, 2, k]
            v.aboard(s)[slot, p, 0, k] += held
            if v.aboard(s)[slot, p, 0, k] > v.c_room(d)[c, k]:
                return False
    if v.c(d)[c].empties and m > 0:
        for j in range(d.dims):
            if aboard[j] > 0:
                return False
    return True


@compiled(B(D, S, I, I, I, B))
def brought(d, s, slot, c, m, full):  # type: ignore[no-untyped-def]
    """As `loads` on a day on which everything is only brought: a vehicle is fullest when a trip begins."""
    for k in range(d.rows):
        acc = 0
        v.aboard(s)[slot, m + 1, 2, k] = 0
        for p in range(m, -1, -1):
            x = -1 if p == 0 else v.place(s)[slot, p].node
            v.aboard(s)[slot, p, 0, k] = acc
            v.aboard(s)[slot, p, 2, k] = acc
            if p == 0 or (x >= d.n and v.u(d)[x - d.n].reloads):
                if acc > v.c_room(d)[c, k]:
                    return False
                acc = 0
            elif x < d.n:
                acc += v.goods(d)[x, 0, k]
        most = 0
        for p in range(m + 1 if full else 0):
            x = -1 if p == 0 else v.place(s)[slot, p].node
            if p == 0 or (x >= d.n and v.u(d)[x - d.n].reloads):
                most = v.aboard(s)[slot, p, 0, k]
            v.aboard(s)[slot, p, 1, k] = most
    return True


@compiled(B(D, S, I, I, B))
def in_order(d, s, slot, m, full):  # type: ignore[no-untyped-def]
    """Fill ``turned`` and ``gets``; tell whether no delivery of a trip comes after what is only taken after them."""
    turned = 0
    v.place(s)[slot, 0].turned = 0
    for p in range(1, m + 1):
        x = v.place(s)[slot, p].node
        if x >= d.n:
            if v.u(d)[x - d.n].reloads:
                turned = 0
        elif v.s(d)[x].back:
            turned = 1
        elif turned and v.s(d)[x].gets:
            return False
        v.place(s)[slot, p].turned = turned
    gets = 0
    for p in range(m if full else -1, -1, -1):
        v.place(s)[slot, p].gets = gets
        x = v.place(s)[slot, p].node
        if p > 0 and x < d.n:
            gets |= v.s(d)[x].gets
        elif p > 0 and v.u(d)[x - d.n].reloads:
            gets = 0
    return True


@compiled(B(D, S, I, I, I, B))
def kept_aboard(d, s, slot, c, m, full):  # type: ignore[no-untyped-def]
    """As `loads` on a day without sites: what is collected stays aboard until the vehicle is home."""
    for k in range(d.rows):
        room = v.c_room(d)[c, k]
        acc = 0
        for p in range(m, 0, -1):
            v.aboard(s)[slot, p, 0, k] = acc
            acc += v.goods(d)[v.place(s)[slot, p].node, 0, k]
        taken = 0
        for j in range(d.dims):
            if v.in_row(d)[k, j]:
                taken += v.c_load(d)[c, j]
        acc += taken
        v.aboard(s)[slot, 0, 0, k] = acc
        v.aboard(s)[slot, 0, 1, k] = acc
        if acc > room:
            return False
        most = acc
        held = 0  # by pairs whose drop is still to come; one without its drop is a fault of the pair, not of the load
        for p in range(1, m + 1):
            x = v.place(s)[slot, p].node
            taken += v.goods(d)[x, 1, k]
            held += v.goods(d)[x, 2, k]
            acc = v.aboard(s)[slot, p, 0, k] + taken + held
            if acc > room:
                return False
            most = max(most, acc)
            v.aboard(s)[slot, p, 0, k] = acc
            v.aboard(s)[slot, p, 1, k] = most
        if taken > 0 and v.c(d)[c].empties and m > 0:
            return False
        most = -NEVER
        v.aboard(s)[slot, m + 1, 2, k] = most
        for p in range(m if full else -1, -1, -1):
            most = max(most, v.aboard(s)[slot, p, 0, k])
            v.aboard(s)[slot, p, 2, k] = most
    return True


@compiled(B(D, S, I, I, I, B))
def loads(d, s, slot, c, m, full):  # type: ignore[no-untyped-def]
    """Fill ``load`` after each position, and the most of it before and after; tell whether it always fits."""
    rows = d.rows
    if d.plain:
        for k in range(rows):
            acc = 0
            for p in range(1, m + 1):
                acc += v.goods(d)[v.place(s)[slot, p].node, 0, k]
            v.aboard(s)[slot, 0, 0, k] = acc
            if acc > v.c_room(d)[c, k]:
                return False
        return True
    if not d.collects:
        return brought(d, s, slot, c, m, full)
    if d.turned and not in_order(d, s, slot, m, full):
        return False
    if d.sites == 0:
        return kept_aboard(d, s, slot, c, m, full)
    for k in range(rows):  # goods still to be delivered
        acc = 0
        for p in range(m, 0, -1):
            v.aboard(s)[slot, p, 0, k] = acc
            x = v.place(s)[slot, p].node
            if x < d.n:
                acc += v.goods(d)[x, 0, k]
            elif v.u(d)[x - d.n].reloads:
                v.aboard(s)[slot, p, 0, k] = acc
                acc = 0
        v.aboard(s)[slot, 0, 0, k] = acc
    if d.partial:
        if not collected_by_dimension(d, s, slot, c, m):
            return False
    else:
        for k in range(rows):
            acc = 0
            for j in range(d.dims):
                if v.in_row(d)[k, j]:
                    acc += v.c_load(d)[c, j]
            held = 0
            room = v.c_room(d)[c, k]
            v.aboard(s)[slot, 0, 0, k] += acc
            if v.aboard(s)[slot, 0, 0, k] > room:
                return False
            for p in range(1, m + 1):
                x = v.place(s)[slot, p].node
                if x < d.n:
                    acc += v.goods(d)[x, 1, k]
                    held += v.goods(d)[x, 2, k]
                elif v.u(d)[x - d.n].unloads:
                    acc = 0
                v.aboard(s)[slot, p, 0, k] += acc + held
                if v.aboard(s)[slot, p, 0, k] > room:
                    return False
            if acc > 0 and v.c(d)[c].empties and m > 0:
                return False
    if not full:
        return True
    v.place(s)[slot, m + 1].onward = m + 1
    v.place(s)[slot, m + 1].ahead = 0
    for p in range(m, -1, -1):
        x = -1 if p == 0 else v.place(s)[slot, p].node
        v.place(s)[slot, p].onward = v.place(s)[slot, p + 1].onward
        v.place(s)[slot, p].ahead = v.place(s)[slot, p + 1].ahead
        if x >= d.n and v.u(d)[x - d.n].unloads:
            v.place(s)[slot, p].onward = p
            v.place(s)[slot, p].ahead |= v.u(d)[x - d.n].takes
    for k in range(rows):
        v.aboard(s)[slot, 0, 1, k] = v.aboard(s)[slot, 0, 0, k]
        for p in range(1, m + 1):
            x = v.place(s)[slot, p].node
            if x >= d.n and v.u(d)[x - d.n].reloads:
                v.aboard(s)[slot, p, 1, k] = v.aboard(s)[slot, p, 0, k]
            else:
                v.aboard(s)[slot, p, 1, k] = max(v.aboard(s)[slot, p - 1, 1, k], v.aboard(s)[slot, p, 0, k])
        v.aboard(s)[slot, m + 1, 2, k] = -NEVER
        for p in range(m, -1, -1):
            if v.place(s)[slot, p].onward == p and v.u_clears(d)[v.place(s)[slot, p].node - d.n, k]:
                v.aboard(s)[slot, p, 2, k] = -NEVER
            else:
                v.aboard(s)[slot, p, 2, k] = max(v.aboard(s)[slot, p, 0, k], v.aboard(s)[slot, p + 1, 2, k])
    return True


@compiled(F(D, S, I, I, I))
def missed(d, s, slot, m, last):  # type: ignore[no-untyped-def]
    """Fen of the wishes that the soonest times miss."""
    cost = 0.0
    b = last
    for p in range(m + 1, 0, -1):
        if p <= m:
            x = v.place(s)[slot, p].node
            if x < d.n and v.s(d)[x].wish > 0:
                t = v.early(s)[slot, p, b]
                off = NEVER
                for w in range(d.wishes):
                    off = min(off, max(0, v.wish(d)[x, w, 0] - t, t - v.wish(d)[x, w, 1]))
                cost += v.s(d)[x].wish * off
        b = v.step(s)[p, b] if d.periods == 1 else v.step(s)[p, 0]
    return cost


@compiled(I(D, S, I, I, I))
def spread(d, s, slot, m, base):  # type: ignore[no-untyped-def]
    """Metres from the middle stop of the route to all others."""
    best = NEVER
    for p in range(1, m + 1):
        a = v.place(s)[slot, p].node
        if a >= d.n:
            continue
        sum_ = 0
        for q in range(1, m + 1):
            x = v.place(s)[slot, q].node
            if x < d.n and x != a and v.way(d)[base, a, x] < FAR:
                sum_ += v.way(d)[base, a, x]
            if sum_ >= best:
                break
        best = min(best, sum_)
    return best if best < NEVER else 0


@compiled(N(D, S, I, I, I))
def batteries(d, s, slot, c, m):  # type: ignore[no-untyped-def]
    """Fill ``charge`` and ``lasts`` of a route whose ``gap`` is filled."""
    charge = v.c(d)[c].charge
    for p in range(m + 2):
        x = v.place(s)[slot, p].node
        if p > 0:
            charge -= v.place(s)[slot, p - 1].gap
        v.place(s)[slot, p].charge = charge
        if 0 < p <= m and x >= d.n and v.u(d)[x - d.n].charges:
            charge = v.c(d)[c].full
    left = charge
    for p in range(m, -1, -1):
        x = v.place(s)[slot, p + 1].node
        if p == m or (x >= d.n and v.u(d)[x - d.n].charges):
            left = v.place(s)[slot, p + 1].charge
        v.place(s)[slot, p].lasts = left


@compiled(FI(D, S, I, I, I, B))
def price(d, s, slot, c, m, full):  # type: ignore[no-untyped-def]
    """Fen of the route whose ``early`` is filled, and the first rule among its lengths that does not hold."""
    base = v.c(d)[c].profile
    crew = v.c(d)[c].crew
    layers = v.c(d)[c].pauses + 1
    v.place(s)[slot, 0].node = v.c(d)[c].start
    v.place(s)[slot, m + 1].node = v.c(d)[c].end
    v.place(s)[slot, 0].gap = 0
    last = 0
    home = v.early(s)[slot, m + 1, 0]
    for b in range(1, layers):
        if v.early(s)[slot, m + 1, b] < home:
            home = v.early(s)[slot, m + 1, b]
            last = b
    v.slots(s)[slot].home = home
    far = 0
    worked = 0
    cost = v.c(d)[c].fixed
    a = v.c(d)[c].start
    charge = v.c(d)[c].charge
    if not d.timed and not d.ranged and d.periods == 1:
        for p in range(1, m + 2):
            x = v.c(d)[c].end if p == m + 1 else v.place(s)[slot, p].node
            gap = v.way(d)[base, a, x]
            if m:
                v.place(s)[slot, p - 1].gap = gap
            far += gap
            a = x
    elif d.periods == 1:
        v.place(s)[slot, 0].work = 0
        for p in range(1, m + 2):
            x = v.c(d)[c].end if p == m + 1 else v.place(s)[slot, p].node
            gap = v.way(d)[base, a, x]
            if m:
                v.place(s)[slot, p - 1].gap = gap
            far += gap
            if d.ranged:
                charge -= gap
                if charge < 0:
                    return 0.0, RANGE
                if p <= m and x >= d.n and v.u(d)[x - d.n].charges:
                    charge = v.c(d)[c].full
            worked += v.time(d)[base, a, x]
            v.place(s)[slot, p].work = worked
            worked += v.service(d)[crew + x]
            a = x
    else:
        b = last
        for p in range(m + 1, 0, -1):  # the layer in which each service begins, on the way that is home first
            v.step(s)[p, 0] = v.step(s)[p, b]
            b = v.step(s)[p, 0]
        v.place(s)[slot, 0].work = 0
        for p in range(1, m + 2):
            x = v.c(d)[c].end if p == m + 1 else v.place(s)[slot, p].node
            now = v.early(s)[slot, p - 1, v.step(s)[p, 0]] + (0 if p == 1 else v.service(d)[crew + a])
            gap = metres(d, base, a, x, now)
            if m:
                v.place(s)[slot, p - 1].gap = v.way(d)[base, a, x]
            far += gap
            if d.ranged:
                charge -= gap
                if charge < 0:
                    return 0.0, RANGE
                if p <= m and x >= d.n and v.u(d)[x - d.n].charges:
                    charge = v.c(d)[c].full
            worked += v.time(d)[base, a, x]
            v.place(s)[slot, p].work = worked
            worked += v.service(d)[crew + x]
            a = x
    if far >= FAR:
        return 0.0, TIMES
    cost += v.c(d)[c].metre * far
    v.slots(s)[slot].far = far
    if full and d.ranged:
        batteries(d, s, slot, c, m)
    if d.sites > 0:
        v.slots(s)[slot].sites = 0
        for p in range(1, m + 1):
            v.slots(s)[slot].sites += v.place(s)[slot, p].node >= d.n
    leaves = v.c(d)[c].leave
    if d.timed and m > 0:
        if d.simple:
            leaves = backwards(d, s, slot, NEVER)
            lasts = max(worked, home - leaves)
        else:
            leaves = backwards(d, s, slot, home)
            lasts = home - leaves
        if lasts > v.c(d)[c].longest:
            return 0.0, TIMES
        v.slots(s)[slot].lasts = lasts
        cost += v.c(d)[c].second * lasts
        if home > v.c(d)[c].overtime:
            cost += v.c(d)[c].over * (home - v.c(d)[c].overtime)
    if full and d.clocked and (not d.timed or not d.simple or m == 0):
        leaves = backwards(d, s, slot, NEVER)
    v.slots(s)[slot].leaves = leaves
    if d.announced:
        for p in range(1, m + 1):
            if v.place(s)[slot, p].node < d.n:
                cost += v.c_dear(d)[c, v.place(s)[slot, p].node]
    if d.wished:
        cost += missed(d, s, slot, m, last)
    if d.compact > 0 and m > 1:
        cost += d.compact * spread(d, s, slot, m, base)
    return cost, FITS


@compiled(I(D, S, I, B))
def walk(d, s, slot, full):  # type: ignore[no-untyped-def]
    """Price the route in a slot, and fill what insertions read when it is to stay (``full``)."""
    c = v.slots(s)[slot].kind
    m = v.slots(s)[slot].length
    if m == 0:
        v.slots(s)[slot].cost = 0.0
        v.slots(s)[slot].lasts = 0
        if d.bounded:
            clear(d, s, slot)
        if not full:
            return FITS
    if not loads(d, s, slot, c, m, full):
        return LOADS
    if d.released:
        readiness(d, s, slot, m)
    if d.clocked and not forwards(d, s, slot, -NEVER, d.wished or d.periods > 1):
        if m == 0:  # who cannot even come home by the straight way serves nobody
            v.place(s)[slot, 0].node, v.place(s)[slot, 1].node = v.c(d)[c].start, v.c(d)[c].end
            for b in range(d.layers):
                v.late(s)[slot, 1, b] = -NEVER
        return TIMES
    cost, fault = price(d, s, slot, c, m, full)
    if fault:
        return fault
    v.slots(s)[slot].cost = cost if m else 0.0
    if m == 0:
        v.slots(s)[slot].lasts = 0
    return FITS
