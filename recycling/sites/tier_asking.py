"""What planners ask about stations and centres together, and about two aims that cost each other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field
from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor
from recycling.errors import N_, Fault
from recycling.models import Scenario, SiteSearch
from recycling.settings.base import Section
from recycling.sites.running import begin, sound
from recycling.tier_aims import Limits
from recycling.tiers import Wanted

Best = Literal["cost", "carbon", "within", "worst-town", "driving"]
AIMS: tuple[Best, ...] = ("cost", "carbon", "within", "worst-town", "driving")

RANGES: dict[str, tuple[int, int]] = {
    "stations": (1, 400),
    "centres": (1, 200),
    "most_stations": (1, 400),
    "most_centres": (1, 200),
    "years": (1, 15),
    "growth": (-50, 100),
    "within": (1, 240),
    "reach": (0, 100),
    "points": (2, 30),
    "seconds": (1, 600),
}
MOST_BUDGETS = 15
DECIMAL = ("growth", "reach")
"""Of the ranges those that need no whole number."""


class TierQuestion(Section):
    """What is asked: which measure is to be best, against which other (None: one answer), of what network.

    Attributes
    ----------
    points
        Of a front, at most.
    by
        What a point of the network is.
    within
        Minutes of reach; None for those of the scenario.
    most_yuan, most_carbon, reach, town_minutes
        Limits as in `recycling.tier_aims.Limits`; the others as in `recycling.tiers.Wanted`.
    seconds
        How long is searched: for one answer, or for each point of a front, which takes two searches.
    """

    best: Best = "cost"
    against: Best | None = None
    points: int = Field(default=7, ge=2, le=30)
    by: Literal["town", "community"] = "town"
    stations: int = Field(default=60, ge=1, le=400)
    centres: int = Field(default=16, ge=1, le=200)
    most_stations: int | None = Field(default=None, ge=1, le=400)
    most_centres: int | None = Field(default=None, ge=1, le=200)
    keep: bool = False
    years: int = Field(default=1, ge=1, le=15)
    growth: float = Field(default=0.0, ge=-50, le=100)
    budgets: tuple[float, ...] = Field(default=(), max_length=MOST_BUDGETS)
    carried: bool = False
    within: int | None = Field(default=None, ge=1, le=240)
    most_yuan: float | None = None
    most_carbon: float | None = Field(default=None, ge=0)
    reach: float | None = Field(default=None, ge=0, le=100)
    town_minutes: float | None = Field(default=None, ge=0)
    seconds: int = Field(default=60, ge=1, le=600)

    @property
    def kind(self) -> str:
        """How its row calls it: ``tiers`` or ``front``."""
        return "front" if self.against else "tiers"

    @property
    def name(self) -> str:
        """What is asked in a few words."""
        return f"{self.best} / {self.against}" if self.against else f"stations + centres, {self.best}"

    @property
    def search_seconds(self) -> float:
        """How long all of it may search."""
        return float(self.seconds * self.points * 2 if self.against else self.seconds)

    def wanted(self, depot: str | None, percent: float) -> Wanted:
        """Return the network that is looked at, for a depot's communities and so much of what is expected."""
        return Wanted(
            depot=depot,
            by_town=self.by == "town",
            stations=self.stations,
            centres=self.centres,
            most_stations=self.most_stations,
            most_centres=self.most_centres,
            keep=self.keep,
            years=self.years,
            growth=self.growth,
            percent=percent,
            budgets=self.budgets,
            carried=self.carried,
        )

    def limits(self, reach_minutes: int) -> Limits:
        """Return what is best and what the others must keep, with the minutes of reach where none are asked for."""
        within = self.within or reach_minutes
        return Limits(self.best, within, self.most_yuan, self.most_carbon, self.reach, self.town_minutes)


def ask(session: Session, scenario: Scenario, asked: Mapping[str, object], actor: Actor, now: datetime) -> SiteSearch:
    """Ask for a search from a scenario; one that is under way is answered with ConflictError.

    Raises
    ------
    BadRequestError
        For a question that cannot be asked, by the fields that are wrong.
    """
    more = []
    if asked.get("against") and asked["against"] == asked.get("best", TierQuestion().best):
        more.append(Fault("against", "same-measures", N_("An aim costs itself nothing. Choose another one.")))
    wanted = sound(TierQuestion, asked, lambda place: _fault(str(place[0])), more)
    return begin(session, scenario, wanted.kind, wanted.model_dump(mode="json"), actor, now)


def _fault(where: str) -> Fault:
    if where in RANGES:
        least, most = RANGES[where]
        values: dict[str, object] = {"least": least, "most": most}
        if where in DECIMAL:
            return Fault(where, "out-of-range", N_("Write a number from %(least)s to %(most)s."), values)
        return Fault(where, "out-of-range", N_("Write a whole number from %(least)s to %(most)s."), values)
    match where:
        case "budgets":
            sentence = N_("Write yuan a year, one sum for each year, such as 300000, 200000; %(most)s sums at most.")
            return Fault(where, "bad-budget", sentence, {"most": MOST_BUDGETS})
        case "most_yuan" | "most_carbon" | "town_minutes":
            return Fault(where, "not-a-number", N_("Write a number, such as 1500000 or 12.5, or leave it empty."))
    return Fault(where, "no-choice", N_("Choose one of these."))
