"""What planners ask about one choice of sites for several scenarios of demand."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor
from recycling.demand_cases import LONGEST_NAME, MOST_PERCENT, MOST_SCENARIOS, Demand
from recycling.errors import N_, Fault, Listing
from recycling.models import Scenario, SiteSearch
from recycling.settings.base import Section
from recycling.sites.running import begin, sound

KIND = "robust"

RANGES: Mapping[str, tuple[int, int]] = {"count": (1, 200), "towns": (0, 300), "seconds": (1, 600)}

Percent = Annotated[float, Field(ge=0, le=MOST_PERCENT)]


class DemandAsked(Section):
    """A scenario of demand as `recycling.demand_cases.Demand` has it."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    weight: float = Field(gt=0, le=1e9)
    percent: Percent
    own: dict[str, Percent] = Field(default_factory=dict)


class RobustQuestion(Section):
    """What is asked.

    Attributes
    ----------
    demands
        The scenarios of demand, each with its own name.
    count
        Sites at most; exactly so many for ``p-median``.
    budget
        Most yuan a year for new sites; of ``cost`` alone.
    elsewhere
        Yuan a tonne for what finds no room (None: everything must find room); of ``cost`` alone.
    towns
        Towns whose largest community is a candidate beside the scenario's sites.
    seconds
        For each search, of which there are as many as demands, and two.
    """

    demands: tuple[DemandAsked, ...] = Field(min_length=1, max_length=MOST_SCENARIOS)
    model: Literal["cost", "p-median"] = "cost"
    count: int | None = Field(default=None, ge=1, le=200)
    budget: float | None = Field(default=None, ge=0)
    elsewhere: float | None = Field(default=None, ge=0)
    keep: bool = False
    by: Literal["town", "community"] = "town"
    towns: int = Field(default=60, ge=0, le=300)
    seconds: int = Field(default=30, ge=1, le=600)

    @property
    def name(self) -> str:
        """What is asked in a few words."""
        return f"robust, {self.model} {self.count}" if self.count else f"robust, {self.model}"

    @property
    def search_seconds(self) -> float:
        """How long all of it may search."""
        return float(self.seconds * (len(self.demands) + 2))

    @property
    def cases(self) -> tuple[Demand, ...]:
        """The scenarios of demand as the models take them."""
        return tuple(Demand(one.name, one.weight, one.percent, one.own) for one in self.demands)


def ask(
    session: Session,
    scenario: Scenario,
    asked: Mapping[str, object],
    words: Mapping[str, str],
    actor: Actor,
    now: datetime,
) -> SiteSearch:
    """Ask for a search from a scenario; one that is under way is answered with ConflictError.

    ``words`` are what scenarios may tell apart, ``urban``, ``rural`` and the materials that people bring, and how a
    refusal calls them.

    Raises
    ------
    BadRequestError
        For a question that cannot be asked, by the fields that are wrong: of the scenario of demand number 2 they are
        ``name-2``, ``weight-2``, ``percent-2`` and ``own-2``.
    """
    given = asked.get("demands", ())
    demands = [one for one in given if isinstance(one, Mapping)] if isinstance(given, Sequence) else []
    more = [*_twice(demands), *_unknown(demands, words)]
    if asked.get("model") == "p-median" and asked.get("count") is None:
        more.append(Fault("count", "count-missing", N_("This model needs the number of sites. Write it.")))
    wanted = sound(RobustQuestion, asked, _fault, more)
    return begin(session, scenario, KIND, wanted.model_dump(mode="json"), actor, now)


def own_of(text: str) -> dict[str, str]:
    """Read what differs within a scenario, ``paper=150, rural=80``; a word without a number has an empty one."""
    found = dict[str, str]()
    for piece in re.split(r"[,，、;；]", text.replace("%", "")):
        pairs = re.findall(r"(\S.*?)\s*[=:：]\s*(\S*)", piece) or [(piece.strip(), "")]
        found |= {word.strip(): number for word, number in pairs if word}
    return found


def _twice(demands: Sequence[Mapping[str, object]]) -> list[Fault]:
    names = [one.get("name") for one in demands]
    sentence = N_("Another scenario of demand has this name. Give each its own.")
    return [Fault(f"name-{k}", "twice", sentence) for k, name in enumerate(names, 1) if name in names[: k - 1]]


def _unknown(demands: Sequence[Mapping[str, object]], words: Mapping[str, str]) -> list[Fault]:
    found = []
    for number, one in enumerate(demands, 1):
        own = one.get("own", {})
        word = next((str(word) for word in own if word not in words), "") if isinstance(own, Mapping) else ""
        if word:
            values: dict[str, object] = {"word": word[:LONGEST_NAME], "words": Listing(words.values())}
            sentence = N_("%(word)s is not among what can differ: %(words)s.")
            found.append(Fault(f"own-{number}", "no-such-demand", sentence, values))
    return found


def _fault(place: tuple[int | str, ...]) -> Fault:
    where = str(place[0])
    if where == "demands" and len(place) > 2:
        return _demand_fault(str(place[2]), f"{place[2]}-{int(place[1]) + 1}")
    if where == "demands":
        most: dict[str, object] = {"most": MOST_SCENARIOS}
        return Fault("", "no-demands", N_("Write at least one scenario of demand, and %(most)s at most."), most)
    if where in RANGES:
        least, top = RANGES[where]
        values: dict[str, object] = {"least": least, "most": top}
        return Fault(where, "out-of-range", N_("Write a whole number from %(least)s to %(most)s."), values)
    if where in ("budget", "elsewhere"):
        return (
            Fault(where, "bad-budget", N_("Write the budget in yuan a year, such as 500000."))
            if (where == "budget")
            else Fault(where, "bad-price", N_("Write yuan a tonne, such as 900, or leave it empty."))
        )
    return Fault(where, "no-choice", N_("Choose one of these."))


def _demand_fault(field: str, where: str) -> Fault:
    match field:
        case "name":
            values: dict[str, object] = {"most": LONGEST_NAME}
            return Fault(where, "bad-name", N_("Give the scenario a name of %(most)s signs at most."), values)
        case "weight":
            return Fault(where, "bad-weight", N_("Write a weight above 0, such as 20."))
        case "percent":
            return Fault(where, "bad-percent", N_("Write percent from 0 to 1000, such as 130."))
    return Fault(where, "bad-own", N_("Write what differs as paper=150, rural=80: percent from 0 to 1000."))
