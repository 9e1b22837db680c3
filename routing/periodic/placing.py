"""What a visit adds to a route at each hour, and at which position; and the best pattern and hour of a point."""

from __future__ import annotations

from routing.periodic.compiling import inlined, loop
from routing.periodic.randomness import chance
from routing.periodic.tables import Search, Week
from routing.periodic.trips import INFINITE, measure, one_load


@inlined
def too_long(w: Week, s: Search, v: int, ends: float) -> float:
    """What a route costs for ending later than its vehicle may."""
    return s.told[0] * max(0.0, ends - w.until[v])


@inlined
def worth(w: Week, s: Search, b: int) -> float:
    """The price of a slot with what is too long."""
    return s.cost[b] + too_long(w, s, s.vehicle[b], s.ends[b]) if s.length[b] > 0 else 0.0


@inlined
def look(w: Week, s: Search, x: int, r: int) -> int:
    """Find what node ``x`` would add to a route at each hour; return which of the two answers kept holds.

    Most answers are known already, and a call of what takes all tables takes longer than to see that.
    """
    version = s.version[s.slot[r]]
    if s.kept_for[x, r, 0] == version:
        return 0
    if s.kept_for[x, r, 1] == version:
        return 1
    return look_anew(w, s, x, r)


@loop
def look_anew(w: Week, s: Search, x: int, r: int) -> int:
    """Find it where none of the two answers kept holds any more."""
    b = s.slot[r]
    known = s.kept_for[x, r]
    version = s.version[b]
    a = 1 if s.touched[r] > 0 and known[0] == s.version[s.touched[r] - 1] else 0
    known[a] = version
    kept, kept_at = s.kept_cost[x, r, a], s.kept_at[x, r, a]
    hours = w.hours
    for h in range(hours):
        kept[h] = INFINITE
    n, v, p, here = s.length[b], s.vehicle[b], w.point[x], w.place[x]
    at, spent, left, spent_left, trip = s.at[b], s.spent[b], s.left[b], s.spent_left[b], s.trip[b]
    until, rest, sure, due, ahead = s.until[b], s.rest[b], s.sure[b], s.due[b], s.ahead[b]
    fresh_until, fresh_rest, fresh_sure, fresh_due = s.fresh_until[b], s.fresh_rest[b], s.fresh_sure[b], s.fresh_due[b]
    least_due = s.least_due[b]
    nodes, loads, spreads, capacity, surety = s.nodes[b], s.loads[b], s.spreads[b], w.capacity[v], w.surety
    load, spread, dwell = w.load[x], w.spread[x], w.dwell[x]
    g = w.kind[v]
    earliest, latest, wish = w.earliest[g, p], w.latest[g, p], w.wish[p]
    place, seconds, price = w.place, w.seconds[g], w.price[g]
    to_sites, from_sites, by_sites = w.to_site[g], w.from_site[g], w.by_site[g]
    site_opens, site_closes = w.site_opens[g], w.site_closes[g]
    if not one_load(loads, spreads, capacity, surety, 1, 0, load, spread):
        return a  # not even alone
    home_by, dear = w.until[v], s.told[0]
    now = s.cost[b] + dear * max(0.0, s.ends[b] - home_by) if n > 0 else 0.0
    base = w.fixed[v] - now
    before = w.start[v]
    single = hours == 1
    for i in range(n + 1):
        after = w.home[v] if i == n else place[nodes[i + 1]]
        way_in, fare_in = seconds[before, here], price[before, here]
        way_out, fare_out = seconds[here, after], price[here, after]
        to_site, from_site, by_site = to_sites[here, after], from_sites[here, after], by_sites[here, after]
        opens, closes = site_opens[here, after], site_closes[here, after]
        if single:
            past = by_sites[before, after]
            least = min(fare_in + fare_out - price[before, after], fare_in + by_site - past)
            least = min(least, by_sites[before, here] + min(fare_out, by_site) - past)
            if n > 0 and least >= kept[0]:
                before = after
                continue
        fitting = 0 if i == n else ahead[i + 1]
        # what the rest costs at least, whatever its trips; nothing for what is too long
        ahead_due = base + (by_site if i == n else min(by_site + fresh_due[i + 1], fare_out + least_due[i + 1]))
        for j in range(1 if i == 0 else trip[i] + 1):  # so many visits of the trip before it; none: it arrives empty
            if j > 0:
                arrives, costs = at[i, j] + way_in, spent[i, j] + fare_in
                if single and costs + ahead_due >= kept[0]:
                    continue
                if not one_load(loads, spreads, capacity, surety, i - j + 1, i, load, spread):
                    break
            elif i == 0:
                arrives, costs = left[0] + way_in, fare_in
            else:
                arrives = left[i] + to_sites[before, here]
                if arrives > site_closes[before, here]:
                    continue
                arrives = max(arrives, site_opens[before, here]) + from_sites[before, here]
                costs = spent_left[i] + by_sites[before, here]
            for h in range(hours):
                if arrives > latest[h] or wish[h] == INFINITE:
                    continue
                then = max(arrives, earliest[h]) + dwell
                best, found = kept[h], False
                there = then + to_site
                if there <= closes:  # it is the last of its trip
                    there = max(there, opens) + from_site
                    total = base + costs + by_site
                    if i == n:
                        total += dear * max(0.0, there - home_by)
                        if total < best:
                            best, found = total, True
                    elif there <= fresh_until[i + 1]:
                        ends = max(there + fresh_rest[i + 1], fresh_sure[i + 1])
                        total += fresh_due[i + 1] + dear * max(0.0, ends - home_by)
                        if total < best:
                            best, found = total, True
                there = then + way_out
                total = base + costs + fare_out
                if i == n or total + least_due[i + 1] >= best:
                    if found:
                        kept[h], kept_at[h] = best, i
                    continue
                while fitting > 0 and not one_load(
                    loads, spreads, capacity, surety, i - j + 1, i + fitting, load, spread
                ):
                    fitting -= 1
                for m in range(1, fitting + 1):  # its trip goes on
                    if there <= until[i + 1, m]:
                        ends = max(there + rest[i + 1, m], sure[i + 1, m])
                        value = total + due[i + 1, m] + dear * max(0.0, ends - home_by)
                        if value < best:
                            best, found = value, True
                if found:
                    kept[h], kept_at[h] = best, i
        before = after
    return a


