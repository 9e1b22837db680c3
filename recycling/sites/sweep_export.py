"""A sweep as a table: one row a variant, with what is changed, what it is worth, and how likely its cost is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from recycling.exports.tables import Cell, csv_bytes
from recycling.sites.compared import FIGURES
from recycling.sites.sweep import Line
from recycling.sites.variants import CODES

CHANGES = ("scenario", "demand_percent", *(f"{code}_percent" for code in CODES), "closed", "cut")
LIKELY = ("yuan_low", "yuan_high", "over_full", "fullest_site")
HEAD = (*CHANGES, *(figure.code for figure in FIGURES), *LIKELY, "note", "roads")


def rows(lines: Sequence[Line], notice: Mapping[str, str] | None) -> list[dict[str, Cell]]:
    """Return a flat object a variant, None for what it has not; ``roads`` is the notice of invented roads."""
    found = []
    for line in lines:
        task, changes = line.variant.task, line.variant.changes
        row: dict[str, Cell] = {"scenario": line.variant.scenario, "demand_percent": task.demand}
        row |= {f"{code}_percent": changes.get(code, 100) for code in CODES}
        row |= {"closed": task.closed, "cut": line.variant.cut}
        one = line.outcome
        for figure in FIGURES:
            row[figure.code] = None if one is None else _finite(round(one.figures[figure.code], figure.digits))
        row["yuan_low"] = None if one is None else round(one.low)
        row["yuan_high"] = None if one is None else round(one.high)
        row["over_full"] = None if one is None else one.over_full
        row["fullest_site"] = None if one is None else one.fullest
        row["note"] = note(line)
        row["roads"] = f"{notice['zh']} / {notice['en']}" if notice else ""
        found.append(row)
    return found


def table(lines: Sequence[Line], notice: Mapping[str, str] | None) -> bytes:
    """Return a CSV of the variants."""
    return csv_bytes(HEAD, [[row[name] for name in HEAD] for row in rows(lines, notice)])


def document(lines: Sequence[Line], notice: Mapping[str, str] | None) -> dict[str, Any]:
    """Return the variants as JSON holds them."""
    told = rows(lines, notice)
    for row in told:
        del row["roads"]
    return {"notice": dict(notice) if notice else None, "variants": told}


def note(line: Line) -> str:
    """Say why a variant has no figures: ``lost`` with how many workers, or ``stopped``; "" where it has."""
    if line.outcome is not None:
        return ""
    return f"lost {line.lost} workers" if line.lost else "stopped"


def _finite(value: float) -> float | None:
    return value if abs(value) != float("inf") else None
