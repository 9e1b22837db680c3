import multiprocessing
import random
import time
import uuid
from datetime import date, timedelta
from datetime import time as time_of_day

import pytest
from example_terms import CLOCK, TERMS
from sqlalchemy import func, select, text
from trial_counts import so_many

from recycling.db import Database
from recycling.errors import BadRequestError, ConflictError, NotFoundError
from recycling.ledger.trial import trial
from recycling.models import Redemption, VoucherStock
from recycling.money import vouchers
from recycling.money.pricing import WeighedLine
from recycling.money.sellers import seller_of_phone
from recycling.money.vouchers import cancel_redemption, choices, redeem

TODAY = date(2026, 3, 4)


@pytest.fixture
def rich(seller, settled):
    """Return a function that makes a seller with so many points."""

    def make(database, points=100, phone="13800138000"):
        who = seller(database, phone)
        settled(database, who, WeighedLine("paper", points * 100), key=f"points-for-{who}")
        return who

    return make


@pytest.fixture
def cancelled(now):
    """Return a function that takes a redemption back in a unit of its own."""

    def call(database, redemption, at=None):
        with database.write() as session:
            return cancel_redemption(session, redemption.id, "lead", at or now)

    return call


def given(database):
    with database.read() as session:
        return session.scalar(select(VoucherStock.given)) or 0


def left(database, terms, day=TODAY):
    with database.read() as session:
        return [(c.code, c.left) for c in choices(session, terms, day)]


@pytest.mark.parametrize("words", ["20:00 the day after", "20:00 2 days after"])
def test_a_voucher_can_be_taken_back_until_the_hour_that_is_said(record, terms_with, rich, redeemed, cancelled, words):
    sound = {name: value for name, value in TERMS["vouchers"]["bag"].items() if name != "cancel_hours"}
    until = CLOCK.at(TODAY + timedelta(days=2 if "2" in words[5:] else 1), time_of_day(20))
    made = redeemed(record, rich(record), 1, by=terms_with(vouchers={"bag": {**sound, "cancel_until": words}}))
    assert made.cancel_until == until
    with pytest.raises(BadRequestError) as caught:
        cancelled(record, made, until + timedelta(seconds=1))
    assert caught.value.faults[0].code == "cancel-late"
    assert cancelled(record, made, until).cancelled_at == until


# -- one -----------------------------------------------------------------------------------------------------------


def test_points_become_vouchers(record, terms, rich, redeemed, holds, now):
    who = rich(record)
    assert left(record, terms) == [("bag", 5)]
    made = redeemed(record, who, 2)
    assert (made.points, made.pieces, made.cancel_until) == (60, 2, now + timedelta(hours=24))
    assert holds(record, who) == (40, 0)
    assert left(record, terms) == [("bag", 3)]
    assert redeemed(record, who, 2).id == made.id
    assert given(record) == 2
    with pytest.raises(ConflictError):
        redeemed(record, who, 1)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": "car"}, "no-voucher"),
        ({"today": date(2026, 2, 28)}, "voucher-closed"),
        ({"today": date(2026, 4, 1)}, "voucher-closed"),
        ({"pieces": 0}, "bad-pieces"),
        ({"pieces": -1}, "bad-pieces"),
        ({"pieces": 1.0}, "bad-pieces"),
        ({"pieces": 10**9}, "bad-pieces"),
        ({"pieces": 4}, "balance-short"),
        ({"pieces": 6}, "sold-out"),
        ({"key": "x"}, "bad-key"),
    ],
)
def test_wrong_redemptions(record, rich, redeemed, holds, changes, code):
    who = rich(record)
    with pytest.raises(BadRequestError) as caught:
        redeemed(record, who, **changes)
    assert caught.value.faults[0].code == code
    assert holds(record, who) == (100, 0)
    assert given(record) == 0


@pytest.mark.parametrize(
    ("day", "codes"), [(date(2026, 2, 28), []), (date(2026, 3, 31), ["bag"]), (date(2026, 4, 1), [])]
)
def test_the_days_of_a_voucher(sqlite_record, terms, rich, redeemed, day, codes):
    assert [code for code, _ in left(sqlite_record, terms, day)] == codes


def test_the_last_one(record, rich, redeemed):
    who = rich(record, 1000)
    redeemed(record, who, 4)
    with pytest.raises(BadRequestError):
        redeemed(record, who, 2, key="two-of-one-left")
    redeemed(record, who, 1, key="the-last-of-them")
    assert given(record) == 5


def test_a_stock_that_the_operator_changes(record, terms, terms_with, rich, redeemed):
    who = rich(record, 1000)

    def with_stock(stock):
        bag = terms.vouchers["bag"].model_copy(update={"stock": stock})
        return terms_with(vouchers={"bag": bag.model_dump()})

    redeemed(record, who, 4)
    assert left(record, with_stock(2)) == [("bag", 0)]
    with pytest.raises(BadRequestError):
        redeemed(record, who, 1, key="after-it-shrank", by=with_stock(2))
    redeemed(record, who, 6, key="after-it-grew", by=with_stock(10))
    assert given(record) == 10
    with pytest.raises(BadRequestError):
        redeemed(record, who, 1, key="after-it-shrank-again", by=with_stock(5))


# -- taking one back -----------------------------------------------------------------------------------------------


