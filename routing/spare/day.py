"""From positions to what partners' trips could take: our own day planned by insertion, each trip on its own roads.

Only plain data crosses the border of the process: no name, no address, no telephone number.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

from routing.day import DayJob, stated
from routing.errors import InputError
from routing.memory import limit_memory
from routing.plain_day import plain_plan
from routing.spare.matching import Asked, TripAnswer, TripDay, matched
from routing.spare.savings import OurDay


@dataclass(frozen=True)
class TripJob:
    """A partner's trip.

    Attributes
    ----------
    id
        The caller's name for it.
    job
        Its day: one vehicle, which may cost nothing but its hours; its own places as required stops, and the stops that
        it may be given, under the ids that they have in our own day; the sites at which it may unload.
    places
        Ids of its own places, in the order in which it goes to them.
    held
        Ids of stops that it has been given before, and that keep their room on it.
    asked
        What it may be given.
    """

    id: str
    job: DayJob
    places: tuple[str, ...]
    asked: Asked
    held: tuple[str, ...] = ()


def match(day: DayJob, trips: Sequence[TripJob], least_gain: int) -> dict[str, TripAnswer]:
    """Return what each trip could take of our day; see `routing.spare.matching.matched`.

    A trip that lies on no road is answered with the trouble ``no-road``, at the place that lies on none.

    Raises
    ------
    InputError
        When our own day cannot be stated.
    """
    ours = stated(day)
    our = OurDay(ours.problem, plain_plan(ours.problem))
    days: dict[str, TripDay] = {}
    answers: dict[str, TripAnswer] = {}
    for trip in trips:
        try:
            made = stated(trip.job)
        except InputError as error:
            answers[trip.id] = TripAnswer(trouble=error.code)
            continue
        off = [u for u in made.off_road if u.stop in trip.places]
        if off:
            answers[trip.id] = TripAnswer(trouble="no-road", at=off[0].stop, amount=int(off[0].values["metres"]))
            continue
        days[trip.id] = TripDay(made.problem, trip.places, trip.asked, trip.held)
    return {**answers, **matched(our, days, least_gain)}


def match_in_child(day: DayJob, trips: Sequence[TripJob], least_gain: int, memory_mb: int) -> dict[str, TripAnswer]:
    """Do as `match` in a process of its own, under a limit of memory."""
    os.nice(5)
    import_module("routing.roads.kernels")
    limit_memory(memory_mb)
    return match(day, trips, least_gain)
