"""Turns of asking the model and driving its answers, until no other answer could be better by more than the noise."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from routing.errors import N_, InputError
from routing.siting.answer import SitingAnswer
from routing.siting.highs import never
from routing.siting.located.correcting import Correction, Load, correction
from routing.siting.located.rounds import Driven, Room, RoundDay, drive
from routing.siting.located.years import year_of
from routing.siting.optimise import evaluate, optimise
from routing.siting.problem import Aim, SitingProblem

Ended = Literal["sure", "every", "turns", "stopped"]
"""Why it ended: no other answer could be better by more than the noise; there is no other; the turns; somebody."""

LOOK_SECONDS = 0.25
ASKING = 0.3
"""Share of a turn that asking the model is told as."""

USED = 0.01
"""Share of a point's goods from which on a site is one of those where its depot's trucks unload."""

SURE = 2.0
"""Standard errors of the difference between two answers' days that count as noise."""


@dataclass(frozen=True)
class Effort:
    """How hard is searched.

    Attributes
    ----------
    answers
        New answers of the model that are driven in a turn.
    turns
        Turns at most.
    seconds
        For each answer of the model.
    iterations, seed
        Of the search for each day's routes; the same ones for all answers.
    """

    answers: int = 5
    turns: int = 4
    seconds: float = 20.0
    iterations: int = 10_000
    seed: int = 1


@dataclass(frozen=True, eq=False)
class Routed:
    """An answer of the model and its rounds; money a year.

    Attributes
    ----------
    answer
        Who goes where as the model has it.
    turn
        In which it was found.
    days
        (days) what a year of days like each would cost, sites and sorting included; the mean is ``routed``.
    left_out, trucks, km
        Stops that no truck could serve, trucks and kilometres on all days together.
    taken
        Share of all tonnes on these days that each open site got.
    corrected
        The estimate after correction; of the correction that all answers together teach.
    """

    answer: SitingAnswer
    turn: int
    days: tuple[float, ...]
    left_out: int
    trucks: int
    km: float
    taken: Mapping[str, float]
    corrected: float = math.nan

    @property
    def estimate(self) -> float:
        """What the model says that it costs."""
        return self.answer.value

    @property
    def routed(self) -> float:
        """What it costs with its rounds."""
        return float(np.mean(self.days))


@dataclass(frozen=True)
class Step:
    """How far it is: the turn of so many at most, and of its days of rounds how many are driven; 0 of 0 before."""

    turn: int
    turns: int
    driven: int = 0
    days: int = 0

    def __str__(self) -> str:
        if not self.days:
            return f"turn {self.turn}: asking the model"
        return f"{self.driven} of {self.days} days of rounds"

    @property
    def share(self) -> float:
        """The share of all turns that is done; there may be fewer turns."""
        of_turn = ASKING + (1 - ASKING) * self.driven / self.days if self.days else 0.0
        return min(1.0, (self.turn - 1 + of_turn) / self.turns)


@dataclass(frozen=True)
class Turn:
    """A turn: how many answers it added, the best routed one so far, and what was known then.

    ``floor`` is what no answer not driven yet was estimated below when the turn began (NaN in the first).
    """

    number: int
    added: int
    best: float
    floor: float
    noise: float
    error: float
    slope: float


@dataclass(frozen=True, eq=False)
class Located:
    """All answers that were driven, the best one first; the turns; why it ended.

    ``first`` is the best answer of the model as it was before anything was driven. ``noise`` is by how much two answers
    must differ so that it is not chance, ``floor`` what no other answer is estimated below (NaN where it was stopped
    before that was known again), ``doubt`` its error.
    """

    answers: tuple[Routed, ...]
    turns: tuple[Turn, ...]
    ended: Ended
    first: SitingAnswer
    correction: Correction
    noise: float
    floor: float
    doubt: float

    @property
    def best(self) -> Routed:
        """The answer that is cheapest with its rounds."""
        return self.answers[0]

    @property
    def changed(self) -> bool:
        """Whether driving has led to other sites than the model alone."""
        return set(self.best.answer.opened) != set(self.first.opened)


