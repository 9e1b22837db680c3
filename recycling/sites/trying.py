"""What a scenario's cost hangs on (a tornado), and how it stands when things go wrong (the stress set)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recycling.errors import N_
from recycling.models import ScenarioSite
from recycling.sites.assumed import Assumed
from recycling.sites.people import People
from recycling.sites.worth import Worth, worth

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Ways = Mapping[tuple[float, float], "NDArray[np.int32]"]

SWING_PERCENT = 20
"""By how much each assumption is made less and more. Own choice: the same for all, so that they can be compared."""

MORE_PERCENT, HOLIDAY_PERCENT = 130, 160
"""What is brought in a year with a third more, and in the weeks before a holiday; the latter is an assumption."""


@dataclass(frozen=True)
class Swing:
    """Cost a year in yuan with less and with more of an assumption."""

    code: str
    word: str
    less: float
    more: float

    @property
    def span(self) -> float:
        """By how much the cost moves."""
        return abs(self.more - self.less)


@dataclass(frozen=True)
class Stress:
    """Something that goes wrong: its word, what it names ("" for nothing), and what the scenario is worth then."""

    code: str
    word: str
    name: str
    worth: Worth

    @property
    def over_full(self) -> int:
        """How many open sites get more than they can sort."""
        return sum(one.full > 1 for one in self.worth.sites)

    @property
    def whole_year(self) -> bool:
        """Whether its cost is that of a year; a holiday's weeks say only what is over full."""
        return self.code != "holiday"


def _of(assumed: Assumed, share: float, *names: str) -> Assumed:
    return assumed.model_copy(update={name: getattr(assumed, name) * share for name in names})


def _land(assumed: Assumed, share: float) -> Assumed:
    sizes = tuple(size.model_copy(update={"yuan": size.yuan * share}) for size in assumed.sizes)
    costs = {"standing_yuan": assumed.standing_yuan * share, "stated_share": assumed.stated_share * share}
    return assumed.model_copy(update=costs | {"sizes": sizes})


ASSUMPTIONS: tuple[tuple[str, str, Callable[[Assumed, float], Assumed]], ...] = (
    ("demand", N_("What people bring"), lambda a, s: _of(a, s, "grams_a_week_urban", "grams_a_week_rural")),
    ("fuel", N_("Cost of a kilometre, fuel among it"), lambda a, s: _of(a, s, "cost_per_km")),
    ("wages", N_("Cost of an hour, wages among it"), lambda a, s: _of(a, s, "cost_per_hour")),
    ("land", N_("Land, building and staff of sites"), _land),
    ("sorting", N_("Sorting a tonne"), lambda a, s: _of(a, s, "yuan_a_tonne", "stated_tonne_share")),
    ("load", N_("What a truck carries"), lambda a, s: _of(a, s, "load_tonnes")),
)


def swings(
    people: People, depot: str | None, assumed: Assumed, sites: Sequence[ScenarioSite], ways: Ways
) -> list[Swing]:
    """Return what each assumption moves the cost by, the strongest first; slower and faster roads among them."""
    shares = (1 - SWING_PERCENT / 100, 1 + SWING_PERCENT / 100)
    found = []
    for code, word, changed in ASSUMPTIONS:
        less, more = (worth(people, depot, changed(assumed, share), sites, ways).yuan for share in shares)
        found.append(Swing(code, word, less, more))

    less, more = (worth(people, depot, assumed, sites, slower(ways, share)).yuan for share in shares)
    found.append(Swing("roads", N_("Driving times"), less, more))
    return sorted(found, key=lambda swing: -swing.span)


def slower(ways: Ways, share: float) -> Ways:
    """Return ways whose driving takes that share of its time; none leads where none led."""
    import numpy as np

    return {
        place: np.stack([np.where(table[0] < 0, -1, np.round(table[0] * share)).astype(table.dtype), table[1]])
        for place, table in ways.items()
    }


def stresses(
    people: People,
    depot: str | None,
    assumed: Assumed,
    sites: Sequence[ScenarioSite],
    ways: Ways,
    cut: tuple[str, Ways] | None = None,
) -> list[Stress]:
    """Return what the scenario is worth as it is, with more to bring, before a holiday, and without one of its sites.

    The site that is out is that whose loss costs people most minutes. ``cut`` are a closed road's name and the ways
    around it.
    """

    def now(rules: Assumed, rows: Sequence[ScenarioSite] = sites, table: Ways = ways) -> Worth:
        return worth(people, depot, rules, rows, table)

    def percent(share: int) -> Assumed:
        return assumed.model_copy(update={"demand_percent": round(assumed.demand_percent * share / 100)})

    found = [
        Stress("none", N_("As it is"), "", now(assumed)),
        Stress("more", N_("A third more is brought"), "", now(percent(MORE_PERCENT))),
        Stress("holiday", N_("The weeks before a holiday"), "", now(percent(HOLIDAY_PERCENT))),
    ]
    opened = [row for row in sites if row.is_open]
    if len(opened) > 1:
        without = [(row, now(assumed, [other for other in opened if other is not row])) for row in opened]
        row, hurt = max(without, key=lambda pair: (pair[1].unreached, pair[1].minutes, pair[1].yuan))
        found.append(Stress("out", N_("The site that is missed most is out"), row.name, hurt))
    if cut is not None:
        found.append(Stress("cut", N_("A road is cut"), cut[0], now(assumed, sites, cut[1])))
    return found


def bars(found: Sequence[Swing], base: float, width: float = 600.0) -> list[dict[str, Any]]:
    """Return where the bars of a tornado begin and how long they are, the base cost in the middle of the width."""
    farthest = max((abs(value - base) for swing in found for value in (swing.less, swing.more)), default=0.0)
    scale = width / 2 / max(1e-9, farthest)
    rows = []
    for swing in found:
        less, more = (width / 2 + (value - base) * scale for value in (swing.less, swing.more))
        parts = [(min(end, width / 2), abs(end - width / 2), name) for end, name in ((less, "less"), (more, "more"))]
        rows.append({"swing": swing, "parts": [(round(x, 1), round(long, 1), name) for x, long, name in parts]})
    return rows
