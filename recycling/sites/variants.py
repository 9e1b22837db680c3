"""Variants of scenarios: which combinations are asked for, and what each of them is worth.

A variant is a scenario with another demand, with assumptions made less or more, without one of its sites, over roads of
which one is cut. What a variant needs is plain data, so that any worker can say what it is worth.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from recycling.errors import N_, BadRequestError, Fault
from recycling.sites.assumed import Assumed
from recycling.sites.compared import FIGURES
from recycling.sites.noise import draws, figures_drawn
from recycling.sites.people import People
from recycling.sites.trying import ASSUMPTIONS, slower
from recycling.sites.worth import Worth, worth

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST = 5000
"""Variants that are evaluated in one go."""

ROADS = "roads"
"""The assumption that driving takes as long as the roads say; the others are `ASSUMPTIONS`."""

CHANGED = {code: changed for code, _, changed in ASSUMPTIONS if code != "demand"}
CODES = (*CHANGED, ROADS)
LEAST_PERCENT, MOST_PERCENT = 1, 1000

EACH = "each"
LIKELY = (5, 95)
"""Percentiles of the draws between which a year's cost is said to lie."""


@dataclass(frozen=True)
class Place:
    """A site as a worker needs it; degrees are WGS 84."""

    code: str
    lon: float
    lat: float
    size: str
    is_open: bool = True
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Ground:
    """What variants of one scenario over the same roads share; ``ways`` as `recycling.sites.worth.worth` takes them."""

    people: People
    depot: str | None
    assumed: Assumed
    places: tuple[Place, ...]
    ways: Mapping[tuple[float, float], NDArray[np.int32]]


@dataclass(frozen=True)
class Task:
    """Percent of what the scenario assumes: of what is brought, and of assumptions by their codes; who is out."""

    demand: int = 100
    assumed: tuple[tuple[str, int], ...] = ()
    closed: str = ""


@dataclass(frozen=True)
class Variant:
    """A line of the answer: which scenario, what is changed, and which road is cut ("" for none)."""

    scenario: str
    task: Task
    cut: str = ""

    @property
    def changes(self) -> dict[str, int]:
        """Percent of each assumption that is changed."""
        return dict(self.task.assumed)


@dataclass(frozen=True)
class Outcome:
    """What a variant is worth.

    Attributes
    ----------
    figures
        By the codes of `recycling.sites.compared.FIGURES`, as exact as they are found.
    low, high
        Yuan a year between which nine in ten draws lie: what places bring is known only roughly.
    over_full
        Open sites that get more than they can sort.
    fullest
        Code of the site that gets the largest share of what it can sort; "" for none.
    """

    figures: dict[str, float]
    low: float
    high: float
    over_full: int
    fullest: str


@dataclass(frozen=True)
class Asked:
    """What is to be combined with each other.

    Attributes
    ----------
    demand
        Percent of what each scenario assumes.
    assumed
        Percents by the code of an assumption (`CODES`).
    closed
        Codes of sites that are out, one at a time, beside none; `EACH` for each open one.
    cuts
        Names of roads that are cut, one at a time, beside none.
    """

    demand: tuple[int, ...] = (100,)
    assumed: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    closed: tuple[str, ...] = ()
    cuts: tuple[str, ...] = ()


def variants(asked: Asked, opened: Mapping[str, Sequence[str]]) -> list[Variant]:
    """Return every combination, scenario by scenario, road by road; ``opened`` are codes of each one's open sites.

    Raises
    ------
    BadRequestError
        For a percentage, an assumption or a site that there is not, and for more than `MOST` combinations.
    """
    faults = _faults(asked, opened)
    if faults:
        raise BadRequestError(*faults)
    codes = list(asked.assumed)
    changes = list(itertools.product(*(dict.fromkeys(asked.assumed[code]) for code in codes)))
    demands, cuts = list(dict.fromkeys(asked.demand)), ["", *dict.fromkeys(asked.cuts)]
    out = {name: _out(asked.closed, sites) for name, sites in opened.items()}
    count = sum(len(closed) for closed in out.values()) * len(changes) * len(demands) * len(cuts)
    if count > MOST:
        raise BadRequestError.one(
            "too-many-variants",
            N_("These are %(count)s variants, and at most %(most)s are evaluated at once. Combine less."),
            count=count,
            most=MOST,
        )
    return [
        Variant(name, Task(demand, tuple(zip(codes, change, strict=True)), closed), cut)
        for name in opened
        for cut in cuts
        for closed in out[name]
        for change in changes
        for demand in demands
    ]


