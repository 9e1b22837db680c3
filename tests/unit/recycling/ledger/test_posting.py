import threading
import uuid
from datetime import timedelta

import pytest
from purses import DEBT, OTHER, PURSE, SOURCE
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from recycling.errors import BadRequestError, ConflictError
from recycling.ledger import Account, Line, balance, balances, post, posting, reverse
from recycling.ledger.trial import trial
from recycling.models import LedgerEntry, LedgerGuard, LedgerLine


def posted(database, draft):
    with database.write() as session:
        return post(session, draft)


def held(database, *accounts):
    with database.read() as session:
        return [balance(session, a) for a in accounts]


def rows(database):
    with database.read() as session:
        return tuple(session.scalar(select(func.count()).select_from(m)) for m in (LedgerEntry, LedgerLine))


def is_sound(database):
    with database.read() as session:
        return trial(session).sound


# -- an entry ------------------------------------------------------------------------------------------------------


def test_an_entry_is_kept_whole_and_balances_are_sums(database, draft, now):
    made = posted(database, draft(reference="P-1"))
    posted(database, draft(30, "another-entry", to=OTHER))
    assert held(database, PURSE, OTHER, SOURCE) == [100, 30, -130]
    with database.read() as session:
        found = session.get(LedgerEntry, made.id)
        assert (found.kind, found.at, found.person, found.reference) == ("hand-in", now, "clerk", "P-1")
        assert [(n.position, n.amount) for n in found.lines] == [(0, 100), (1, -100)]
        assert balances(session, "holder") == {("ann", "points"): 100, ("bob", "points"): 30}
        assert balance(session, PURSE, before=now) == 0
        assert balance(session, PURSE, before=now + timedelta(microseconds=1)) == 100
        assert balance(session, Account("holder", "nobody", "points")) == 0
    assert is_sound(database)


def test_each_unit_sums_to_zero_by_itself(database, draft):
    fen, other = Account("holder", "ann", "fen", "above"), Account("goods", "", "fen")
    posted(database, draft(lines=(Line(PURSE, 5), Line(SOURCE, -5), Line(fen, 7), Line(other, -7))))
    with pytest.raises(ValueError, match="sum to zero"):
        posted(database, draft(lines=(Line(PURSE, 5), Line(other, -5)), key="mixed-units"))
    assert held(database, PURSE, fen) == [5, 7]


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (Line(PURSE, 1),),
        (Line(PURSE, 1), Line(SOURCE, -2)),
        (Line(PURSE, 0), Line(SOURCE, 0)),
        (Line(PURSE, 1.0), Line(SOURCE, -1.0)),
        (Line(PURSE, True), Line(SOURCE, -1)),
        (Line(PURSE, 10**15 + 1), Line(SOURCE, -(10**15) - 1)),
    ],
)
def test_what_is_no_entry_is_refused(sqlite_database, draft, lines):
    with pytest.raises(ValueError, match=r"ledger line|two or more"):
        posted(sqlite_database, draft(lines=lines))
    assert rows(sqlite_database) == (0, 0)


def test_an_account_keeps_to_the_side_that_it_was_opened_for(sqlite_database, draft):
    posted(sqlite_database, draft())
    with pytest.raises(ValueError, match="opened to keep"):
        posted(sqlite_database, draft(to=Account("holder", "ann", "points"), key="another-key"))


# -- once ----------------------------------------------------------------------------------------------------------


def test_the_same_key_is_the_same_entry(database, draft):
    first = posted(database, draft())
    again = posted(database, draft(at=draft().at + timedelta(hours=1)))
    assert first.id == again.id
    assert rows(database) == (1, 2)
    with pytest.raises(ConflictError) as caught:
        posted(database, draft(101))
    assert caught.value.faults[0].code == "key-used"
    assert rows(database) == (1, 2)


@pytest.mark.parametrize("key", ["", "short", "x" * 121, "a-key-with-ü", "a-key\nof-two-lines"])
def test_a_bad_key(sqlite_database, draft, key):
    with pytest.raises(BadRequestError):
        posted(sqlite_database, draft(key=key))