@inlined
def touch(w: Week, s: Search, r: int) -> int:
    """Return the slot in which a route may be changed; the one before keeps what it was."""
    if s.touched[r] > 0:
        return s.slot[r]
    b = s.slot[r]
    s.counts[0] -= 1
    c = s.free[s.counts[0]]
    s.vehicle[c] = s.vehicle[b]
    n = s.length[b]
    s.length[c] = n
    for i in range(1, n + 1):
        s.nodes[c, i] = s.nodes[b, i]
    s.slot[r] = c
    s.touched[r] = b + 1
    s.changed[1 + s.changed[0]] = r
    s.changed[0] += 1
    return c


@inlined
def note(w: Week, s: Search, p: int) -> None:
    """Write down how a point stands before a change moves it."""
    if s.given[p]:
        return
    s.given[p] = 1
    s.taken[1 + s.taken[0]] = p
    s.taken[0] += 1
    s.was_pattern[p] = s.pattern[p]
    s.was_hour[p] = s.hour[p]
    for d in range(w.days):
        s.was_on[p, d] = s.on[p, d]


@inlined
def bring(w: Week, s: Search, x: int, d: int, times: float) -> None:
    """Count what a node brings on a day to the sites, or (-1 times) no longer does."""
    for k in range(w.takes.shape[1]):
        s.brought[d, k] += times * w.gives[x, k]


@inlined
def taken_that_day(w: Week, s: Search, x: int, d: int) -> bool:
    """Tell whether all sites together take a node on a day besides what is brought then."""
    over = 0
    for k in range(w.takes.shape[1]):
        over += s.brought[d, k] + w.gives[x, k] > w.takes[d, k] + 1e-6
    return over == 0


@inlined
def other_price(w: Week, d: int, v: int, usual: int, who: int) -> float:
    """Price of a visit by another vehicle and by another driver than on the point's first day."""
    total = w.other_vehicle if v != usual else 0.0
    if w.driver[d, v] != who:
        total += w.other_driver
    return total