def test_taken_back_once_within_its_time(record, terms, rich, redeemed, cancelled, holds, now):
    who = rich(record)
    made = redeemed(record, who, 2)
    back = cancelled(record, made, now + timedelta(hours=24))
    assert (back.cancelled_by, back.cancelled_at) == ("lead", now + timedelta(hours=24))
    assert holds(record, who) == (100, 0)
    assert left(record, terms) == [("bag", 5)]
    cancelled(record, made, now + timedelta(hours=48))
    assert holds(record, who) == (100, 0)
    assert left(record, terms) == [("bag", 5)]
    assert redeemed(record, who, 2).cancelled_at is not None  # the same key is the same, cancelled redemption


def test_too_late(record, rich, redeemed, cancelled, holds, now):
    who = rich(record)
    made = redeemed(record, who, 2)
    with pytest.raises(BadRequestError) as caught:
        cancelled(record, made, now + timedelta(hours=24, seconds=1))
    assert caught.value.faults[0].code == "cancel-late"
    assert holds(record, who) == (40, 0)
    assert given(record) == 2


def test_cancellations_that_meet_put_back_once(record, rich, redeemed, cancelled, holds, at_once):
    who = rich(record)
    made = redeemed(record, who, 2)
    found = at_once(*(lambda: cancelled(record, made).id for _ in range(6)))
    assert set(found) == {made.id}
    assert holds(record, who) == (100, 0)
    assert given(record) == 0


def test_an_unknown_redemption(sqlite_record, now):
    with sqlite_record.write() as session, pytest.raises(NotFoundError):
        cancel_redemption(session, uuid.UUID(int=1), "lead", now)


# -- many at once --------------------------------------------------------------------------------------------------

PROCESSES, ATTEMPTS = 8, so_many(30)


def hammer(url, gate, answers, number, terms, now, control):
    """Redeem again and again, sometimes take one back, from a process of its own."""

    if control:
        vouchers.take_stock = looks_first
    database, chance = Database(url), random.Random(number)
    phones = [f"138001380{k:02}" for k in range(4)]
    gate.wait(120)
    told = {"done": 0, "refused": 0, "cancelled": 0, "failed": []}
    for attempt in range(ATTEMPTS):
        try:
            with database.write() as session:
                who = seller_of_phone(session, chance.choice(phones), now)
                made = redeem(
                    session, terms, who.id, "bag", 1, "clerk", f"attempt-{number}-{attempt}", now, TODAY, CLOCK
                )
            told["done"] += 1
            if chance.random() < 0.2:
                with database.write() as session:
                    cancel_redemption(session, made.id, "clerk", now)
                told["cancelled"] += 1
        except BadRequestError:
            told["refused"] += 1
        except Exception as error:
            told["failed"].append(repr(error))
    database.close()
    answers.put(told)


def looks_first(session, code, pieces, stock):
    """The control's way: look how many are left, then write how many are given."""

    one = session.scalar(select(VoucherStock.given).where(VoucherStock.code == code))
    if one + pieces > stock:
        return False
    time.sleep(0.005)
    session.execute(text("UPDATE voucher_stock SET given = :given"), {"given": min(one + pieces, stock)})
    return True


@pytest.fixture
def hammered(terms_with, terms, settled, seller, now):
    """Return a function that lets processes redeem at once, and tells what each saw and what is on record."""

    def run(database, stock, points, control=False):
        bag = terms.vouchers["bag"].model_copy(update={"stock": stock})
        by = terms_with(vouchers={"bag": bag.model_dump()})
        for k in range(4):
            who = seller(database, f"138001380{k:02}")
            settled(database, who, WeighedLine("paper", points * 100), key=f"points-for-{who}")
        context = multiprocessing.get_context("fork")
        gate, answers = context.Barrier(PROCESSES), context.Queue()
        url = database.engine.url.render_as_string(hide_password=False)
        database.close()
        children = [
            context.Process(target=hammer, args=(url, gate, answers, n, by, now, control), daemon=True)
            for n in range(PROCESSES)
        ]
        for child in children:
            child.start()
        told = [answers.get(timeout=300) for _ in children]
        for child in children:
            child.join(60)
        assert [f for t in told for f in t["failed"]] == []
        with database.read() as session:
            open_ = Redemption.cancelled_at.is_(None)
            pieces = session.scalar(select(func.coalesce(func.sum(Redemption.pieces), 0)).where(open_))
            rows = session.scalar(select(func.count()).select_from(Redemption))
            assert trial(session).sound
        total = {name: sum(t[name] for t in told) for name in ("done", "refused", "cancelled")}
        assert total["done"] + total["refused"] == PROCESSES * ATTEMPTS
        assert rows == total["done"]
        return pieces, total

    return run


@pytest.mark.full_count
def test_eight_processes_do_not_oversell(record, hammered, holds):
    """Points for all, vouchers for few."""
    pieces, total = hammered(record, stock=20, points=100_000)
    assert pieces == 20 == given(record)
    assert total["done"] - total["cancelled"] == 20
    assert total["refused"] > 0


@pytest.mark.full_count
def test_eight_processes_do_not_overdraw(record, hammered):
    """Vouchers for all, points for few: three vouchers each, and a little that is left."""
    pieces, total = hammered(record, stock=10_000, points=100)
    assert pieces == 12 == given(record)
    assert total["done"] - total["cancelled"] == 12


@pytest.mark.full_count
@pytest.mark.parametrize("kind", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_without_the_guard_they_oversell(record, hammered):
    """The control. SQLite's writers take turns, so that looking first is safe there."""
    pieces, _ = hammered(record, stock=20, points=100_000, control=True)
    assert pieces > 20
