"""Inner loops of the hierarchy, compiled by numba when the product is set up and kept beside this file.

All node numbers here are ranks: the order in which nodes were taken out of the network. Weights are packed
(`routing.roads.packed`). The loops release the interpreter, so that rows of a matrix run on all cores.

Sources: customisation and search by the elimination tree are those of Dibbelt, Strasser and Wagner, "Customizable
Contraction Hierarchies", ACM JEA 21 (2016); sweeping only what the targets need is RPHAST of Delling, Goldberg and
Werneck, "Faster Batched Shortest Paths in Road Networks", ATMOS 2011, here over the hierarchy's own arcs and with eight
sources at a time.
"""

from __future__ import annotations

import numpy as np
from numba import njit

LANES = 8
"""Sources that one sweep carries: eight float64 are one line of the processor's cache."""

_I32, _I64, _F64, _BOOL = "int32[::1]", "int64[::1]", "float64[::1]", "boolean[::1]"


def _compiled(signature: str):  # type: ignore[no-untyped-def]
    return njit(signature, cache=True, nogil=True, boundscheck=False)


@_compiled(f"Tuple(({_I32}, {_I32}, {_I32}))({_I32}, {_I32})")
def complete(first, upper):  # type: ignore[no-untyped-def]
    """Add the arcs that taking out nodes in order leaves behind; also give each node's parent, -1 for none.

    ``first`` (n + 1,) and ``upper`` hold each node's neighbours of higher rank.
    """
    n = len(first) - 1
    parent = np.full(n, -1, np.int32)
    child, sibling = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    seen = np.full(n, -1, np.int32)
    out_first = np.zeros(n + 1, np.int32)
    out = np.empty(len(upper) * 3 + n, np.int32)
    k = 0
    for v in range(n):
        begin = k
        if k + n - v > len(out):
            larger = np.empty(2 * len(out) + n, np.int32)
            larger[:k] = out[:k]
            out = larger
        for i in range(first[v], first[v + 1]):
            x = upper[i]
            if seen[x] != v:
                seen[x] = v
                out[k] = x
                k += 1
        c = child[v]
        while c >= 0:
            for i in range(out_first[c], out_first[c + 1]):
                x = out[i]
                if x != v and seen[x] != v:
                    seen[x] = v
                    out[k] = x
                    k += 1
            c = sibling[c]
        out[begin:k].sort()
        out_first[v + 1] = k
        if k > begin:
            p = out[begin]
            parent[v] = p
            sibling[v] = child[p]
            child[p] = v
    return out_first, out[:k].copy(), parent


@_compiled(f"Tuple(({_F64}, {_F64}))({_F64}, {_I32}, {_BOOL}, {_I32}, {_I32}, {_I32}, {_I32}, {_I32})")
def customise(weight, place, rising, first, head, tail, lower_first, lower):  # type: ignore[no-untyped-def]
    """Weigh all arcs of the hierarchy: (up, down), along and against their rank.

    ``weight`` (a,) are the weights of the network's own arcs, ``place`` their arcs in the hierarchy (-1 for none),
    ``rising`` whether they go up. ``lower`` lists by ``lower_first`` the arcs that end in each node.
    """
    up, down = np.full(len(head), np.inf), np.full(len(head), np.inf)
    for a in range(len(weight)):
        at = place[a]
        if at < 0:
            continue
        if rising[a]:
            up[at] = min(up[at], weight[a])
        elif weight[a] < down[at]:
            down[at] = weight[a]
    arc_to = np.zeros(len(first) - 1, np.int32)
    for x in range(len(first) - 1):
        if first[x] == first[x + 1]:
            continue
        for i in range(first[x], first[x + 1]):
            arc_to[head[i]] = i
        for j in range(lower_first[x], lower_first[x + 1]):
            q = lower[j]
            into, out_of = down[q], up[q]
            for r in range(q + 1, first[tail[q] + 1]):
                p = arc_to[head[r]]
                w = into + up[r]
                up[p] = min(up[p], w)
                w = out_of + down[r]
                down[p] = min(down[p], w)
    return up, down


