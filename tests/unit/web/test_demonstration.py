"""Trying the roles: a click in the demonstration on this machine, and nothing of it elsewhere."""

import re

import pytest

from recycling.accounts.actors import Role
from recycling.demo.people import demo_people
from web.app import create_app
from web.services import Services

DAY = "/dispatch/DEP-01/2026-03-05"


@pytest.fixture
def demo(sqlite_record, settings, catalogue, fleet, at_now):
    with sqlite_record.write() as session:
        session.add_all(demo_people(at_now))
    return create_app(Services(sqlite_record, settings, catalogue, fleet, demonstration=True))


def choose(client, role, target="/"):
    page = client.get(f"/try/?next={target}").text
    token, following = (
        re.search(r'name="csrf_token" value="([^"]+)"', page),
        re.search(r'name="next" value="([^"]*)"', page),
    )
    return client.post(f"/try/{role}", data={"csrf_token": token.group(1), "next": following.group(1)})


def test_from_the_printed_address_one_click_leads_to_the_day(demo):
    client = demo.test_client()
    asked = client.get(DAY)
    assert asked.headers["Location"] == f"/try/?next={DAY}"
    assert choose(client, "dispatcher", DAY).headers["Location"] == DAY
    assert client.get(DAY).status_code == 200


@pytest.mark.parametrize(
    ("role", "home"),
    [
        ("resident", "/my/bookings"),
        ("clerk", "/clerk"),
        ("driver", "/crew"),
        ("centre", "/centre"),
        ("planner", "/plan/sites"),
        ("manager", "/dispatch/"),
        ("admin", "/dispatch/"),
    ],
)
def test_each_role_comes_to_its_own_start(demo, role, home):
    client = demo.test_client()
    assert choose(client, role, "/nowhere/else").headers["Location"] == home
    assert client.get(home, follow_redirects=True).status_code == 200


@pytest.mark.parametrize("role", ["root", "demo-admin"])
def test_there_is_nobody_else(demo, role):
    assert choose(demo.test_client(), role).status_code == 404


def test_the_product_itself_has_no_such_page(client, app):
    assert not [r for r in app.url_map.iter_rules() if r.rule.startswith("/try")]
    assert client.get("/try/").status_code == 404
    assert "/try" not in client.get("/").text
    assert "/staff/sign-in" in client.get(DAY).headers["Location"]


@pytest.mark.parametrize(
    "options",
    [
        {"environ_base": {"REMOTE_ADDR": "192.0.2.1"}},
        {"base_url": "http://recycling.example"},
        {"base_url": "http://127.0.0.1.evil.example:8000"},
        {"headers": {"X-Forwarded-For": "192.0.2.1"}},
    ],
)
def test_it_answers_only_on_this_machine(demo, options):
    client = demo.test_client()
    assert client.get("/try/", base_url="http://127.0.0.1:8000").status_code == 200
    assert client.get("/try/", **options).status_code == 404


def test_its_people_have_no_password_and_no_password_opens_them(demo, sqlite_record, settings, at_now):
    from recycling.accounts import signing_in
    from recycling.errors import BadRequestError

    people = demo_people(at_now)
    assert [a.role for a in people] == list(Role)
    assert {a.password_digest for a in people} == {""}
    for password in ("", "nobody has this password"):
        with pytest.raises(BadRequestError):
            signing_in.check_password(
                sqlite_record, settings.access, "demo-admin", password, "here", lambda *_: None, str, at_now
            )
