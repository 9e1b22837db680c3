"""Many variants of scenarios evaluated at once, by the workers that the configuration names.

Ways by road that are kept are used as they are. Missing ones are found first, those of each state of the roads by one
worker, and kept, so that no two workers look for the same ways; then the variants are handed out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from recycling.errors import N_, BadRequestError
from recycling.fleet import Fleet
from recycling.models import Scenario
from recycling.settings import Settings
from recycling.sites.cuts import Cut
from recycling.sites.looking import look
from recycling.sites.variants import Asked, Ground, Outcome, Place, Variant, evaluate, variants
from recycling.sites.ways import NOT_THERE, Lonlat, Question, WaysDesk, keep, question
from routing.errors import InputError
from routing.fanout import Hands, Job, Kind, Lost, fan_out, hands_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEW = 100
"""Variants up to which this process evaluates them itself: until others are begun, it would be done with them."""

WAIT = 1200.0
"""Seconds that are waited for the ways of the scenarios: where a layer is new, its network is built first."""

Told = Callable[[float], object]


@dataclass(frozen=True, eq=False)
class Plan:
    """What is to be evaluated: variants, their jobs over the grounds, and the ways that are to be found for a ground.

    Attributes
    ----------
    asked
        By the number of a ground without ways: the roads that they are asked of.
    cuts
        Names of the roads that are cut, by the number of a ground.
    """

    variants: tuple[Variant, ...]
    jobs: tuple[Job, ...]
    grounds: list[Ground]
    asked: dict[int, Question]
    cuts: Mapping[int, str]


@dataclass(frozen=True)
class Line:
    """A variant and what it is worth; no outcome where it was stopped before, or lost so many workers (``lost``)."""

    variant: Variant
    outcome: Outcome | None
    lost: int = 0


def plan(
    session: Session,
    settings: Settings,
    fleet: Fleet,
    desk: WaysDesk,
    scenarios: Sequence[Scenario],
    asked: Asked,
    cuts: Sequence[Cut],
    day: date,
    wait: float = WAIT,
) -> Plan | None:
    """Return what is to be done for every combination; None where ways of a scenario as it is are still being found.

    Parameters
    ----------
    cuts
        Roads that are cut, one at a time; those that ``asked`` names do not count.
    wait
        Seconds that are waited for ways.

    Raises
    ------
    BadRequestError
        For what cannot be combined.
    UnavailableError
        When ways cannot be found now.
    """
    looks = {one.name: look(session, settings, fleet, desk, one, day, wait) for one in scenarios}
    for name, found in looks.items():
        if found.worth is None:
            return None
        if not found.opened:
            raise BadRequestError.one("none-open", N_("No site of '%(name)s' is open. Open one first."), name=name)
    every = variants(
        replace(asked, cuts=tuple(cut.name for cut in cuts)),
        {name: [row.code for row in found.opened] for name, found in looks.items()},
    )
    grounds: list[Ground] = []
    missing: dict[int, Question] = {}
    number: dict[tuple[str, str], int] = {}
    for name, found in looks.items():
        places = tuple(Place(row.code, row.lon, row.lat, row.size, facts=row.facts) for row in found.opened)
        spots = [(place.lon, place.lat) for place in places]
        for cut in (None, *cuts):
            number[name, cut.name if cut else ""] = len(grounds)
            if cut is None:
                ways = {spot: found.ways[spot] for spot in spots}
            else:
                roads = question(session, settings, fleet, found.people, found.assumed.vehicle, day, cut.where)
                ways = dict(desk.kept(roads, spots))
                if len(ways) < len(set(spots)):
                    missing[len(grounds)] = roads
            grounds.append(Ground(found.people, found.scenario.depot_code, found.assumed, places, ways))
    return Plan(
        tuple(every),
        tuple(Job(number[one.scenario, one.cut], one.task) for one in every),
        grounds,
        missing,
        {k: cut for (_, cut), k in number.items()},
    )


def sweep(
    wanted: Plan,
    hands: Hands,
    told: Told = lambda share: None,
    stopped: Callable[[], bool] = lambda: False,
) -> list[Line]:
    """Evaluate the variants, and return a line for each in their order.

    Parameters
    ----------
    told
        Hears how far it is, from 0 to 1.
    stopped
        Asked a few times a second; True ends it, and the lines that are missing then have no outcome.

    Raises
    ------
    BadRequestError
        Where a road is cut that there is not.
    InputError
        When a cluster is lost as a whole.
    """
    ways_share = 0.5 if wanted.asked else 0.0
    lost = find_ways(wanted, hands, lambda share: told(ways_share * share), stopped)
    ready = [k for k, job in enumerate(wanted.jobs) if job.ground not in lost]
    found = fan_out(
        hands,
        evaluate,
        wanted.grounds,
        [wanted.jobs[k] for k in ready],
        lambda done, count: told(ways_share + (1 - ways_share) * done / max(1, count)),
        stopped,
    )
    result = dict(zip(ready, found, strict=True))
    lines = []
    for k, (variant, job) in enumerate(zip(wanted.variants, wanted.jobs, strict=True)):
        one = result.get(k)
        gone = one.tries if isinstance(one, Lost) else lost.get(job.ground, 0)
        lines.append(Line(variant, one if isinstance(one, Outcome) else None, gone))
    return lines


def find_ways(wanted: Plan, hands: Hands, told: Told, stopped: Callable[[], bool]) -> dict[int, int]:
    """Have the missing ways found and kept; return the grounds that have none, with how many workers they have lost.

    A ground whose ways are missing because it was stopped has lost none.
    """
    asks: dict[str, tuple[Question, dict[Lonlat, None]]] = {}
    for k, asked in wanted.asked.items():
        ground = wanted.grounds[k]
        missing = asks.setdefault(asked.roads.key, (asked, {}))[1]
        missing |= {(p.lon, p.lat): None for p in ground.places if (p.lon, p.lat) not in ground.ways}
    if not asks:
        return {}
    questions = [asked for asked, _ in asks.values()]
    spots_of = [list(spots) for _, spots in asks.values()]
    found = fan_out(
        hands,
        ways_of,
        [(asked.roads, asked.people.lonlat) for asked in questions],
        [Job(k, spots) for k, spots in enumerate(spots_of)],
        lambda done, count: told(done / max(1, count)),
        stopped,
    )
    tables: dict[str, Mapping[Lonlat, NDArray[np.int32]]] = {}
    losses: dict[str, int] = {}
    for asked, spots, one in zip(questions, spots_of, found, strict=True):
        if one is None or isinstance(one, Lost):
            losses[asked.roads.key] = one.tries if isinstance(one, Lost) else 0
            continue
        if isinstance(one, str):
            cut = next(name for k, name in wanted.cuts.items() if wanted.asked.get(k) is asked)
            raise BadRequestError.one(
                "no-road-to-cut-there",
                N_("%(cut)s is no road that could be cut. Name a position on a road, or a road by its name."),
                where="cut",
                cut=cut,
            )
        keep(asked.folder, spots, one)
        tables[asked.roads.key] = dict(zip(spots, one, strict=True))
    gone = {}
    for k, asked in wanted.asked.items():
        if asked.roads.key in losses:
            gone[k] = losses[asked.roads.key]
        else:
            ground = wanted.grounds[k]
            wanted.grounds[k] = replace(ground, ways={**ground.ways, **tables[asked.roads.key]})
    return gone


def ways_of(ground: Any, spots: list[Lonlat]) -> Any:
    """Return the ways of `routing.siting.ways.ways`; the word of a fault where roads are cut that there are not."""
    from routing.siting.ways import ways

    roads, points = ground
    try:
        return ways(roads, points, spots)
    except InputError as error:
        if error.code in NOT_THERE:
            return error.code
        raise


@contextmanager
def workers_for(wanted: Plan, settings: Settings) -> Iterator[Hands]:
    """Give who evaluates: this process where that is soon done, else those that `planning.executor` names."""
    planning = settings.planning
    here = len(wanted.jobs) <= FEW and len({asked.roads.key for asked in wanted.asked.values()}) < 2
    kind: Kind = "here" if here else planning.executor
    with hands_of(kind, planning.cores, planning.cluster, planning.memory_mb) as hands:
        yield hands
