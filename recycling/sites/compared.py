"""Two scenarios side by side: their figures, and the towns that win and lose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from recycling.errors import N_
from recycling.sites.worth import Worth

MOST_TOWNS = 12
"""Towns that are named on each side."""

FELT_MINUTES = 0.5
"""A change of a town's mean by less is no difference."""


@dataclass(frozen=True)
class Figure:
    """A figure of a scenario: its word, unit, digits behind the point, and whether less (-1) or more (1) is better."""

    code: str
    word: str
    unit: str
    digits: int
    better: int
    of: Callable[[Worth], float]

    def rounded(self, found: Worth) -> float:
        """Return the figure as it is shown."""
        return round(self.of(found), self.digits)


def _minutes(found: Worth) -> float:
    town = found.worst_town
    return (town.minutes or 0.0) if town else 0.0


FIGURES = (
    Figure("yuan", N_("Cost a year"), N_("yuan"), 0, -1, lambda w: w.yuan),
    Figure("fixed", N_("of it sites"), N_("yuan"), 0, -1, lambda w: w.fixed),
    Figure("sorting", N_("of it sorting"), N_("yuan"), 0, -1, lambda w: w.sorting),
    Figure("transport", N_("of it transport"), N_("yuan"), 0, -1, lambda w: w.transport),
    Figure("yuan-a-tonne", N_("Cost of a tonne"), N_("yuan"), 1, -1, lambda w: w.yuan / max(1e-9, w.tonnes)),
    Figure("tonnes", N_("Sorted a year"), N_("tonnes"), 0, 1, lambda w: w.tonnes),
    Figure("km", N_("Driven a year"), "km", 0, -1, lambda w: w.km),
    Figure("hours", N_("Driving hours a year"), N_("hours"), 0, -1, lambda w: w.hours),
    Figure("carbon", N_("Carbon dioxide a year"), N_("tonnes"), 1, -1, lambda w: w.kg_co2 / 1000),
    Figure("minutes", N_("Minutes in the mean of all people"), N_("min"), 1, -1, lambda w: w.minutes),
    Figure("median", N_("Half of the people have at most"), N_("min"), 1, -1, lambda w: w.median),
    Figure("worst-tenth", N_("The tenth that has it farthest"), N_("min"), 1, -1, lambda w: w.worst_tenth),
    Figure("within", N_("People within reach"), "%", 1, 1, lambda w: 100 * w.within / max(1.0, w.people)),
    Figure("worst-town", N_("Worst-served town"), N_("min"), 1, -1, _minutes),
    Figure("fullest", N_("Fullest centre"), "%", 0, -1, lambda w: 100 * w.fullest.full if w.fullest else 0.0),
    Figure("open", N_("Open sites"), "", 0, 0, lambda w: len(w.sites)),
    Figure("unreached", N_("People without a way"), "", 0, -1, lambda w: w.unreached),
)
"""What two scenarios are compared by, in the order of a table."""


@dataclass(frozen=True)
class Line:
    """A figure of two scenarios, as it is shown; `difference` is the second less the first.

    ``unsure``: the difference may be chance, because what places bring is known only roughly.
    """

    figure: Figure
    first: float
    second: float
    unsure: bool = False

    @property
    def difference(self) -> float:
        """By how much the second is more; 0 for no difference."""
        return 0.0 if self.unsure or self.first == self.second else round(self.second - self.first, self.figure.digits)

    @property
    def verdict(self) -> str:
        """``same``, or whether the second is ``better``, ``worse`` or (where neither is said) ``other``."""
        if self.difference == 0:
            return "same"
        if self.figure.better == 0:
            return "other"
        return "better" if self.difference * self.figure.better > 0 else "worse"


@dataclass(frozen=True)
class TownChange:
    """A town's mean minutes in two scenarios; None where there is no way."""

    county: str
    town: str
    people: float
    first: float | None
    second: float | None

    @property
    def gain(self) -> float:
        """Minutes that its people save in the second; a way that appears or is lost counts as a day."""
        return (1440.0 if self.first is None else self.first) - (1440.0 if self.second is None else self.second)


@dataclass(frozen=True)
class Comparison:
    """Figures line by line; towns by how much they win, and by how much they lose; how many of either there are."""

    lines: tuple[Line, ...]
    winners: tuple[TownChange, ...]
    losers: tuple[TownChange, ...]
    won: int
    lost: int
    won_people: float
    lost_people: float


def compared(first: Worth, second: Worth, unsure: frozenset[str] = frozenset()) -> Comparison:
    """Compare what two scenarios are worth; ``unsure`` are codes of figures whose difference may be chance."""
    changes = town_changes(first, second)
    winners = sorted((c for c in changes if c.gain >= FELT_MINUTES), key=lambda c: (-c.gain, c.county, c.town))
    losers = sorted((c for c in changes if c.gain <= -FELT_MINUTES), key=lambda c: (c.gain, c.county, c.town))
    return Comparison(
        lines=tuple(
            Line(figure, figure.rounded(first), figure.rounded(second), figure.code in unsure) for figure in FIGURES
        ),
        winners=tuple(winners[:MOST_TOWNS]),
        losers=tuple(losers[:MOST_TOWNS]),
        won=len(winners),
        lost=len(losers),
        won_people=sum(c.people for c in winners),
        lost_people=sum(c.people for c in losers),
    )


def town_changes(first: Worth, second: Worth) -> list[TownChange]:
    """Return every town that either counts, those that have it farthest in the second first."""
    before = {(t.county, t.town): t for t in first.towns}
    after = {(t.county, t.town): t for t in second.towns}
    changes = [
        TownChange(
            county,
            town,
            (after.get((county, town)) or before[county, town]).people,
            before[county, town].minutes if (county, town) in before else None,
            after[county, town].minutes if (county, town) in after else None,
        )
        for county, town in sorted({*before, *after})
    ]
    return sorted(changes, key=lambda c: (c.second is not None, -(c.second or 0.0)))
