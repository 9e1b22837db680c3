"""What plans of made-up days cost: rows and means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.reporting import Report, average

OURS, RELAXED, REFERENCE = "ours", "relaxed", "reference"
NEAR = 0.01
"""Gap up to which a plan counts as near the best."""


@dataclass(frozen=True)
class Row:
    """One engine's plan of one day; see ``python -m benchmarks.everyday --help``.

    Attributes
    ----------
    day, stops
        Name of the day, and its stops.
    engine
        `OURS`, a peer, `REFERENCE` (ours after long), or `RELAXED` (ours on the day without ``rule``).
    seconds, cores, seed
        Wall time of the search, cores it could use, and its seed.
    cost
        Fen, prizes of what is left out among them; None without a plan.
    cheaper
        Share by which our plan costs less than this peer's, also where that leaves out required stops (at their prizes)
        but breaks no other rule.
    price
        What the rule costs: our cost of the whole day over that of the day without the rule, less 1.
    gap
        Cost over the best of all valid plans of the whole day in the run, less 1; None without a reference.
    valid
        Whether `routing.check` finds nothing against the plan.
    unserved, lost
        Stops left out; stops that this plan serves and ours leaves out.
    note
        What else one must know.
    """

    day: str
    stops: int
    engine: str
    rule: str
    seconds: float | None
    cores: int
    seed: int
    cost: int | None = None
    cheaper: float | None = None
    price: float | None = None
    gap: float | None = None
    valid: bool | None = None
    unserved: int | None = None
    lost: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Mean:
    """One engine, or the price of one rule, over the days of a size.

    Attributes
    ----------
    days, valid
        How many there are, and for how many there is a valid plan.
    cheaper, price, gap
        Means of the rows that have one.
    near
        Share of the gaps that are at most 1 %.
    lost
        Stops in all that its plans serve and ours leave out.
    """

    stops: int
    engine: str
    rule: str
    days: int
    valid: int
    cheaper: float | None
    price: float | None
    gap: float | None
    near: float | None
    lost: int | None


def means(rows: Sequence[Row]) -> list[Mean]:
    """Return a mean for each size, engine and rule, in the order of the rows."""
    groups: dict[tuple[int, str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.stops, row.engine, row.rule), []).append(row)
    return [_mean(*key, inside) for key, inside in groups.items()]


def _mean(stops: int, engine: str, rule: str, rows: Sequence[Row]) -> Mean:
    gaps = [row.gap for row in rows if row.gap is not None]
    lost = [row.lost for row in rows if row.lost is not None]
    return Mean(
        stops,
        engine,
        rule,
        len(rows),
        sum(row.valid is True for row in rows),
        average(row.cheaper for row in rows),
        average(row.price for row in rows),
        average(row.gap for row in rows),
        sum(gap <= NEAR for gap in gaps) / len(gaps) if gaps else None,
        sum(lost) if lost else None,
    )


REPORT = Report(
    "everyday", frozenset({"day", "engine", "rule", "note"}), frozenset({"cheaper", "price", "gap", "near"}), means
)
