"""Rows as a table for people and as JSON for programs."""

from __future__ import annotations

import json
import math
import os
import platform
import shlex
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any


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
    names = [field.name for field in fields(Row)]
    cells = [names, *([_cell(value) for value in asdict(row).values()] for row in rows)]
    width = [max(len(line[i]) for line in cells) for i in range(len(names))]
    number = {"nodes", "edges", "cores", "seconds", "ratio", "peak_mb", "disagreements"}
    lines = [
        "  ".join(
            text.rjust(size) if name in number else text.ljust(size)
            for name, text, size in zip(names, line, width, strict=True)
        ).rstrip()
        for line in cells
    ]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def means(rows: Iterable[Row]) -> str:
    """One line: the geometric mean of each engine's ratios over the matrices."""
    ratios: dict[str, list[float]] = {}
    for row in rows:
        if row.case.startswith("matrix") and row.ratio and row.engine != "ours":
            ratios.setdefault(row.engine, []).append(math.log(row.ratio))
    parts = [
        f"{engine} {_cell(math.exp(sum(logs) / len(logs)))} ({len(logs)})" for engine, logs in sorted(ratios.items())
    ]
    return "Geometric mean of the ratios over matrices (how many): " + (", ".join(parts) or "none")


def as_json(rows: Iterable[Row], arguments: Sequence[str], versions: dict[str, str]) -> str:
    """Write rows, machine, versions and command as JSON."""
    told = {
        "machine": machine(),
        "versions": {"python": platform.python_version(), **dict(sorted(versions.items()))},
        "command": shlex.join(["python", "-m", "benchmarks.roads", *arguments]),
        "rows": [asdict(row) for row in rows],
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def machine() -> dict[str, Any]:
    """Say what it was measured on."""
    model = platform.processor()
    if sys.platform == "linux":
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    try:
        memory = round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, ValueError, OSError):
        memory = None
    return {"system": platform.system(), "processor": model, "cores": os.cpu_count(), "memory_gb": memory}


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        if not math.isfinite(value) or value == 0:
            return f"{value:g}"
        return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"
    return str(value)
