"""The application over the small town, a record of every message sent, and people who sign in through the pages."""

import pytest
import time_machine
from steps import OPERATOR, PASSWORD, code_in, post

from recycling.accounts.actors import Role
from recycling.settings import load_settings
from web.app import create_app
from web.services import Services


@pytest.fixture
def clock(now):
    """The moment, which a test can move on."""
    with time_machine.travel(now, tick=False) as traveller:
        yield traveller


@pytest.fixture
def sent():
    """Messages that went out: phone and text."""
    return []


@pytest.fixture
def make_app(sqlite_record, settings, catalogue, fleet, clock, sent):
    """Return a function that makes the application with other settings of access, or as the demonstration."""

    def make(demonstration=False, **access):
        chosen = load_settings(access=access) if access else settings
        return create_app(Services(sqlite_record, chosen, catalogue, fleet, None, send, demonstration))

    def send(phone, text):
        sent.append((phone, text))

    return make


@pytest.fixture
def app(make_app):
    return make_app()


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def record_of(sqlite_record):
    """Return a function that reads rows of a model."""
    from sqlalchemy import select

    def read(model, *where):
        with sqlite_record.read() as session:
            return list(session.scalars(select(model).where(*where)))

    return read


@pytest.fixture
def member(sqlite_record, settings, now):
    """Return a function that makes a member of staff with a password by invitation, as the operator does."""
    from recycling.accounts import people

    def make(role="dispatcher", login="anna", phone="13900139000", depots=("DEP-01",)):
        shop = "示例电器" if role == "retailer" else ""
        with sqlite_record.write() as session:
            token = people.invite(session, settings.access, OPERATOR, Role(role), phone, depots, now, shop=shop)
            return people.accept(session, settings.access, token, login, "", PASSWORD, now).id

    return make


@pytest.fixture
def resident_in(app, sent):
    """Return a function that signs a resident in through the pages and returns the client."""

    def enter(phone):
        client = app.test_client()
        post(client, "/sign-in", phone=phone)
        assert post(client, "/sign-in/code", code=code_in(sent)).status_code == 303
        return client

    return enter


@pytest.fixture
def staff_in(app, sent):
    """Return a function that signs a member of staff in by both steps and returns the client."""

    def enter(login="anna", password=PASSWORD):
        client = app.test_client()
        assert post(client, "/staff/sign-in", login=login, password=password).status_code == 303
        assert post(client, "/sign-in/code", code=code_in(sent)).status_code == 303
        return client

    return enter
