"""A day cut into groups of neighbouring routes, so that each core searches one and none gets in another's way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from routing.solve.ruin.chain import Chain, Orders
from routing.solve.ruin.day import Day, Ints


@dataclass(frozen=True)
class Part:
    """Some routes of a plan, items left out that they may take, and unused routes of each class."""

    orders: Orders
    items: list[int]
    spare: list[int]


def parts_of(day: Day, orders: Orders, many: int, seed: int) -> list[Part]:
    """Cut a plan into ``many`` parts of about as many stops each: neighbouring routes.

    Where the cut runs changes from seed to seed, so that in time every two neighbouring routes meet in one part.
    """
    random = np.random.default_rng(seed)
    n = len(day.s)
    group = _groups(day, orders, many, random)
    used = [[0] * len(day.c) for _ in range(many)]
    routes: list[Orders] = [[] for _ in range(many)]
    part_of_stop = np.full(n, -1, np.int64)
    for (c, nodes), g in zip(orders, group, strict=True):
        routes[g].append((c, nodes))
        used[g][c] += 1
        part_of_stop[[x for x in nodes if x < n]] = g
    served = {int(day.s["item"][x]) for _, nodes in orders for x in nodes if x < n}
    items: list[list[int]] = [[] for _ in range(many)]
    for i in range(len(day.i)):
        if i not in served:
            items[_home(day, i, part_of_stop, many, random)].append(i)
    spare = []
    total = [sum(u[c] for u in used) for c in range(len(day.c))]
    for g in range(many):
        own = []
        for c, count in enumerate(day.c["count"].tolist()):
            free = count - total[c]
            share = free // many + (1 if g < free % many else 0)
            own.append(min(share, 2 + used[g][c] // 4))
        spare.append(own)
    return [Part(routes[g], items[g], spare[g]) for g in range(many)]


def _groups(day: Day, orders: Orders, many: int, random: np.random.Generator) -> list[int]:
    """The part of each route: cut in two between two stops drawn at random, and each half again."""
    n = len(day.s)
    stops = [np.array([x for x in nodes if x < n], np.int64) for _, nodes in orders]
    sizes = np.array([len(s) for s in stops])
    group = np.zeros(len(orders), np.int64)
    halves = [(np.arange(len(orders)), 0, many)]
    while halves:
        routes, first, parts = halves.pop()
        group[routes] = first
        served = np.concatenate([stops[r] for r in routes]) if len(routes) else np.zeros(0, np.int64)
        if parts < 2 or len(routes) < 2 or not len(served):
            continue
        a, b = served[random.integers(len(served), size=2)]
        side = [(day.way[0, a, stops[r]] - day.way[0, b, stops[r]]).mean() if len(stops[r]) else 0.0 for r in routes]
        turn = routes[np.argsort(side, kind="stable")]
        left = parts // 2
        cut = int(np.searchsorted(np.cumsum(sizes[turn]), sizes[turn].sum() * left / parts)) + 1
        cut = min(max(min(left, len(turn) - 1), cut), max(1, len(turn) - (parts - left)))
        halves += [(turn[:cut], first, left), (turn[cut:], first + left, parts - left)]
    return group.tolist()


def _home(day: Day, i: int, part_of_stop: np.ndarray, many: int, random: np.random.Generator) -> int:
    """The part that an item left out belongs to: that of what must go with it, or of a stop near it."""
    x = int(day.i_stop[day.i["first"][i]])
    word = day.s["together"][x]
    if word >= 0:
        fellows = part_of_stop[(day.s["together"] == word) & (part_of_stop >= 0)]
        if len(fellows):
            return int(fellows[0])
    near = part_of_stop[day.near[x, 1:20]]
    near = near[near >= 0]
    return int(near[random.integers(len(near))]) if len(near) else int(random.integers(many))


def shares(room: Ints, brought: Sequence[Ints]) -> list[Ints]:
    """Return what the sites take of each part: what its routes bring now, and an equal share of what is left.

    ``room`` is what they take in all, and ``brought`` what the parts bring; (sites, dimensions) each.
    """
    many = len(brought)
    left = np.maximum(0, room - sum(brought, np.zeros_like(room)))
    return [own + left // many + (k < left % many) for k, own in enumerate(brought)]


def share_sites(day: Day, chains: Sequence[Chain]) -> None:
    """Let searches of parts of a day bring no more to the sites together than they take: each keeps to its share."""
    brought = [chain.state.used.copy() for chain in chains]
    for chain, own, share in zip(chains, brought, shares(day.u_room, brought), strict=True):
        chain.state.used[...] = day.u_room - share + own