def evaluate(ground: Ground, task: Task) -> Outcome:
    """Return what a variant is worth."""
    import numpy as np

    rules = ground.assumed
    ways = ground.ways
    for code, percent in task.assumed:
        if code == ROADS:
            ways = slower(ways, percent / 100)
        else:
            rules = CHANGED[code](rules, percent / 100)
    # not demand_percent, which is a whole number: 80 % of 33 % is neither 26 nor 27
    brought = {name: getattr(rules, name) * task.demand / 100 for name in ("grams_a_week_urban", "grams_a_week_rural")}
    rules = rules.model_copy(update=brought)
    places = [place for place in ground.places if place.code != task.closed]
    found = worth(ground.people, ground.depot, rules, places, ways)
    yuan = figures_drawn(found, ground.people, rules, _drawn(ground.people))["yuan"]
    low, high = (float(value) for value in np.percentile(yuan, LIKELY))
    return outcome(found, low, high)


def outcome(found: Worth, low: float, high: float) -> Outcome:
    """Return what is told of a worth."""
    fullest = found.fullest
    return Outcome(
        figures={figure.code: float(figure.of(found)) for figure in FIGURES},
        low=low,
        high=high,
        over_full=sum(one.full > 1 for one in found.sites),
        fullest=fullest.code if fullest is not None else "",
    )


_kept: dict[tuple[str, int], NDArray[np.float64]] = {}


def _drawn(people: People) -> NDArray[np.float64]:
    """Return the draws for people, kept from one variant to the next: all variants get the same."""
    key = (people.key, len(people.towns))
    if key not in _kept:
        _kept.clear()
        _kept[key] = draws(people)
    return _kept[key]


def _out(closed: Sequence[str], opened: Sequence[str]) -> list[str]:
    """Return who is out, one at a time, nobody first."""
    wanted = opened if EACH in closed else [code for code in dict.fromkeys(closed) if code in opened]
    return ["", *wanted]


def bad_percent(where: str) -> Fault:
    """Return what is wrong of percents that are none."""
    values: dict[str, object] = {"least": LEAST_PERCENT, "most": MOST_PERCENT}
    sentence = N_("Write percents as whole numbers from %(least)s to %(most)s, such as 80,100,130.")
    return Fault(where, "bad-percent", sentence, values)


def _faults(asked: Asked, opened: Mapping[str, Sequence[str]]) -> list[Fault]:
    """Return what cannot be combined: percents by their field, assumptions, sites that are not open."""
    faults = []
    for code in asked.assumed:
        if code not in CODES:
            values: dict[str, object] = {"code": code[:20], "codes": ", ".join(CODES)}
            sentence = N_("There is no assumption '%(code)s'. There are: %(codes)s.")
            faults.append(Fault("assume", "no-assumption", sentence, values))
    for where, percents in (("demand", asked.demand), *asked.assumed.items()):
        if not all(LEAST_PERCENT <= percent <= MOST_PERCENT for percent in percents):
            faults.append(bad_percent(where))
    every = {code for codes in opened.values() for code in codes}
    for code in asked.closed:
        if code != EACH and code not in every:
            sentence = N_("%(site)s is no open site of these scenarios. Choose one that is open, or: each")
            faults.append(Fault("closed", "not-open", sentence, {"site": code[:20]}))
    return faults
