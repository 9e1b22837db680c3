"""What planners ask about sites and rounds decided together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import Field
from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor
from recycling.errors import N_, Fault
from recycling.models import Scenario, SiteSearch
from recycling.settings.base import Section
from recycling.sites.running import begin, sound

if TYPE_CHECKING:
    from routing.siting.located.search import Effort
    from routing.siting.problem import Aim

KIND = "located"
FEN = 100

RANGES: Mapping[str, tuple[int, int]] = {
    "count": (1, 200),
    "towns": (0, 300),
    "answers": (1, 50),
    "turns": (1, 20),
    "days": (2, 60),
    "iterations": (1, 1_000_000),
    "seed": (0, 1_000_000),
    "seconds": (1, 600),
}

DAY_SECONDS = 6.0
"""What a depot's sampled day takes at `ITERATIONS`, roughly; only for how long is waited, and how far it seems."""

ITERATIONS = 10_000


class LocatedQuestion(Section):
    """What is asked.

    Attributes
    ----------
    count
        Sites at most.
    budget
        Most yuan a year for new sites.
    towns
        Towns whose largest community is a candidate beside the scenario's sites.
    answers, turns, seconds, iterations, seed
        As `routing.siting.located.search.Effort`.
    days
        Sampled days that are driven, the same ones for each answer.
    """

    count: int | None = Field(default=None, ge=1, le=200)
    budget: float | None = Field(default=None, ge=0)
    keep: bool = False
    by: Literal["town", "community"] = "town"
    towns: int = Field(default=60, ge=0, le=300)
    answers: int = Field(default=5, ge=1, le=50)
    turns: int = Field(default=4, ge=1, le=20)
    days: int = Field(default=6, ge=2, le=60)
    iterations: int = Field(default=ITERATIONS, ge=1, le=1_000_000)
    seed: int = Field(default=1, ge=0, le=1_000_000)
    seconds: int = Field(default=20, ge=1, le=600)

    @property
    def name(self) -> str:
        """What is asked in a few words."""
        return f"sites + rounds {self.count}" if self.count else "sites + rounds"

    def search_seconds(self, depots: int) -> float:
        """Return how long it may take with all turns, for so many depots, one day after the other."""
        a_day = max(1.0, DAY_SECONDS * self.iterations / ITERATIONS)
        return self.turns * self.answers * (self.seconds + depots * self.days * a_day)

    @property
    def effort(self) -> Effort:
        """How hard is searched."""
        from routing.siting.located.search import Effort

        return Effort(self.answers, self.turns, float(self.seconds), self.iterations, self.seed)

    @property
    def aim(self) -> Aim:
        """What is asked of the model; money in fen."""
        from routing.siting.problem import Aim

        return Aim("cost", self.count, budget=None if self.budget is None else self.budget * FEN)


def ask(session: Session, scenario: Scenario, asked: Mapping[str, object], actor: Actor, now: datetime) -> SiteSearch:
    """Ask for a search from a scenario; one that is under way is answered with ConflictError.

    Raises
    ------
    BadRequestError
        For a question that cannot be asked, by the fields that are wrong.
    """
    wanted = sound(LocatedQuestion, asked, lambda place: _fault(str(place[0])))
    return begin(session, scenario, KIND, wanted.model_dump(mode="json"), actor, now)


def _fault(where: str) -> Fault:
    if where in RANGES:
        least, most = RANGES[where]
        values: dict[str, object] = {"least": least, "most": most}
        return Fault(where, "out-of-range", N_("Write a whole number from %(least)s to %(most)s."), values)
    if where == "budget":
        return Fault(where, "bad-budget", N_("Write the budget in yuan a year, such as 500000."))
    return Fault(where, "no-choice", N_("Choose one of these."))
