"""What makes a day unsound before anyone plans it: every unsound value with its path, so that all can be mended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routing.faults.kinds import LARGEST, wrong_kinds
from routing.faults.sense import unsound, unsound_stop

if TYPE_CHECKING:
    from routing.problem import Problem, Stop

__all__ = ["LARGEST", "faults", "stop_faults", "wrong_kinds"]


def faults(problem: Problem) -> list[str]:
    """Return all faults; values are compared only when every one of them is of its kind."""
    return list(wrong_kinds(problem, LARGEST)) or list(unsound(problem))


def stop_faults(problem: Problem, stop: Stop) -> list[str]:
    """Return the faults of one stop for the day."""
    return list(wrong_kinds(stop, LARGEST)) or list(unsound_stop(problem, stop))
