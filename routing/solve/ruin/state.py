"""Where a search stands: routes in slots, and who serves what.

A route's arrays lie in a *slot*; a changed route is written into a free slot, so that going back is only a matter of
pointing to the old one. Position 0 is the start of a route, 1 to ``length`` its services, ``length + 1`` its end.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.solve.ruin.day import DEAR, Day, Ints
from routing.solve.ruin.tables import FELLOW, PLACE, SERVED, SLOT, STATE, STATE_ARRAYS, TRIAL, TRIALS, WAITING

ABSENT, ELSEWHERE = -1, -2
"""Instead of a route: the stop is left out; it belongs to another part of the day."""

SCRATCH = 2
"""Slots at the end that trials are written into."""


class State(NamedTuple):
    """Arrays of a search.

    Attributes
    ----------
    slots, place
        See `SLOT` and `PLACE`; (slots,) and (slots, positions).
    early, late
        Seconds, (slots, positions, layers); see `routing.solve.ruin.timing`.
    aboard
        Load after a position, most of it before in the trip, most of it until the next unload, (slots, positions, 3,
        rows).
    drops
        What a route leaves at the sites, (slots, sites, dimensions), where sites have bounds.
    step
        The layer before, of the route walked last.
    slot, first
        The slot of each route, and the first route of each class.
    free
        Slots that nothing uses, as a stack.
    stop, item, out, fellow
        Where each stop is; where each item is in ``out``, the list of what is left out, -1 when it is served; how many
        stops of a ``together`` are served, and by which route.
    used
        What all routes leave at the sites.
    touched, old, changed
        Routes in the change under way: the number of each or -1, (route, slot before) of each, how many.
    differs
        Routes that differ from the best plan met.
    gone, waiting, came, missed, key
        Stops being taken out; items to be put in, what became of each, in how many changes it was left out, and the
        order in which they are put in.
    seeds
        Stops around which a ruin may begin: those of this part of the day.
    best_order, best_length
        Nodes of each route of the best plan met, from position 1, and how many.
    trial
        Places that only whole walks can judge.
    told
        Changes kept, best plans met, changes that did not fit after all, changes without a place for a required item.
    """

    record: NDArray[np.void]
    slots: NDArray[np.void]
    place: NDArray[np.void]
    early: Ints
    late: Ints
    aboard: Ints
    drops: Ints
    step: Ints
    slot: Ints
    room: Ints
    first: Ints
    free: Ints
    stop: NDArray[np.void]
    item: NDArray[np.void]
    out: Ints
    fellow: NDArray[np.void]
    used: Ints
    touched: Ints
    old: Ints
    changed: Ints
    differs: NDArray[np.uint8]
    gone: NDArray[np.uint8]
    waiting: Ints
    came: NDArray[np.uint8]
    missed: Ints
    key: NDArray[np.float64]
    told: Ints
    sums: Ints
    trial: NDArray[np.void]
    seeds: Ints
    best_order: Ints
    best_length: Ints


def empty_state(day: Day, routes: list[int], longest: int, seed: int, seeds: Ints, left_out: Ints) -> State:
    """A state without any service: ``routes`` of each class, of at most ``longest`` services each.

    Ruins begin at the stops ``seeds``; the items ``left_out`` may be put in.
    """
    rule = {
        name: int(day.record[name]) for name in ("n", "items", "classes", "layers", "rows", "sites", "dims", "bounded")
    }
    total = sum(routes)
    slots = 2 * total + SCRATCH
    m = longest + 2
    first = np.concatenate([[0], np.cumsum(routes)]).astype(np.int64)
    table = np.zeros(slots, SLOT)
    for c in range(rule["classes"]):
        table["kind"][first[c] : first[c + 1]] = c
    stop = np.zeros(max(1, rule["n"]), SERVED)
    stop["route"] = ABSENT
    item = np.zeros(max(1, rule["items"]), WAITING)
    item["out"] = -1
    item["out"][left_out] = np.arange(len(left_out))
    out = np.zeros(max(1, rule["items"]), np.int64)
    out[: len(left_out)] = left_out
    together = int(day.s["together"].max(initial=-1)) + 1
    arrays: dict[str, NDArray[Any]] = dict(
        slots=table,
        place=np.zeros((slots, m), PLACE),
        early=np.zeros((slots, m, rule["layers"]), np.int64),
        late=np.zeros((slots, m, rule["layers"]), np.int64),
        aboard=np.zeros((slots, m, 3, rule["rows"]), np.int64),
        drops=np.zeros((slots if rule["bounded"] else 1, max(1, rule["sites"]), max(1, rule["dims"])), np.int64),
        step=np.zeros((m, rule["layers"]), np.int64),
        slot=np.arange(total, dtype=np.int64),
        room=np.zeros((total, 2), np.int64),
        first=first,
        free=np.concatenate([np.arange(total, 2 * total), [0]]).astype(np.int64),
        stop=stop,
        item=item,
        out=out,
        fellow=np.zeros(max(1, together), FELLOW),
        used=np.zeros((max(1, rule["sites"]), max(1, rule["dims"])), np.int64),
        touched=np.full(total, -1, np.int64),
        old=np.zeros((total + 1, 2), np.int64),
        changed=np.zeros(1, np.int64),
        differs=np.zeros(total, np.uint8),
        gone=np.zeros(rule["n"] + 1, np.uint8),
        waiting=np.zeros(rule["items"] + 1, np.int64),
        came=np.zeros(rule["items"] + 1, np.uint8),
        missed=np.zeros(rule["items"] + 1, np.int64),
        key=np.zeros(rule["items"] + 1, np.float64),
        told=np.zeros(4, np.int64),
        sums=np.zeros(max(1, rule["dims"]), np.int64),
        trial=np.zeros(TRIALS, TRIAL),
        seeds=np.ascontiguousarray(seeds, np.int64),
        best_order=np.zeros((total, m), np.int64),
        best_length=np.zeros(total, np.int64),
    )
    now = np.zeros(1, STATE)
    now["slot_count"], now["positions"], now["routes"] = slots, m, total
    now["seed_count"] = len(seeds)
    now["layers"], now["rows"] = rule["layers"], rule["rows"]
    now["sites"], now["dims"] = max(1, rule["sites"]), max(1, rule["dims"])
    now["random"] = np.uint64((0x9E3779B97F4A7C15 ^ (seed * 0xBF58476D1CE4E5B9 + 1)) & 0xFFFFFFFFFFFFFFFF)
    now["spare"], now["left_out"] = total, len(left_out)
    now["wanting"], now["must"] = (day.i["prize"][left_out] >= DEAR).sum(), DEAR
    for name in STATE_ARRAYS:
        now[name] = arrays[name].ctypes.data
    return State(record=now[0], **arrays)
