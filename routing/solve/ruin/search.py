"""Ruin and recreate under annealing: take neighbouring strings of stops out of some routes, put them back elsewhere.

Source: J. Christiaens and G. Vanden Berghe, "Slack Induction by String Removals for Vehicle Routing Problems",
Transportation Science 54 (2020). Ours besides: exchanges of tails as another shape of ruin, unload sites that come and
go with the stops, items that are left out, and exact prices of every rule of a day.
"""

from __future__ import annotations

import numpy as np

from routing.solve.ruin import views as v
from routing.solve.ruin.changes import keep, keep_all, leave_out, register, sort, swap_drops, take_in, worth
from routing.solve.ruin.compiling import B, D, F, I, S, compiled
from routing.solve.ruin.crossing import cross
from routing.solve.ruin.day import DEAR
from routing.solve.ruin.growing import IN, grow
from routing.solve.ruin.insertion import INFINITE, below, chance, heat, random
from routing.solve.ruin.placing import put_item, retype, settle, share_out, trade
from routing.solve.ruin.removal import complete_items, stops_a_trip, take_strings, tidy
from routing.solve.ruin.state import ABSENT
from routing.solve.ruin.walk import FITS, walk

BLINK = 0.01
"""How likely a place is overlooked (the source's gamma)."""

PATIENCE, DEARER = 50, 1.05
"""After how many changes what a required item counts for changes, and by what factor."""

BOLD, BOLD_STOPS = 0.1, 100
"""How likely a vehicle is taken for stops that only together are worth it, and how many are then tried at most."""


@compiled(F(D, S))
def unbalance(d, s):  # type: ignore[no-untyped-def]
    """Fen for hours above the mean of the routes in use."""
    used = 0
    total = 0.0
    for r in range(s.routes):
        slot = v.slot(s)[r]
        if v.slots(s)[slot].length > 0:
            used += 1
            total += v.slots(s)[slot].lasts
    above = 0.0
    for r in range(s.routes):
        slot = v.slot(s)[r]
        if v.slots(s)[slot].length > 0:
            above += max(0.0, v.slots(s)[slot].lasts - total / used)
    return above * d.balance


@compiled(F(S))
def came_to(s):  # type: ignore[no-untyped-def]
    """Fen by which the routes that a change has written anew cost more than before."""
    old = v.old(s)
    more = 0.0
    for k in range(v.changed(s)[0]):
        more += v.slots(s)[v.slot(s)[old[k, 0]]].cost - v.slots(s)[old[k, 1]].cost
    return more


