"""What a benchmark of plans prints and writes while it runs and at its end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import click

from benchmarks import tabular


class Comparison(Protocol):
    """All plans of one day or instance.

    Attributes
    ----------
    versions
        Of what the engines used.
    """

    versions: dict[str, str]

    def run(self) -> Sequence[Any]:
        """Let everybody search, and return the rows."""
        ...


@dataclass(frozen=True)
class Report:
    """How the rows of a benchmark are shown.

    Attributes
    ----------
    benchmark
        Its name.
    words, shares
        Fields of text, and fields that are shown as percentages.
    means
        Makes of all rows what stands below them.
    """

    benchmark: str
    words: frozenset[str]
    shares: frozenset[str]
    means: Callable[[Sequence[Any]], Sequence[Any]]

    def table(self, rows: Iterable[Any]) -> str:
        """Write rows, or means, under each other; None is a dash."""
        return tabular.table(rows, self.words, self.shares)

    def as_json(self, rows: Sequence[Any], arguments: Sequence[str], versions: dict[str, str]) -> str:
        """Write rows, means, machine, versions and command as JSON."""
        return tabular.as_json(self.benchmark, arguments, versions, rows=rows, means=self.means(rows))

    def show(self, comparisons: Iterable[Comparison], json_file: Path | None) -> None:
        """Make the comparisons, write into the file what is known after each, and print all at the end."""
        rows: list[Any] = []
        versions: dict[str, str] = {}
        for comparison in comparisons:
            rows += comparison.run()
            versions |= comparison.versions
            if json_file is not None:
                json_file.write_text(self.as_json(rows, sys.argv[1:], versions))
        click.echo(self.table(rows))
        click.echo()
        click.echo(self.table(self.means(rows)))


def average(values: Iterable[float | None]) -> float | None:
    """Return the mean of the values that are there; None without any."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
