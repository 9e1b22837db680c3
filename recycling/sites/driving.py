"""Scenarios driven: what their ways there and back cost as routes of sampled days, and estimates put right by it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import date, datetime
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from pydantic import Field
from sqlalchemy.orm import Session

from recycling import clock
from recycling.accounts.actors import Actor
from recycling.db import Database
from recycling.errors import N_, BadRequestError, Fault, NotFoundError
from recycling.fleet import Fleet
from recycling.models import Scenario, SiteSearch
from recycling.sampled_rounds import Posts, RoundRules, posts_of, sampled_on
from recycling.settings import Settings
from recycling.settings.base import Section
from recycling.settings.sections import PlanningSettings
from recycling.sites.assumed import Assumed
from recycling.sites.driven_answers import Driven, answer_of
from recycling.sites.facts import capacity_of, tonne_yuan_of, yuan_of
from recycling.sites.located_searching import hands, rules_for
from recycling.sites.lying import Lying, lying
from recycling.sites.people import same_people
from recycling.sites.running import Row, begin, followed, keep, sound
from recycling.sites.scenarios import begin_change, end_change, the_scenario
from recycling.sites.ways import WaysDesk
from recycling.siting import FEN
from routing.memory import limit_memory

if TYPE_CHECKING:
    from routing.roads.engine import TravelEngine
    from routing.siting.answer import SitingAnswer
    from routing.siting.located.given import Given, Outing
    from routing.siting.located.search import Effort
    from routing.siting.problem import SitingProblem

KIND = "rounds"
MOST_BESIDE = 3
DAY_SECONDS = 6.0
"""What a depot's sampled day takes at `ITERATIONS`, roughly; only for how long is waited, and how far it seems."""

ITERATIONS = 10_000
PATIENCE = 4.0
OVER = 1.1
"""From which share of its room on a site is told to be over full: rounds fill sites by the load."""

RANGES = {"days": (2, 30), "iterations": (100, 200_000), "seed": (0, 1_000_000)}


class Question(Section):
    """What is driven: the scenario and those beside it, on so many sampled days, the same ones for all.

    Attributes
    ----------
    iterations, seed
        Of the search for each day's routes.
    """

    beside: tuple[uuid.UUID, ...] = Field(default=(), max_length=MOST_BESIDE)
    days: int = Field(default=6, ge=2, le=30)
    iterations: int = Field(default=ITERATIONS, ge=100, le=200_000)
    seed: int = Field(default=1, ge=0, le=1_000_000)

    @property
    def effort(self) -> Effort:
        """How hard each day's routes are searched."""
        from routing.siting.located.search import Effort

        return Effort(iterations=self.iterations, seed=self.seed)

    def seconds(self, depots: int) -> float:
        """Return how long it may take, one day of a depot after the other."""
        a_day = max(1.0, DAY_SECONDS * self.iterations / ITERATIONS)
        return (1 + len(self.beside)) * depots * self.days * a_day


@dataclass(frozen=True, eq=False)
class Task:
    """A scenario as a process needs it beside the roads: ground, its open sites, rules, fleet and posts."""

    key: uuid.UUID
    name: str
    lying: Lying
    problem: SitingProblem
    answer: SitingAnswer
    room: Mapping[str, float]
    rules: RoundRules
    fleet: Fleet
    day: date
    posts: Posts
    planning: PlanningSettings


def ask(session: Session, scenario: Scenario, asked: Mapping[str, object], actor: Actor, now: datetime) -> SiteSearch:
    """Ask for the rounds of a scenario and of others beside it; ConflictError while another search is under way.

    Raises
    ------
    BadRequestError, NotFoundError
        For what cannot be asked, by its field; for a scenario without an open site, and one that counts other people.
    """
    wanted = sound(Question, asked, lambda place: _fault(str(place[0])))
    wanted = wanted.model_copy(update={"beside": tuple(k for k in dict.fromkeys(wanted.beside) if k != scenario.id)})
    for one in (scenario, *(the_scenario(session, key) for key in wanted.beside)):
        _require_open(one)
        if one is not scenario:
            same_people(session, scenario, one)
    return begin(session, scenario, KIND, wanted.model_dump(mode="json"), actor, now)


