"""Loops of the bound: a vehicle's cheapest routes of a day for given prices, by labels, and what they cost at least."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from routing.loops import keeping
from routing.periodic.compiling import KEPT
from routing.periodic.tables import Number, Whole

FAR = 1e18
WORD = 60
"""Cuts in a word of bits."""
CELLS = 8
CHUNK = 64


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a function that may make arrays, or take it from what is kept."""
    return keeping(KEPT, function, nogil=True, error_model="numpy")


@compiled
def least_rests(load: Whole, room: int, arc: Number, out: Number, near: Whole, spot: Whole, pair: Number) -> Number:
    """Return the least price from a customer to the end of its trip (loads, customers, masks), visiting only a mask's.

    The customer's load counts, its own arrival does not. ``arc`` (customers, customers) is the price of going from one
    to another, ``out`` that of ending the trip there. Who was visited is remembered only among the ``near`` of the
    customer (customers, few), itself first; ``spot`` says where among them (customers, customers), -1: nowhere.
    ``pair`` is paid when two that are remembered are in the trip.
    """
    n, few = near.shape
    masks = 1 << few
    best = np.full((room + 1, n, masks), FAR)
    for i in range(n):
        if load[i] <= room:
            best[load[i], i, 1] = out[i]
    for q in range(1, room + 1):
        for i in range(n):
            for m in range(1, masks, 2):
                value = best[q, i, m]
                if value >= FAR:
                    continue
                worse = False
                for b in range(1, few):
                    if m >> b & 1 and best[q, i, m ^ (1 << b)] <= value:
                        worse = True
                        break
                if worse:
                    best[q, i, m] = FAR
                    continue
                for j in range(n):
                    after = q + load[j]
                    if j == i or after > room or (spot[i, j] >= 0 and m >> spot[i, j] & 1):
                        continue
                    kept = 1
                    price = value + arc[j, i]
                    for b in range(few):
                        if m >> b & 1:
                            other = near[i, b]
                            price += pair[j, other]
                            if spot[j, other] >= 0:
                                kept |= 1 << spot[j, other]
                    best[after, j, kept] = min(best[after, j, kept], price)
    for q in range(1, room + 1):
        for i in range(n):
            for m in range(1, masks, 2):
                best[q, i, m] = min(best[q, i, m], best[q - 1, i, m])
    for q in range(1, room + 1):
        for i in range(n):
            for b in range(1, few):  # over all subsets
                for m in range(1, masks, 2):
                    if m >> b & 1:
                        best[q, i, m] = min(best[q, i, m], best[q, i, m ^ (1 << b)])
    return best


@compiled
def penalty(bits: Whole, prices: Number) -> float:
    """Return the sum of the prices of the bits that are set."""
    total = 0.0
    for w in range(len(bits)):
        x = bits[w]
        b = w * WORD
        while x:
            if x & 1:
                total += prices[b]
            x >>= 1
            b += 1
    return total