@dataclass(eq=False)
class Rounds:
    """Drives days, each with the same sites once."""

    days: Sequence[RoundDay]
    points_of: Mapping[str, frozenset[str]]
    executor: Executor
    effort: Effort
    stopped: Callable[[], bool]
    told: Callable[[int, int], object]
    problem: SitingProblem
    known: dict[tuple[str, int, Room], Driven] = field(default_factory=dict)

    def room(self, day: RoundDay, answer: SitingAnswer) -> Room:
        """Return where the trucks of a day's depot unload, and how much each site takes of the day.

        They unload at sites that get some of what the depot's places bring. What a site can sort is divided among
        depots as the answer sends their goods there, and as much of it is for a day as is brought on it.
        """
        mine, points = self.points_of[day.depot], {point.id: point for point in self.problem.points}
        material = {name: m for m, name in enumerate(self.problem.materials)}
        every: dict[str, float] = defaultdict(float)
        own: dict[str, float] = defaultdict(float)
        for flow in answer.flows:
            tonnes = points[flow.point].tonnes[material[flow.material]] * flow.share
            every[flow.site] += tonnes
            if flow.point in mine and flow.share >= USED and flow.site in day.sites:
                own[flow.site] += tonnes
        sizes = {(c.id, size.name): size for c in self.problem.candidates for size in c.sizes}
        whole = max(1e-9, sum(own.values()))
        found: set[tuple[str, int | None]] = set()
        for site, tonnes in own.items():
            capacity = sizes[site, answer.opened[site]].capacity
            if not capacity or not math.isfinite(sum(capacity)):
                found.add((site, None))
                continue
            kg = sum(capacity) * tonnes / max(1e-9, every[site]) / whole * day.kg
            found.add((site, day.lot * math.ceil(kg / day.lot)))
        return frozenset(found)

    def drive(self, answers: Sequence[SitingAnswer]) -> None:
        """Drive the days of answers that are not driven yet, those of the first answer first."""
        asked: dict[tuple[str, int, Room], Future[Driven]] = {}
        for answer in answers:
            for day in self.days:
                key = (day.depot, day.day, self.room(day, answer))
                if key not in self.known and key not in asked:
                    asked[key] = self.executor.submit(
                        drive, day.problem(key[2]), self.effort.iterations, self.effort.seed, day.lot
                    )
        left = dict(asked)
        try:
            while left and not self.stopped():
                wait(left.values(), LOOK_SECONDS, "FIRST_COMPLETED")
                for key in [key for key, future in left.items() if future.done()]:
                    self.known[key] = left.pop(key).result()
                self.told(len(asked) - len(left), len(asked))
        except BrokenExecutor as error:
            raise InputError(
                "rounds-lost", N_("The processes that plan rounds were lost: %(why)s. Try again."), why=error
            ) from error
        finally:
            for future in left.values():
                future.cancel()

    def of(self, answer: SitingAnswer) -> list[tuple[RoundDay, Driven]] | None:
        """Return an answer's days; None where one is missing because somebody has stopped it."""
        found = [(day, self.known.get((day.depot, day.day, self.room(day, answer)))) for day in self.days]
        whole = [(day, driven) for day, driven in found if driven is not None]
        return whole if len(whole) == len(found) else None


def located(
    problem: SitingProblem,
    aim: Aim,
    days: Sequence[RoundDay],
    points_of: Mapping[str, frozenset[str]],
    executor: Executor,
    effort: Effort | None = None,
    stopped: Callable[[], bool] = never,
    told: Callable[[Step], object] = lambda step: None,
) -> Located:
    """Drive the best answers of the model, correct it by what they cost, and ask again.

    Parameters
    ----------
    aim
        Of kind ``cost``.
    days
        Sampled days, the same ones for every answer; two days at least, so that the noise is known.
    points_of
        The problem's points of each depot.
    executor
        Where days are planned.
    stopped, told
        Ends it with what was driven until then; is told how far it is.

    Raises
    ------
    InputError
        As `routing.siting.optimise.optimise`; where a depot's places have no way to open sites; and where it was
        stopped before an answer was driven.
    """
    effort = effort or Effort()
    if aim.kind != "cost":
        raise InputError("no-rounds-model", N_("%(kind)s has no rounds. Ask for cost."), kind=aim.kind)
    if len({day.day for day in days}) < 2:
        raise InputError("too-few-days", N_("One day tells nothing about the noise. Give two days at least."))
    turn = 1

    def days_driven(done: int, of: int) -> None:
        told(Step(turn, effort.turns, done, of))

    rounds = Rounds(days, points_of, executor, effort, stopped, days_driven, problem)
    known: list[Routed] = []
    turns: list[Turn] = []
    found = Correction(1.0, np.zeros(len(problem.candidates)))
    first: SitingAnswer | None = None
    floor, noise = math.nan, 0.0
    ended: Ended = "turns"
    for number in range(1, effort.turns + 2):
        turn = number
        told(Step(turn, effort.turns))
        wanted = effort.answers if number <= effort.turns else 1
        fresh, floor = _asked(problem, aim, found, known, wanted, effort, stopped)
        first = first or (fresh[0] if fresh else None)
        if known and floor == math.inf:
            ended = "every"
        elif not fresh:
            ended = "stopped" if stopped() else "turns"
            break
        elif known and floor - found.doubt(fresh[0]) >= known[0].routed - noise:
            ended = "sure"
        elif stopped():
            ended = "stopped"
        if ended != "turns" or number > effort.turns:
            break
        rounds.drive(fresh)
        done = [(answer, driven) for answer in fresh if (driven := rounds.of(answer)) is not None]
        known += [_routed(answer, driven, number) for answer, driven in done]
        if not known:
            break
        known.sort(key=lambda one: one.routed)
        least = min(one.left_out for one in known)  # what stops that are left out cost is no matter of ways
        whole = [one for one in known if one.left_out == least]
        found = correction(problem, loads_of(problem, rounds), [k.answer for k in whole], [k.routed for k in whole])
        noise = noise_of(known)
        turns.append(Turn(number, len(done), known[0].routed, floor if number > 1 else math.nan, noise, found.error,
                          found.slope))  # fmt: skip
        if stopped():
            ended, floor = "stopped", math.nan  # what was estimated has been driven since
            break
    if not known or first is None:
        raise InputError(
            "stopped-early", N_("It was stopped before the rounds of an answer were planned. Start it again.")
        )
    final = tuple(replace(one, corrected=found.estimate(problem, one.answer)) for one in known)
    doubt = found.doubt(fresh[0]) if fresh else 0.0
    return Located(final, tuple(turns), ended, first, found, noise, floor, doubt)


