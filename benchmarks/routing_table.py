"""What the engines reached on instances: rows and means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.reporting import Report, average

ALL = "all"
BASE = "pyvrp"
"""The peer whose gaps and costs the means are held against."""


@dataclass(frozen=True)
class Row:
    """What one engine reached on one instance; see ``python -m benchmarks.routing --help``.

    Attributes
    ----------
    family, instance, engine
        What was solved, and by whom.
    seconds, cores, seed
        Wall time of the search, cores it could use, and the seed that was asked for.
    cost, best_known
        Integers of the instance's rounding convention; None where there is no plan, and no best known value.
    gap
        Cost over the best known, less 1; None without either, or for a plan that is not valid.
    valid
        Whether `routing.check` finds nothing against the plan.
    unserved
        Stops that are left out.
    note
        What else one must know.
    """

    family: str
    instance: str
    engine: str
    seconds: float | None
    cores: int
    seed: int
    cost: int | None
    best_known: int | None
    gap: float | None
    valid: bool | None
    unserved: int | None
    note: str = ""


@dataclass(frozen=True)
class Mean:
    """One engine over the instances of a family, or of all.

    Attributes
    ----------
    instances, valid
        How many there are, and of how many it has a valid plan.
    gap
        Mean of the gaps that there are.
    gap_to_pyvrp
        Its mean gap divided by pyvrp's, over the instances where both have one.
    cost_to_pyvrp
        Mean of its costs divided by pyvrp's, over the instances where both have a valid plan.
    """

    family: str
    engine: str
    instances: int
    valid: int
    gap: float | None
    gap_to_pyvrp: float | None
    cost_to_pyvrp: float | None


def means(rows: Sequence[Row]) -> list[Mean]:
    """Take the means of every family and engine, then of every engine over all, where there are several families."""
    families = list(dict.fromkeys(row.family for row in rows))
    groups = [(family, [row for row in rows if row.family == family]) for family in families]
    groups += [(ALL, list(rows))] if len(families) > 1 else []
    return [
        _mean(family, engine, inside)
        for family, inside in groups
        for engine in dict.fromkeys(row.engine for row in inside)
    ]


def _mean(family: str, engine: str, rows: Sequence[Row]) -> Mean:
    own = [row for row in rows if row.engine == engine]
    base = {(row.family, row.instance): row for row in rows if row.engine == BASE}
    pairs = [(row, base[row.family, row.instance]) for row in own if (row.family, row.instance) in base]
    pairs = [(row, other) for row, other in pairs if row.valid and other.valid] if engine != BASE else []
    gaps = [(row.gap, other.gap) for row, other in pairs if row.gap is not None and other.gap is not None]
    theirs = average(gap for _, gap in gaps)
    ours = average(gap for gap, _ in gaps)
    return Mean(
        family,
        engine,
        len(own),
        sum(row.valid is True for row in own),
        average(row.gap for row in own),
        ours / theirs if ours is not None and theirs else None,
        average(row.cost / other.cost for row, other in pairs if row.cost is not None and other.cost),
    )


REPORT = Report("routing", frozenset({"family", "instance", "engine", "note"}), frozenset({"gap"}), means)
