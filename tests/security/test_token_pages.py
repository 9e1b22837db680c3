"""Points 22, 24, 26, 31, 34 and 56 for every page that opens for a link's holder; 29 and 30 for the interface."""

import re
from datetime import timedelta

import pytest
import structlog
from sqlalchemy import select
from steps import post

from recycling import rounds
from recycling.accounts.actors import Actor, Role, system
from recycling.accounts.rights import Action
from recycling.booking import groups, quotes, wait
from recycling.models import Account, AuditEvent, Booking, Call
from recycling.money.sellers import seller_of_phone
from recycling.timetable import watching
from recycling.tracking import link
from web.points import statement_token
from web.rights import needs

CLERK = Actor("person", "clerk-1", Role.CLERK, frozenset({"DEP-01"}))
PAGES = {
    "booking": "/b/<token>",
    "booking moved": "/b/<token>/move",
    "booking changed": "/b/<token>/amend",
    "booking cancelled": "/b/<token>/cancel",
    "booking's calendar": "/b/<token>/calendar.ics",
    "progress": "/t/<token>",
    "waiting list": "/w/<token>",
    "truck calls told": "/c/<token>",
    "village round": "/rounds/at/<token>",
    "statement": "/points/<token>",
    "statement's file": "/points/<token>/statement.csv",
    "quote": "/q/<token>",
    "group": "/g/<code>",
    "household of a group": "/g/<code>/<token>",
    "booking of a household": "/g/<code>/<token>/book",
    "calendar": "/my/calendar/<token>.ics",
}
NOT_PAGES = {"/welcome/<token>", "/b/<token>/photos/<uuid:photo>", "/b/<token>/again"}
"""What the tests of points 12 and 24 and of photos walk, and what only leads on."""
LETTERS_BITS = {"code": 39, "token": 128}


@pytest.fixture
def opens(app, sqlite_record, settings, office, wish, booked, now, day, signed_in):
    """Return a function that gives the path of a page of each kind, for one resident or for another."""

    def booking(phone):
        return booked(sqlite_record, 1, phone=phone, address=f"{phone}号")[0]

    def waiting(phone):
        wanted = wish(phone=phone, different=True)
        return wait(office(sqlite_record), wanted, day, f"waits-of-{phone}", now)

    def pooled(phone):
        desk = office(sqlite_record)
        round_of_it = rounds.RoundWish("东线", ("A-001",), every_days=1, quorum=9, latest_days=9)
        rounds.make_round(desk, round_of_it, "a-round-of-villages", system("tests"), now)
        wanted = wish(phone=phone, different=True)
        return rounds.wait_for_round(desk, wanted, f"pools-{phone}", now)

    def watch(phone):
        with sqlite_record.write() as session:
            at = now + timedelta(days=3)
            session.add(
                Call(
                    depot_code="DEP-01", community_code="A-001", service_day=at.date(), starts_at=at, dwell_minutes=60,
                    expected_kg=9, expected_litres=90, lon=107.47, lat=31.2,
                )
            )  # fmt: skip
        return watching.watch(sqlite_record, "A-001", phone, "zh", now)

    def quote(phone):
        draft = quotes.QuoteDraft(
            scene="school", community="A-001", address="朝阳小学", contact="陈老师", phone=phone,
            valid_until=day + timedelta(days=10), lines=[quotes.QuoteDraftLine("sofa", pieces=2)],
        )  # fmt: skip
        desk = office(sqlite_record)
        made = quotes.save_quote(desk, draft, f"quote-of-{phone}", CLERK, now)
        return quotes.send_quote(desk, made.id, CLERK, now)

    def member(phone):
        desk = office(sqlite_record)
        group = groups.open_group(
            desk, groups.GroupWish("A-001", f"{phone}栋", day + timedelta(days=5)), f"group-{phone}", now
        )
        request = wish(phone=phone, address="101", items={"paper": 2}, community="", day=None, window="")
        return group, groups.join(desk, group.code, request, f"joins-of-{phone}", now).member

    def seller(phone):
        with sqlite_record.write() as session:
            found = seller_of_phone(session, phone, now)
        with app.app_context():
            return statement_token(found)

    def feed(phone):
        me = signed_in(app, "resident", phone=phone)
        post(me, "/my/calendar", deed="renew")
        with sqlite_record.read() as session:
            return session.scalars(select(Account).where(Account.phone == f"+86{phone}")).one().feed_token

    def make(rule, phone="13800138000"):
        parts = {}
        if rule.startswith("/g/"):
            group, joined = member(phone)
            parts = {"code": group.code, "token": joined.token}
        elif rule.startswith("/t/"):
            parts = {"token": link(booking(phone), 1, app.secret_key, now, settings).removeprefix("/t/")}
        else:
            of = {
                "/b": booking,
                "/c": watch,
                "/w": waiting,
                "/rounds": pooled,
                "/q": quote,
                "/points": seller,
                "/my": feed,
            }
            made = of["/" + rule.split("/")[1]](phone)
            parts = {"token": made if isinstance(made, str) else made.token}
        return re.sub(r"<(\w+)>", lambda found: parts[found[1]], rule), {
            name: value for name, value in parts.items() if f"<{name}>" in rule
        }

    return make


def test_points_26_31_the_list_names_every_page_that_opens_for_a_link(app):
    found = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if {"token", "code"} & rule.arguments and "GET" in rule.methods and not rule.rule.startswith("/api/")
    }
    assert found == set(PAGES.values()) | NOT_PAGES & found