def test_twins_that_meet_are_one_entry(database, draft, at_once):
    found = at_once(*(lambda: posted(database, draft()).id for _ in range(8)))
    assert len(set(found)) == 1, found
    assert rows(database) == (1, 2)
    assert held(database, PURSE) == [100]


def test_twins_that_take_the_last_points_both_hear_that_it_worked(database, draft, at_once):
    """The second is refused for want of points at first, and then finds that it was its own twin who took them."""
    posted(database, draft(100))
    spend = draft(-100, "spend-all-of-it")
    found = at_once(*(lambda: posted(database, spend).id for _ in range(6)))
    assert len(set(found)) == 1, found
    assert held(database, PURSE) == [0]


# -- zero ----------------------------------------------------------------------------------------------------------


def test_a_guarded_account_does_not_pass_zero(database, draft):
    posted(database, draft(100))
    with pytest.raises(BadRequestError) as caught:
        posted(database, draft(-101, "one-too-many"))
    assert caught.value.faults[0].code == "balance-short"
    posted(database, draft(-100, "all-of-it"))
    with pytest.raises(BadRequestError):
        posted(database, draft(1, "no-debt-to-pay", to=DEBT))
    posted(database, draft(-5, "owing-five", to=DEBT))
    assert held(database, PURSE, DEBT) == [0, -5]
    assert is_sound(database)


def test_a_refused_entry_leaves_nothing_of_itself(database, draft):
    """Also where the unit of work goes on afterwards."""
    posted(database, draft(100))
    with database.write() as session:
        with pytest.raises(BadRequestError):
            post(session, draft(key="two-purses", lines=(Line(OTHER, 500), Line(PURSE, -500))))
        post(session, draft(1, "and-goes-on"))
    assert held(database, PURSE, OTHER) == [101, 0]
    assert is_sound(database)


def unguarded(monkeypatch):
    """Put looking first and writing then in the place of the conditional update, with both between the two."""

    def look_then_write(session, account_id, step):
        room = session.scalar(select(LedgerGuard.room).where(LedgerGuard.account_id == account_id))
        if room + step < 0:
            return False
        meet.wait(30)
        new = {"room": room + step, "account": account_id}
        session.execute(text("UPDATE ledger_guard SET room = :room WHERE account_id = :account"), new)
        return True

    meet = threading.Barrier(2)
    monkeypatch.setattr(posting, "take_room", look_then_write)


@pytest.mark.parametrize("kind", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_without_the_conditional_update_two_spend_the_same_points(database, draft, at_once, monkeypatch):
    """The control: looking first and writing then lets two take what one has."""
    posted(database, draft(100))
    unguarded(monkeypatch)
    at_once(*(lambda n=n: posted(database, draft(-100, f"spend-number-{n}")) for n in range(2)))
    assert held(database, PURSE) == [-100]
    assert not is_sound(database)


def test_with_it_only_one_does(database, draft, at_once):
    posted(database, draft(100))
    found = at_once(*(lambda n=n: posted(database, draft(-100, f"spend-number-{n}")) for n in range(2)))
    assert sorted(type(f).__name__ for f in found) == ["BadRequestError", "LedgerEntry"]
    assert held(database, PURSE) == [0]


# -- corrections ---------------------------------------------------------------------------------------------------


def test_a_correction_is_an_entry_that_takes_one_back_once(database, draft, now):
    posted(database, draft(100, reference="P-1"))
    with database.write() as session:
        first = posting.entry_by_key(session, draft().key)
        back = reverse(session, first, " wrong scale ", "clerk", "the-correction", now)
        assert (back.reverses, back.reason, back.reference) == (first.id, "wrong scale", "P-1")
        assert reverse(session, first, "wrong scale", "clerk", "the-correction", now).id == back.id
        with pytest.raises(ConflictError) as caught:
            reverse(session, first, "again", "clerk", "another-correction", now)
    assert caught.value.faults[0].code == "reversed"
    assert held(database, PURSE, SOURCE) == [0, 0]
    assert is_sound(database)


@pytest.mark.parametrize(("reason", "person"), [("", "clerk"), (" ", "clerk"), ("wrong", ""), ("wrong", " ")])
def test_a_correction_says_why_and_who(sqlite_database, draft, now, reason, person):
    with sqlite_database.write() as session, pytest.raises(BadRequestError):
        reverse(session, post(session, draft()), reason, person, "the-correction", now)


# -- what the database itself refuses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_line SET amount = amount + 1",
        "UPDATE ledger_line SET account_id = account_id",
        "DELETE FROM ledger_line",
        "UPDATE ledger_entry SET reason = 'none'",
        "DELETE FROM ledger_entry",
        "UPDATE ledger_account SET keeps = 'any'",
        "DELETE FROM ledger_account",
        "UPDATE ledger_guard SET room = -1",
        "INSERT INTO ledger_line SELECT entry_id, position + 10, account_id, amount FROM ledger_line",
        "INSERT INTO ledger_entry (id, key, digest, kind, at, person, reference, reason)"
        f" VALUES ('{uuid.uuid4().hex}', 'by-hand', '', 'hand-in', '2026-03-04 00:00:00', 'x', '', '')",
    ],
)
def test_the_database_refuses(database, draft, statement):
    posted(database, draft())
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(text(statement))
    assert rows(database) == (1, 2)
    assert is_sound(database)