def noise_of(known: Sequence[Routed]) -> float:
    """Return by how much the best answer must be cheaper than another so that the days are no chance; 0 for one alone.

    The median over the other answers: `SURE` standard errors of the mean difference, day by day.
    """
    best = np.array(known[0].days)
    errors = [np.std(np.array(one.days) - best, ddof=1) / math.sqrt(len(best)) for one in known[1:]]
    return SURE * float(np.median(errors)) if errors else 0.0


def _asked(
    problem: SitingProblem,
    aim: Aim,
    found: Correction,
    known: Sequence[Routed],
    wanted: int,
    effort: Effort,
    stopped: Callable[[], bool],
) -> tuple[list[SitingAnswer], float]:
    """Return the best answers by the corrected estimate that are not known, and what no other is estimated below.

    Infinity where there is no other, NaN where none was found in the time.
    """
    asked, added = found.problem(problem)
    without = [one.answer.opened for one in known]
    fresh: list[SitingAnswer] = []
    floor = math.inf
    while len(fresh) < wanted and not (fresh and stopped()):
        try:
            answer = optimise(asked, aim, effort.seconds, without, stopped)
        except InputError as error:
            if error.code not in ("no-answer", "no-time") or not (known or fresh):
                raise
            if error.code == "no-time" and not fresh:
                floor = math.nan
            break
        floor = answer.bound + added if not fresh else floor
        fresh.append(evaluate(problem, aim, answer.opened, effort.seconds))
        without.append(answer.opened)
    return fresh, floor


def _routed(answer: SitingAnswer, whole: Sequence[tuple[RoundDay, Driven]], turn: int) -> Routed:
    """Return an answer with what its days cost."""
    base, year = answer.parts["fixed"] + answer.parts["running"], year_of(whole, answer.opened)
    return Routed(
        answer=answer,
        turn=turn,
        days=tuple(base + day for day in year.days),
        left_out=year.left_out,
        trucks=sum(driven.trucks for _, driven in whole),
        km=sum(driven.metres for _, driven in whole) / 1000,
        taken=year.taken,
    )


def loads_of(problem: SitingProblem, rounds: Rounds) -> list[Load]:
    """Return the trips of all days that were driven, with what the model says of their ways."""
    row = {point.id: i for i, point in enumerate(problem.points)}
    column = {candidate.id: j for j, candidate in enumerate(problem.candidates)}
    days = {(day.depot, day.day): day for day in rounds.days}
    loads = []
    for (depot, number, _), driven in rounds.known.items():
        day = days[depot, number]
        of = {stop.id: (row[point], stop.pickup[0] / 1000) for stop, point in zip(day.stops, day.points, strict=True)}
        for trip in driven.trips:
            j = column[trip.site]
            inside = [of[stop] for stop in trip.stops]
            ways = sum(tonnes * max(0.0, float(problem.costs[i, j])) for i, tonnes in inside)
            loads.append(Load(j, len(inside), sum(tonnes for _, tonnes in inside), ways, trip.money))
    return loads