@_compiled(f"{_I32}({_I32}, {_I32}, {_BOOL})")
def ancestors(parent, nodes, mark):  # type: ignore[no-untyped-def]
    """Give the nodes and all above them in the elimination tree, ascending; ``mark`` stays set for them."""
    found = np.empty(64, np.int32)
    k = 0
    for i in range(len(nodes)):
        v = nodes[i]
        while v >= 0 and not mark[v]:
            mark[v] = True
            if k == len(found):
                larger = np.empty(2 * k, np.int32)
                larger[:k] = found
                found = larger
            found[k] = v
            k += 1
            v = parent[v]
    return np.sort(found[:k])


@_compiled(
    f"void({_I32}, {_I32}, {_I32}, {_F64}, {_I32}, {_I32}, {_F64}, {_I32}, {_I32}, {_I32}, {_F64},"
    f" {_I32}, {_I32}, {_F64}, {_I32}, {_I32}, {_F64}, {_F64}, {_F64}, {_F64}, {_F64}, {_I32}, int64, int64,"
    f" float64, float64[:, ::1], int32[:, ::1], int32[:, ::1], boolean)"
)
def sweep(  # type: ignore[no-untyped-def]
    first,  # the hierarchy: (n + 1,) where the arcs of each node begin,
    head,  # their upper ends,
    parent,  # the elimination tree,
    up,  # and the weights along the arcs, or against them for the reversed network
    seed_first,  # (s + 1,) where each source's seeds begin,
    seed,  # the nodes at which its trip enters the network,
    seed_cost,  # and what has been driven by then
    wanted,  # (m,) nodes that the targets need, ascending,
    wanted_first,  # (m + 1,) where each one's arcs begin,
    wanted_head,  # rows of `wanted` where they come from,
    wanted_cost,  # and their weights downwards
    entry_first,  # (t + 1,) where each target's entries begin,
    entry,  # rows of `wanted` from which it is reached,
    entry_cost,  # and what is driven from there
    direct_first,  # (s + 1,) where each source's ways that do not leave the road begin,
    direct,  # their targets,
    direct_cost,  # and costs
    source_ms,  # (s,) and (t,) milliseconds and decimetres between position and road
    source_dm,
    target_ms,
    target_dm,
    order,  # (s,) sources in the order in which they are taken
    begin,  # the part of `order` that is done here
    end,
    unit,
    scratch,  # (m, LANES)
    durations,  # (s, t) or, transposed, (t, s)
    distances,
    transposed,
):
    """Fill the rows of some sources in two tables: whole seconds rounded up, whole metres, -1 where there is no way."""
    n = len(parent)
    place = np.full(n, -1, np.int32)
    mark = np.zeros(n, np.bool_)
    inf = np.inf
    best = np.empty(8)
    above = np.empty((1024, 8))
    extra = np.full((8, len(entry_first) - 1), inf)
    for b in range(begin, end, 8):
        k = min(8, end - b)
        total = 0
        for i in range(k):
            total += seed_first[order[b + i] + 1] - seed_first[order[b + i]]
        seeds = np.empty(total, np.int32)
        at = 0
        for i in range(k):
            for q in range(seed_first[order[b + i]], seed_first[order[b + i] + 1]):
                seeds[at] = seed[q]
                at += 1
        rising = ancestors(parent, seeds, mark)
        if len(rising) > len(above):
            above = np.empty((2 * len(rising), 8))
        for i in range(len(rising)):
            mark[rising[i]] = False
            place[rising[i]] = i
            for lane in range(8):
                above[i, lane] = inf
        for lane in range(k):
            s = order[b + lane]
            for q in range(seed_first[s], seed_first[s + 1]):
                i = place[seed[q]]
                above[i, lane] = min(above[i, lane], seed_cost[q])
            for q in range(direct_first[s], direct_first[s + 1]):
                extra[lane, direct[q]] = min(extra[lane, direct[q]], direct_cost[q])
        for i in range(len(rising)):
            v = rising[i]
            for q in range(first[v], first[v + 1]):
                j, w = place[head[q]], up[q]
                for lane in range(8):
                    above[j, lane] = min(above[j, lane], above[i, lane] + w)
        for i in range(len(wanted) - 1, -1, -1):
            j = place[wanted[i]]
            # eight names instead of an array: the compiler keeps them in two registers
            if j >= 0:
                d0, d1, d2, d3 = above[j, 0], above[j, 1], above[j, 2], above[j, 3]
                d4, d5, d6, d7 = above[j, 4], above[j, 5], above[j, 6], above[j, 7]
            else:
                d0 = d1 = d2 = d3 = d4 = d5 = d6 = d7 = inf
            for q in range(wanted_first[i], wanted_first[i + 1]):
                j, w = wanted_head[q], wanted_cost[q]
                d0, d1 = min(d0, scratch[j, 0] + w), min(d1, scratch[j, 1] + w)
                d2, d3 = min(d2, scratch[j, 2] + w), min(d3, scratch[j, 3] + w)
                d4, d5 = min(d4, scratch[j, 4] + w), min(d5, scratch[j, 5] + w)
                d6, d7 = min(d6, scratch[j, 6] + w), min(d7, scratch[j, 7] + w)
            scratch[i, 0], scratch[i, 1], scratch[i, 2], scratch[i, 3] = d0, d1, d2, d3
            scratch[i, 4], scratch[i, 5], scratch[i, 6], scratch[i, 7] = d4, d5, d6, d7
        for i in range(len(rising)):
            place[rising[i]] = -1
        for t in range(len(entry_first) - 1):
            for lane in range(8):
                best[lane] = extra[lane, t]
            for q in range(entry_first[t], entry_first[t + 1]):
                j, w = entry[q], entry_cost[q]
                for lane in range(8):
                    best[lane] = min(best[lane], scratch[j, lane] + w)
            for lane in range(k):
                s = order[b + lane]
                seconds = metres = np.int32(-1)
                if best[lane] < inf:
                    ms = np.floor(best[lane] / unit)
                    dm = best[lane] - ms * unit
                    seconds = np.int32(np.ceil((ms + source_ms[s] + target_ms[t]) / 1000.0))
                    metres = np.int32(np.rint((dm + source_dm[s] + target_dm[t]) / 10.0))
                if transposed:
                    durations[t, s], distances[t, s] = seconds, metres
                else:
                    durations[s, t], distances[s, t] = seconds, metres
        for lane in range(k):
            s = order[b + lane]
            for q in range(direct_first[s], direct_first[s + 1]):
                extra[lane, direct[q]] = inf


