"""Searches for better sites: asked for and worked off in a process of its own; what is found becomes a scenario."""

from __future__ import annotations

import math
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field
from sqlalchemy.orm import Session

from recycling import clock
from recycling.accounts.actors import Actor
from recycling.db import Database
from recycling.errors import N_, Fault
from recycling.fleet import Fleet
from recycling.models import Scenario, ScenarioSite, SiteSearch
from recycling.settings import Settings
from recycling.settings.base import Section
from recycling.sites import driving, located_searching, robust_searching, sweep_runs, tier_searching
from recycling.sites.assumed import STANDING, Assumed
from recycling.sites.candidates import candidates_of, problem_of
from recycling.sites.facts import facts_of, usable
from recycling.sites.lying import ways_to
from recycling.sites.people import People, people_for
from recycling.sites.reasons import Asked
from recycling.sites.running import Row, begin, followed, sound, the_search, worked
from recycling.sites.scenarios import copied, free_name, put_in
from recycling.sites.ways import WaysDesk, question
from recycling.sites.worth import worth
from recycling.siting import FEN

if TYPE_CHECKING:
    from routing.siting.answer import SitingAnswer
    from routing.siting.problem import Aim, SitingProblem

Model = Literal["p-median", "p-centre", "cover", "set-cover", "cost"]
MODELS: tuple[Model, ...] = ("p-median", "p-centre", "cover", "set-cover", "cost")
NEED_COUNT = ("p-median", "p-centre", "cover")

PATIENCE = 4.0
"""Where there is no answer, the changes that would do are searched for once the time is over."""

Work = Callable[[Database, Settings, Fleet, WaysDesk, Row, SiteSearch, Scenario], bool]
"""Works a search off and keeps its answer; False when it was stopped before it had one."""

WORK: Mapping[str, Work] = {
    "tiers": tier_searching.work,
    "front": tier_searching.work,
    sweep_runs.KIND: sweep_runs.work,
    robust_searching.KIND: robust_searching.work,
    located_searching.KIND: located_searching.work,
    driving.KIND: driving.work,
}
"""By kind, of all kinds but the one of this module (``sites``), whose answer is a scenario at once."""


class Question(Section):
    """What is asked: the model, how many sites (at most so many where it counts money or reach), and within what.

    Attributes
    ----------
    budget
        Most yuan a year for new sites; of ``cost`` alone.
    keep
        Centres that stand stay open.
    rest
        Communities that no candidate is within reach of are left out, and the others reached; of ``set-cover`` alone.
    towns
        Towns whose largest community is a candidate beside the scenario's sites.
    seconds
        How long is searched, after which the best so far counts.
    """

    model: Model
    count: int | None = Field(default=None, ge=1, le=200)
    budget: float | None = Field(default=None, ge=0)
    keep: bool = False
    rest: bool = False
    towns: int = Field(default=60, ge=0, le=300)
    seconds: int = Field(default=30, ge=1, le=600)

    @property
    def name(self) -> str:
        """What is asked in a word and a number."""
        return f"{self.model} {self.count}" if self.count else self.model


def ask(session: Session, scenario: Scenario, asked: Mapping[str, object], actor: Actor, now: datetime) -> SiteSearch:
    """Ask for a search from a scenario; one that is under way is answered with ConflictError.

    Raises
    ------
    BadRequestError
        For a question that cannot be asked, by the field that is wrong.
    """
    more = []
    if asked.get("model") in NEED_COUNT and asked.get("count") is None:
        more.append(Fault("count", "count-missing", N_("This model needs the number of sites. Write it.")))
    wanted = sound(Question, asked, lambda place: _fault(str(place[0])), more)
    return begin(session, scenario, "sites", wanted.model_dump(mode="json"), actor, now)