@pytest.mark.parametrize("kind", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_postgres_refuses_to_empty_the_ledger(database, draft):
    posted(database, draft())
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(text("TRUNCATE ledger_line, ledger_entry CASCADE"))
    assert rows(database) == (1, 2)


def by_hand(session, lines):
    """Write lines and their entry past the code, as a stranger with a database client would."""
    entry, one = uuid.uuid4(), LedgerEntry.__table__
    account = session.scalar(select(LedgerLine.account_id))
    for position, amount in enumerate(lines):
        session.execute(
            LedgerLine.__table__.insert().values(entry_id=entry, position=position, account_id=account, amount=amount)
        )
    said = dict.fromkeys(("digest", "kind", "person", "reference", "reason"), "x")
    session.execute(one.insert().values(id=entry, key=f"by-hand-{entry}", at=draft_at(session), **said))


def draft_at(session):
    return session.scalar(select(LedgerEntry.at))


@pytest.mark.parametrize("lines", [(), (5,), (5, -4), (5, -5, 1)])
def test_the_database_itself_refuses_an_entry_that_does_not_balance(database, draft, lines):
    posted(database, draft())
    with pytest.raises(IntegrityError, match="sum to zero"), database.write() as session:
        by_hand(session, lines)
    assert rows(database) == (1, 2)


def test_the_database_itself_takes_one_that_does(database, draft):
    posted(database, draft())
    with database.write() as session:
        by_hand(session, (5, -5))
    assert rows(database) == (2, 4)


def test_lines_without_an_entry_do_not_outlive_their_unit(database, draft):
    posted(database, draft())
    with database.read() as session:
        account = session.scalar(select(LedgerLine.account_id))
    line = LedgerLine.__table__.insert().values(entry_id=uuid.uuid4(), position=0, account_id=account, amount=5)
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(line)
    assert rows(database) == (1, 2)


# -- the trial balance ---------------------------------------------------------------------------------------------


def test_the_trial_balance_tells_what_is_wrong(database, draft):
    posted(database, draft())
    drop = (
        "DROP TRIGGER ledger_line_is_kept ON ledger_line"
        if is_postgres(database)
        else "DROP TRIGGER ledger_line_no_update"
    )
    with database.write() as session:
        session.execute(text(drop))
        session.execute(text("UPDATE ledger_line SET amount = 99 WHERE amount = 100"))
    with database.read() as session:
        found = trial(session)
    assert (found.accounts, found.entries, found.lines) == (2, 1, 2)
    assert (len(found.unbalanced), len(found.guards_off), len(found.triggers_missing)) == (1, 1, 1)
    assert not found.sound


def is_postgres(database):
    return database.engine.dialect.name == "postgresql"


def test_an_account_is_opened_once_by_many(database, draft, at_once):
    found = at_once(*(lambda n=n: posted(database, draft(1, f"entry-number-{n}")) for n in range(8)))
    assert [f for f in found if isinstance(f, (DBAPIError, BadRequestError))] == []
    assert held(database, PURSE) == [8]
    assert is_sound(database)
