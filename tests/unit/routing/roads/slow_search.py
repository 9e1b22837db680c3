"""Fastest ways found step by step: a search that remembers the last roads it drove. Slow, plain, independent."""

import heapq
import math

LOCAL = {"destination", "delivery", "customers"}


def slow_search(table, snapped, i, one_way=True, turns=True, zones=True):
    """(seconds, metres) from place i to every place, over the rows of a layer, with its turn restrictions.

    A state is the last roads driven and the phase of the trip: 0 still on roads open to those who begin there, 1 on
    the open network, 2 on roads open to those who end there.
    """
    columns = ("u", "v", "length", "kmh_fwd", "kmh_bwd", "access")
    rows = list(zip(*(table[name] for name in columns), strict=True))
    rules = table.attrs.get("rules", []) if turns else []
    ends, cost, leaving = {}, {}, {}
    for edge, (u, v, length, *speeds, _) in enumerate(rows):
        for along, a, b in ((True, u, v), (False, v, u)):
            if kmh := speeds[not along] if one_way else max(speeds):
                ends[edge, along] = a, b
                cost[edge, along] = round(length * 3.6 / kmh * 1000), round(length * 10)
                leaving.setdefault(a, []).append((edge, along))
    longest = max((len(rule.moves) for rule in rules), default=1) - 1

    def local(edge):
        return zones and rows[edge][5] in LOCAL

    known = [r for r in rules if r.holds_for(None) and all(m in ends for m in r.moves)]

    def forbidden(driven, move):
        for rule in known:
            *before, last = rule.moves
            if tuple(driven[-len(before) :]) != tuple(before):
                continue
            if not rule.only and move == last:
                return True
            if rule.only and move not in {r.moves[-1] for r in known if r.only and r.moves[:-1] == rule.moves[:-1]}:
                return True
        return False

    def step(phase, edge):
        if local(edge):
            return {0: 0, 1: 2, 2: 2}[phase]
        return None if phase == 2 else 1

    def place(k):
        edge, share = int(snapped.edge[k]), float(snapped.fraction[k])
        u, v, length = rows[edge][:3]
        at = [junction for junction, part in ((u, share), (v, 1 - share)) if part * length < 0.01]
        return edge, share, at

    def part(move, share):
        """What is driven of a road from where the move begins to the share of it."""
        ms, dm = cost[move]
        done = round(share * dm)
        return (round(share * ms), done) if move[1] else (round((1 - share) * ms), dm - done)

    edge, share, at = place(i)
    heap = [((0, 0), junction, (), 0) for junction in at]
    for along in () if at else (True, False):
        if (edge, along) in cost:
            (ms, dm), (p, q) = cost[edge, along], part((edge, along), share)
            heap.append(((ms - p, dm - q), ends[edge, along][1], ((edge, along),), 0 if local(edge) else 1))
    heapq.heapify(heap)
    places = [place(k) for k in range(len(snapped))]
    best = [(math.inf, math.inf)] * len(places)
    for k, (other, share2, _) in enumerate(places):  # ways that do not leave the road
        for along in (True, False):
            if other == edge and (edge, along) in cost and (share2 >= share if along else share2 <= share):
                (p, q), (r, s) = part((edge, along), share), part((edge, along), share2)
                best[k] = min(best[k], (r - p, s - q))
    by_junction = {}
    for k, (other, share2, at2) in enumerate(places):
        for junction in at2:
            by_junction.setdefault(junction, []).append((k, None, (0, 0)))
        for along in () if at2 else (True, False):
            if (other, along) in cost:
                entry = k, (other, along), part((other, along), share2)
                by_junction.setdefault(ends[other, along][0], []).append(entry)
    done = set()
    while heap:
        (ms, dm), junction, driven, phase = heapq.heappop(heap)
        if (junction, driven, phase) in done:
            continue
        done.add((junction, driven, phase))
        for k, move, (p, q) in by_junction.get(junction, ()):
            if move is None or (not forbidden(driven, move) and step(phase, move[0]) is not None):
                best[k] = min(best[k], (ms + p, dm + q))
        for move in leaving.get(junction, ()):
            after = step(phase, move[0])
            if after is not None and not forbidden(driven, move):
                p, q = cost[move]
                kept = (*driven, move)[-longest:] if longest else ()
                heapq.heappush(heap, ((ms + p, dm + q), ends[move][1], kept, after))
    found = []
    for k, (ms, dm) in enumerate(best):
        off = snapped.access[[i, k]]
        off_ms, off_dm = sum(round(x * 360) for x in off), sum(round(x * 10) for x in off)
        if k == i:
            found.append((0, 0))
        elif ms == math.inf:
            found.append((-1, -1))
        else:
            found.append((math.ceil((ms + off_ms) / 1000), round((dm + off_dm) / 10)))
    return found
