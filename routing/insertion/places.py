"""A new place in the matrices of a day, without copying them each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from routing.errors import InputError
from routing.problem import Matrix, Problem


@dataclass(frozen=True, eq=False)
class Ways:
    """Fastest ways between a new place and all others: seconds and metres, int32 arrays of shape (n,); -1 for none."""

    seconds_there: NDArray[np.int32]
    seconds_back: NDArray[np.int32]
    metres_there: NDArray[np.int32]
    metres_back: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Place:
    """A place that is no location of the day yet: its ways by profile, and by profile in each period that has some.

    ``seconds_there`` of `Ways` lead from the other places to it. ``periods`` is in the order of `Problem.periods`; a
    profile that has a matrix of its own in a period needs ways there.
    """

    ways: Mapping[str, Ways]
    periods: Sequence[Mapping[str, Ways]] = ()


SPARE = 64
"""Places for which there is room before the matrices are copied."""


class Places:
    """A day's matrices with room for more places.

    Each place is written to a row and column of its own in arrays that stay, so a place costs what its ways are long,
    and days that were given before stay as they are.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.size = len(next(iter(problem.matrices.values())).durations)
        self._next = SPARE
        self._kept: list[tuple[NDArray[np.int32], NDArray[np.int32]]] = []

    def add(self, place: Place) -> tuple[Problem, int]:
        """Return the day with one more location, and the location.

        Places that were added before may lie between the day's own locations and the new one; `settled` drops them.

        Raises
        ------
        InputError
            When ways are missing, or not one for each location.
        """
        problem = self.problem
        given = [(f"ways[{n!r}]", m, place.ways.get(n)) for n, m in problem.matrices.items()]
        for k, period in enumerate(problem.periods):
            some = place.periods[k] if k < len(place.periods) else {}
            given += [(f"periods[{k}][{n!r}]", m, some.get(n)) for n, m in period.matrices.items()]
        wrong = [fault for at, _, ways in given for fault in _faults(at, ways, self.size)]
        if wrong:
            raise InputError("bad-place", "The new place cannot be used as given: %(faults)s.", faults="; ".join(wrong))
        if self._next >= SPARE:
            self._kept = [(_roomy(m.durations), _roomy(m.distances)) for _, m, _ in given]
            self._next = 0
        at = self.size + self._next
        self._next += 1
        made = []
        for (durations, distances), (_, _, ways) in zip(self._kept, given, strict=True):
            if ways is not None:
                durations[: self.size, at], durations[at, : self.size] = ways.seconds_there, ways.seconds_back
                distances[: self.size, at], distances[at, : self.size] = ways.metres_there, ways.metres_back
            made.append(Matrix(durations[: at + 1, : at + 1], distances[: at + 1, : at + 1]))
        left = iter(made)
        matrices = {name: next(left) for name in problem.matrices}
        periods = tuple(replace(p, matrices={name: next(left) for name in p.matrices}) for p in problem.periods)
        return problem.changed(matrices=matrices, periods=periods), at

    def settled(self, problem: Problem, at: int) -> Problem:
        """Return a day that `add` gave with the new place right after the day's own, in matrices of its own."""
        chosen = np.r_[: self.size, at]

        def few(matrices: Mapping[str, Matrix]) -> dict[str, Matrix]:
            index = np.ix_(chosen, chosen)
            return {name: Matrix(m.durations[index], m.distances[index]) for name, m in matrices.items()}

        return problem.changed(
            matrices=few(problem.matrices),
            periods=tuple(replace(p, matrices=few(p.matrices)) for p in problem.periods),
            stops=tuple(replace(s, location=self.size) if s.location == at else s for s in problem.stops),
        )


def _roomy(table: NDArray[np.int32]) -> NDArray[np.int32]:
    size = len(table)
    roomy = np.full((size + SPARE, size + SPARE), -1, np.int32)
    roomy[:size, :size] = table
    np.fill_diagonal(roomy[size:, size:], 0)
    return roomy


def _faults(at: str, ways: Ways | None, size: int) -> list[str]:
    if ways is None:
        return [f"{at}: is missing"]
    tables = (ways.seconds_there, ways.seconds_back, ways.metres_there, ways.metres_back)
    if any(np.shape(table) != (size,) for table in tables):
        return [f"{at}: needs {size} ways each way"]
    there, back = (np.asarray(a) < 0 for a in tables[:2])
    if (there != (np.asarray(tables[2]) < 0)).any() or (back != (np.asarray(tables[3]) < 0)).any():
        return [f"{at}: a way has a duration without a distance, or the other way round"]
    return []