def work(
    database: Database,
    settings: Settings,
    fleet: Fleet,
    desk: WaysDesk,
    told: Row,
    search: SiteSearch,
    scenario: Scenario,
) -> bool:
    """Drive the scenarios, and keep what came of it in the search's row; False when it was stopped before the end."""
    asked = Question(**search.asked)
    tasks = tasks_of(database, settings, fleet, desk, scenario, asked, told)
    if tasks is None:
        return False
    seconds = asked.seconds(len(tasks[0].posts.depots))
    found: list[Driven] | None = followed(drive_apart, (tasks, asked), seconds, told, PATIENCE)
    if found is None:
        return False
    keep(database, search.id, answer_of(found, asked.days))
    return True


def tasks_of(
    database: Database,
    settings: Settings,
    fleet: Fleet,
    desk: WaysDesk,
    scenario: Scenario,
    asked: Question,
    told: Callable[[float], bool],
) -> list[Task] | None:
    """Return what is to be driven of each scenario, the asked one first; None where somebody stopped it.

    Raises
    ------
    BadRequestError, NotFoundError
        For a scenario without an open site that anybody has a way to, and one that is gone.
    """
    with database.read() as session:
        every = [scenario, *(the_scenario(session, key) for key in asked.beside)]
    tasks = []
    for one in every:
        _require_open(one)
        ground = lying(database, settings, fleet, desk, one, 0, True, told)
        if ground is None:
            return None
        with database.read() as session:
            posts = posts_of(session, ground.ground)
        assumed = ground.assumed
        kind = fleet.types[assumed.vehicle]
        costs = {"cost_per_km": round(assumed.cost_per_km), "cost_per_hour": round(assumed.cost_per_hour)}
        types = {**fleet.types, assumed.vehicle: kind.model_copy(update=costs)}
        problem, answer = given_of(ground, one)
        tasks.append(
            Task(
                one.id,
                one.name,
                replace(ground, ground=replace(ground.ground, places=_open_places(ground, answer))),
                problem,
                answer,
                {row.code: capacity_of(row, assumed) for row in one.sites if row.is_open},
                rules_for(settings, assumed),
                fleet.model_copy(update={"types": types}),
                settings.clock.today(clock.utc_now()),
                posts,
                settings.planning,
            )
        )
    return tasks


def given_of(ground: Lying, scenario: Scenario) -> tuple[SitingProblem, SitingAnswer]:
    """Return the problem of a scenario's open sites without bounds, and everybody at the site that is reached soonest.

    Points that no open site is reached from are left out; ways cost what they do there and back.
    """
    import numpy as np

    from routing.siting.answer import Flow, SitingAnswer
    from routing.siting.problem import Aim, Candidate, Size

    whole, assumed = ground.ground.problem, ground.assumed
    rows = {row.code: row for row in scenario.sites if row.is_open}
    columns = [j for j, candidate in enumerate(whole.candidates) if candidate.id in rows]
    seconds = whole.seconds[:, columns]
    points = np.flatnonzero((seconds >= 0).any(axis=1))
    if not len(points):
        raise _none_open(scenario)
    seconds = seconds[points]
    costs = whole.costs[points][:, columns]
    costs = np.where(costs < 0, -1.0, costs / assumed.routes_share)
    sizes = {
        code: Size(row.size, yuan_of(row, assumed) * FEN, tonne_yuan_of(row, assumed) * FEN)
        for code, row in rows.items()
    }
    problem = replace(
        whole,
        points=tuple(whole.points[i] for i in points.tolist()),
        candidates=tuple(Candidate(whole.candidates[j].id, (sizes[whole.candidates[j].id],), "kept") for j in columns),
        seconds=seconds,
        costs=costs,
    )
    best = np.where(seconds < 0, np.iinfo(np.int32).max, seconds).argmin(axis=1)
    tonnes = np.array([sum(point.tonnes) for point in problem.points])
    names = [candidate.id for candidate in problem.candidates]
    parts = {
        "fixed": sum(sizes[name].fixed for name in names),
        "running": float(sum(t * sizes[names[j]].running for t, j in zip(tonnes.tolist(), best.tolist(), strict=True))),
        "transport": float((tonnes * costs[np.arange(len(best)), best]).sum()),
    }
    flows = tuple(
        Flow(point.id, names[j], problem.materials[0], 1.0)
        for point, j in zip(problem.points, best.tolist(), strict=True)
    )
    opened = {name: sizes[name].name for name in names}
    value = sum(parts.values())
    return problem, SitingAnswer(Aim("cost"), opened, flows, value, value, parts)


