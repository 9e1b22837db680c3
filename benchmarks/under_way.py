"""``python -m benchmarks.under_way``: every truck of the demonstration's day is out, or full, after each of its stops.

Measured is the time from the question to the proposal in the record; pages and networks are not in it.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from benchmarks import tabular, words
from recycling import clock, dispatch, network
from recycling.accounts.actors import Actor, Role
from recycling.board.comparing import newest_version, the_version
from recycling.board.desk import BoardDesk
from recycling.board.happenings import FULL, OUT, Happening
from recycling.board.office import Board
from recycling.board.running import Running
from recycling.board.standing import loaded_standing
from recycling.booking import Office
from recycling.catalogue import load_catalogue
from recycling.db import Database
from recycling.demo.day import make_demo
from recycling.errors import DomainError
from recycling.fleet import load_fleet
from recycling.settings import load_settings
from routing.day import load_loops, plan_day

if TYPE_CHECKING:
    from recycling.models import Plan

ASKED_SECONDS = 5
"""How long a proposal may take, as it is asked for."""

MOMENT = timedelta(seconds=1)
DISPATCHER = Actor("person", "benchmark", Role.DISPATCHER, every_depot=True)


@dataclass(frozen=True)
class Question:
    """What happens to a truck after the so manieth of its stops, and when that is."""

    happening: Happening
    stop: int
    at: datetime


@dataclass(frozen=True)
class Proposed:
    """What came of a question: the seconds of waiting, why there is no proposal ("" where there is one), and its stops.

    ``left`` are left out by the proposal and were not before; ``lost`` are in neither its routes nor among those left
    out, ``twice`` in its routes more than once or in both.
    """

    question: Question
    seconds: float
    refused: str
    left: int
    lost: tuple[str, ...]
    twice: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """All questions of a kind: how many, how long they took, and what the proposals make of the stops."""

    case: str
    vehicles: int
    questions: int
    p50_s: float
    p95_s: float
    longest_s: float
    asked_s: int
    refused: int
    left_out: int
    lost: int
    twice: int


def demo_day(folder: Path, seconds: float, cores: int, seed: int) -> Running:
    """Return the demonstration's day, planned for so many seconds of search, as one that is being driven."""
    settings, fleet = load_settings(), load_fleet()
    database = Database(f"sqlite:///{folder / 'under_way.db'}")
    database.migrate()
    made = make_demo(Office(database, settings, load_catalogue(), fleet), clock.utc_now(), None, seed)
    with database.read() as session:
        job = dispatch.day_job(session, settings, fleet, network.the_depot(session, made.depot), made.day)
    words.say(f"plan {len(job.stops)} stops on {len(job.vehicles)} vehicles for {seconds:.0f} s")
    result = plan_day(replace(job, seconds=seconds, cores=cores))
    with database.write() as session:
        dispatch.store_plan(session, settings, made.depot, made.day, job, result, clock.utc_now())
    return Running(Board(database, settings, BoardDesk(settings, fleet), made.depot, made.day), fleet)


def questions_of(plan: Plan, kind: str, every: int = 1) -> Iterator[Question]:
    """Give the moment after each stop of each truck, or after each so manieth; the plan's visits are loaded."""
    for route in plan.routes:
        doors = [visit for visit in route.visits if not visit.site_code]
        for number, visit in enumerate(doors, 1):
            if number % every == 0 or number == len(doors):
                yield Question(Happening(kind, vehicle=route.plate), number, visit.ends_at + MOMENT)


def proposed(running: Running, question: Question) -> Proposed:
    """Ask for a proposal, look where each stop is in it, and drop it."""
    board, now = running.board, partial(_same, question.at)
    before = _stops(board.database, running)
    began = time.perf_counter()
    try:
        number = running.proposed(question.happening, DISPATCHER, now)
    except DomainError as error:
        return Proposed(question, time.perf_counter() - began, error.faults[0].code, 0, (), ())
    seconds = time.perf_counter() - began
    after = _stops(board.database, running, number)
    running.dropped(number, DISPATCHER, now)
    served, left = after
    whole = Counter((*served, *left))
    wanted = {*before[0], *before[1]}
    return Proposed(
        question,
        seconds,
        "",
        len(set(left) - set(before[1])),
        tuple(sorted(wanted - set(whole))),
        tuple(sorted(stop for stop, count in whole.items() if count > 1)),
    )


def _same(moment: datetime) -> datetime:
    return moment


def _stops(database: Database, running: Running, number: int = 0) -> tuple[list[str], list[str]]:
    """Return the stops on routes, as often as they are there, and those left out: of a version, or the newest plan."""
    board = running.board
    with database.read() as session:
        plan = newest_version(session, board.depot, board.day)
        if number:
            plan = the_version(session, board.depot, board.day, number)
        if plan is None:
            raise click.ClickException("the day was not planned")
        standing = loaded_standing(plan)
    on = [name for order in standing.orders.values() for kind, name in order if kind == "stop"]
    return on, sorted(standing.left)


def row_of(case: str, found: Sequence[Proposed]) -> Row:
    """Return what came of all questions of a kind."""
    seconds = [one.seconds for one in found]
    return Row(
        case=case,
        vehicles=len({one.question.happening.vehicle for one in found}),
        questions=len(found),
        p50_s=float(np.percentile(seconds, 50)),
        p95_s=float(np.percentile(seconds, 95)),
        longest_s=max(seconds),
        asked_s=ASKED_SECONDS,
        refused=sum(bool(one.refused) for one in found),
        left_out=sum(one.left for one in found),
        lost=sum(len(one.lost) for one in found),
        twice=sum(len(one.twice) for one in found),
    )


def rows_of(running: Running, every: int) -> list[Row]:
    """Ask all questions of both kinds, after one that loads the roads and the search."""
    with running.board.database.read() as session:
        plan = newest_version(session, running.board.depot, running.board.day)
    if plan is None:
        raise click.ClickException("the day was not planned")
    rows: list[Row] = []
    for kind in (OUT, FULL):
        asked = list(questions_of(plan, kind, every))
        if not rows:
            proposed(running, asked[0])
        words.say(f"{kind}: {len(asked)} questions")
        rows.append(row_of(kind, [proposed(running, one) for one in asked]))
    return rows


@click.command(context_settings=words.CONTEXT)
@click.option("--every", type=click.IntRange(1), default=1, show_default=True, help="Ask after each so manieth stop.")
@words.seconds_option(20.0)
@words.cores_option
@words.seed_option
@words.json_option
def main(every: int, seconds: float, cores: int, seed: int, json_file: Path | None) -> None:
    """Measure proposals for a day under way: each truck out, or full, after each of its stops.

    \b
      python -m benchmarks.under_way --seconds 20

    The day is planned once for --seconds. Until the moment all goes as planned; then the truck can do no more (out), or
    takes nothing more before it unloads (full). A proposal is made as on the page and dropped again. left_out counts
    stops that it leaves out and the plan did not, lost those that are nowhere in it, twice those in it more than once.
    """
    with words.faults_told("under_way"):
        words.must_be_writable(json_file)
        load_loops()
        with tempfile.TemporaryDirectory() as folder:
            running = demo_day(Path(folder), seconds, words.cores_of(cores), seed)
            try:
                rows = rows_of(running, every)
            finally:
                running.board.desk.close()
                running.board.database.close()
        click.echo(tabular.table(rows, {"case"}, decimals=lambda name, value: f"{value:.2f}"))
        if json_file is not None:
            json_file.write_text(tabular.as_json("under_way", sys.argv[1:], {"numpy": version("numpy")}, rows=rows))


if __name__ == "__main__":
    main()
