"""What people may bring: scenarios of demand, written in a line each, and the siting problem of each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recycling.errors import N_, BadRequestError
from recycling.settings import Settings
from recycling.siting import MATERIAL, Ground

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from routing.siting.problem import Candidate, SitingProblem
    from routing.siting.robust.cases import Case

EXPECTED = ("less:20:80", "as expected:50:100", "more:20:130", "holiday:10:160")
"""Scenarios where none are written: a fifth less, a third more, the weeks before a holiday. Weights are assumptions."""

AREAS = ("urban", "rural")
LONGEST_NAME = 30
MOST_SCENARIOS = 12
MOST_PERCENT = 1000.0


@dataclass(frozen=True)
class Demand:
    """A scenario of demand.

    Attributes
    ----------
    weight
        How likely it is, or for which share of the time it holds, beside the others.
    percent
        What is brought, in percent of what the timetable's rates expect.
    own
        Percent by which that is multiplied for a material of ``[stock] brought``, or for ``urban`` and ``rural``
        communities; 100 for those that are not in it.
    """

    name: str
    weight: float
    percent: float
    own: Mapping[str, float] = field(default_factory=dict)

    def share(self, word: str) -> float:
        """Return by what the demand for a material, or of a kind of community, is multiplied."""
        return self.own.get(word, 100.0) / 100


def read_demand(text: str, materials: Sequence[str]) -> Demand:
    """Read ``NAME:WEIGHT:PERCENT``, with ``,word=PERCENT`` behind it for each material or area that differs.

    Raises
    ------
    BadRequestError
        For a line that cannot be read; the sentence says how it is written.
    """
    head, *more = text.split(",")
    name, *numbers = (part.strip() for part in head.split(":"))
    own = {}
    try:
        weight, percent = (float(number) for number in numbers)
        for pair in more:
            word, _, number = pair.partition("=")
            own[word.strip()] = float(number)
    except ValueError:
        raise _unreadable(text) from None
    bounds = [percent, *own.values()]
    if not (0 < len(name) <= LONGEST_NAME and 0 < weight < float("inf")) or any(
        not 0 <= one <= MOST_PERCENT for one in bounds
    ):
        raise _unreadable(text)
    unknown = [word for word in own if word not in (*materials, *AREAS)]
    if unknown:
        raise BadRequestError.one(
            "no-such-demand",
            N_("The scenario %(name)s names %(word)s. It can name %(words)s."),
            where="scenario",
            name=name,
            word=unknown[0][:LONGEST_NAME] or "nothing",
            words=", ".join((*AREAS, *materials)),
        )
    return Demand(name, weight, percent, own)


def read_demands(lines: Sequence[str], settings: Settings) -> tuple[Demand, ...]:
    """Read scenarios, those of `EXPECTED` where there is no line.

    Raises
    ------
    BadRequestError
        As `read_demand`, and for more than `MOST_SCENARIOS`.
    """
    if len(lines) > MOST_SCENARIOS:
        raise BadRequestError.one(
            "too-many-demands",
            N_("There are %(count)s scenarios of demand. Give %(most)s at most."),
            where="scenario",
            count=len(lines),
            most=MOST_SCENARIOS,
        )
    return tuple(read_demand(line, tuple(settings.stock.brought)) for line in lines or EXPECTED)


def demand_cases(
    ground: Ground, settings: Settings, demands: Sequence[Demand], by_town: bool = True, elsewhere: float | None = None
) -> tuple[Case, ...]:
    """Return each scenario's siting problem over the same candidates.

    Materials that grow alike in all scenarios are one material, and a centre holds of each its share of ``[stock]
    brought``. With ``by_town`` a town is one point, whose ways are the mean of its communities' by what they bring.
    ``elsewhere`` is what a tonne costs in yuan that finds no room (None: all must find room).
    """
    from dataclasses import replace

    from routing.siting.problem import DemandPoint
    from routing.siting.robust.cases import Case, with_elsewhere

    groups, parts = _parted(settings, demands)
    names = ("+".join(group) for group in groups) if len(groups) > 1 else (MATERIAL,)
    base = replace(ground.problem, materials=tuple(names), candidates=_divided(ground, parts))
    towns = _towns(ground, by_town)
    cases = []
    for demand in demands:
        people, tonnes = _brought(ground, demand, groups, parts)
        seconds, costs = _ways(ground, towns, people, tonnes.sum(axis=1))
        points = tuple(
            DemandPoint(name, float(people[rows].sum()), tuple(tonnes[rows].sum(axis=0).tolist()))
            for name, rows in towns.items()
        )
        problem: SitingProblem = replace(base, points=points, seconds=seconds, costs=costs)
        if elsewhere is not None:
            problem = with_elsewhere(problem, elsewhere * 100)
        cases.append(Case(demand.name, demand.weight, problem))
    return tuple(cases)


def losses(ground: Ground, settings: Settings, demands: Sequence[Demand], driving: bool) -> list[float]:
    """Return by how much a choice may be better in each scenario than is proven where towns are points.

    So it is where communities of a town go different ways. In fen a year, or for ``driving`` in person-seconds.
    """
    from routing.siting.joining import loss

    groups, parts = _parted(settings, demands)
    towns = _towns(ground, by_town=True)
    number = _numbers(towns)
    found = []
    for demand in demands:
        people, tonnes = _brought(ground, demand, groups, parts)
        weight = people if driving else tonnes.sum(axis=1)
        means = _ways(ground, towns, people, tonnes.sum(axis=1))[0 if driving else 1]
        found.append(loss(number, weight, ground.problem.seconds if driving else ground.problem.costs, means))
    return found


def _parted(settings: Settings, demands: Sequence[Demand]) -> tuple[list[tuple[str, ...]], list[float]]:
    """Return the groups of materials, and the share of each in all that is brought."""
    groups = _groups(settings.stock.brought, demands)
    shares = [sum(settings.stock.brought[m] for m in group) for group in groups]
    return groups, [share / sum(shares) for share in shares]


def _unreadable(text: str) -> BadRequestError:
    return BadRequestError.one(
        "unreadable-demand",
        N_(
            "The scenario '%(text)s' cannot be read. Write its name, its weight and percent of what is expected, such"
            " as more:20:130, and percent of what differs behind it: more:20:130,paper=150,rural=80."
        ),
        where="scenario",
        text=text[:60],
    )


def _groups(materials: Mapping[str, float], demands: Sequence[Demand]) -> list[tuple[str, ...]]:
    """Return the materials that grow alike in all scenarios together."""
    alike: dict[tuple[float, ...], list[str]] = {}
    for material in materials:
        alike.setdefault(tuple(demand.share(material) for demand in demands), []).append(material)
    return [tuple(group) for group in alike.values()]


def _divided(ground: Ground, shares: Sequence[float]) -> tuple[Candidate, ...]:
    """Return the candidates with room for each group of materials."""
    from dataclasses import replace

    if len(shares) == 1:
        return ground.problem.candidates
    return tuple(
        replace(
            candidate,
            sizes=tuple(
                replace(size, capacity=tuple(size.capacity[0] * share for share in shares)) if size.capacity else size
                for size in candidate.sizes
            ),
        )
        for candidate in ground.problem.candidates
    )


def _towns(ground: Ground, by_town: bool) -> dict[str, NDArray[np.int64]]:
    """Return the rows of each town's communities by its name, or each community's own."""
    import numpy as np

    rows: dict[str, list[int]] = {}
    for row, community in enumerate(ground.communities):
        rows.setdefault(f"{community.county} {community.town}" if by_town else community.code, []).append(row)
    return {name: np.array(own, dtype=np.int64) for name, own in rows.items()}


def _brought(
    ground: Ground, demand: Demand, groups: Sequence[tuple[str, ...]], shares: Sequence[float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return people and tonnes (communities, groups) of a scenario; people count as much as they bring more."""
    import numpy as np

    area = np.array([demand.share("urban" if c.urban else "rural") for c in ground.communities])
    percent = area * demand.percent / 100
    people = np.array([point.people for point in ground.problem.points]) * percent
    tonnes = np.array([sum(point.tonnes) for point in ground.problem.points]) * percent
    own = np.array([share * demand.share(group[0]) for group, share in zip(groups, shares, strict=True)])
    return people, tonnes[:, None] * own


def _ways(
    ground: Ground,
    towns: Mapping[str, NDArray[np.int64]],
    people: NDArray[np.float64],
    tonnes: NDArray[np.float64],
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return seconds and fen a tonne (towns, candidates): means by what is brought; -1 where not all have a way."""
    import numpy as np

    from routing.siting.joining import mean_ways

    number = _numbers(towns)
    seconds = mean_ways(number, people, ground.problem.seconds, len(towns))
    return np.rint(seconds).astype(np.int32), mean_ways(number, tonnes, ground.problem.costs, len(towns))


def _numbers(towns: Mapping[str, NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return the number of each community's town."""
    import numpy as np

    number = np.empty(sum(map(len, towns.values())), dtype=np.int64)
    for n, rows in enumerate(towns.values()):
        number[rows] = n
    return number
