"""Processes that call `recycling.booking.book` at once, each with its own connections."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event, text, true

from benchmarks.hammering.people import requests
from recycling.booking import Office, WindowFullError, book, capacity
from recycling.catalogue import load_catalogue
from recycling.clock import utc_now
from recycling.db import Database
from recycling.fleet import Fleet
from recycling.settings import load_settings

WARM = 5
"""Bookings that each process makes before the clock starts, so that its code is loaded."""


@dataclass
class Tally:
    """What one process saw: keys that were acknowledged, how long each attempt took, and when it ran (seconds)."""

    acknowledged: list[str] = field(default_factory=list)
    timed: int = 0
    full: int = 0
    errors: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    began: float = 0.0
    ended: float = 0.0


def hammer(url: str, fleet: Fleet, processes: int, attempts: int, seed: int, guarded: bool = True) -> list[Tally]:
    """Let processes make attempts at once and return what each saw.

    Without `guarded` the condition of the update that takes room is left out, and the constraint that would catch it.
    """
    if not guarded:
        _drop_constraint(url)
    context = multiprocessing.get_context("fork")
    gate, answers = context.Barrier(processes), context.Queue()
    shares = [attempts // processes + (number < attempts % processes) for number in range(processes)]
    children = [
        context.Process(target=_work, args=(url, fleet, share, seed, number, guarded, gate, answers), daemon=True)
        for number, share in enumerate(shares)
    ]
    for child in children:
        child.start()
    tallies = [answers.get() for _ in children]
    for child in children:
        child.join()
    return tallies


def _work(
    url: str, fleet: Fleet, attempts: int, seed: int, number: int, guarded: bool, gate: Any, answers: Any
) -> None:
    database = Database(url)
    if not guarded:
        capacity.has_room = lambda seconds: true()
        if database.engine.dialect.name == "sqlite":
            event.listen(database.engine, "connect", _ignore_constraints)
    office = Office(database, load_settings(), load_catalogue(), fleet)
    wishes = requests(office, attempts + WARM, seed, first=number * 1_000_000)
    tally = Tally()
    for k, wish in enumerate(wishes):
        if k == WARM:
            gate.wait()
            tally.began = time.monotonic()
        key = f"attempt-{number}-{k}"
        began = time.monotonic()
        try:
            book(office, wish, key, utc_now())
            tally.acknowledged.append(key)
            tally.timed += k >= WARM
        except WindowFullError:
            tally.full += 1
        except Exception as error:  # counted and told: a hammered service must not fail in any way
            tally.errors.append(repr(error)[:300])
        if k >= WARM:
            tally.seconds.append(time.monotonic() - began)
    tally.ended = time.monotonic()
    database.close()
    answers.put(tally)


def bare(url: str, rows: int = 500) -> float:
    """Return how many units a second one process commits that insert one short row and do nothing else."""
    database = Database(url)
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE bare (number INTEGER)"))
    writer = database.engine.execution_options(write=True)
    statement = text("INSERT INTO bare VALUES (:n)")
    with writer.connect() as connection:
        began = time.monotonic()
        for n in range(rows):
            connection.execute(statement, {"n": n})
            connection.commit()
        seconds = time.monotonic() - began
    database.close()
    return rows / seconds


def _ignore_constraints(connection: Any, _: object) -> None:
    connection.execute("PRAGMA ignore_check_constraints=ON")


def _drop_constraint(url: str) -> None:
    database = Database(url)
    if database.engine.dialect.name == "postgresql":
        with database.engine.begin() as connection:
            connection.execute(text("ALTER TABLE slot DROP CONSTRAINT ck_slot_not_oversold"))
    database.close()


def wall(tallies: Sequence[Tally]) -> float:
    """Return the seconds from the first attempt to the last answer."""
    return max(t.ended for t in tallies) - min(t.began for t in tallies)