@inlined
def visit(w: Week, s: Search, x: int, r: int, i: int) -> None:
    """Put a node into a route after position ``i``."""
    b = touch(w, s, r)
    n = s.length[b]
    for k in range(n, i, -1):
        s.nodes[b, k + 1] = s.nodes[b, k]
    s.nodes[b, i + 1] = x
    s.length[b] = n + 1
    s.on[w.point[x], r // w.vehicles] = r % w.vehicles
    bring(w, s, x, r // w.vehicles, 1.0)
    measure(w, s, b)


@loop
def put_point(w: Week, s: Search, p: int, blink: float) -> bool:
    """Put a point that is left out where it adds least, on the days and at the hour that are best; False: nowhere."""
    cheapest = w.out[p]
    pattern, hour, together, leading = -1, -1, -1, -1
    room = s.nodes.shape[1] - 2
    for q in range(w.first[p], w.first[p + 1]):
        x = w.node[q]
        many = 0
        for d in range(w.days):
            if not (w.mask[q] >> d) & 1:
                continue
            many += 1
            taken = taken_that_day(w, s, x, d)
            for v in range(w.vehicles):
                r = d * w.vehicles + v
                s.answer[d, v] = -1
                if taken and s.length[s.slot[r]] < room and (blink == 0.0 or not chance(s.random, blink)):
                    s.answer[d, v] = look(w, s, x, r)
        for h in range(w.hours):
            if w.wish[p, h] == INFINITE:
                continue
            base = w.priced[q] + many * w.wish[p, h]
            if many > 1 and w.other_driver > 0.0:
                for v in range(w.vehicles):
                    total = base + led_by(w, s, x, w.mask[q], h, v)
                    if total < cheapest:
                        cheapest, pattern, hour, leading = total, q, h, v
                continue
            apart = base + (many - 1) * w.other_vehicle
            for d in range(w.days):
                if (w.mask[q] >> d) & 1:
                    least = INFINITE
                    for v in range(w.vehicles):
                        a = s.answer[d, v]
                        if a >= 0:
                            least = min(least, s.kept_cost[x, d * w.vehicles + v, a, h])
                    apart += least
            if apart < cheapest:
                cheapest, pattern, hour, together, leading = apart, q, h, -1, -1
            if many == 1 or w.other_vehicle == 0.0:
                continue
            for v in range(w.vehicles):
                same = base
                for d in range(w.days):
                    if (w.mask[q] >> d) & 1:
                        a = s.answer[d, v]
                        same += s.kept_cost[x, d * w.vehicles + v, a, h] if a >= 0 else INFINITE
                if same < cheapest:
                    cheapest, pattern, hour, together = same, q, h, v
    if pattern < 0:
        return False
    note(w, s, p)
    s.pattern[p] = pattern
    s.hour[p] = hour
    x = w.node[pattern]
    who = -1
    for d in range(w.days):
        if not (w.mask[pattern] >> d) & 1:
            continue
        best, where = INFINITE, -1
        for v in range(w.vehicles):
            if (together >= 0 and v != together) or (leading >= 0 and who < 0 and v != leading):
                continue
            r = d * w.vehicles + v
            if s.length[s.slot[r]] < room:
                a = look(w, s, x, r)
                value = s.kept_cost[x, r, a, hour]
                if who >= 0:
                    value += other_price(w, d, v, leading, who)
                if value < best:
                    best, where = value, r
        if where < 0:
            return False
        a = look(w, s, x, where)
        visit(w, s, x, where, s.kept_at[x, where, a, hour])
        if leading >= 0 and who < 0:
            who = w.driver[d, leading]
    return True


@inlined
def led_by(w: Week, s: Search, x: int, mask: int, h: int, first: int) -> float:
    """The least that a node adds on its days if a vehicle is there on the first, with prices of others on the later."""
    total, who = 0.0, -1
    for d in range(w.days):
        if not (mask >> d) & 1:
            continue
        least = INFINITE
        for v in range(w.vehicles):
            a = s.answer[d, v]
            if a >= 0 and (who >= 0 or v == first):
                value = s.kept_cost[x, d * w.vehicles + v, a, h]
                if who >= 0:
                    value += other_price(w, d, v, first, who)
                least = min(least, value)
        if who < 0:
            who = w.driver[d, first]
        total += least
    return total


@loop
def put_visit(w: Week, s: Search, p: int, d: int, blink: float) -> bool:
    """Put a point back on one day of its pattern, where it adds least; False: nowhere."""
    x = w.node[s.pattern[p]]
    if not taken_that_day(w, s, x, d):
        return False
    alone = True
    usual, who = -1, -1
    for e in range(w.days):
        if s.on[p, e] >= 0:
            alone = False
            usual = s.on[p, e]
            if who < 0:
                who = w.driver[e, usual]
    room = s.nodes.shape[1] - 2
    cheapest, where, hour, at = INFINITE, -1, -1, -1
    for v in range(w.vehicles):
        r = d * w.vehicles + v
        if s.length[s.slot[r]] >= room or (blink > 0.0 and chance(s.random, blink)):
            continue
        a = look(w, s, x, r)
        more = other_price(w, d, v, usual, who) if usual >= 0 else 0.0
        for h in range(w.hours):
            if (alone or h == s.hour[p]) and s.kept_cost[x, r, a, h] < INFINITE:
                value = s.kept_cost[x, r, a, h] + w.wish[p, h] + more
                if value < cheapest:
                    cheapest, where, hour, at = value, r, h, s.kept_at[x, r, a, h]
    if where < 0:
        return False
    s.hour[p] = hour
    visit(w, s, x, where, at)
    return True


@inlined
def price_of(w: Week, s: Search, p: int) -> float:
    """What a point costs besides its routes."""
    q = s.pattern[p]
    if q < 0:
        return w.out[p]
    total = w.priced[q]
    usual, who = -1, -1
    for d in range(w.days):
        v = s.on[p, d]
        if v >= 0:
            total += w.wish[p, s.hour[p]]
            if usual < 0:
                usual, who = v, w.driver[d, v]
            else:
                total += other_price(w, d, v, usual, who)
    return total
