"""A route as an order of visits, and its best cut into trips: where the vehicle unloads is not searched, it follows.

Forward, a position has one pair of figures for each number of visits that its trip may have: when the vehicle leaves
and what it has cost. Backward it has the latest arrival, and the end of the route as a function of the arrival:
``max(arrival + rest, sure)``. With both, a visit between two positions is priced by two or three sums, whatever comes
before and after it.

Arrays are given names of their own at the top of each loop: reaching into the tables inside of it costs many times what
the sums do.
"""

from __future__ import annotations

import math

from routing.periodic.compiling import inlined, loop
from routing.periodic.tables import Number, Search, Week

INFINITE = math.inf


@inlined
def one_load(
    loads: Number, spreads: Number, capacity: Number, surety: float, i: int, j: int, load: Number, spread: Number
) -> bool:
    """Tell whether the visits ``i`` to ``j`` and another load are one load of a vehicle."""
    for k in range(len(capacity)):
        total = loads[j, k] - loads[i - 1, k] + load[k]
        if surety > 0.0:
            total += surety * math.sqrt(max(0.0, spreads[j, k] - spreads[i - 1, k] + spread[k]))
        if total > capacity[k] + 1e-9:
            return False
    return True


@loop
def measure(w: Week, s: Search, b: int) -> None:
    """Write all tables of a slot anew from its visits."""
    n, v = s.length[b], s.vehicle[b]
    nodes, loads, spreads, load, spread = s.nodes[b], s.loads[b], s.spreads[b], w.load, w.spread
    for i in range(1, n + 1):
        x = nodes[i]
        for k in range(w.dims):
            loads[i, k] = loads[i - 1, k] + load[x, k]
            spreads[i, k] = spreads[i - 1, k] + spread[x, k]
    forward(w, s, b, n, v)
    backward(w, s, b, n, v)
    if n == 0:
        s.ends[b] = w.opens[v]
        s.cost[b] = 0.0
    else:
        g, last, home = w.kind[v], w.place[nodes[n]], w.home[v]
        there = s.left[b, n] + w.to_site[g, last, home]
        late = there > w.site_closes[g, last, home]
        s.ends[b] = INFINITE if late else max(there, w.site_opens[g, last, home]) + w.from_site[g, last, home]
        s.cost[b] = s.spent_left[b, n] + w.by_site[g, last, home] + w.fixed[v]
    s.version[b] = s.counts[1]
    s.counts[1] += 1


@loop
def forward(w: Week, s: Search, b: int, n: int, v: int) -> None:
    """Write when a vehicle leaves each position, and what it has cost."""
    at, spent, left, spent_left, trip = s.at[b], s.spent[b], s.left[b], s.spent_left[b], s.trip[b]
    nodes, loads, spreads, capacity = s.nodes[b], s.loads[b], s.spreads[b], w.capacity[v]
    g = w.kind[v]
    place, point, dwells, seconds, price = w.place, w.point, w.dwell, w.seconds[g], w.price[g]
    to_site, from_site, by_site, site_opens, site_closes = (
        w.to_site[g],
        w.from_site[g],
        w.by_site[g],
        w.site_opens[g],
        w.site_closes[g],
    )
    nothing, surety, hours = s.nothing, w.surety, s.hour
    earliest, latest = w.earliest[g], w.latest[g]
    longest = at.shape[1] - 1
    left[0] = w.opens[v]
    spent_left[0] = 0.0
    before = w.start[v]
    for i in range(1, n + 1):
        x = nodes[i]
        here, p = place[x], point[x]
        opens, closes, dwell = earliest[p, hours[p]], latest[p, hours[p]], dwells[x]
        way, fare = seconds[before, here], price[before, here]
        if i == 1:
            arrives, costs = left[0] + way, fare
        else:
            there = left[i - 1] + to_site[before, here]
            late = there > site_closes[before, here]
            arrives = INFINITE if late else max(there, site_opens[before, here]) + from_site[before, here]
            costs = spent_left[i - 1] + by_site[before, here]
        soonest = INFINITE if arrives > closes else max(arrives, opens) + dwell
        cheapest = costs
        at[i, 1], spent[i, 1] = soonest, cheapest
        j = 1
        if i > 1:
            most = min(trip[i - 1] + 1, longest)
            while j < most and one_load(loads, spreads, capacity, surety, i - j, i, nothing, nothing):
                arrives = at[i - 1, j] + way
                then = INFINITE if arrives > closes else max(arrives, opens) + dwell
                costs = spent[i - 1, j] + fare
                j += 1
                at[i, j], spent[i, j] = then, costs
                if then < soonest - 1e-6 or (then < soonest + 1e-6 and costs < cheapest):
                    soonest, cheapest = then, costs
        trip[i] = j
        left[i], spent_left[i] = soonest, cheapest
        before = here