def start(
    database: Database, settings: Settings, fleet: Fleet, desk: WaysDesk, key: uuid.UUID, actor: Actor
) -> threading.Thread:
    """Work a search off in a thread of its own, which waits for a process that does the work."""
    thread = threading.Thread(
        target=work, args=(database, settings, fleet, desk, key, actor), name="site-search", daemon=True
    )
    thread.start()
    return thread


def work(database: Database, settings: Settings, fleet: Fleet, desk: WaysDesk, key: uuid.UUID, actor: Actor) -> None:
    """Work a search off; whatever becomes of it is written into its row."""

    def do(told: Row, search: SiteSearch, scenario: Scenario) -> bool:
        if search.kind in WORK:
            return WORK[search.kind](database, settings, fleet, desk, told, search, scenario)
        return _work(database, settings, fleet, desk, told, search, scenario, actor)

    worked(database, key, settings.planning.memory_mb, do)


def _work(
    database: Database,
    settings: Settings,
    fleet: Fleet,
    desk: WaysDesk,
    told: Row,
    search: SiteSearch,
    scenario: Scenario,
    actor: Actor,
) -> bool:
    """Search for sites; False when it was stopped before it had found any."""
    asked, assumed = Question(**search.asked), Assumed(**scenario.assumed)
    with database.read() as session:
        people = people_for(session, scenario)
        today = settings.clock.today(clock.utc_now())
        roads = question(session, settings, fleet, people, assumed.vehicle, today)
    rows = candidates_of(scenario, people, asked.towns)
    ways = ways_to(desk, roads, rows, told)
    if ways is None:
        return False
    problem = problem_of(people, scenario.depot_code, assumed, rows, ways, asked.keep)
    names, far = _names(people, rows), dict[str, Any]()
    if asked.model == "set-cover" and asked.rest:
        problem, far = _reached(problem, asked, assumed, names)
    told.asked = Asked(names)
    found = _searched(problem, asked, assumed, settings.planning.memory_mb, told)
    if found is None:
        return False
    best, second = found
    besides = assumed.routes_yuan * FEN if asked.model == "cost" else 0.0
    answer, chosen = (
        _told(problem, rows, best, second, besides) | far,
        _fitted(best, rows, people, scenario, assumed, ways),
    )
    _publish(database, search.id, scenario, asked, answer, chosen, actor)
    return True


def _reached(
    problem: SitingProblem, asked: Question, assumed: Assumed, names: Mapping[str, Mapping[str, str]]
) -> tuple[SitingProblem, dict[str, Any]]:
    """Leave out communities that no candidate is within reach of, and return what is to be told of them.

    Where none is left, the problem stays as it is, so that the search says so.
    """
    from routing.siting.asking import without_far

    near, lost = without_far(problem, _aim(asked, assumed))
    if not lost or not near.points:
        return problem, {}
    points = [problem.points[row] for row in lost]
    people = sum(point.people for point in points)
    return near, {"far": [[point.id, names[point.id]["zh"]] for point in points], "far_people": people}


def _names(people: People, rows: Sequence[ScenarioSite]) -> dict[str, dict[str, str]]:
    """Return what communities and candidates are called, by code."""
    towns = [people.towns[number][1] for number in people.town.tolist()]
    names = {
        code: {"zh": f"{town} {name}", "en": f"{town} {name}"}
        for code, town, name in zip(people.codes, towns, people.names, strict=True)
    }
    return names | {row.code: {"zh": row.name, "en": row.name_en} for row in rows}


def _searched(
    problem: SitingProblem, asked: Question, assumed: Assumed, memory_mb: int, told: Row
) -> tuple[SitingAnswer, SitingAnswer | None] | None:
    """Run the search in a process of its own; None when it was stopped before it had an answer."""
    from routing.siting.apart import search_in_child

    aim, seconds = _aim(asked, assumed), float(asked.seconds)
    found: tuple[SitingAnswer, SitingAnswer | None] | None = followed(
        search_in_child, (problem, aim, seconds, memory_mb), seconds * 4 / 3, told, PATIENCE
    )
    return found


