"""Flat records as a table for people and as JSON for programs."""

from __future__ import annotations

import json
import platform
import shlex
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, fields
from typing import Any

from benchmarks.machine import machine


def _decimals(name: str, value: float) -> str:
    return f"{value:.1f}" if name == "seconds" else f"{value:.4f}"


def table(
    rows: Iterable[Any],
    words: Collection[str],
    shares: Collection[str] = (),
    decimals: Callable[[str, float], str] = _decimals,
) -> str:
    """Write records of one kind under each other; None is a dash.

    Parameters
    ----------
    words
        Fields of text, which stand on the left of their columns.
    shares
        Fields that are shown as percentages.
    decimals
        Writes any other value that is no whole number, given the name of its field; by default seconds with one
        decimal and all others with four.
    """
    rows = list(rows)
    if not rows:
        return ""
    names = [field.name for field in fields(rows[0])]
    lines = [names, *([_cell(name, getattr(row, name), shares, decimals) for name in names] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    written = [
        "  ".join(
            text.ljust(width) if name in words else text.rjust(width)
            for name, text, width in zip(names, line, widths, strict=True)
        ).rstrip()
        for line in lines
    ]
    return "\n".join([written[0], "-" * max(map(len, written)), *written[1:]])


def as_json(name: str, arguments: Sequence[str], versions: dict[str, str], **records: Iterable[Any]) -> str:
    """Write machine, versions, the command of this benchmark and lists of records as JSON."""
    told = {
        "machine": machine(),
        "versions": {"python": platform.python_version(), **dict(sorted(versions.items()))},
        "command": shlex.join(["python", "-m", f"benchmarks.{name}", *arguments]),
        **{key: [asdict(record) for record in found] for key, found in records.items()},
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _cell(name: str, value: Any, shares: Collection[str], decimals: Callable[[str, float], str]) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in shares:
        return f"{round(100 * value, 3) + 0.0:.3f} %"
    return decimals(name, value) if isinstance(value, float) else str(value)
