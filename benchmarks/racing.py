"""Several runs of one engine at the same time, each with a process and a seed of its own, of which the best counts."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from benchmarks.measuring import Job


@dataclass(frozen=True)
class Answer:
    """What one run has found.

    Attributes
    ----------
    seconds
        How long it searched.
    cost
        By its own account; None when it has no plan that keeps all rules.
    tours
        As in `benchmarks.solutions`: numbers of vehicles with what they visit; None when it has nothing.
    note
        What else one must know.
    """

    seconds: float
    cost: int | None
    tours: list[tuple[int, list[int]]] | None
    note: str = ""


Found = TypeVar("Found")
Search = Callable[[dict[str, Any], int], Found]
"""Searches for a task's ``seconds`` with a seed."""


def at_once(search: Search[Found], job: Job) -> list[Found]:
    """Run a search on every core of a job at once, each with a seed of its own, and return what each has found."""
    seeds = [job.task["seed"] * job.cores + number for number in range(job.cores)]
    with ProcessPoolExecutor(job.cores, multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(partial(search, job.task), seeds))


def race(search: Search[Answer], job: Job) -> None:
    """Run a search on every core of a job at once and report the best answer; the time is that of the longest."""
    answers = at_once(search, job)
    best = min(answers, key=lambda answer: (answer.tours is None, answer.cost is None, answer.cost or 0))
    report(job, replace(best, seconds=max(answer.seconds for answer in answers)))


def report(job: Job, answer: Answer) -> None:
    """Report an answer."""
    job.tell("search", answer.seconds, None, answer.note, cost=answer.cost, tours=answer.tours)


def refuse(job: Job, why: str) -> None:
    """Report that an engine does not know what an instance asks for."""
    job.tell("search", None, None, why, cost=None, tours=None)
