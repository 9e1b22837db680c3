"""What the readers make of a file."""

from __future__ import annotations

from dataclasses import dataclass

from routing.problem import Problem

HORIZON = 2**30
"""The end of time where a file sets none; sums of two still fit 32 bits."""

LARGEST = 2**31 - 1
"""No number of a problem is larger."""

HUGE = 10**9
"""Prize of a stop that must be served."""


@dataclass(frozen=True)
class Instance:
    """An instance as a day to be planned.

    Stops bear the numbers that solution files use for clients: the place of the client's row in the file, counted from
    0, depots included. A depot where vehicles load again is an unload site with the depot's number. Vehicles bear
    their place in the file, counted from 1, which is the number of their route in a solution file.

    Attributes
    ----------
    problem
        One load dimension; a second, a metre and a fen are the integer units of the file's rounding convention.
    kinds
        `Vehicle.type` of every vehicle of the file, in its order. The problem has no more vehicles of one type than
        stops.
    scale
        So many fen are one unit of the file's own objective.
    note
        What one must know about the cost.
    """

    problem: Problem
    kinds: tuple[str, ...]
    scale: int = 1
    note: str = ""