def drive_apart(teller: Connection, stop: Connection, tasks: list[Task], asked: Question) -> list[Driven] | None:
    """Drive scenarios in a process of its own; None where it was stopped before all were driven.

    Says to ``teller`` when roads and loops are loaded, and then how far it is. Days are planned by ``planning.cores``
    threads, or by the cluster that ``planning.executor`` names.
    """
    planning = tasks[0].planning
    limit_memory(planning.memory_mb)
    from routing.siting.apart import AT_WORK, Stop
    from routing.siting.ways import engine
    from routing.solve import load

    load()
    with hands(planning) as executor:
        teller.send(AT_WORK)
        stopped = Stop(stop)
        return drive_all(tasks, asked, lambda task: engine(task.lying.roads), executor, stopped, teller.send)


def drive_all(
    tasks: list[Task],
    asked: Question,
    roads: Callable[[Task], TravelEngine],
    executor: Executor,
    stopped: Callable[[], bool],
    told: Callable[[float], object],
) -> list[Driven] | None:
    """Drive the scenarios one after the other on the same days; None where it was stopped before all were driven."""
    from routing.siting.located.given import Given, driven_year

    found = []
    for number, task in enumerate(tasks):
        ground = task.lying.ground
        names = [community.code for community in ground.communities]
        drawn = sampled_on(
            roads(task), task.rules, task.fleet, task.day, ground, task.posts, names, asked.days, asked.seed
        )
        inside = {point.id for point in task.problem.points}
        given = Given(
            task.problem,
            task.answer,
            [replace(day, **_of(day, inside)) for day in drawn.days],
            {depot: points & inside for depot, points in drawn.points_of.items()},
        )

        def heard(done: int, of: int, before: int = number) -> None:
            told((before + done / max(1, of)) / len(tasks))

        outing = driven_year(given, executor, asked.effort, stopped, heard)
        if outing is None:
            return None
        found.append(_driven(task, given, outing))
    return found


def take_over(session: Session, search: SiteSearch, number: int, actor: Actor, now: datetime) -> Scenario:
    """Let the estimates of a scenario that was driven count ways as its routes do from now on; twice is once.

    Raises
    ------
    NotFoundError
        For a scenario that was not driven, or is gone.
    """
    return teach(session, search.answer or {"rows": []}, number, actor, now)


def teach(session: Session, answer: Mapping[str, Any], number: int, actor: Actor, now: datetime) -> Scenario:
    """Do what `take_over` does, of an answer that is not kept."""
    rows = answer["rows"]
    if not 0 <= number < len(rows):
        raise NotFoundError.one("no-rounds", N_("There are no such rounds. Load the page again."))
    scenario = the_scenario(session, uuid.UUID(rows[number]["scenario"]))
    begin_change(session, scenario, scenario.version)
    before = Assumed(**scenario.assumed)
    taught = {"routes_share": rows[number]["slope"], "routes_yuan": float(rows[number]["base"])}
    after = before.model_copy(update=taught)
    if after != before:
        was = {name: getattr(before, name) for name in taught}
        scenario.assumed = after.model_dump(mode="json")
        end_change(session, scenario, "assumed-otherwise", was, taught, actor, now)
    return scenario


def _of(day: Any, inside: set[str]) -> dict[str, Any]:
    """Return the stops of a day whose points are among those inside."""
    kept = [(stop, point) for stop, point in zip(day.stops, day.points, strict=True) if point in inside]
    return {"stops": tuple(stop for stop, _ in kept), "points": tuple(point for _, point in kept)}


def _driven(task: Task, given: Given, outing: Outing) -> Driven:
    return Driven(task.key, task.name, task.lying, task.problem, task.answer, task.room, given.points_of, outing)


def _open_places(ground: Lying, answer: SitingAnswer) -> list[Any]:
    return [place for place in ground.ground.places if place.id in answer.opened]


def _require_open(scenario: Scenario) -> None:
    if not any(row.is_open for row in scenario.sites):
        raise _none_open(scenario)


def _none_open(scenario: Scenario) -> BadRequestError:
    return BadRequestError.one(
        "none-open", N_("No site of '%(name)s' is open. Open one first."), where="beside", name=scenario.name
    )


def _fault(where: str) -> Fault:
    if where in RANGES:
        least, most = RANGES[where]
        return Fault(
            where,
            "out-of-range",
            N_("Write a whole number from %(least)s to %(most)s."),
            {"least": least, "most": most},
        )
    return Fault("beside", "bad-beside", N_("Choose up to %(most)s scenarios."), {"most": MOST_BESIDE})
