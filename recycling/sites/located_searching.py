"""Searches for sites and rounds together: worked off in a process of their own, whose threads plan days, and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from recycling import clock
from recycling.db import Database
from recycling.demand_cases import Demand, demand_cases
from recycling.fleet import Fleet
from recycling.models import Scenario, SiteSearch
from recycling.sampled_rounds import Posts, RoundRules, posts_of, rules_of, sampled_on
from recycling.settings import Settings
from recycling.settings.sections import PlanningSettings
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
    from routing.siting.problem import SitingProblem

__all__ = ["KIND", "Task", "found_of", "search_located", "task_of", "work"]

PATIENCE = 4.0
"""How many times as long as it may take with all turns a search is let be, on a machine that does more than that."""


@dataclass(frozen=True, eq=False)
class Task:
    """What a process needs: ground, the problem on it with each community's point, question, rules, posts, machine."""

    lying: Lying
    problem: SitingProblem
    point_of: Sequence[str]
    asked: LocatedQuestion
    rules: RoundRules
    fleet: Fleet
    day: date
    posts: Posts
    planning: PlanningSettings


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
    task = task_of(ground, asked, settings, fleet, settings.clock.today(clock.utc_now()), posts)
    seconds = asked.search_seconds(len(posts.depots))
    answer: dict[str, Any] | None = followed(search_located, (task,), seconds, told, PATIENCE)
    if answer is None:
        return False
    keep(database, search.id, answer)
    return True


def task_of(ground: Lying, asked: LocatedQuestion, settings: Settings, fleet: Fleet, day: date, posts: Posts) -> Task:
    """Return what is to be done, with truck and rates as the scenario assumes them, by its percent."""
    by_town, communities = asked.by == "town", ground.ground.communities
    (case,) = demand_cases(ground.ground, settings, [Demand("expected", 1, 100)], by_town)
    point_of = [f"{one.county} {one.town}" if by_town else one.code for one in communities]
    return Task(
        ground, case.problem, point_of, asked, rules_for(settings, ground.assumed), fleet, day, posts, settings.planning
    )


def rules_for(settings: Settings, assumed: Assumed) -> RoundRules:
    """Return the rules with truck and rates as a scenario assumes them, by its percent."""
    share = assumed.demand_percent / 100
    rates = {
        "vehicle": assumed.vehicle,
        "grams_a_week_urban": assumed.grams_a_week_urban * share,
        "grams_a_week_rural": assumed.grams_a_week_rural * share,
    }
    return replace(rules_of(settings), timetable=settings.timetable.model_copy(update=rates))


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
    planning = task.planning
    limit_memory(planning.memory_mb)
    from routing.siting.apart import AT_WORK, Stop
    from routing.siting.loading import load
    from routing.siting.ways import engine
    from routing.solve import load as load_rounds

    load()
    load_rounds()
    roads = engine(task.lying.roads)
    with hands(planning) as executor:
        teller.send(AT_WORK)
        stopped = Stop(stop)
        try:
            return found_of(task, roads, executor, stopped, lambda step: teller.send(float(step.share)))
        except InputError as error:
            if error.code in ("no-time", "stopped-early") and stopped.now():
                return None
            raise


@contextmanager
def hands(planning: PlanningSettings) -> Iterator[Executor]:
    """Give who plans days. Threads are not waited for: whoever stops a search wants what is there, not what they do."""
    if planning.executor == "dask":
        from routing.solve.executors import workers

        with workers("dask", planning.cores, planning.cluster) as cluster:
            yield cluster.executor
        return
    threads = ThreadPoolExecutor(planning.cores)
    try:
        yield threads
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


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

    asked, ground = task.asked, task.lying.ground
    days = sampled_on(
        roads, task.rules, task.fleet, task.day, ground, task.posts, task.point_of, asked.days, asked.seed
    )
    found = located(task.problem, asked.aim, days.days, days.points_of, executor, asked.effort, stopped, told)
    for one in found.answers:
        faults = check_siting(task.problem, one.answer)
        if faults:
            raise UnsoundError(f"an answer breaks rules: {faults[0]} (and {len(faults) - 1} more)")
    return answer_of(task.lying, asked, task.problem, found)
