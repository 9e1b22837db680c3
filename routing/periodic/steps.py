"""What the steps cost on which calls begin: where all begin at whole steps, a call and the way on take whole ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from routing.periodic.problem import CallPoint, TimetableProblem
from routing.problem import Matrix


class Steps(NamedTuple):
    """Seconds of a step, what each visit takes of a day by point and pattern, and how long each vehicle is there."""

    step: int
    needs: Mapping[str, tuple[int, ...]]
    there: tuple[int, ...]


def steps_of(problem: TimetableProblem, points: Sequence[CallPoint]) -> Steps | None:
    """Return what the steps make of the visits and the vehicles' time; None where calls begin on no steps.

    Two calls that follow each other in a round begin whole steps apart: a call and the way on take at least so many
    steps as they need, though the last one of a day may end inside its step. A break between two calls takes the whole
    steps that are in it. Points from which no way leads on are left aside.
    """
    windows = [hour.window for point in points for hour in point.hours]
    if not windows or any(window.start != window.end for window in windows):
        return None
    step = math.gcd(*(window.start - windows[0].start for window in windows))
    if not step:
        return None
    profiles = {vehicle.profile for vehicle in problem.vehicles}
    seconds = np.min([_finite(problem.matrices[name]) for name in profiles], axis=0)
    onward = seconds.min(axis=1)
    needs = {
        point.id: tuple(math.ceil((x.dwell + float(onward[point.location])) / step) * step for x in point.patterns)
        for point in points
        if math.isfinite(onward[point.location])
    }
    there = []
    for vehicle in problem.vehicles:
        breaks = sum(pause.duration // step * step for pause in vehicle.pauses)
        whole = vehicle.shift.end + vehicle.overtime - vehicle.shift.start
        there.append(max(0, min(whole, vehicle.max_duration or whole) - breaks) + step)
    return Steps(step, needs, tuple(there))


def _finite(matrix: Matrix) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the seconds of a matrix, infinite where there is no way and from a place to itself."""
    seconds = np.where(matrix.durations < 0, math.inf, matrix.durations).astype(np.float64)
    np.fill_diagonal(seconds, math.inf)
    return seconds