@compiled
def find_routes(
    load: Whole,
    room: int,
    most: int,
    arc: Number,
    last: Whole,
    first: Number,
    first_last: Whole,
    out: Number,
    out_last: Whole,
    home: Number,
    home_last: Whole,
    memory: Whole,
    near: Whole,
    weights: Number,
    rests: Number,
    homes: Number,
    member: Whole,
    through: Whole,
    cut_price: Number,
    exact: int,
    below: float,
    effort: int,
    node: Whole,
    price: Number,
    state: Whole,
) -> int:
    """Extend labels from the depot in the order of time, and return how many there are.

    Locations are customers, then sites. ``state`` (labels, 4 and words) has load, time, parent, whether the label
    stands, who is remembered, then a bit for each cut. ``exact``: 0 who is cheaper stands for others, 1 but for those
    who are remembered, 2 only if no cut is worse off. Labels that cannot come ``below`` are dropped. -1 when there is
    no room for more labels or the ``effort`` is spent.
    """
    n, sites = len(load), len(home)
    few = near.shape[1]
    every = (1 << few) - 1
    words = member.shape[1]
    places = n + sites
    head = np.full((most + 1, places), -1)
    chain = np.full(len(node), -1)
    # labels that stand, by place and load, lie together in chunks
    pool = len(node) // CHUNK + places * CELLS
    last_chunk = np.full(places * CELLS, -1)
    chunk_before, chunk_held, chunk_least = np.full(pool, -1), np.zeros(pool, np.int64), np.full(pool, FAR)
    held_price, held_load = np.empty(pool * CHUNK), np.empty(pool * CHUNK, np.int64)
    held_seen, held_label = np.empty(pool * CHUNK, np.int64), np.empty(pool * CHUNK, np.int64)
    chunks = 0
    bits = np.zeros(words, np.int64)
    count = 0
    spent = 0
    for j in range(n):
        then = first_last[0, j]
        if load[j] > room or then > most:
            continue
        value = first[0, j]
        good = True
        for k in range(len(weights)):
            if value + weights[k] * (then - most) + rests[k, room, j, every] >= below:
                good = False
        if not good:
            continue
        node[count], price[count] = j, value
        state[count, 0], state[count, 1], state[count, 2] = load[j], then, -1
        state[count, 4] = np.int64(1) << j
        state[count, 5:] = member[j]
        chain[count] = head[then, j]
        head[then, j] = count
        count += 1
    for then in range(most + 1):
        for i in range(places):
            a = head[then, i]
            while a >= 0:
                following = chain[a]
                value = price[a]
                full = state[a, 0]
                seen = state[a, 4]
                dominated = False
                for cell in range(i * CELLS, i * CELLS + full * CELLS // (room + 1) + 1):
                    k = last_chunk[cell]
                    while k >= 0 and not dominated:
                        if chunk_least[k] <= value + 1e-9:
                            spent += chunk_held[k]
                            for x in range(k * CHUNK, k * CHUNK + chunk_held[k]):
                                if held_price[x] > value + 1e-9 or held_load[x] > full:
                                    continue
                                if exact > 0 and held_seen[x] & ~seen:
                                    continue
                                if exact < 2:
                                    dominated = True
                                    break
                                other = held_price[x]
                                for w in range(words):
                                    y = state[held_label[x], 5 + w] & ~state[a, 5 + w]
                                    b = w * WORD
                                    while y and other <= value + 1e-9:
                                        if y & 1:
                                            other += cut_price[b]
                                        y >>= 1
                                        b += 1
                                if other <= value + 1e-9:
                                    dominated = True
                                    break
                        k = chunk_before[k]
                    if dominated:
                        break
                if spent > effort:
                    return -1
                state[a, 3] = 0 if dominated else 1
                if not dominated:
                    cell = i * CELLS + full * CELLS // (room + 1)
                    k = last_chunk[cell]
                    if k < 0 or chunk_held[k] == CHUNK:
                        if chunks == len(chunk_held):
                            return -1
                        chunk_before[chunks] = k
                        last_chunk[cell] = k = chunks
                        chunks += 1
                    x = k * CHUNK + chunk_held[k]
                    held_price[x], held_load[x], held_seen[x], held_label[x] = value, full, seen, a
                    chunk_held[k] += 1
                    chunk_least[k] = min(chunk_least[k], value)
                    for j in range(n):
                        if seen >> j & 1:
                            continue
                        if i < n:
                            held = full + load[j]
                            arrives = then + last[i, j]
                            if held > room or arrives > most:
                                continue
                            reached = value + arc[i, j]
                        else:
                            held = load[j]
                            arrives = then + first_last[i - n + 1, j]
                            if held > room or arrives > most:
                                continue
                            reached = value + first[i - n + 1, j]
                        for w in range(words):
                            bits[w] = state[a, 5 + w] & member[j, w]
                        reached += penalty(bits, cut_price)
                        free = every
                        for b in range(1, few):
                            if seen >> near[j, b] & 1:
                                free ^= 1 << b
                        good = True
                        for k in range(len(weights)):
                            rest = rests[k, room - held + load[j], j, free]
                            if reached + weights[k] * (arrives - most) + rest >= below:
                                good = False
                                break
                        if not good:
                            continue
                        if count >= len(node):
                            return -1
                        node[count], price[count] = j, reached
                        state[count, 0], state[count, 1], state[count, 2] = held, arrives, a
                        state[count, 4] = (seen & memory[j]) | (np.int64(1) << j)
                        for w in range(words):
                            state[count, 5 + w] = state[a, 5 + w] ^ member[j, w]
                        chain[count] = head[arrives, j]
                        head[arrives, j] = count
                        count += 1
                    if i < n:
                        for f in range(sites):
                            arrives = then + out_last[i, f]
                            if arrives + home_last[f] > most:
                                continue
                            reached = value + out[i, f]
                            good = True
                            for k in range(len(weights)):
                                if reached + weights[k] * (arrives - most) + homes[k, f] >= below:
                                    good = False
                                    break
                            if not good:
                                continue
                            if count >= len(node):
                                return -1
                            node[count], price[count] = n + f, reached
                            state[count, 0], state[count, 1], state[count, 2] = 0, arrives, a
                            state[count, 4] = seen & memory[n + f]
                            for w in range(words):
                                state[count, 5 + w] = state[a, 5 + w] & through[w]
                            chain[count] = head[arrives, n + f]
                            head[arrives, n + f] = count
                            count += 1
                a = following
    return count
