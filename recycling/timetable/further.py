"""Which further points would add most people, one after the other, and how many any choice could add at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Further:
    """A further point: position of its community, and people whom it adds to those before it."""

    position: int
    adds: int


def further_points(
    people: Sequence[int], served: Sequence[bool], near: NDArray[np.bool_], count: int
) -> tuple[list[Further], int]:
    """Return up to ``count`` points, each adding most after those before it, and what is proven of any other choice.

    ``near`` tells for each point (rows) whom it would reach (columns). The second value are people who would be served
    at most, with as many points as ``count`` wherever they are: whom a point adds never grows with others there, so
    what any choice adds to a chosen set is at most the sum of the largest gains beside that set (Nemhauser, Wolsey
    and Fisher 1978). Where it is what the points reach, no choice reaches more.
    """
    import numpy as np

    weights = np.where(np.array(served, dtype=bool), 0, np.array(people, dtype=np.int64))
    done = int(sum(p for p, is_served in zip(people, served, strict=True) if is_served))
    chosen: list[Further] = []
    bound = int(sum(people))
    while True:
        gains = near @ weights if len(people) else np.zeros(0, dtype=np.int64)
        largest = np.sort(gains)[::-1][:count]
        bound = min(bound, done + int(largest.sum()))
        if len(chosen) == count or not len(gains) or not gains.max():
            return chosen, bound
        best = int(np.argmax(gains))
        chosen.append(Further(best, int(gains[best])))
        done += int(gains[best])
        weights[near[best]] = 0
