"""The chart of a front: its points between two axes, drawn as SVG on the server."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 112, 48, 34, 66
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Mark:
    """A point of the front: its number from 1, where it stands, and whether it is proven."""

    number: int
    x: float
    y: float
    proven: bool


@dataclass(frozen=True)
class Chart:
    """Marks, the line through them, and for each axis where ticks stand and what they say (values of the measure).

    ``band`` is what is not known: between two points, from the bound of the first to the value of the second.
    """

    marks: tuple[Mark, ...]
    line: str
    band: str
    across: tuple[tuple[float, float], ...]
    up: tuple[tuple[float, float], ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    foot: int = HEIGHT - BOTTOM


def chart(rows: Sequence[Mapping[str, Any]]) -> Chart | None:
    """Draw points with ``second`` across and ``first`` upwards; None where fewer than two have both values."""
    some = [(k, row) for k, row in enumerate(rows, start=1) if row["first"] is not None and row["second"] is not None]
    if len(some) < 2:
        return None
    across = ticks([row["second"] for _, row in some], most=4)  # long numbers stand side by side there
    steps = [(a, b) for (_, a), (_, b) in pairwise(some) if a.get("bound") is not None]
    up = ticks([row["first"] for _, row in some] + [a["bound"] for a, _ in steps])

    def x(value: float) -> float:
        return round(LEFT + (value - across[0]) / (across[-1] - across[0]) * (WIDTH - LEFT - RIGHT), 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - (value - up[0]) / (up[-1] - up[0]) * (HEIGHT - TOP - BOTTOM), 1)

    marks = tuple(Mark(k, x(row["second"]), y(row["first"]), row["proven"]) for k, row in some)
    line = "M" + "L".join(f"{mark.x} {mark.y}" for mark in marks)
    band = "".join(
        f"M{x(a['second'])} {y(a['bound'])}H{x(b['second'])}V{y(b['first'])}H{x(a['second'])}Z" for a, b in steps
    )
    return Chart(
        marks, line, band, tuple((x(value), value) for value in across), tuple((y(value), value) for value in up)
    )


def ticks(values: Sequence[float], most: int = 6) -> list[float]:
    """Return round numbers at even steps, the first at most the least value and the last at least the greatest."""
    low, high = min(values), max(values)
    span = (high - low) or max(1.0, abs(high)) * 0.1
    rough = span / (most - 1)
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * size for size in STEPS if unit * size >= rough * (1 - 1e-9))
    first = math.floor(low / step + 1e-9)
    last = max(first + 1, math.ceil(high / step - 1e-9))
    return [round(k * step, 6) for k in range(first, last + 1)]
