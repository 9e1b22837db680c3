"""Small days to plan, written by hand or drawn by hypothesis."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from routing.problem import Matrix, Pause, Problem, Stop, TimeWindow, UnloadSite, Vehicle

ALWAYS = ((0, 100_000),)
FAR = 10**6


def load(units):
    return (units,) if isinstance(units, int) else tuple(units)


def stop(name, at, windows=ALWAYS, service=0, delivery=0, pickup=0, prize=1_000_000, skills=()):
    return Stop(
        id=name,
        location=at,
        windows=tuple(TimeWindow(*w) for w in windows),
        service=service,
        delivery=load(delivery),
        pickup=load(pickup),
        prize=prize,
        skills=frozenset(skills),
    )


def truck(
    name="v", capacity=100, shift=(0, 36_000), pause=None, start=0, end=0, fixed=0, km=0, hour=3600, skills=(), **other
):
    """A vehicle that costs one fen a second; ``pause`` is (first, last, duration)."""
    return Vehicle(
        id=name,
        type="truck",
        capacity=load(capacity),
        start=start,
        end=end,
        shift=TimeWindow(*shift),
        pause=Pause(TimeWindow(*pause[:2]), pause[2]) if pause else None,
        profile=other.get("profile", "road"),
        fixed_cost=fixed,
        cost_per_km=km,
        cost_per_hour=hour,
        skills=frozenset(skills),
    )


def site(name, at, hours=ALWAYS[0], duration=0):
    return UnloadSite(name, at, TimeWindow(*hours), duration)


def matrix(seconds):
    """Ten metres a second."""
    seconds = np.asarray(seconds, dtype=np.int32)
    return Matrix(seconds, np.where(seconds < 0, -1, seconds * 10).astype(np.int32))


def line(places, step=600):
    """Places along one street, `step` seconds from each to the next."""
    at = np.arange(places) * step
    return np.abs(at[:, None] - at[None, :])


def day(stops, vehicles, sites=(), seconds=None, dimensions=("kg",), notice=None):
    seconds = line(10) if seconds is None else seconds
    return Problem(dimensions, tuple(stops), tuple(vehicles), tuple(sites), {"road": matrix(seconds)}, notice)


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
