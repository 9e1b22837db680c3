"""Who calls: programs with keys and without, and how often."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from recycling.accounts import keys
from recycling.accounts.actors import Role, system
from recycling.models import AuditEvent

KEY = "a-key-of-a-program-0001"
ALL = ["look", "booking.make", "booking.open"]


@pytest.fixture
def new_key(sqlite_record, at_now):
    def make(scopes=ALL, days=30):
        with sqlite_record.write() as session:
            row, presented = keys.make(session, system("test"), "mini", Role.RETAILER, scopes, ["DEP-01"], days, at_now)
            return row.id, presented

    return make


def test_a_key_acts_under_its_own_name(call, body, new_key, sqlite_record):
    key, presented = new_key()
    made = call("POST", "/bookings", body(), KEY, Authorization=f"Bearer {presented}")
    assert made.status_code == 201
    call("DELETE", f"/bookings/{made.json['token']}", Authorization=f"bearer {presented}")
    with sqlite_record.read() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.subject_kind == "booking")).all()
    assert {(e.action, e.actor_kind, e.actor_id) for e in events} == {
        ("booking.made", "key", str(key)),
        ("booking.cancelled", "key", str(key)),
    }
    assert presented not in " ".join(f"{e.actor_id}{e.after}" for e in events)


def test_without_a_key_the_record_names_the_link(call, made, sqlite_record):
    call("DELETE", f"/bookings/{made['token']}")
    with sqlite_record.read() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.subject_kind == "booking")).all()
    assert sorted((e.action, e.actor_kind) for e in events) == [
        ("booking.cancelled", "link"),
        ("booking.made", "anonymous"),
    ]


@pytest.mark.parametrize("scope", ALL)
def test_a_key_does_what_its_scopes_say_and_nothing_else(call, body, made, refused, new_key, scope):
    _, presented = new_key([scope])
    asked = {
        "look": ("GET", "/items", None, None, 200),
        "booking.make": ("POST", "/bookings", body(different=True), KEY, 201),
        "booking.open": ("GET", f"/bookings/{made['token']}", None, None, 200),
    }
    for needed, (method, path, sent, key, status) in asked.items():
        answer = call(method, path, sent, key, Authorization=f"Bearer {presented}")
        if needed == scope:
            assert answer.status_code == status
        else:
            assert refused(answer, 403)[0] == "forbidden"


def test_a_key_that_is_not_good_is_refused_even_where_none_is_needed(call, refused, new_key, at_now, sqlite_record):
    key, presented = new_key(days=1)
    bad = ["Bearer rk_nothing", "Bearer", "Bearer 钥匙", "Basic YTpi", presented, f"Bearer {presented}x"]
    for header in bad:
        answer = call("GET", "/items", Authorization=header.encode().decode("latin-1"))
        assert refused(answer, 401)[0] == "bad-key", header
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    good = {"Authorization": f"Bearer {presented}"}
    assert call("GET", "/items", **good).status_code == 200
    with time_machine.travel(at_now + timedelta(days=2), tick=False):
        assert refused(call("GET", "/items", **good), 401)[0] == "bad-key"
    with sqlite_record.write() as session:
        keys.revoke(session, system("test"), key, at_now)
    assert refused(call("GET", "/items", **good), 401)[0] == "bad-key"


def test_one_callers_idempotency_key_is_not_anothers(call, body, new_key, made):
    """Otherwise whoever guesses key and request would be handed the booking's token."""
    _, presented = new_key()
    other = call("POST", "/bookings", body(different=True), KEY, Authorization=f"Bearer {presented}")
    assert other.status_code == 201
    assert other.json["token"] != made["token"]


def test_the_form_and_the_interface_do_not_meet_under_one_key(client, call, body, form, made):
    entered = form(key=KEY, different="yes")
    assert client.post("/book", data=entered).status_code == 303


LIMITS = {"reads_a_minute": 3, "writes_a_minute": 2, "key_reads_a_minute": 5, "key_writes_a_minute": 4}


def test_calls_are_limited_by_address_and_by_key(make_app, refused, new_key, at_now):
    client = make_app(api=LIMITS).test_client()
    _, presented = new_key()
    with_key = {"Authorization": f"Bearer {presented}"}

    def reads(**headers):
        return client.get("/api/v1/items", headers=headers)

    assert [reads().status_code for _ in range(3)] == [200] * 3
    answer = reads()
    assert refused(answer, 429)[0] == "http-429"
    assert 0 < int(answer.headers["Retry-After"]) <= 61
    assert refused(client.get("/api/v1/prices"), 429), "all operations count together"
    assert [reads(**with_key).status_code for _ in range(6)] == [200] * 5 + [429]
    writes = [client.post("/api/v1/waiting/none/accept").status_code for _ in range(3)]
    assert writes == [404, 404, 429]
    assert client.get("/api/v1/items", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 200
    assert client.get("/book").status_code == 200, "pages are not counted"
    with time_machine.travel(at_now + timedelta(seconds=61), tick=False):
        assert reads().status_code == 200


def test_wrong_keys_are_counted_by_address(make_app):
    client = make_app(api=LIMITS).test_client()
    tries = [client.get("/api/v1/items", headers={"Authorization": f"Bearer rk_{n}"}).status_code for n in range(5)]
    assert tries == [401, 401, 401, 429, 429]
