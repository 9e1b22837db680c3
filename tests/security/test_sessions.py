"""Points 13 to 24: sessions, cookies, and what a browser is told."""

import re
from datetime import timedelta

import pytest
from steps import OPERATOR, PASSWORD, code_in, cookie, post

from recycling.accounts import people, sessions
from recycling.accounts.actors import Actor, Role
from recycling.clock import utc_now
from recycling.errors import ForbiddenError
from recycling.models import Account, AccountSession


def token_of(client):
    return client.get_cookie("sign-in").value


def test_point_13_signing_in_gives_a_new_random_id_that_only_the_browser_holds(member, staff_in, client, record_of):
    member()
    client.set_cookie("sign-in", "chosen-by-somebody-else")
    first, second = staff_in(), staff_in()
    tokens = {token_of(first), token_of(second)}
    assert len(tokens) == 2
    assert all(re.fullmatch(r"[\w-]{43}", token) for token in tokens), "256 bits"
    kept = " ".join(str(getattr(row, c.key)) for row in record_of(AccountSession) for c in row.__table__.columns)
    assert not any(token in kept for token in tokens)
    assert client.get("/account").status_code == 303, "an id that somebody chose opens nothing"


def test_point_13_signing_in_again_ends_the_session_of_before(member, staff_in, app, sent, record_of):
    member()
    client = staff_in()
    old = token_of(client)
    post(client, "/staff/sign-in", login="anna", password=PASSWORD)
    post(client, "/sign-in/code", code=code_in(sent))
    assert token_of(client) != old
    stale = app.test_client()
    stale.set_cookie("sign-in", old)
    assert stale.get("/account").status_code == 303


@pytest.mark.parametrize("role", ["resident", "dispatcher", "driver", "manager", "admin"])
def test_point_14_a_session_ends_when_idle_and_at_its_longest(app, signed_in, clock, settings, role):
    idle = timedelta(minutes=settings.access.idle_minutes.of(role))
    longest = timedelta(hours=settings.access.longest_hours.of(role))
    minute = timedelta(minutes=1)
    client = signed_in(app, role)
    for _ in range(2):
        clock.shift(idle * 0.6)
        assert client.get("/account").status_code == 200, "a click starts the idle time anew"
    clock.shift(idle)
    assert client.get("/account").status_code == 303

    client = signed_in(app, role, phone="13900139009", at=utc_now())
    gone = timedelta()
    while gone + idle - minute < longest:
        clock.shift(idle - minute)
        gone += idle - minute
        assert client.get("/account").status_code == 200, "never idle"
    clock.shift(longest - gone)
    assert client.get("/account").status_code == 303


def test_point_14_staff_are_signed_out_sooner_than_residents(settings):
    access = settings.access
    for role in Role:
        assert access.idle_minutes.of(role) <= access.longest_hours.of(role) * 60
        if role is not Role.RESIDENT:
            assert access.longest_hours.of(role) <= 24
    assert access.idle_minutes.admin <= 30


def end_by(what):
    def sign_out(session, account, client, now):
        return post(client, "/sign-out")

    def disable(session, account, client, now):
        with session() as s:
            people.disable(s, OPERATOR, s.get_one(Account, account), now)

    def role(session, account, client, now):
        with session() as s:
            people.change_role(s, OPERATOR, s.get_one(Account, account), Role.MANAGER, [], now)

    def depots(session, account, client, now):
        with session() as s:
            people.change_role(s, OPERATOR, s.get_one(Account, account), Role.DISPATCHER, ["DEP-02"], now)

    return {"sign out": sign_out, "disable": disable, "role": role, "depots": depots}[what]


@pytest.mark.parametrize("what", ["sign out", "disable", "role", "depots"])
def test_point_15_sign_out_disabling_and_another_role_end_sessions_at_the_server(
    app, signed_in, sqlite_record, now, record_of, what
):
    client = signed_in(app, "dispatcher", ["DEP-01"])
    stolen = app.test_client()
    stolen.set_cookie("sign-in", token_of(client))
    assert stolen.get("/account").status_code == 200
    end_by(what)(sqlite_record.write, client.account, client, now)
    assert stolen.get("/account").status_code == 303
    assert record_of(AccountSession)[0].ended_at == now


def test_point_16_sign_out_everywhere_ends_all_of_ones_own_and_nobody_elses(
    app, signed_in, sqlite_record, settings, now
):
    client, other = signed_in(app, "dispatcher"), signed_in(app, "clerk")
    second = app.test_client()
    with sqlite_record.write() as session:
        account = session.get_one(Account, client.account)
        second.set_cookie("sign-in", sessions.start(session, settings.access, account, "192.0.2.9", now))
    assert client.get("/account").text.count("192.0.2.9") == 1
    assert post(client, "/account/sign-out-everywhere").status_code == 303
    assert [c.get("/account").status_code for c in (client, second, other)] == [303, 303, 200]


def test_point_16_an_admin_ends_the_sessions_of_others_and_nobody_else_can(app, signed_in, sqlite_record, now):
    client = signed_in(app, "dispatcher")
    with sqlite_record.write() as session:
        account = session.get_one(Account, client.account)
        with pytest.raises(ForbiddenError):
            people.end_sessions(session, Actor("person", "m", Role.MANAGER), account, now)
    assert client.get("/account").status_code == 200
    with sqlite_record.write() as session:
        admin = Actor("person", "a", Role.ADMIN)
        assert people.end_sessions(session, admin, session.get_one(Account, client.account), now) == 1
    assert client.get("/account").status_code == 303


