"""SECURITY 35: pages ask the rooms below, which decide who may; they neither import nor use the ORM themselves."""

import ast
import configparser
from pathlib import Path

import pytest

from recycling import booking
from recycling.accounts.actors import ANONYMOUS, Actor, Role
from recycling.accounts.rights import Action
from recycling.booking import asked, groups
from recycling.booking.waiting import the_call, wait
from recycling.errors import ForbiddenError, NotFoundError, SignInNeededError
from recycling.models.base import new_id

ROOT = Path(__file__).resolve().parents[2]
ASKS = frozenset(
    [
        "add",
        "add_all",
        "delete",
        "execute",
        "expunge",
        "flush",
        "get",
        "get_one",
        "merge",
        "query",
        "refresh",
        "rollback",
        "commit",
        "scalar",
        "scalars",
    ]
)
ELSEWHERE = Actor("person", "1", Role.CLERK, depots=frozenset({"DEP-02"}))


def uses_of_the_orm(text):
    """Lines of a module that import SQLAlchemy when it runs, or ask a session something themselves."""
    found = []
    tree = ast.parse(text)
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        if id(node) not in typing_only and any(name.split(".")[0] == "sqlalchemy" for name in names):
            found.append(node.lineno)
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr in ASKS and ast.unparse(called.value) == "session":
            found.append(node.lineno)
    return found


def test_point_35_no_view_uses_the_orm():
    views = sorted((ROOT / "web").rglob("*.py"))
    assert len(views) > 50
    assert {str(view.relative_to(ROOT)): lines for view in views if (lines := uses_of_the_orm(view.read_text()))} == {}


@pytest.mark.parametrize(
    "text",
    [
        "from sqlalchemy import select",
        "import sqlalchemy.orm",
        "def page():\n    from sqlalchemy.orm import Session",
        "with database.read() as session:\n    session.get(Booking, key)",
        "session.scalars(query).all()",
    ],
)
def test_point_35_the_look_at_views_finds_each_use(text):
    assert len(uses_of_the_orm(text)) == 1


def test_point_35_what_only_names_types_is_none():
    assert uses_of_the_orm("if TYPE_CHECKING:\n    from sqlalchemy.orm import Session\nsession.info") == []


def test_point_35_import_linter_holds_views_to_it():
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / "setup.cfg", encoding="utf-8")
    views = contracts["importlinter:contract:views"]
    assert (views["type"], views["source_modules"].split()) == ("forbidden", ["web"])
    assert "sqlalchemy" in views["forbidden_modules"].split()


@pytest.fixture
def found(sqlite_record, booked, office, wish, now):
    """Ways to a record by its key alone, each with the key of one of DEP-01."""
    booked(sqlite_record, 1)
    with sqlite_record.read() as session:
        key = session.scalars(booking_keys()).first()
    waiting = wait(office(sqlite_record), wish(phone="13900139009"), now.date(), "a-place-in-line", now)
    return {
        "booking": (lambda session, actor, key: booking.the_booking(session, actor, Action.BOOKING_READ, key), key),
        "call": (the_call, waiting.id),
    }


def booking_keys():
    from sqlalchemy import select

    from recycling.models import Booking

    return select(Booking.id)


@pytest.mark.parametrize("which", ["booking", "call"])
def test_point_35_a_key_alone_opens_nothing(sqlite_record, found, which):
    read, key = found[which]
    with sqlite_record.read() as session:
        assert read(session, Actor("person", "1", Role.CLERK, depots=frozenset({"DEP-01"})), key).id == key
        with pytest.raises(ForbiddenError):
            read(session, ELSEWHERE, key)
        with pytest.raises(SignInNeededError):
            read(session, ANONYMOUS, key)
        with pytest.raises(NotFoundError):
            read(session, ELSEWHERE, new_id())


@pytest.mark.parametrize("read", [asked.about, groups.the_group])
def test_point_35_what_is_not_there_is_told_as_that(sqlite_record, read):
    with sqlite_record.read() as session, pytest.raises(NotFoundError):
        read(session, ELSEWHERE, new_id())
