"""What makes a day unsound before anyone plans it: every unsound value with its path, so that all can be mended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routing.faults.kinds import LARGEST, wrong_kinds
from routing.faults.sense import unsound

if TYPE_CHECKING:
    from routing.problem import Problem

__all__ = ["LARGEST", "faults", "wrong_kinds"]


def faults(problem: Problem) -> list[str]:
    """Return all faults; values are compared only when every one of them is of its kind."""
    return list(wrong_kinds(problem, LARGEST)) or list(unsound(problem))