@compiled(F(D, S, I, F, F, F, F, I, F, B))
def run(d, s, iterations, hot, cold, mean, longest, reach, tails, fewer):  # type: ignore[no-untyped-def]
    """Anneal for so many iterations from temperature ``hot`` to ``cold``; return the best cost met.

    With ``fewer`` the aim is another one: to find room for what is left out on the routes that there are, whatever it
    costs; what has been left out for long counts more. It ends when nothing is left out. (The source's way to fewer
    vehicles.)

    Where the search stands ``loose`` (``must`` below `DEAR`), it goes through plans that leave out required items,
    which count for as much as keeps about half of the plans complete; the best plan met counts them fully.
    """
    routes = s.routes
    touched, old, changed, gone = v.touched(s), v.old(s), v.changed(s), v.gone(s)
    waiting, came, key, told = v.waiting(s), v.came(s), v.key(s), v.told(s)
    differs = v.differs(s)
    for k in range(4):
        told[k] = 0
    keep_all(s)
    loose = s.must < DEAR
    best = s.cost + s.wanting * (DEAR - s.must)
    cool = (cold / hot) ** (1.0 / max(1, iterations))
    temperature = hot
    for iteration in range(iterations):
        temperature *= cool
        if iteration % PATIENCE == 0:
            s.cap = stops_a_trip(d, s)
        if loose and iteration % PATIENCE == 0:
            must = max(temperature, s.must * (DEARER if s.wanting > 0 else 1.0 / DEARER))
            s.cost += s.wanting * (must - s.must)
            s.must = must
        seed = v.seeds(s)[below(s, s.seed_count)]
        changed[0] = 0
        s.lost = 0.0
        before_balance = unbalance(d, s) if d.balance > 0 else 0.0
        limit = heat(s, temperature)
        if v.stop(s)[seed].route >= 0 or (loose and v.i(d)[v.s(d)[seed].item].prize >= DEAR):
            if random(s) < tails and v.stop(s)[seed].route >= 0:
                cross(d, s, seed, reach, limit)
            else:
                take_strings(d, s, seed, mean, longest)
        if d.paired or d.together:
            complete_items(d, s)
        fine = True
        waits = 0
        ruined = changed[0]
        for k in range(ruined):
            r = old[k, 0]
            slot = v.slot(s)[r]
            before = v.slots(s)[slot].length
            for p in range(1, before + 1):
                x = v.place(s)[slot, p].node
                if x < d.n and gone[x]:
                    v.stop(s)[x].route = ABSENT
                    word = v.s(d)[x].together
                    if word >= 0:
                        v.fellow(s)[word].many -= 1
                    i = v.s(d)[x].item
                    if v.i(d)[i].pair == 0 or v.i_stop(d)[v.i(d)[i].first] == x:
                        came[i] = 1
                        waiting[waits] = i
                        waits += 1
                        leave_out(d, s, i)
            tidy(d, s, slot)
            if walk(d, s, slot, True) != FITS:
                fine = False
                told[2] += 1
            if d.bounded:
                swap_drops(d, s, old[k, 1], slot)
            register(d, s, r)
        for k in range(waits):
            for q in range(v.i(d)[waiting[k]].first, v.i(d)[waiting[k]].end):
                gone[v.i_stop(d)[q]] = 0
        removed = waits
        bold = False
        if s.left_out > removed:  # items left out before: those near the seed, and some that must not be
            bold = chance(s, BOLD) and not fewer
            for j in range(d.reach):
                if fewer or waits >= (BOLD_STOPS if bold else 2 * removed + 3):
                    break
                i = v.s(d)[np.int64(v.near(d)[seed, j])].item
                if (
                    came[i] == 0
                    and v.item(s)[i].out >= 0
                    and v.out(s)[v.item(s)[i].out] == i
                    and v.item(s)[i].out < s.left_out - removed
                ):
                    came[i] = 2
                    waiting[waits] = i
                    waits += 1
            if fewer:  # all that no route has yet, the longest without one first where the list is long
                for k in range(s.left_out - removed):
                    if waits >= removed + BOLD_STOPS:
                        break
                    i = v.out(s)[k]
                    came[i] = 2
                    waiting[waits] = i
                    waits += 1
        rule = random(s) * 18.0
        for k in range(waits):
            x = v.i_stop(d)[v.i(d)[waiting[k]].first]
            if rule < 4.0:
                key[k] = random(s)
            elif rule < 8.0:
                key[k] = -v.s(d)[x].size - 1e-6 * random(s)
            elif rule < 10.0:
                key[k] = -v.way(d)[0, d.n + d.sites, x]
            elif rule < 11.0:
                key[k] = v.way(d)[0, d.n + d.sites, x]
            elif rule < 13.0:
                key[k] = v.span(d)[x, v.windows(d)[x] - 1, 1] - v.span(d)[x, 0, 0] if v.windows(d)[x] > 0 else 0.0
            elif rule < 15.0:
                key[k] = v.span(d)[x, 0, 0]
            elif rule < 17.0:
                key[k] = -v.span(d)[x, v.windows(d)[x] - 1, 1] if v.windows(d)[x] > 0 else 0.0
            else:
                key[k] = -v.i(d)[waiting[k]].prize
        sort(s, waits)
        pruned = waits == removed and not fewer  # what has already cost too much is given up
        cut = limit + before_balance + (0.02 * s.cost / max(1, routes) if d.sites > 0 else 0.0)
        if bold and fine and waits > removed and grow(d, s, below(s, waits), waits) < 0:
            fine = False
            told[2] += 1
        for k in range(waits):
            i = waiting[k]
            if not fine:
                break
            if came[i] >= IN:
                continue
            left = INFINITE
            if pruned:
                left = cut - came_to(s) - s.lost
                for q in range(k, waits):
                    left += worth(d, s, waiting[q])
                if left <= 0.0:
                    fine = False
                    break
            says = put_item(d, s, i, BLINK, reach, 0.0, left)
            if says < 0:
                fine = False
                told[2] += 1
            elif says > 0:
                take_in(d, s, i)
                came[i] += IN
            elif worth(d, s, i) > left:
                fine = False
            elif v.i(d)[i].prize >= DEAR and came[i] == 1 and not fewer and not loose:
                fine = False
                told[3] += 1
        delta = s.lost
        if fine:
            delta += came_to(s)
            if d.sites > 0 and delta < limit + 0.02 * s.cost / max(1, routes):
                for k in range(changed[0]):
                    r = old[k, 0]
                    before_cost = v.slots(s)[v.slot(s)[r]].cost
                    settle(d, s, r)
                    delta += v.slots(s)[v.slot(s)[r]].cost - before_cost
            if d.balance > 0:
                delta += unbalance(d, s) - before_balance
            fine = delta < limit
            if fewer:
                missing = 0
                for k in range(waits):
                    i = waiting[k]
                    if came[i] == 1:
                        missing += 1 + v.missed(s)[i]
                    elif came[i] == IN + 2:
                        missing -= 1 + v.missed(s)[i]
                delta -= s.lost
                fine = missing < 0 or (missing == 0 and delta < limit)
                for k in range(s.left_out):
                    v.missed(s)[v.out(s)[k]] += 1
        if fine and d.sites > 0 and d.together == 0 and d.balance == 0 and not fewer:
            many = changed[0]
            for k in range(many):
                share_out(d, s, old[k, 0])
                if d.grouped == 0 and d.paired == 0 and not d.bounded:
                    trade(d, s, old[k, 0])
            delta = s.lost + came_to(s)
        if fine and d.classes > 1 and not fewer:
            many = changed[0]
            for k in range(many):
                retype(d, s, old[k, 0])
            delta = s.lost + came_to(s) + (unbalance(d, s) - before_balance if d.balance > 0 else 0.0)
        if fine:
            told[0] += 1
            s.cost += delta
            if fewer and s.left_out == 0:
                keep_all(s)
                return s.cost
            for k in range(changed[0]):
                touched[old[k, 0]] = -1
                differs[old[k, 0]] = 1
                v.free(s)[s.spare] = old[k, 1]
                s.spare += 1
            if s.cost + s.wanting * (DEAR - s.must) < best - 1e-6:
                best = s.cost + s.wanting * (DEAR - s.must)
                told[1] += 1
                for r in range(routes):
                    if differs[r]:
                        keep(s, r)
                        differs[r] = 0
        else:
            for k in range(waits):  # back: items put in go out, items taken out come in
                i = waiting[k]
                if came[i] >= IN:
                    for q in range(v.i(d)[i].first, v.i(d)[i].end):
                        x = v.i_stop(d)[q]
                        if v.stop(s)[x].route >= 0:
                            v.stop(s)[x].route = ABSENT
                            word = v.s(d)[x].together
                            if word >= 0:
                                v.fellow(s)[word].many -= 1
                    if came[i] & 3 == 2:
                        leave_out(d, s, i)
                elif came[i] == 1:
                    take_in(d, s, i)
            for k in range(changed[0] - 1, -1, -1):
                r = old[k, 0]
                new = v.slot(s)[r]
                if d.bounded:
                    swap_drops(d, s, new, old[k, 1])
                v.free(s)[s.spare] = new
                s.spare += 1
                v.slot(s)[r] = old[k, 1]
                touched[r] = -1
            for k in range(changed[0]):
                register(d, s, old[k, 0])
            if d.together:
                for k in range(waits):
                    i = waiting[k]
                    if came[i] & 3 == 1:
                        for q in range(v.i(d)[i].first, v.i(d)[i].end):
                            x = v.i_stop(d)[q]
                            if v.stop(s)[x].route >= 0 and v.s(d)[x].together >= 0:
                                v.fellow(s)[v.s(d)[x].together].many += 1
                                v.fellow(s)[v.s(d)[x].together].route = v.stop(s)[x].route
        for k in range(waits):
            came[waiting[k]] = 0
    return best
