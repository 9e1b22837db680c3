"""What a vehicle may do between two of its stops: drive on, or go by some sites first.

Whatever a plan does there, one of the ways given here asks no more of it in seconds, metres and hours, and leaves no
more on board: visits to sites that change nothing are left out, and each leg is as short as going over other sites
could make it. So what is proven of these ways holds for all plans.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations

import numpy as np
from numpy.typing import NDArray

from routing.problem import Problem, UnloadSite, Vehicle

NEVER = 1 << 40
MOST_CHAINS = 48
"""Orders of sites between two stops above which a day is too large to be proven."""


class TooLargeError(ValueError):
    """The day has more possibilities than can be looked at."""


@dataclass(frozen=True)
class Between:
    """A way from one place to the next.

    Attributes
    ----------
    sites
        What is visited on it, in order; numbers of `Problem.unload_sites`.
    seconds, metres
        Driving and the work at the sites; metres in all.
    leave_by, there_from
        The last second to set out, and the first to be there, for the hours of the sites.
    emptied
        Dimensions that are not on board any more at its end.
    takers
        Dimensions with the sites that take them, of sites that take no more than so much in the day; where several
        take a dimension it is left out.
    loads_by, loads_before
        The last second to begin to load more on it, and how long before its end that is; None where nothing is loaded.
    to_charger, from_charger
        Metres to the nearest charging point and from the nearest, when it is on the way; else None.
    """

    sites: tuple[int, ...]
    seconds: int
    metres: int
    leave_by: int = NEVER
    there_from: int = -NEVER
    emptied: frozenset[int] = frozenset()
    takers: tuple[tuple[int, int], ...] = ()
    loads_by: int | None = None
    loads_before: int = 0
    to_charger: int | None = None
    from_charger: int | None = None


class Roads:
    """Least seconds and metres between all locations for a profile, whatever the hour and over whatever sites."""

    def __init__(self, problem: Problem, profile: str) -> None:
        base = problem.matrices[profile]
        tables = [base, *(p.matrices[profile] for p in problem.periods if profile in p.matrices)]
        sites = sorted({u.location for u in problem.unload_sites})
        self.seconds = _shortest([m.durations for m in tables], sites)
        self.metres = _shortest([m.distances for m in tables], sites)


def _shortest(tables: Sequence[NDArray[np.int32]], over: Sequence[int]) -> NDArray[np.int64]:
    least = np.full(tables[0].shape, NEVER, np.int64)
    for table in tables:
        least = np.minimum(least, np.where(table < 0, NEVER, table.astype(np.int64)))
    for k in over:
        least = np.minimum(least, least[:, [k]] + least[[k], :])
    return np.minimum(least, NEVER)


class Ways:
    """All ways of a vehicle."""

    def __init__(self, problem: Problem, vehicle: Vehicle, roads: Roads) -> None:
        self.problem, self.vehicle, self.roads = problem, vehicle, roads
        passing = {pair.collect for pair in problem.pairs}
        self.dims = frozenset(
            d
            for d in range(len(problem.dimensions))
            if any(s.pickup[d] for s in problem.stops if s.id not in passing) or (vehicle.load and vehicle.load[d])
        )
        self.loaded = frozenset(d for d, units in enumerate(vehicle.load) if units)
        self.hours: list[tuple[int, ...]] = [_hours(vehicle, site) for site in problem.unload_sites]
        self.chargers = [u.location for u in problem.unload_sites if u.charges] if vehicle.range is not None else []
        self.chains = {first: {last: list(self._chains(first, last)) for last in (0, 1)} for first in (0, 1)}

    def of(self, a: int, b: int, first: bool, last: bool, by: int, since: int) -> list[Between]:
        """Return the ways from location ``a`` to ``b`` that set out no sooner than ``since`` and are over until ``by``.

        ``first`` and ``last`` tell whether ``a`` is where the route begins and ``b`` where it ends.
        """
        found = []
        for chain in self.chains[first][last]:
            way = self._way(a, b, chain, not last)
            if way is not None and max(since + way.seconds, way.there_from) <= by and since <= way.leave_by:
                found.append(way)
        return [w for k, w in enumerate(found) if not any(_beats(o, w, since, by, n < k) for n, o in enumerate(found))]

    def _chains(self, first: int, last: int) -> Iterator[tuple[int, ...]]:
        """Orders of sites of which each is there for something: what it takes, to charge, or, once, to load more."""
        sites = self.problem.unload_sites
        aboard = self.loaded if first else self.dims
        able = [k for k, site in enumerate(sites) if self.hours[k] and (self._taken(k) & aboard or _otherwise(site))]
        count = 0
        for size in range(len(able) + 1):
            some = False
            for chain in permutations(able, size):
                if self._each_for_something(chain, aboard, bool(last)):
                    some = True
                    count += 1
                    if count > MOST_CHAINS:
                        raise TooLargeError("there are too many orders of sites")
                    yield chain
            if not some:
                break

    def _each_for_something(self, chain: Sequence[int], aboard: frozenset[int], last: bool) -> bool:
        sites = self.problem.unload_sites
        loading = [None, *(k for k in chain if sites[k].reloads and not last)]
        for loads in loading:
            taken = self._taken(loads) if loads is not None else frozenset[int]()
            charged = bool(loads is not None and sites[loads].charges)
            good = True
            for k in chain:
                if k == loads:
                    continue
                new = (self._taken(k) & aboard) - taken
                charges = bool(self.chargers) and sites[k].charges and not charged
                good = good and bool(new or charges)
                taken |= self._taken(k)
                charged = charged or sites[k].charges
            if good:
                return True
        return False

    def _taken(self, site: int | None) -> frozenset[int]:
        if site is None:
            return frozenset()
        takes = self.problem.unload_sites[site].takes
        return frozenset(d for d in self.dims if takes is None or self.problem.dimensions[d] in takes)

    def _way(self, a: int, b: int, chain: tuple[int, ...], goes_on: bool) -> Between | None:
        sites, roads = self.problem.unload_sites, self.roads
        places = [a, *(sites[k].location for k in chain), b]
        legs = [int(roads.seconds[p, q]) for p, q in pairwise(places)]
        metres = sum(int(roads.metres[p, q]) for p, q in pairwise(places))
        if max(legs) >= NEVER or metres >= NEVER:
            return None
        work = [sites[k].duration for k in chain]
        begins = [sum(legs[: n + 1]) + sum(work[:n]) for n in range(len(chain))]  # after setting out, without waiting
        seconds = sum(legs) + sum(work)
        opens, closes = [self.hours[k][0] for k in chain], [self.hours[k][1] for k in chain]
        spans = range(len(chain))
        if any(opens[p] + begins[q] - begins[p] > closes[q] for p in spans for q in spans if p < q):
            return None
        taken = [self._taken(k) for k in chain]
        loading = [n for n in spans if sites[chain[n]].reloads and goes_on]
        loads_by, loads_before = None, 0
        if loading:
            n = loading[-1]
            loads_by = min(closes[m] - (begins[m] - begins[n]) for m in spans if m >= n)
            loads_before = seconds - begins[n]
        emptied = frozenset[int]().union(*taken)
        takers = tuple(
            (d, chain[n])
            for d in sorted(emptied)
            for n in spans
            if d in taken[n] and sites[chain[n]].capacity is not None and sum(d in dims for dims in taken) == 1
        )
        charged = bool(self.chargers) and any(sites[k].charges for k in chain)
        return Between(
            chain,
            seconds,
            metres,
            min((closes[n] - begins[n] for n in spans), default=NEVER),
            max((opens[n] + seconds - begins[n] for n in spans), default=-NEVER),
            emptied,
            takers,
            loads_by,
            loads_before,
            min(int(roads.metres[a, c]) for c in self.chargers) if charged else None,
            min(int(roads.metres[c, b]) for c in self.chargers) if charged else None,
        )


def _hours(vehicle: Vehicle, site: UnloadSite) -> tuple[int, ...]:
    """The first and the last second at which the vehicle may begin there, or nothing."""
    first, last = site.hours.start, site.hours.end
    shut = sorted((z.hours.start, z.hours.end) for z in vehicle.closed if site.location in z.locations)
    for start, end in shut:
        if start <= first <= end:
            first = end + 1
    for start, end in sorted(shut, key=lambda hours: -hours[1]):
        if start <= last <= end:
            last = start - 1
    return (first, last) if first <= last else ()


def _otherwise(site: UnloadSite) -> bool:
    return site.reloads or site.charges


def _beats(one: Between, other: Between, since: int, by: int, sooner: bool) -> bool:
    """Tell whether a way does all that the other does, at no more seconds or metres, and hinders as little.

    Of two that are alike the one that comes ``sooner`` stays.
    """
    if one is other or not (one.emptied >= other.emptied and set(one.takers) <= set(other.takers)):
        return False
    if (one.loads_by is None) != (other.loads_by is None) or (one.to_charger is None) != (other.to_charger is None):
        return False
    no_worse = (
        one.seconds <= other.seconds
        and one.metres <= other.metres
        and (one.leave_by >= other.leave_by or one.leave_by + one.seconds >= by)
        and (one.there_from <= other.there_from or one.there_from <= since + one.seconds)
        and (one.loads_by is None or (one.loads_by >= (other.loads_by or 0) and one.loads_before <= other.loads_before))
    )
    if not no_worse:
        return False
    same = (one.seconds, one.metres) == (other.seconds, other.metres)
    return sooner or not same
