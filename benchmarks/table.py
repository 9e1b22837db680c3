"""What engines did on road networks: rows and their ratios."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from benchmarks import tabular


@dataclass(frozen=True)
class Row:
    """What one engine did in one case.

    Attributes
    ----------
    network, nodes, edges
        Name; number of nodes and of directed arcs, None where they are not known.
    case, engine, cores
        See ``python -m benchmarks.roads --help``.
    seconds, peak_mb
        None where the engine gave no answer.
    ratio
        Seconds divided by those of ``ours`` in the same case, run and number of cores.
    disagreements
        Pairs whose travel time differs from scipy's; None where that was not asked.
    note
        What else one must know.
    """

    network: str
    nodes: int | None
    edges: int | None
    case: str
    engine: str
    cores: int
    seconds: float | None
    ratio: float | None
    peak_mb: float | None
    disagreements: int | None
    note: str = ""


def with_ratios(rows: Sequence[Row]) -> list[Row]:
    """Fill in the ratios."""
    ours = {(row.network, row.case, row.cores): row.seconds for row in rows if row.engine == "ours"}
    found = []
    for row in rows:
        base = ours.get((row.network, row.case, row.cores))
        ratio = row.seconds / base if row.seconds is not None and base else None
        found.append(Row(**{**asdict(row), "ratio": ratio}))
    return found


def table(rows: Iterable[Row]) -> str:
    """Write rows under each other, numbers with three digits that count; None is a dash."""
    return tabular.table(rows, {"network", "case", "engine", "note"}, decimals=lambda _, value: _short(value))


def means(rows: Iterable[Row]) -> str:
    """One line: the geometric mean of each engine's ratios over the matrices."""
    ratios: dict[str, list[float]] = {}
    for row in rows:
        if row.case.startswith("matrix") and row.ratio and row.engine != "ours":
            ratios.setdefault(row.engine, []).append(math.log(row.ratio))
    parts = [
        f"{engine} {_short(math.exp(sum(logs) / len(logs)))} ({len(logs)})" for engine, logs in sorted(ratios.items())
    ]
    return "Geometric mean of the ratios over matrices (how many): " + (", ".join(parts) or "none")


def as_json(rows: Iterable[Row], arguments: Sequence[str], versions: dict[str, str]) -> str:
    """Write rows, machine, versions and command as JSON."""
    return tabular.as_json("roads", arguments, versions, rows=rows)


def _short(value: float) -> str:
    if not math.isfinite(value) or value == 0:
        return f"{value:g}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"