@_compiled(f"Tuple(({_I32}, {_F64}, {_I32}))({_I32}, {_I32}, {_I32}, {_F64}, {_I32}, {_F64})")
def rise(first, head, parent, weight, seeds, cost):  # type: ignore[no-untyped-def]
    """Search upwards from seeds: the nodes reached (ascending), what each costs, and the arc that led there.

    The arc is -1 - i where seed i itself is the beginning.
    """
    mark = np.zeros(len(parent), np.bool_)
    nodes = ancestors(parent, seeds, mark)
    reached, before = np.full(len(nodes), np.inf), np.full(len(nodes), -1, np.int32)
    for i in range(len(seeds)):
        at = np.searchsorted(nodes, seeds[i])
        if cost[i] < reached[at]:
            reached[at] = cost[i]
            before[at] = -1 - i
    place = np.full(len(parent), -1, np.int32)
    for i in range(len(nodes)):
        place[nodes[i]] = i
    for i in range(len(nodes)):
        if reached[i] == np.inf:
            continue
        for q in range(first[nodes[i]], first[nodes[i] + 1]):
            j = place[head[q]]
            if reached[i] + weight[q] < reached[j]:
                reached[j] = reached[i] + weight[q]
                before[j] = q
    return nodes, reached, before


@_compiled(f"{_I32}({_I32}, {_BOOL}, {_F64}, {_F64}, {_I32}, {_I32}, {_I32}, {_I32}, {_I32})")
def unpack_arcs(arcs, rising, up, down, first, head, tail, lower_first, lower):  # type: ignore[no-untyped-def]
    """Replace each arc of the hierarchy by the arcs of the network that it stands for.

    ``arcs`` (k,) in the order in which they are driven, ``rising`` whether along their rank. Gives the lowest arcs
    as ``2 * arc + (0 along, 1 against)``; an arc is lowest when no way over a lower node is as short.
    """
    out = np.empty(256, np.int32)
    k = 0
    stack = np.empty(4096, np.int32)
    top = 0
    for i in range(len(arcs) - 1, -1, -1):
        if top + 4 > len(stack):
            larger = np.empty(2 * len(stack), np.int32)
            larger[:top] = stack[:top]
            stack = larger
        stack[top] = 2 * arcs[i] + (0 if rising[i] else 1)
        top += 1
    while top > 0:
        top -= 1
        arc, against = stack[top] >> 1, stack[top] & 1
        x, y = tail[arc], head[arc]
        weight = down[arc] if against else up[arc]
        into = np.int32(-1)
        out_of = np.int32(-1)
        for j in range(lower_first[x], lower_first[x + 1]):
            q = lower[j]
            v = tail[q]
            r = q + 1 + np.searchsorted(head[q + 1 : first[v + 1]], y)
            if r >= first[v + 1] or head[r] != y:
                continue
            if against:  # y -> v -> x
                if down[r] + up[q] == weight:
                    into, out_of = np.int32(2 * r + 1), np.int32(2 * q)
                    break
            elif down[q] + up[r] == weight:  # x -> v -> y
                into, out_of = np.int32(2 * q + 1), np.int32(2 * r)
                break
        if into < 0:
            if k == len(out):
                longer = np.empty(2 * k, np.int32)
                longer[:k] = out
                out = longer
            out[k] = stack[top]
            k += 1
        else:
            if top + 4 > len(stack):
                larger = np.empty(2 * len(stack), np.int32)
                larger[:top] = stack[:top]
                stack = larger
            stack[top] = out_of
            stack[top + 1] = into
            top += 2
    return out[:k]


