"""`recycling account`: each command on a record of its own."""

import re

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from recycling import clock
from recycling.accounts import keys, people, sessions
from recycling.accounts.actors import Role
from recycling.accounts.rights import Action, Subject, may
from recycling.cli import main
from recycling.models import Account, AccountSession
from recycling.settings import load_settings


@pytest.fixture
def run(sqlite_record, monkeypatch):
    monkeypatch.setenv("RECYCLING_DATABASE__URL", sqlite_record.engine.url.render_as_string())

    def call(*words, status=0):
        result = CliRunner().invoke(main, ["account", *words], prog_name="recycling")
        assert result.exit_code == status, result.output
        return result.output

    return call


def accept(database, output, login="anna"):
    token = re.search(r"/welcome/(\S+)", output).group(1)
    with database.write() as session:
        return people.accept(
            session, load_settings().access, token, login, "13900139000", "correct horse battery", clock.utc_now()
        ).id


@pytest.fixture
def anna(run, sqlite_record):
    return accept(sqlite_record, run("invite", "dispatcher", "--phone", "13900139000", "--depot", "DEP-01"))


def account(database, key):
    with database.read() as session:
        found = session.get_one(Account, key)
        return found.role, found.every_depot, {d.depot_code for d in found.depots}, found.disabled_at is None


def test_the_first_admin_and_then_no_more(run, sqlite_record):
    output = run("first-admin")
    assert "once, for 48 hours" in output
    key = accept(sqlite_record, output, "root")
    assert account(sqlite_record, key) == ("admin", True, set(), True)
    with sqlite_record.write() as session:
        sessions.start(session, load_settings().access, session.get_one(Account, key), "here", clock.utc_now())
    assert "There is an administrator already" in run("first-admin", status=2)


def test_an_invitation_and_the_list(run, sqlite_record, anna):
    assert account(sqlite_record, anna) == ("dispatcher", False, {"DEP-01"}, True)
    accept(sqlite_record, run("invite", "manager", "--phone", "13900139001", "--every-depot"), "bert")
    listed = run("list").splitlines()
    assert listed == ["anna  dispatcher  DEP-01  may sign in", "bert  manager  every depot  may sign in"]
    assert "139" not in "".join(listed)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("invite", "dispatcher", "--phone", "0818-2123456"), "not a mobile number"),
        (("invite", "dispatcher", "--phone", "13900139000", "--depot", "CEN-01"), "no depot 'CEN-01'"),
        (("disable", "nobody"), "no account 'nobody'"),
        (("key", "make", "x", "--role", "clerk", "--scope", "account.manage"), "cannot have 'account.manage'"),
        (("key", "make", "x", "--role", "clerk", "--scope", "look", "--days", "1000"), "1 to 366 days"),
        (("key", "revoke", "00000000-0000-0000-0000-000000000000"), "no key"),
    ],
)
def test_what_cannot_be_is_said(run, words, said):
    assert said in run(*words, status=2)


def test_residents_are_not_invited(run):
    assert "'resident' is not one of" in run("invite", "resident", "--phone", "13900139000", status=2)


def test_disabling_and_letting_in_again(run, sqlite_record, anna):
    run("disable", "anna")
    assert account(sqlite_record, anna)[3] is False
    run("enable", "ANNA")
    assert account(sqlite_record, anna)[3] is True


def test_another_role(run, sqlite_record, anna):
    run("role", "anna", "clerk", "--depot", "DEP-02", "--depot", "DEP-01")
    assert account(sqlite_record, anna) == ("clerk", False, {"DEP-01", "DEP-02"}, True)
    run("role", "anna", "clerk", "--depot", "DEP-02")
    assert account(sqlite_record, anna)[2] == {"DEP-02"}


def test_a_new_password_and_the_end_of_sessions(run, sqlite_record, anna):
    with sqlite_record.write() as session:
        for _ in range(2):
            sessions.start(session, load_settings().access, session.get_one(Account, anna), "here", clock.utc_now())
    assert "in 2 browsers" in run("end-sessions", "anna")
    with sqlite_record.read() as session:
        assert all(row.ended_at for row in session.scalars(select(AccountSession)))
        before = session.get_one(Account, anna).password_digest
    assert accept(sqlite_record, run("reset", "anna"), "ignored") == anna
    with sqlite_record.read() as session:
        assert session.get_one(Account, anna).password_digest != before


def test_a_key_from_its_making_to_its_end(run, sqlite_record):
    output = run("key", "make", "shop", "--role", "clerk", "--scope", "booking.read", "--depot", "DEP-01")
    presented, key = re.search(r"rk_\S+", output).group(0), re.search(r"Key (\S+),", output).group(1)
    with sqlite_record.read() as session:
        actor = keys.key_actor(session, presented, clock.utc_now())
    assert (actor.kind, actor.id, actor.role) == ("key", key, Role.CLERK)
    assert may(actor, Action.BOOKING_READ, Subject(depot="DEP-01", booking="b"))
    assert presented not in run("key", "list")
    assert "shop  clerk  booking.read  until" in run("key", "list")
    run("key", "revoke", key)
    assert run("key", "list").rstrip().endswith("revoked")
