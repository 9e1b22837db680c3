"""The search for a depot's timetable, as the command and the server's runs do it: read, find roads, search, judge."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from recycling.db import Database
from recycling.errors import N_, DomainError
from recycling.fleet import Fleet
from recycling.settings import Settings
from recycling.timetable import making
from recycling.timetable.answers import answer_of
from recycling.timetable.versions import in_force
from routing.periodic.problem import TimetableProblem
from routing.periodic.timetable import Timetable as Answer

Tell = Callable[[float, "Best | None"], bool]
"""Is called with the share of the time used and the best so far, None while there is none; the search ends when it
answers true, once there is a best."""


@dataclass(frozen=True)
class Best:
    """What the best timetable so far costs, in fen a week; communities that have no call in it, and their people."""

    fen_a_week: int
    left_out: int
    people: int


@dataclass(frozen=True)
class Searched:
    """What was asked, the problem on the roads, the best answer, and the communities that no road leads to."""

    ask: making.Asked
    problem: TimetableProblem
    answer: Answer
    off_road: Sequence[str]


def best_of(
    settings: Settings, ask: making.Asked, problem: TimetableProblem, cost: float, without: Collection[str]
) -> Best:
    """Return what a timetable of that cost comes to, without calls at some points and at all that no road leads to."""
    fen = cost - sum(problem.missing(point) for point in problem.points if point.id in without)
    called = {point.id for point in problem.points} - set(without)
    left = [community.population for community in ask.communities if community.code not in called]
    return Best(round(fen / settings.timetable.weeks), len(left), sum(left))


def search(
    database: Database,
    settings: Settings,
    fleet: Fleet,
    depot: str,
    now: datetime,
    seconds: float,
    tell: Tell,
    *,
    seed: int = 1,
    cores: int = 1,
    vehicles: int | None = None,
    ready: Callable[[], None] | None = None,
) -> Searched:
    """Search for a depot's timetable, beginning from the one in force, if any; nothing is written.

    ``ready`` is called when the roads are known and the loops compiled, and the seconds begin.

    Raises
    ------
    NotFoundError, BadRequestError
        As `making.asked`.
    DomainError
        When the answer breaks a rule.
    """
    from routing.periodic.check import check_timetable
    from routing.periodic.engine import solve_timetable  # compiled loops load only when something is searched

    today = settings.clock.today(now)
    with database.read() as session:
        ask = making.asked(session, settings, fleet, depot, today, vehicles)
        kept = in_force(session, depot, today)
        problem, off_road = making.problem_of(settings, ask)
        start = answer_of(problem, kept) if kept is not None and kept.weeks == settings.timetable.weeks else None
    solve_timetable(problem, seconds, iterations=1)  # where loops must be compiled first, that takes none of the time
    if ready is not None:
        ready()

    def enough(share: float, cost: float, out: Sequence[int]) -> bool:
        if cost == float("inf"):
            tell(share, None)
            return False
        return tell(share, best_of(settings, ask, problem, cost, {problem.points[p].id for p in out}))

    answer = solve_timetable(problem, seconds, seed, cores, start, enough)
    faults = check_timetable(problem, answer)
    if faults:
        raise DomainError.one(
            "breaks-rules",
            N_("The timetable breaks rules and is not kept: %(first)s (and %(more)s more)"),
            first=faults[0],
            more=len(faults) - 1,
        )
    return Searched(ask, problem, answer, off_road)