@loop
def backward(w: Week, s: Search, b: int, n: int, v: int) -> None:
    """Write until when a vehicle may arrive at each position, and when it is home and what it costs from there."""
    until, rest, sure, due, ahead = s.until[b], s.rest[b], s.sure[b], s.due[b], s.ahead[b]
    fresh_until, fresh_rest, fresh_sure, fresh_due = s.fresh_until[b], s.fresh_rest[b], s.fresh_sure[b], s.fresh_due[b]
    least_due = s.least_due[b]
    nodes, loads, spreads, capacity = s.nodes[b], s.loads[b], s.spreads[b], w.capacity[v]
    nothing, surety, hours = s.nothing, w.surety, s.hour
    g = w.kind[v]
    place, point, dwells, seconds, price = w.place, w.point, w.dwell, w.seconds[g], w.price[g]
    to_site, from_site, by_site, site_opens, site_closes = (
        w.to_site[g],
        w.from_site[g],
        w.by_site[g],
        w.site_opens[g],
        w.site_closes[g],
    )
    earliest, latest = w.earliest[g], w.latest[g]
    longest = until.shape[1] - 1
    after = w.home[v]
    for i in range(n, 0, -1):
        x = nodes[i]
        here, p = place[x], point[x]
        opens, closes, dwell = earliest[p, hours[p]], latest[p, hours[p]], dwells[x]
        # to unload, and on from there
        last, more, least, dues = INFINITE, 0.0, -INFINITE, 0.0
        if i < n:
            last, more, least, dues = fresh_until[i + 1], fresh_rest[i + 1], fresh_sure[i + 1], fresh_due[i + 1]
        way = from_site[here, after]
        last = min(site_closes[here, after], last - way)
        if last < site_opens[here, after]:
            last = -INFINITE
        more += way
        least = max(least, site_opens[here, after] + more)
        way = dwell + to_site[here, after]
        last = min(closes, last - way)
        if last < opens:
            last = -INFINITE
        more += way
        until[i, 1], rest[i, 1], sure[i, 1] = last, more, max(least, opens + more)
        due[i, 1] = least_due[i] = dues + by_site[here, after]
        best, j = 1, 1
        if i < n:
            way, fare = dwell + seconds[here, after], price[here, after]
            most = min(ahead[i + 1] + 1, longest)
            while j < most and one_load(loads, spreads, capacity, surety, i, i + j, nothing, nothing):
                last = min(closes, until[i + 1, j] - way)
                if last < opens:
                    last = -INFINITE
                more = rest[i + 1, j] + way
                j += 1
                until[i, j], rest[i, j], sure[i, j] = last, more, max(sure[i + 1, j - 1], opens + more)
                due[i, j] = due[i + 1, j - 1] + fare
                least_due[i] = min(least_due[i], due[i, j])
                if last > -INFINITE and (
                    until[i, best] == -INFINITE
                    or more < rest[i, best] - 1e-6
                    or (more < rest[i, best] + 1e-6 and due[i, j] < due[i, best])
                ):
                    best = j
        ahead[i] = j
        fresh_until[i], fresh_rest[i] = until[i, best], rest[i, best]
        fresh_sure[i], fresh_due[i] = sure[i, best], due[i, best]
        after = here
