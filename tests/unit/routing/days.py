"""Small days to plan, written by hand or drawn by hypothesis."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from routing.problem import (
    Closed,
    Compartment,
    Matrix,
    Pair,
    Pause,
    Period,
    Problem,
    Stop,
    TimeWindow,
    UnloadSite,
    Vehicle,
)

ALWAYS = ((0, 100_000),)
FAR = 10**6


def load(units):
    return (units,) if isinstance(units, int) else tuple(units)


def stop(name, at, windows=ALWAYS, service=0, delivery=0, pickup=0, prize=1_000_000, skills=(), **other):
    """``other`` are further fields of `Stop`."""
    return Stop(
        id=name,
        location=at,
        windows=tuple(TimeWindow(*w) for w in windows),
        service=service,
        delivery=load(delivery),
        pickup=load(pickup),
        prize=prize,
        skills=frozenset(skills),
        **other,
    )


def truck(
    name="v", capacity=100, shift=(0, 36_000), pause=None, start=0, end=0, fixed=0, km=0, hour=3600, skills=(), **other
):
    """A vehicle that costs one fen a second; ``pause`` is (first, last, duration), ``other`` are further fields."""
    pauses = (Pause(TimeWindow(*pause[:2]), pause[2]),) if pause else ()
    return Vehicle(
        id=name,
        type="truck",
        capacity=load(capacity),
        start=start,
        end=end,
        shift=TimeWindow(*shift),
        fixed_cost=fixed,
        cost_per_km=km,
        cost_per_hour=hour,
        skills=frozenset(skills),
        **{"profile": "road", "pauses": pauses, **other},
    )


def site(name, at, hours=ALWAYS[0], duration=0, **other):
    return UnloadSite(name, at, TimeWindow(*hours), duration, **other)


def matrix(seconds):
    """Ten metres a second."""
    seconds = np.asarray(seconds, dtype=np.int32)
    return Matrix(seconds, np.where(seconds < 0, -1, seconds * 10).astype(np.int32))


def line(places, step=600):
    """Places along one street, `step` seconds from each to the next."""
    at = np.arange(places) * step
    return np.abs(at[:, None] - at[None, :])


def day(stops, vehicles, sites=(), seconds=None, dimensions=("kg",), notice=None, **other):
    seconds = line(10) if seconds is None else seconds
    matrices = {"road": matrix(seconds)}
    return Problem(dimensions, tuple(stops), tuple(vehicles), tuple(sites), matrices, notice, **other)


# -- drawn days ----------------------------------------------------------------------------------------------


@st.composite
def windows(draw, last):
    """One or two windows that follow each other, between 0 and somewhat after `last`, or the whole day."""
    if draw(st.booleans()):
        return ((0, last),)
    edges = sorted(draw(st.sets(st.integers(0, last + last // 4), min_size=2, max_size=4)))
    return tuple(zip(edges[::2], edges[1::2], strict=False))


@st.composite
def pauses(draw, last):
    first = draw(st.integers(0, last))
    return first, first + draw(st.integers(0, last // 3)), draw(st.integers(1, max(1, last // 8)))


@st.composite
def tables(draw, places, most, holes=True):
    """Seconds of the fastest ways between all places, not symmetric, here and there without a way."""
    way = st.integers(0, most) | st.just(-1) if holes and draw(st.booleans()) else st.integers(0, most)
    seconds = np.array([[draw(way) if a != b else 0 for b in range(places)] for a in range(places)])
    seconds[seconds < 0] = FAR
    for over in range(places):
        seconds = np.minimum(seconds, seconds[:, [over]] + seconds[[over], :])
    return np.where(seconds < FAR, seconds, -1)


@st.composite
def days(draw, stops=(0, 5), vehicles=(1, 2), sites=(0, 2), last=100):
    """Days of two dimensions; all times fit into `last` seconds, so that brute force can look at each of them."""
    stops, vehicles, sites = (draw(st.integers(*bounds)) for bounds in (stops, vehicles, sites))
    places = 2 + stops + sites
    units = st.tuples(st.integers(0, 6), st.integers(0, 4))
    skills = st.just(set()) | st.sets(st.sampled_from(["crew-2", "crane"]), max_size=2)
    nothing = st.just((0, 0))
    return day(
        [
            stop(
                f"s{k}",
                2 + k,
                draw(windows(last)),
                service=draw(st.integers(0, last // 5)),
                delivery=draw(nothing | units),
                pickup=draw(nothing | units),
                prize=draw(st.integers(0, 400) | st.integers(1000, 2000)),
                skills=draw(skills),
            )
            for k in range(stops)
        ],
        [
            truck(
                f"v{k}",
                capacity=draw(st.tuples(st.integers(0, 25), st.integers(0, 16))),
                shift=tuple(sorted(draw(st.tuples(st.integers(0, last), st.integers(0, last)) | st.just((0, last))))),
                pause=draw(st.none() | pauses(last)),
                end=draw(st.sampled_from([0, 0, 1])),
                fixed=draw(st.integers(0, 60)),
                km=draw(st.integers(0, 300)),
                skills=draw(st.just({"crew-2", "crane"}) | skills),
            )
            for k in range(vehicles)
        ],
        [
            site(f"u{k}", 2 + stops + k, draw(windows(last))[0], duration=draw(st.integers(0, last // 10)))
            for k in range(sites)
        ],
        draw(tables(places, last // 6)),
        dimensions=("kg", "litres"),
        notice=draw(st.none() | st.just({"zh": "演示", "en": "demonstration"})),
    )


# -- drawn days with every rule --------------------------------------------------------------------------------

RULES = (
    "windows", "skills", "crews", "releases", "groups", "pairs", "together", "named", "backhauls", "wishes", "required",
    "announced",
    "pauses", "compartments", "longest", "overtime", "loads", "stock", "ranges", "closed", "profiles", "carbon",
    "reloading", "charging", "partial", "bounded", "periods", "balance", "compactness", "free hours",
)  # fmt: skip
"""Rules that a drawn day may use."""


@st.composite
def rich_days(draw, stops=(0, 6), vehicles=(1, 3), sites=(0, 3), last=200, rules=RULES, always=()):
    """Small days that use some of the rules each, so that what shrinks is a day with the rules that matter."""
    return _Rich(draw, {*always, *draw(st.sets(st.sampled_from(rules)))}, last).day(stops, vehicles, sites)


DIMENSIONS = ("kg", "litres")


class _Rich:
    """Draws the parts of a day that uses ``rules``; what a part of a rule is not drawn for is left at its default."""

    def __init__(self, draw, rules, last):
        self.draw, self.rules, self.last = draw, rules, last

    def now_and_then(self, rule, strategy, otherwise=None):
        """Draw three times in four where the day uses the rule, else give the default."""
        return self.draw(strategy) if rule in self.rules and self.draw(st.integers(0, 3)) else otherwise

    def span(self, shortest=0):
        first = self.draw(st.integers(0, self.last))
        return TimeWindow(first, first + shortest + self.draw(st.integers(0, self.last)))

    def day(self, stops, vehicles, sites):
        draw = self.draw
        stops, vehicles, sites = (draw(st.integers(*bounds)) for bounds in (stops, vehicles, sites))
        places = 2 + stops + sites
        names = [f"v{k}" for k in range(vehicles)]
        drawn = [self.stop(f"s{k}", 2 + k, names) for k in range(stops)]
        drawn, pairs = self.paired(drawn)
        profiles = ("road", "lane") if "profiles" in self.rules else ("road",)
        return Problem(
            dimensions=DIMENSIONS,
            stops=tuple(drawn),
            vehicles=tuple(self.vehicle(name, places, profiles) for name in names),
            unload_sites=tuple(self.site(f"u{k}", 2 + stops + k) for k in range(sites)),
            matrices={name: self.ways(places) for name in profiles},
            pairs=pairs,
            periods=self.periods(places, profiles) if "periods" in self.rules else (),
            carbon_price=draw(st.integers(1, 100_000)) if "carbon" in self.rules else 0,
            balance_price=draw(st.integers(1, 7_200)) if "balance" in self.rules else 0,
            compactness_price=draw(st.integers(1, 500)) if "compactness" in self.rules else 0,
        )

    def units(self, most):
        return st.just((0,) * len(DIMENSIONS)) | st.tuples(*(st.integers(0, most) for _ in DIMENSIONS))

    def stop(self, name, at, vehicles):
        draw, some = self.draw, self.now_and_then
        words = st.sampled_from(["x", "y"])
        wishes = some("wishes", windows(self.last), ())
        return stop(
            name,
            at,
            draw(windows(self.last)) if "windows" in self.rules else ((0, 2 * self.last),),
            service=draw(st.integers(0, self.last // 6)),
            delivery=draw(self.units(6)),
            pickup=draw(self.units(6)),
            prize=draw(st.integers(0, 400) | st.integers(1_000, 2_000)),
            skills=some("skills", st.sets(st.sampled_from(["crew-2", "crane"])), ()),
            service_by_crew=some("crews", st.fixed_dictionaries({"two": st.integers(0, self.last // 6)}), {}),
            release=some("releases", st.integers(1, self.last), 0),
            required=some("required", st.just(True), False),
            group=some("groups", words, ""),
            together=some("together", words, ""),
            vehicles=some("named", st.frozensets(st.sampled_from(vehicles))),
            forbidden=some("named", st.frozensets(st.sampled_from([*vehicles, "gone"])), frozenset()),
            backhaul=some("backhauls", st.just(True), False),
            stays=(stays := some("announced", st.sampled_from(vehicles), "")),
            stays_price=draw(st.integers(0, 200)) if stays else 0,
            wishes=tuple(TimeWindow(*w) for w in wishes),
            wish_price=draw(st.integers(0, 7_200)) if wishes else 0,
        )

    def paired(self, drawn):
        """Make pairs of some stops: the second gets what the first gives."""
        if "pairs" not in self.rules:
            return drawn, ()
        free = self.draw(st.permutations(range(len(drawn))))
        pairs = []
        for a, b in zip(free[::2], free[1::2], strict=False):
            if self.draw(st.booleans()):
                alone = {"group": "", "backhaul": False}
                drawn[a] = replace(drawn[a], **alone)
                drawn[b] = replace(drawn[b], **alone, delivery=drawn[a].pickup)
                pairs.append(Pair(drawn[a].id, drawn[b].id))
        return drawn, tuple(pairs)

    def vehicle(self, name, places, profiles):
        draw, some, last = self.draw, self.now_and_then, self.last
        full = some("ranges", st.integers(0, 20 * last))
        begin = draw(st.integers(0, last // 2))
        return truck(
            name,
            capacity=draw(st.tuples(st.integers(0, 25), st.integers(0, 25))),
            shift=(begin, begin + draw(st.integers(last // 4, 2 * last))),
            pauses=self.pauses() if "pauses" in self.rules else (),
            end=draw(st.sampled_from([0, 0, 1])),
            fixed=draw(st.integers(0, 60)),
            km=draw(st.integers(0, 300)),
            hour=0 if "free hours" in self.rules else draw(st.sampled_from([3_600, 1_000])),
            skills=some("skills", st.sets(st.sampled_from(["crew-2", "crane"])), ()),
            crew=some("crews", st.just("two"), ""),
            compartments=some("compartments", st.lists(self.compartment(), max_size=3).map(tuple), ()),
            max_duration=some("longest", st.integers(0, last)),
            overtime=some("overtime", st.integers(1, last), 0),
            overtime_per_hour=some("overtime", st.integers(1, 7_200), 0),
            load=some("loads", self.units(4), ()),
            keeps_stock=some("stock", st.just(True), False),
            range=full,
            charge=some("ranges", st.integers(0, full)) if full is not None else None,
            closed=tuple(
                Closed(draw(st.frozensets(st.integers(0, places - 1))), self.span())
                for _ in range(draw(st.integers(0, 2)) if "closed" in self.rules else 0)
            ),
            grams_per_km=some("carbon", st.integers(1, 900), 0),
            profile=draw(st.sampled_from(profiles)),
        )

    def pauses(self):
        """Up to three breaks, mostly one after the other."""
        draw, last = self.draw, self.last
        firsts = draw(st.lists(st.integers(0, last), min_size=1, max_size=3))
        if draw(st.integers(0, 4)):
            firsts.sort()
        return tuple(
            Pause(TimeWindow(a, a + draw(st.integers(0, last // 4))), draw(st.integers(0, last // 6))) for a in firsts
        )

    def compartment(self):
        return st.builds(Compartment, st.frozensets(st.sampled_from(DIMENSIONS)), st.integers(0, 30))

    def site(self, name, at):
        draw, some = self.draw, self.now_and_then
        return UnloadSite(
            name,
            at,
            TimeWindow(*draw(windows(self.last))[0]) if "windows" in self.rules else TimeWindow(0, 2 * self.last),
            duration=draw(st.integers(0, self.last // 10)),
            takes=some("partial", st.frozensets(st.sampled_from(DIMENSIONS))),
            capacity=some("bounded", st.tuples(st.integers(0, 12), st.integers(0, 12))),
            reloads=some("reloading", st.just(True), False),
            charges=some("charging", st.just(True), False),
        )

    def ways(self, places):
        """Fastest ways; their lengths follow from the seconds or not."""
        seconds = self.draw(tables(places, self.last // 5))
        metres = self.draw(tables(places, 400, holes=False)) if self.draw(st.booleans()) else seconds * 10
        return Matrix(seconds.astype(np.int32), np.where(seconds < 0, -1, metres).astype(np.int32))

    def periods(self, places, profiles):
        """Up to two periods, also without a gap between them, or of no length."""
        edges = sorted(self.draw(st.lists(st.integers(0, 2 * self.last), min_size=4, max_size=4)))
        return tuple(
            Period(TimeWindow(a, b), {p: self.ways(places) for p in profiles if self.draw(st.booleans())})
            for a, b in zip(edges[::2], edges[1::2], strict=True)
            if self.draw(st.booleans())
        )