def _aim(asked: Question, assumed: Assumed) -> Aim:
    from routing.siting.problem import Aim

    budget = None if asked.budget is None or asked.model != "cost" else asked.budget * 100
    return Aim(asked.model, asked.count, assumed.reach_minutes * 60, budget)


def _told(
    problem: SitingProblem,
    rows: Sequence[ScenarioSite],
    best: SitingAnswer,
    second: SitingAnswer | None,
    besides: float,
) -> dict[str, Any]:
    """Return what is kept of an answer, as JSON takes it; bound and gap are None where none was proven.

    ``besides`` is what every answer costs besides.
    """
    names = {row.code: row.name for row in rows}

    def named(codes: set[str]) -> list[list[str]]:
        return [[code, names[code]] for code in sorted(codes)]

    people = sum(point.people for point in problem.points)
    return {
        "value": best.value + besides,
        "bound": best.bound + besides if math.isfinite(best.bound) else None,
        "gap": best.gap if math.isfinite(best.gap) else None,
        "proven": best.proven,
        "people": people,
        "candidates": len(problem.candidates),
        "opened": named(set(best.opened)),
        "second": None
        if second is None
        else {
            "value": second.value + besides,
            "proven": second.proven,
            "opened": named(set(second.opened) - set(best.opened)),
            "closed": named(set(best.opened) - set(second.opened)),
            "worse": abs(second.value - best.value) / max(1.0, abs(best.value + besides)),
        },
    }


def _fitted(
    best: SitingAnswer,
    rows: Sequence[ScenarioSite],
    people: People,
    scenario: Scenario,
    assumed: Assumed,
    ways: Mapping[tuple[float, float], Any],
) -> list[ScenarioSite]:
    """Return the sites of the new scenario: the chosen ones open, in a size that holds what they get."""
    chosen = []
    for row in rows:
        row.is_open = row.code in best.opened
        if row.is_open and row.size != STANDING and best.aim.kind == "cost":
            row.size = best.opened[row.code]
        if row.is_open or row.kind != "town" or any(row.code == one.code for one in scenario.sites):
            chosen.append(row)
    if best.aim.kind != "cost":
        gets = {one.code: one.tonnes for one in worth(people, scenario.depot_code, assumed, chosen, ways).sites}
        sizes = sorted(assumed.sizes, key=lambda size: size.tonnes)
        for row in chosen:
            if row.is_open and row.size != STANDING and facts_of(row).capacity is None:
                row.size = next((s.name for s in sizes if s.tonnes >= gets.get(row.code, 0.0)), sizes[-1].name)
    never = [copied(row) for row in scenario.sites if not usable(row)]
    for row in never:
        row.is_open = False
    return [*chosen, *never]


def _publish(
    database: Database,
    key: uuid.UUID,
    scenario: Scenario,
    asked: Question,
    answer: dict[str, Any],
    rows: Sequence[ScenarioSite],
    actor: Actor,
) -> None:
    now = clock.utc_now()
    with database.write() as session:
        search = the_search(session, key)
        name = free_name(session, f"{asked.name} · {scenario.name}")
        made = put_in(session, name, scenario.depot_code, Assumed(**scenario.assumed), rows, actor, now, like=scenario)
        search.state, search.answer, search.made_id = "done", answer, made.id
        search.progress, search.finished_at, search.lease_until = 1.0, now, None


def _fault(where: str) -> Fault:
    least, most = {"count": (1, 200), "towns": (0, 300), "seconds": (1, 600)}.get(where, (0, 0))
    if most:
        values: dict[str, object] = {"least": least, "most": most}
        return Fault(where, "out-of-range", N_("Write a whole number from %(least)s to %(most)s."), values)
    if where == "budget":
        return Fault(where, "bad-budget", N_("Write the budget in yuan a year, such as 500000."))
    return Fault(where, "no-model", N_("Choose what is searched for."))
