"""What is asked of bookings, beside what a run reached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

RATES = {
    ("sqlite", "service"): 500.0,
    ("postgresql", "service"): 600.0,
    ("sqlite", "http"): 150.0,
    ("postgresql", "http"): 250.0,
}
"""Bookings a second: in the service layer, and over HTTP with 16 browsers."""

OFFERS_MS = 300.0
"""Milliseconds within which 99 of 100 answers with windows are there, before 300 browsers."""

OFFERS = ("offers", "offers-planned")

GOALS = frozenset({"database", "case", "figure", "compared"})


class Case(Protocol):
    """What a goal reads of a row; None is what the case does not measure."""

    @property
    def database(self) -> str:
        """Kind of database."""

    @property
    def case(self) -> str:
        """Name of the case."""

    @property
    def per_second(self) -> float:
        """Bookings a second."""

    @property
    def p99_ms(self) -> float | None:
        """Milliseconds within which 99 of 100 are answered."""

    @property
    def failed_share(self) -> float | None:
        """Share of attempts that broke."""

    @property
    def share_5xx(self) -> float | None:
        """Share of answers with which the server said that it failed."""

    @property
    def oversold(self) -> int | None:
        """Windows that were sold twice."""

    @property
    def lost(self) -> int | None:
        """Bookings that were acknowledged and are not there."""


@dataclass(frozen=True)
class Goal:
    """One figure that is asked.

    Attributes
    ----------
    compared
        How `reached` should stand to `asked`: at least, or at most.
    met
        Whether it does.
    """

    database: str
    case: str
    figure: str
    compared: Literal["at least", "at most"]
    asked: float
    reached: float
    met: bool


def goals(rows: Iterable[Case]) -> list[Goal]:
    """Return what is asked of the cases that ran, each figure beside what was reached."""
    found = []
    for row in rows:
        least = [("per_second", RATES.get((row.database, row.case)), row.per_second)]
        if row.case == "no-guard":  # which shows that the guard is what holds
            least.append(("oversold", 1.0, row.oversold))
        most: list[tuple[str, float | None, float | None]] = []
        if row.case in ("service", "full", "http"):
            most += [("oversold", 0.0, row.oversold), ("lost", 0.0, row.lost)]
        most += [("failed_share", 0.0, row.failed_share), ("share_5xx", 0.0, row.share_5xx)]
        if row.case in OFFERS:
            most.append(("p99_ms", OFFERS_MS, row.p99_ms))
        for figure, asked, reached in least:
            if asked is not None and reached is not None:
                found.append(Goal(row.database, row.case, figure, "at least", asked, reached, reached >= asked))
        for figure, asked, reached in most:
            if asked is not None and reached is not None:
                found.append(Goal(row.database, row.case, figure, "at most", asked, reached, reached <= asked))
    return found