@pytest.mark.parametrize("rule", PAGES.values(), ids=PAGES)
def test_points_22_24_26_31_34_56_whoever_holds_a_link_sees_one_thing_and_nobody_learns_it(
    app, client, opens, capsys, rule
):
    (mine, parts), (_, others) = opens(rule), opens(rule, "13900139000")
    for name, value in parts.items():
        assert value != others[name]
        assert len(re.sub(r"\W", "", value)) * 5 >= LETTERS_BITS[name], "long enough to be guessed by nobody"
    answer = client.get(mine)
    assert answer.status_code == 200, answer.text
    assert others.get("token", "no-link") not in answer.text
    wrong = mine
    for value in parts.values():
        wrong = wrong.replace(value, value[:-4] + "AAAA")
    assert client.get(wrong).status_code == 404
    for seen in (answer, client.get(wrong)):
        assert seen.headers["Referrer-Policy"] == "no-referrer"
        assert seen.headers["X-Robots-Tag"] == "noindex"
        assert "no-store" in seen.headers["Cache-Control"]
    app.testing = False
    endpoint = app.url_map.bind("").match(mine)[0]

    @needs(Action.BOOKING_OPEN)
    def broken(**values):
        structlog.get_logger().info("seen", page=mine, whole=f"https://x.example{mine}?unit=fen")
        raise RuntimeError(f"no luck with {mine}")

    app.view_functions[endpoint] = broken
    capsys.readouterr()
    assert client.get(mine).status_code == 500
    log = capsys.readouterr().err
    assert "request failed" in log
    for value in parts.values():
        assert value not in log


def test_point_56_a_link_without_a_digit_or_with_a_short_part_is_covered_too(capsys):
    """The control for what looks like no token by itself."""
    paths = ["/w/abcdefghijklmnopqrstuvwxyzABCDEF", "/g/ABCDEFGH/short", "/my/calendar/abcdef.ics", "/points/abc.de-f"]
    for path in paths:
        structlog.get_logger().info("seen", page=path)
    structlog.get_logger().info("seen", page="/clerk/points/0190-a-seller", more="/clerk/groups/0190")
    log = capsys.readouterr().err
    for secret in ("abcdefghij", "ABCDEFGH", "short", "abcdef.ics", "abc.de-f"):
        assert secret not in log
    assert "/clerk/points/0190-a-seller" in log


# -- the interface for programs ------------------------------------------------------------------------------------


@pytest.fixture
def body(day):
    return {
        "items": {"fridge": 1}, "position": {"lon": 107.4738, "lat": 31.2062}, "address": "3栋2单元501", "floor": 5,
        "day": day.isoformat(), "window": "08:00-10:00", "contact": "王女士", "phone": "13800138000",
    }  # fmt: skip


KEY = {"Idempotency-Key": "a-key-of-a-program-0001"}


@pytest.fixture
def made(client, body):
    answer = client.post("/api/v1/bookings", json=body, headers=KEY)
    assert answer.status_code == 201, answer.text
    return answer


def test_point_29_the_interface_gives_a_number_back_only_masked(client, made, sqlite_record, day):
    token = made.json["token"]
    waits = {
        "items": {"fridge": 1},
        "community": "A-001",
        "address": "9栋",
        "contact": "王女士",
        "phone": "13800138000",
    }
    listed = client.post("/api/v1/waiting", json=waits, headers={"Idempotency-Key": "a-key-of-a-program-0002"})
    version = {"If-Match": made.headers["ETag"]}
    changed = client.patch(f"/api/v1/bookings/{token}", json={"note": "门禁 1 号"}, headers=version)
    answers = [
        made,
        listed,
        changed,
        client.get(f"/api/v1/bookings/{token}"),
        client.delete(f"/api/v1/bookings/{token}"),
    ]
    for answer in answers:
        assert answer.status_code in (200, 201), answer.text
        assert "13800138000" not in answer.text
        assert "00138000" not in answer.text
    assert {a.json["phone"] for a in answers if "phone" in a.json} == {"+86138****8000"}
    with sqlite_record.read() as session:
        events = session.scalars(select(AuditEvent)).all()
    assert "13800138000" not in " ".join(f"{e.before} {e.after}" for e in events)


PRIVILEGED = {
    "state": "settled", "bonus": 500, "channel": "clerk", "depot": "DEP-02", "seconds": 1, "link_round": 7,
    "first": True, "token": "mine",
    "reference": "AAAAAAAA", "version": 9, "price_low": 1, "id": "x", "reason": "x", "visits": 9,
}  # fmt: skip


@pytest.mark.parametrize("field", PRIVILEGED)
def test_point_30_the_interface_refuses_what_it_does_not_describe(client, body, made, sqlite_record, field):
    extra = {field: PRIVILEGED[field]}
    token = made.json["token"]
    with sqlite_record.read() as session:
        before = {c.key: getattr(session.scalars(select(Booking)).one(), c.key) for c in Booking.__table__.columns}
    calls = [
        client.post("/api/v1/bookings", json={**body, **extra}, headers={"Idempotency-Key": "a-key-of-a-program-0009"}),
        client.patch(f"/api/v1/bookings/{token}", json=extra, headers={"If-Match": made.headers["ETag"]}),
        client.post("/api/v1/waiting", json={**body, **extra}, headers={"Idempotency-Key": "a-key-of-a-program-0008"}),
        client.post(
            f"/api/v1/bookings/{token}/consents",
            json={"channel": "wechat", "templates": ["confirm"], **extra},
            headers={"Idempotency-Key": "a-key-of-a-program-0007"},
        ),
        client.get("/api/v1/slots", query_string=extra),
    ]
    for answer in calls:
        assert answer.status_code == 422, answer.text
        assert any(field in str(error) for error in answer.json["errors"]), answer.text
    with sqlite_record.read() as session:
        after = session.scalars(select(Booking)).one()
        assert {c.key: getattr(after, c.key) for c in Booking.__table__.columns} == before
