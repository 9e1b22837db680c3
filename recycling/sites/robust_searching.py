"""Searches for one choice of sites for several scenarios of demand: worked off in a process of their own, and kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from recycling.db import Database
from recycling.demand_cases import Demand, demand_cases
from recycling.fleet import Fleet
from recycling.models import Scenario, SiteSearch
from recycling.settings import Settings
from recycling.sites.lying import Lying, lying
from recycling.sites.reasons import Asked
from recycling.sites.robust_answers import answer_of
from recycling.sites.robust_asking import KIND, RobustQuestion
from recycling.sites.running import Row, UnsoundError, followed, keep
from recycling.sites.ways import WaysDesk
from recycling.siting import FEN
from routing.errors import InputError
from routing.memory import limit_memory

if TYPE_CHECKING:
    from routing.siting.problem import Aim
    from routing.siting.robust.cases import Case
    from routing.siting.robust.choose import Robust

__all__ = ["KIND", "found_of", "search_robust", "work"]


def work(
    database: Database,
    settings: Settings,
    fleet: Fleet,
    desk: WaysDesk,
    told: Row,
    search: SiteSearch,
    scenario: Scenario,
) -> bool:
    """Search, and keep the answer in the search's row; False when it was stopped before it had one."""
    asked = RobustQuestion(**search.asked)
    ground = lying(database, settings, fleet, desk, scenario, asked.towns, asked.keep, told)
    if ground is None:
        return False
    told.asked = Asked(ground.names)
    cases = cases_of(ground, settings, asked)
    values = (cases, aim_of(asked), float(asked.seconds), settings.planning.memory_mb)
    found: Robust | None = followed(search_robust, values, asked.search_seconds, told)
    if found is None:
        return False
    keep(database, search.id, answer_of(ground, asked, found))
    return True


def cases_of(ground: Lying, settings: Settings, asked: RobustQuestion) -> tuple[Case, ...]:
    """Return the siting problem of each scenario of demand."""
    elsewhere = asked.elsewhere if asked.model == "cost" else None
    demands: Sequence[Demand] = asked.cases
    return demand_cases(ground.ground, settings, demands, asked.by == "town", elsewhere)


def aim_of(asked: RobustQuestion) -> Aim:
    """Return what is asked of the models; money in fen."""
    from routing.siting.problem import Aim

    budget = None if asked.budget is None or asked.model != "cost" else asked.budget * FEN
    return Aim(asked.model, asked.count, budget=budget)


def search_robust(
    teller: Connection, stop: Connection, cases: Sequence[Case], aim: Aim, seconds: float, memory_mb: int
) -> Robust | None:
    """Return the robust choices, None where the search was stopped before it had any; for a process of its own.

    Says to ``teller`` when it is at work, and then how far it is; anything that comes by ``stop`` ends it with the best
    so far.

    Raises
    ------
    InputError
        As `routing.siting.robust.choose.robust`.
    UnsoundError
        Where the judge finds a fault.
    """
    limit_memory(memory_mb)
    from routing.siting.apart import AT_WORK, Stop
    from routing.siting.loading import load

    load()
    teller.send(AT_WORK)
    stopped = Stop(stop)
    try:
        return found_of(cases, aim, seconds, stopped, lambda share: teller.send(float(share)))
    except InputError as error:
        if error.code == "no-time" and stopped.now():
            return None
        raise


def found_of(
    cases: Sequence[Case],
    aim: Aim,
    seconds: float,
    stopped: Callable[[], bool],
    told: Callable[[float], Any],
) -> Robust:
    """Search, and have both choices judged in every scenario."""
    from routing.siting.check import check_siting
    from routing.siting.robust.choose import robust

    found = robust(cases, aim, seconds, stopped, told)
    for choice in (found.by_cost, found.by_regret):
        for case, answer in zip(cases, found.answers(choice), strict=True):
            faults = check_siting(case.problem, answer)
            if faults:
                raise UnsoundError(f"the answer breaks rules: {faults[0]} (and {len(faults) - 1} more)")
    return found
