"""Engines that plan the same day one after the other, each in a process of its own; the judge's word on each plan."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.running import run
from routing.check import Violation, check
from routing.plan import Plan
from routing.problem import Problem

PATIENCE = 240.0
"""Seconds after which a process is ended that has not answered, besides three times those it may search."""

MOST_NAMED = 3
"""Broken rules that a note names."""


@dataclass(frozen=True)
class Search:
    """How every engine searches: wall time, cores it may use, and the seed."""

    seconds: float
    cores: int
    seed: int


class Engines:
    """Engines on one day.

    Parameters
    ----------
    day
        What people are told it is called.
    folder
        Does not exist yet; each engine gets a folder in it.

    Attributes
    ----------
    versions
        Of what the engines used.
    """

    def __init__(self, day: str, search: Search, folder: Path, say: Callable[[str], None]) -> None:
        self.day, self.search, self.folder, self.say = day, search, folder, say
        self.versions: dict[str, str] = {}

    def ask(
        self, engine: str, module: str, day: dict[str, Any], python: str = sys.executable, seconds: float | None = None
    ) -> tuple[dict[str, Any] | None, str]:
        """Let an engine search, for other ``seconds`` if given; return its answer, or None and why it has none.

        Parameters
        ----------
        day
            Plain data by which the module knows the day.
        """
        self.say(f"{self.day}: {engine}")
        limit = self.search.seconds if seconds is None else seconds
        task = {**day, "seconds": limit, "seed": self.search.seed, "cores": self.search.cores, "repeat": 1}
        told = run(module, self.folder / engine, task, python, PATIENCE + 3 * limit)
        self.versions |= told.versions
        return (told.rows[0], "") if told.rows else (None, told.ended or "no answer")


def judged(problem: Problem, plan: Plan, *notes: str) -> tuple[list[Violation], str]:
    """Return what the judge finds against a plan, and a note that says so after the other ones."""
    broken = check(problem, plan)
    named = [*map(str, broken[:MOST_NAMED]), "..." if len(broken) > MOST_NAMED else ""]
    return broken, "; ".join(filter(None, [*notes, *named]))
