"""The stock of a truck under many writers and under kill -9: never negative, each movement once or not at all."""

import multiprocessing
import os
import random
import signal

import pytest
from sqlalchemy import event, func, select

from recycling.accounts.actors import Actor, Role
from recycling.counter import Brought, hand_in
from recycling.db import Database
from recycling.errors import BadRequestError
from recycling.ledger.trial import trial
from recycling.models import LedgerEntry, Purchase
from recycling.money.pricing import WeighedLine
from recycling.money.terms import load_terms
from recycling.stock import collect, hand_over, load_of, stock_of, the_vehicle, unload
from recycling.stock.movements import HAND_IN, Deed

WRITERS, DEEDS = 8, 30
CREW = Actor("person", "crew", Role.DRIVER, every_depot=True)
FORK = multiprocessing.get_context("fork")


def act(database, rules, trucks, writer, number, now):
    """One random movement under a key that another writer uses too, half of the time."""
    numbers = random.Random(f"{writer}/{number}")
    owner = writer if numbers.random() < 0.5 else 0
    said = random.Random(f"{owner}/{number}")
    what, giver, taker = said.choice(["bring", "bring", "over", "off"]), *said.sample(trucks, 2)
    grams = said.randint(1, 4000)
    deed = Deed(f"deed-{owner}-{number}", "crew", now)
    with database.write() as session:
        if what == "bring":
            collect(session, giver, [load_of(rules, "paper", grams)], "A-001", HAND_IN, deed, "R")
        elif what == "over":
            hand_over(session, giver, taker, {"paper": grams}, deed)
        else:
            unload(session, giver, "CEN-01", (), {"paper": grams}, deed)


def write(url, gate, answers, rules, trucks, writer, now):
    database, refused, errors = Database(url), 0, []
    gate.wait(300)
    for number in range(DEEDS):
        try:
            act(database, rules, trucks, writer, number, now)
        except BadRequestError:
            refused += 1
        except Exception as error:
            errors.append(repr(error))
    answers.put((refused, errors))
    database.close()


def sound(database):
    with database.read() as session:
        assert trial(session).sound
        for plate in ("T-BOX", "T-VAN"):
            assert all(n.grams >= 0 and n.millilitres >= 0 for n in stock_of(session, plate).loads)


def test_eight_writers_at_once(record, settings, fleet, now):
    url = record.engine.url.render_as_string(hide_password=False)
    trucks = [the_vehicle(fleet, plate) for plate in ("T-BOX", "T-VAN")]
    record.close()
    gate, answers = FORK.Barrier(WRITERS), FORK.SimpleQueue()
    children = [
        FORK.Process(target=write, args=(url, gate, answers, settings.stock, trucks, n, now), daemon=True)
        for n in range(WRITERS)
    ]
    for child in children:
        child.start()
    found = [answers.get() for _ in children]
    for child in children:
        child.join(300)
    assert [errors for _, errors in found if errors] == []
    sound(record)
    with record.read() as session:
        keys = session.scalar(select(func.count(func.distinct(LedgerEntry.key))))
        assert keys == session.scalar(select(func.count()).select_from(LedgerEntry)) <= WRITERS * DEEDS


def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def sell(database, office, terms, now):
    brought = Brought("T-BOX", "", "A-001", (WeighedLine("paper", 12_000),), "yuan")
    return hand_in(office(database), terms, brought, CREW, "the-hand-in-that-dies", now)


def die_at(url, office, terms, now, place):
    database = Database(url)
    if place == "before the commit":
        event.listen(database.engine, "commit", die)
    elif place != "before the answer":
        table = {"between purchase and stock": "INSERT INTO ledger_line", "in the stock": "UPDATE ledger_guard"}[place]
        seen = []

        @event.listens_for(database.engine, "before_cursor_execute")
        def before(connection, cursor, statement, *_):
            seen.append(1) if statement.startswith(table) else None
            if len(seen) == 2:  # the first ones are of the money
                die()

    sell(database, office, terms, now)
    die()


@pytest.mark.parametrize(
    "place", ["between purchase and stock", "in the stock", "before the commit", "before the answer"]
)
def test_killed_at_each_place_it_is_there_whole_or_not_at_all(record, office, catalogue, now, place):
    terms = load_terms(catalogue)
    url = record.engine.url.render_as_string(hide_password=False)
    record.close()
    child = FORK.Process(target=die_at, args=(url, office, terms, now, place), daemon=True)
    child.start()
    child.join(300)
    assert child.exitcode == -signal.SIGKILL
    whole = place == "before the answer"

    def there():
        with record.read() as session:
            return session.scalar(select(func.count()).select_from(Purchase)), stock_of(session, "T-BOX").of("paper")

    assert there() == ((1, 12_000) if whole else (0, 0))
    sound(record)
    sell(record, office, terms, now)  # the crew presses once more
    assert there() == (1, 12_000)
    sound(record)
