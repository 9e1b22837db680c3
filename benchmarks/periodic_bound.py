"""Bounds of timetables on public instances, beside the published bounds and the best timetables known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks.instances.pvrpif import MINUTE, read_pvrpif
from benchmarks.reporting import Report, average


@dataclass(frozen=True)
class BoundRow:
    """One instance: minutes that are proven by others and by us, the best timetable known, and what lies between.

    ``gap`` is the share of the best by which our bound is below it, ``closed`` the share of the way from the published
    bound to the best that the higher of both bounds goes; nothing where others have proven the best.
    """

    instance: str
    published: float | None
    ours: float
    upper: float | None
    gap: float | None
    closed: float | None
    proven: bool
    columns: int
    cuts: int
    finished: bool
    seconds: float


@dataclass(frozen=True)
class BoundMeans:
    """How many are proven, and of those that were open how many are higher than published, halved or proven by us."""

    instances: int
    gap: float | None
    closed: float | None
    proven: int
    open: int
    higher: int
    halved: int
    newly_proven: int
    above_upper: int


@dataclass(frozen=True)
class BoundRun:
    """One instance to be bounded; ``upper`` and ``lower`` are minutes that others reached, or were proven by them."""

    path: Path
    upper: float | None
    lower: float | None
    seconds: float
    versions: dict[str, str]

    def run(self) -> Sequence[BoundRow]:
        """Raise the bound, and say how far it came."""
        from routing.periodic.bound import lower_bound

        upper, lower = self.upper, self.lower
        problem = read_pvrpif(self.path)
        stop = float("inf") if upper is None else upper * MINUTE
        found = lower_bound(problem, self.seconds, stop)
        ours = found.value / MINUTE
        closed = None
        if upper is not None and lower is not None and lower < upper:
            closed = (max(ours, lower) - lower) / (upper - lower)
        gap = None if upper is None else 1 - ours / upper
        click.echo(f"{self.path.stem}: {ours:.0f} (published {lower or 0:.0f}, best {upper or 0:.0f})", err=True)
        proven = upper is not None and ours >= upper - 1e-6
        return [
            BoundRow(
                self.path.stem,
                lower,
                ours,
                upper,
                gap,
                closed,
                proven,
                found.columns,
                found.cuts,
                found.finished,
                found.seconds,
            )
        ]


def means(rows: Sequence[BoundRow]) -> Sequence[BoundMeans]:
    """Return the means of all instances."""
    open_ones = [row for row in rows if row.closed is not None]
    return [
        BoundMeans(
            instances=len(rows),
            gap=average(row.gap for row in rows),
            closed=average(row.closed for row in rows),
            proven=sum(row.proven for row in rows),
            open=len(open_ones),
            higher=sum(row.ours > (row.published or 0) + 1e-6 for row in open_ones),
            halved=sum((row.closed or 0) >= 0.5 for row in open_ones),
            newly_proven=sum(row.proven for row in open_ones),
            above_upper=sum(row.gap is not None and row.gap < -1e-9 for row in rows),
        )
    ]


REPORT = Report("periodic-bound", frozenset({"instance", "proven", "finished"}), frozenset({"gap", "closed"}), means)
