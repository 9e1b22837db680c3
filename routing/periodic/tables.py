"""What the loops of the timetable search read and write: plain arrays, named."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Number = NDArray[np.float64]


class Week(NamedTuple):
    """A timetable problem in numbers; times are seconds of a day, prices fen. Nothing of it changes in a search.

    A *node* is a point as one of its patterns visits it: the less often, the larger its load. A *route* is one vehicle
    on one day, ``day * vehicles + vehicle``. A *kind* are the vehicles with the same roads, prices and breaks; all that
    depends on those is there once for each kind.

    Attributes
    ----------
    dims, hours, days, vehicles
        How many.
    place, point
        Location and point of each node.
    load, spread, dwell
        Of a visit (nodes, dims): mean, variance; (nodes): seconds.
    seconds, price
        Between locations (kinds, locations, locations).
    site, to_site, from_site, by_site, site_opens, site_closes
        The site that is best between two locations; seconds there, seconds for unloading and on from there, price of
        both ways, and its hours (kinds, locations, locations).
    kind, start, home, capacity, opens, until, fixed
        Of the vehicles; ``until`` is when they must be home.
    largest
        The most that any vehicle holds (dims).
    earliest, latest
        Begin of a visit at each hour on offer (kinds, points, hours); the latest is -1 where a kind cannot have it.
    wish
        Price of each hour (points, hours), infinite where no kind can have it.
    first, node, mask, priced
        Patterns of each point: ``first[p]`` to ``first[p + 1]``; node, days as bits, price.
    near
        The nearest other points of each, the nearest first.
    surety
        Standard deviations of a load that must fit on top of its mean.
    other_vehicle
        Price of a visit by another vehicle than the point's first.
    out, unlike
        Price of each point if it is left out (points), and whether that differs among them.
    driver, other_driver
        Who drives each vehicle on each day (days, vehicles); price of a visit by another one than the point's first.
    gives, takes
        What a visit brings, by dimensions of the problem (nodes, dimensions), and what all sites together take on a day
        (days, dimensions); without rows where no site has a bound.
    """

    dims: int
    hours: int
    days: int
    vehicles: int
    place: Whole
    point: Whole
    load: Number
    spread: Number
    dwell: Number
    seconds: Number
    price: Number
    site: Whole
    to_site: Number
    from_site: Number
    by_site: Number
    site_opens: Number
    site_closes: Number
    kind: Whole
    start: Whole
    home: Whole
    capacity: Number
    opens: Number
    until: Number
    fixed: Number
    largest: Number
    earliest: Number
    latest: Number
    wish: Number
    first: Whole
    node: Whole
    mask: Whole
    priced: Number
    near: Whole
    surety: float
    other_vehicle: float
    out: Number
    unlike: bool
    driver: Whole
    other_driver: float
    gives: Number
    takes: Number


class Search(NamedTuple):
    """A timetable under change, and the tables that price its next change.

    Each route's content lies in a slot, so that a change that is given up costs nothing but to point back.

    Attributes
    ----------
    slot
        Of each route.
    vehicle, length, nodes
        Of each slot: whose it is, and its visits from position 1 on.
    version
        Another number whenever the content of a slot changes.
    trip
        How many visits the trip that ends at a position can have (slots, positions).
    at, spent
        When the vehicle leaves a position and what it has cost, if its trip has had so many visits there.
    left, spent_left
        The same if it goes on to unload, whatever the trip: the soonest.
    ahead
        How many visits the trip that begins at a position can have.
    until, rest, sure, due
        If so many visits, this one first, come before the next unloading: the latest arrival; how long the rest of the
        route takes without waiting, when it ends at the soonest, and what it costs.
    fresh_until, fresh_rest, fresh_sure, fresh_due
        The same for who arrives empty, with the best trip.
    least_due
        The least that the rest of the route costs from a position, whatever its trip.
    loads, spreads
        Sums up to a position.
    ends, cost
        Of each slot: when the route is over, and its price without what is too long.
    pattern, hour, on
        Of each point, -1 when left out; vehicle that visits it on each day, -1: none.
    kept_for, kept_cost, kept_at
        What a node would add in a route at an hour and where: two answers, each for a version of the route.
    free, counts
        Slots that no route uses; how many they are, and the next version.
    brought
        What the visits of each day bring to the sites (days, dimensions).
    touched, changed
        Slot of each route before this change plus one, 0: the same; the routes that differ.
    taken, was_pattern, was_hour, was_on, given
        Points that this change has moved, how they stood, and whether they are written there (points).
    gone
        Day that a point loses in this change as a bit, all of them when it is taken out whole.
    answer
        Which of the kept answers holds, by day and vehicle.
    queue, key
        Points to be put back, in order.
    nothing
        No load.
    random
        The state of the random numbers.
    told
        Price of a second too much, cost, best cost, seconds too much, points left out; changes since that price was
        looked at, and how many of them had seconds too much.
    best_length, best_nodes, best_pattern, best_hour
        The best timetable met that keeps all limits.
    """

    slot: Whole
    vehicle: Whole
    length: Whole
    nodes: Whole
    version: Whole
    trip: Whole
    at: Number
    spent: Number
    left: Number
    spent_left: Number
    ahead: Whole
    until: Number
    rest: Number
    sure: Number
    due: Number
    fresh_until: Number
    fresh_rest: Number
    fresh_sure: Number
    fresh_due: Number
    least_due: Number
    loads: Number
    spreads: Number
    ends: Number
    cost: Number
    pattern: Whole
    hour: Whole
    on: Whole
    kept_for: Whole
    kept_cost: Number
    kept_at: Whole
    free: Whole
    counts: Whole
    brought: Number
    touched: Whole
    changed: Whole
    taken: Whole
    was_pattern: Whole
    was_hour: Whole
    was_on: Whole
    given: Whole
    gone: Whole
    answer: Whole
    queue: Whole
    key: Number
    nothing: Number
    random: NDArray[np.uint64]
    told: Number
    best_length: Whole
    best_nodes: Whole
    best_pattern: Whole
    best_hour: Whole