@_compiled(f"Tuple(({_F64}, {_I32}))({_I32}, {_I32}, {_F64}, {_I32}, {_F64})")
def search(first, head, weight, seeds, cost):  # type: ignore[no-untyped-def]
    """Dijkstra from seeds over a small graph: what each node costs (inf where not reached), the arc that led there.

    The arc is -1 - i where seed i itself is the beginning. A binary heap of (cost, node), stale entries skipped.
    """
    n = len(first) - 1
    reached, before = np.full(n, np.inf), np.full(n, -1, np.int32)
    size = 0
    keys, nodes = np.empty(64), np.empty(64, np.int32)
    arc = np.int32(0)
    fresh = len(seeds)
    v = np.int32(-1)
    i = 0
    while True:
        # what is new: the seeds first, then the arcs of the node taken out
        while i < fresh:
            if v < 0:
                x, c, arc = seeds[i], cost[i], np.int32(-1 - i)
            else:
                x, c, arc = head[i], reached[v] + weight[i], np.int32(i)
            i += 1
            if c < reached[x]:
                reached[x] = c
                before[x] = arc
                if size == len(keys):
                    more_keys, more_nodes = np.empty(2 * size), np.empty(2 * size, np.int32)
                    more_keys[:size], more_nodes[:size] = keys, nodes
                    keys, nodes = more_keys, more_nodes
                at = size
                size += 1
                while at > 0 and keys[(at - 1) >> 1] > c:
                    keys[at], nodes[at] = keys[(at - 1) >> 1], nodes[(at - 1) >> 1]
                    at = (at - 1) >> 1
                keys[at], nodes[at] = c, x
        found = False
        while size > 0 and not found:
            c, v = keys[0], nodes[0]
            found = c == reached[v]
            size -= 1
            last, moved = keys[size], nodes[size]
            at = 0
            while 2 * at + 1 < size:
                least = 2 * at + 1
                if least + 1 < size and keys[least + 1] < keys[least]:
                    least += 1
                if keys[least] >= last:
                    break
                keys[at], nodes[at] = keys[least], nodes[least]
                at = least
            keys[at], nodes[at] = last, moved
        if not found:
            return reached, before
        i, fresh = first[v], first[v + 1]
