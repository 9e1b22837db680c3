"""Searches for sites and rounds together: worked off in a process of their own, whose threads plan days, and kept."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from recycling import clock
from recycling.db import Database
from recycling.demand_cases import Demand, demand_cases
from recycling.fleet import Fleet
from recycling.models import Scenario, SiteSearch
from recycling.sampled_rounds import Posts, posts_of, sampled_on
from recycling.settings import Settings
from recycling.sites.assumed import Assumed
from recycling.sites.located_answers import answer_of
from recycling.sites.located_asking import KIND, LocatedQuestion
from recycling.sites.lying import Lying, lying
from recycling.sites.reasons import Asked
from recycling.sites.running import Row, UnsoundError, followed, keep
from recycling.sites.ways import WaysDesk
from routing.errors import InputError
from routing.memory import limit_memory

if TYPE_CHECKING:
    from routing.roads.engine import TravelEngine
    from routing.siting.located.search import Step

__all__ = ["KIND", "Task", "found_of", "search_located", "work"]

PATIENCE = 4.0
"""How many times as long as it may take with all turns a search is let be, on a machine that does more than that."""


@dataclass(frozen=True, eq=False)
class Task:
    """What a process needs besides the roads: ground, question, rules under the scenario's assumptions, the posts."""

    lying: Lying
    asked: LocatedQuestion
    settings: Settings
    fleet: Fleet
    day: date
    posts: Posts


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
    asked = LocatedQuestion(**search.asked)
    ground = lying(database, settings, fleet, desk, scenario, asked.towns, asked.keep, told)
    if ground is None:
        return False
    told.asked = Asked(ground.names)
    with database.read() as session:
        posts = posts_of(session, ground.ground)
    task = Task(ground, asked, rules_of(settings, ground.assumed), fleet, settings.clock.today(clock.utc_now()), posts)
    seconds = asked.search_seconds(len(posts.depots))
    answer: dict[str, Any] | None = followed(search_located, (task,), seconds, told, PATIENCE)
    if answer is None:
        return False
    keep(database, search.id, answer)
    return True


def rules_of(settings: Settings, assumed: Assumed) -> Settings:
    """Return the settings as a scenario assumes them: truck and rates, with its percent; without any address."""
    share = assumed.demand_percent / 100
    rates = {
        "vehicle": assumed.vehicle,
        "grams_a_week_urban": assumed.grams_a_week_urban * share,
        "grams_a_week_rural": assumed.grams_a_week_rural * share,
    }
    return settings.model_copy(update={"timetable": settings.timetable.model_copy(update=rates)})


def search_located(teller: Connection, stop: Connection, task: Task) -> dict[str, Any] | None:
    """Return what is kept of the answer, None where the search was stopped before it had one; for a process of its own.

    Says to ``teller`` when roads and loops are loaded, and then how far it is; anything that comes by ``stop`` ends it
    with what was driven until then. Days are planned by ``planning.cores`` threads, or by the cluster that
    ``planning.executor`` names.

    Raises
    ------
    InputError, BadRequestError
        As `routing.siting.located.search.located` and `recycling.sampled_rounds.sampled_on`.
    UnsoundError
        Where the judge finds a fault.
    """
    planning = task.settings.planning
    limit_memory(planning.memory_mb)
    from routing.siting.apart import AT_WORK, Stop
    from routing.siting.loading import load
    from routing.siting.ways import engine
    from routing.solve import load as load_rounds
    from routing.solve.executors import workers

    load()
    load_rounds()
    roads = engine(task.lying.roads)
    kind = "dask" if planning.executor == "dask" else "threads"
    with workers(kind, planning.cores, planning.cluster) as hands:
        teller.send(AT_WORK)
        stopped = Stop(stop)
        try:
            return found_of(task, roads, hands.executor, stopped, lambda step: teller.send(float(step.share)))
        except InputError as error:
            if error.code in ("no-time", "stopped-early") and stopped.now():
                return None
            raise


def found_of(
    task: Task,
    roads: TravelEngine,
    executor: Executor,
    stopped: Callable[[], bool],
    told: Callable[[Step], object],
) -> dict[str, Any]:
    """Search, have every answer judged, and return what is kept."""
    from routing.siting.check import check_siting
    from routing.siting.located.search import located

    ground, asked = task.lying.ground, task.asked
    by_town = asked.by == "town"
    (case,) = demand_cases(ground, task.settings, [Demand("expected", 1, 100)], by_town)
    names = [f"{one.county} {one.town}" if by_town else one.code for one in ground.communities]
    drawn = sampled_on(roads, task.settings, task.fleet, task.day, ground, task.posts, names, asked.days, asked.seed)
    found = located(case.problem, asked.aim, drawn.days, drawn.points_of, executor, asked.effort, stopped, told)
    for one in found.answers:
        faults = check_siting(case.problem, one.answer)
        if faults:
            raise UnsoundError(f"an answer breaks rules: {faults[0]} (and {len(faults) - 1} more)")
    return answer_of(task.lying, asked, case.problem, found)