def test_point_16_a_new_password_signs_out_the_other_browsers(app, member, staff_in):
    member()
    here, there = staff_in(), staff_in()
    post(here, "/account/password", "/account", current=PASSWORD, password="quite another sentence")
    assert [c.get("/account").status_code for c in (here, there)] == [200, 303]


@pytest.mark.parametrize("https", [False, True])
def test_point_18_cookies_are_for_this_host_and_no_script(make_app, sqlite_record, sent, https):
    client = make_app(https=https).test_client()
    options = {"base_url": "https://recycling.example"} if https else {}
    prefix = "__Host-" if https else ""

    def send(path, **entries):
        text = client.get("/sign-in", **options).text
        csrf = re.search(r'name="csrf_token" value="([^"]+)"', text).group(1)
        headers = {"Referer": "https://recycling.example/sign-in"} if https else {}
        return client.post(path, data={"csrf_token": csrf, **entries}, headers=headers, **options)

    form = cookie(client.get("/sign-in", **options), f"{prefix}form")
    asked = cookie(send("/sign-in", phone="13800138000"), f"{prefix}code-request")
    entered = cookie(send("/sign-in/code", code=code_in(sent)), f"{prefix}sign-in")
    for one in (form, asked, entered):
        parts = [p.strip() for p in one.split(";")]
        assert "HttpOnly" in parts
        assert "SameSite=Lax" in parts
        assert "Path=/" in parts
        assert ("Secure" in parts) is https
        assert not any(p.startswith("Domain") for p in parts)


def unsafe(app):
    """Without what looks at no cookie: programs, and providers of messages, which sign what they send."""
    changing = [r for r in app.url_map.iter_rules() if r.methods & {"POST", "PUT", "PATCH", "DELETE"}]
    return [r for r in changing if not r.endpoint.startswith("api.") and r.endpoint != "receipts.report"]


NOBODY = "00000000-0000-0000-0000-000000000000"
VALUES = {
    "depot": "DEP-01",
    "day": "2026-03-05",
    "token": "none",
    "code": "none",
    "role": "dispatcher",
    "name": "leaflet.js",
    "ending": "csv",
    "site": "CEN-01",
    "form": "csv",
    "what": "sites",
    "version": 1,
    "community": "A-001",
    "plate": "T-BOX",
    "number": "SO-1",
    "deed": "failed",
    **dict.fromkeys(("key", "layer", "photo", "seller_id", "redemption_id"), NOBODY),
}


def test_point_19_every_route_that_changes_something_refuses_a_form_without_its_token(make_app, signed_in):
    app = make_app(demonstration=True)
    client = signed_in(app, "admin")
    found = unsafe(app)
    assert {"login.sign_out", "login.staff", "demonstration.sign_in", "dispatcher.plan"} <= {r.endpoint for r in found}
    for rule in found:
        with app.test_request_context():
            _, path = rule.build({a: VALUES[a] for a in rule.arguments})
        for method in rule.methods - {"GET", "HEAD", "OPTIONS"}:
            assert client.open(path, method=method, data={}).status_code == 400, path


def test_point_20_looking_changes_nothing(make_app, signed_in, sqlite_record, booked):
    app = make_app(demonstration=True)
    client = signed_in(app, "admin")
    (booking,) = booked(sqlite_record, 1)
    values = {**VALUES, "token": booking.token, "key": booking.id, "filename": "app.css"}

    def rows():
        with sqlite_record.engine.connect() as connection:
            return {
                table.name: [tuple(row) for row in connection.execute(table.select())]
                for table in Account.metadata.sorted_tables
                if table.name != "audit_event"  # which notes whom a page was refused
            }

    before = rows()
    for rule in app.url_map.iter_rules():
        with app.test_request_context():
            _, path = rule.build({a: values[a] for a in rule.arguments})
        if rule.endpoint != "layers.roads":  # reads the road layer of a home folder
            client.get(path)
    assert rows() == before


PATHS = (
    "/",
    "/sign-in",
    "/staff/sign-in",
    "/account",
    "/dispatch/",
    "/try/",
    "/nowhere",
    "/static/app.css",
    "/my/bookings",
)


@pytest.mark.parametrize("path", PATHS)
def test_point_21_no_foreign_script_and_no_frame_anywhere(make_app, path):
    policy = make_app(demonstration=True).test_client().get(path).headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in re.search(r"script-src ([^;]*)", policy).group(1)


@pytest.mark.parametrize("https", [False, True])
@pytest.mark.parametrize("path", PATHS)
def test_point_22_transport_type_and_referrer(make_app, path, https):
    headers = make_app(https=https).test_client().get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] in {"same-origin", "no-referrer"}
    assert ("Strict-Transport-Security" in headers) is https


@pytest.mark.parametrize("path", PATHS)
def test_point_23_no_other_site_may_read(client, path):
    for method in ("GET", "OPTIONS"):
        headers = client.open(path, method=method, headers={"Origin": "https://evil.example"}).headers
        assert not [name for name, _ in headers if name.startswith("Access-Control-")]


def test_point_24_personal_pages_are_kept_by_no_cache_and_wiped_at_sign_out(app, signed_in, sqlite_record, booked):
    client = signed_in(app, "resident", phone="13800138000")
    (booking,) = booked(sqlite_record, 1)
    for path in ("/my/bookings", "/account", f"/b/{booking.token}"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store", path
    gone = post(client, "/sign-out")
    assert gone.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "sign-in=;" in cookie(gone, "sign-in")
