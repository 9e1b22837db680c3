"""Eight processes that book and keep the same few windows, and what they leave behind."""

import multiprocessing
import random
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta

from judges.slots import faults_of_slots
from sqlalchemy import event, select, text

from recycling.booking import Window, book, capacity, keep, need_of
from recycling.booking.checks import checked
from recycling.booking.offers import seconds_of
from recycling.db import Database
from recycling.errors import ConflictError
from recycling.models import Booking, Slot

PROCESSES = 8
SPANS = ("08:00-10:00", "10:00-12:00", "13:00-15:00")


def without_guard(database):
    """Take away what keeps a window from being oversold: the condition of the UPDATE, and the row's CHECK."""
    if database.engine.dialect.name == "postgresql":
        with database.write() as session:
            session.execute(text("ALTER TABLE slot DROP CONSTRAINT ck_slot_not_oversold"))


def hammer(office, url, gate, answers, process, attempts, wish, now, guarded):
    """Try to book, or to keep a window, so many times; tell how often each came of it."""
    database = Database(url)
    if not guarded:
        capacity.has_room = lambda seconds: Slot.taken >= 0
        if url.startswith("sqlite"):

            @event.listens_for(database.engine, "connect")
            def ignore(connection, _):
                connection.execute("PRAGMA ignore_check_constraints = ON")

    desk, rng, seen = office(database), random.Random(process), Counter()
    gate.wait(300)
    for attempt in range(attempts):
        number = process * attempts + attempt
        request = replace(
            wish(items={"fridge": 1} if rng.random() < 0.5 else {"paper": 3}, window=rng.choice(SPANS)),
            lon=round(107.470 + rng.random() * 0.02, 6),
            lat=31.21,
        )
        try:
            if rng.random() < 0.5:
                book(desk, request, f"hammer-{number:06d}", now, "demo")
                seen["booked"] += 1
            else:
                at = now + timedelta(seconds=rng.choice((0, 0, 0, 700)))  # some come when what was kept is over
                with database.read() as session:
                    draft = checked(session, desk, request, now)
                    need, window = need_of(desk, draft), Window(draft.depot_code, draft.service_day, draft.window)
                    form = f"the-form-{rng.randrange(40)}"
                    seconds = seconds_of(session, desk, need, window, form)
                with database.write() as session:
                    keep(session, desk, form, need, window, seconds, at)
                seen["kept"] += 1
        except ConflictError as error:
            seen[error.faults[0].code] += 1
        except Exception as error:
            seen[f"{type(error).__name__}: {error}"[:200]] += 1
    answers.put(seen)
    database.close()


def hammered(database, office, wish, now, attempts, guarded=True):
    """Let the processes go; returns how often each came of it, and what is wrong with the windows afterwards."""
    if not guarded:
        without_guard(database)
    url = database.engine.url.render_as_string(hide_password=False)
    database.close()
    context = multiprocessing.get_context("fork")
    gate, answers = context.Barrier(PROCESSES), context.SimpleQueue()
    each = -(-attempts // PROCESSES)
    arguments = (gate, answers)
    children = [
        context.Process(target=hammer, args=(office, url, *arguments, n, each, wish, now, guarded), daemon=True)
        for n in range(PROCESSES)
    ]
    for child in children:
        child.start()
    seen = sum((answers.get() for _ in children), Counter())
    until = time.monotonic() + 300
    for child in children:
        child.join(max(1.0, until - time.monotonic()))
    with database.read() as session:
        wrong = faults_of_slots(session)
        live = len(session.scalars(select(Booking.id)).all())
        oversold = [row for row in session.scalars(select(Slot)) if row.taken > row.capacity]
    assert live == seen["booked"], "a booking that was told is lost, or one is there that nobody was told of"
    return seen, wrong, oversold
