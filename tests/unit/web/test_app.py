"""Start-up, headers, protection and error pages of the application."""

import re
import subprocess
import sys

import pytest

from recycling.settings import load_settings
from web.app import create_app
from web.services import Services

HEAVY = (
    *("pandas", "geopandas", "folium", "ortools", "scipy", "osmium", "distributed", "numba", "pyroutingkit", "PIL"),
    *("fpdf", "fontTools"),
)


def test_start_up_loads_nothing_heavy():
    code = (
        "import sys, web.server, web.app, web.services, recycling.settings as s, recycling.catalogue as c,"
        " recycling.fleet as f, recycling.db as d;"
        "web.app.create_app(web.services.Services(d.Database('sqlite://'), s.load_settings(), c.load_catalogue(),"
        " f.load_fleet()));"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_programs_call_looks_at_no_cookie(sqlite_record, catalogue, fleet, at_now, signed_in, monkeypatch):
    """Somebody's cookie changes nothing, not even a refusal, and none is set."""
    often = load_settings(api={"reads_a_minute": 10_000, "writes_a_minute": 10_000})
    app = create_app(Services(sqlite_record, often, catalogue, fleet))
    client = app.test_client()
    monkeypatch.setattr("recycling.accounts.sessions.find", lambda *_: pytest.fail("a cookie was looked at"))
    for asker in (client, signed_in(app, "admin")):
        for rule in app.url_map.iter_rules():
            if rule.endpoint in OF_PROGRAMS:
                path = rule.rule.replace("<program_key:key>", "x" * 16).replace("<token:token>", "none")
                path = re.sub("<uuid:(photo|key)>", "00000000-0000-0000-0000-000000000000", path)
                (method,) = rule.methods - {"OPTIONS", "HEAD"}
                answer = asker.open(path, method=method, json={}, headers={"If-Match": '"1"'})
                assert answer.status_code in (401, 404, 422), path
                assert "Set-Cookie" not in answer.headers


PATHS = (
    "/",
    "/book",
    "/api/docs",
    "/api/v1/items",
    "/api/v1/nowhere",
    "/dispatch/DEP-01/2026-03-05",
    "/nowhere",
    "/vendor/leaflet.js",
    "/places",
)


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_protected(client, path):
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'self'" in policy
    scripts = re.search(r"script-src ([^;]*)", policy).group(1)
    assert "unsafe" not in scripts
    assert "nonce-" in scripts
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"]
    assert headers["X-Frame-Options"].upper() == "DENY"


def test_nonce_is_new_for_each_answer_and_on_every_inline_script(client):
    pages = [client.get("/book") for _ in range(2)]
    nonces = [re.search(r"'nonce-([^']+)'", p.headers["Content-Security-Policy"]).group(1) for p in pages]
    assert nonces[0] != nonces[1]
    for page, nonce in zip(pages, nonces, strict=True):
        inline = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", page.text)
        assert inline
        assert all(f'nonce="{nonce}"' in attributes for attributes in inline)


SIGNED_OTHERWISE = {"receipts.report"}
"""Providers of messages sign what they send."""

OF_PROGRAMS = {
    f"api.{name}"
    for name in (
        *("keep", "renew", "book", "change", "cancel", "missed", "wait", "leave", "accept"),
        *("add_photo", "remove_photo", "consents", "ask", "send_order", "cancel_order"),
        *("announce_trip", "cancel_trip", "answer_offer", "report_offer", "contact_of_offer"),
        *("ask_for_plan", "wait_for_round", "leave_round", "send_round_order", "leave_round_order"),
        *("answer_handover", "end_handover"),
    )
}
"""What programs call looks at no cookie, so that no other site can borrow one."""


def test_every_unsafe_route_refuses_a_form_without_its_token(app, client):
    unsafe = [
        r
        for r in app.url_map.iter_rules()
        if r.methods & {"POST", "PUT", "PATCH", "DELETE"} and r.endpoint not in SIGNED_OTHERWISE | OF_PROGRAMS
    ]
    assert len(unsafe) >= 3
    key = "00000000-0000-0000-0000-000000000000"
    values = {
        "depot": "DEP-01",
        "day": "2026-03-05",
        "token": "none",
        "code": "none",
        "community": "A-001",
        "ending": "csv",
        "site": "CEN-01",
        "version": 1,
        "plate": "T-BOX",
        "deed": "failed",
        "name": "none",
    }
    values |= dict.fromkeys(("key", "layer", "photo", "seller_id", "redemption_id"), key)
    for rule in unsafe:
        with app.test_request_context():
            _, path = rule.build({a: values[a] for a in rule.arguments})
        answer = client.post(path, data={})
        assert answer.status_code == 400, path
        assert "<h1>" in answer.text, path


def test_no_page_changes_anything_by_being_looked_at(app):
    changing = {
        "dispatcher.plan",
        "preferences.choose",
        "login.sign_out",
        "login.sign_out_everywhere",
        "login.password",
    }
    for rule in app.url_map.iter_rules():
        assert rule.endpoint not in changing or "GET" not in rule.methods


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere", 404),
        ("/b/none", 404),
        ("/dispatch/DEP-99/2026-03-05", 404),
        ("/dispatch/DEP-01/2026-02-31", 404),
        ("/dispatch/runs/00000000-0000-0000-0000-000000000000", 404),
        ("/vendor/../../etc/passwd", 404),
        ("/vendor/secret.js", 404),
    ],
)
def test_what_is_not_there_gets_a_sentence(app, signed_in, path, status):
    answer = signed_in(app, "admin").get(path)
    assert answer.status_code == status
    assert "<h1>" in answer.text
    assert "Traceback" not in answer.text


def test_too_large_a_request_is_refused(client, form):
    answer = client.post("/book", data=form(note="x" * 300_000))
    assert answer.status_code == 413


def test_an_unforeseen_fault_shows_a_number_and_no_trace(app, client, monkeypatch):
    app.testing = False
    monkeypatch.setattr("web.resident.network.the_area", lambda session: 1 / 0)
    answer = client.get("/book")
    assert answer.status_code == 500
    assert re.search(r"<code>[0-9a-f]{12}</code>", answer.text)
    assert "ZeroDivisionError" not in answer.text


def test_programs_get_json_errors(client):
    answer = client.get("/nowhere", headers={"Accept": "application/json"})
    assert answer.json["status"] == 404
    assert answer.json["errors"][0]["code"] == "http-404"


ELSEWHERE = ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "")


@pytest.mark.parametrize("target", ELSEWHERE)
def test_preferences_lead_only_to_our_own_pages(client, token, target):
    answer = client.post("/preferences", data={"csrf_token": token(), "language": "en", "back": target})
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/"


def test_preferences_are_remembered(client, token):
    client.post("/preferences", data={"csrf_token": token(), "language": "en", "back": "/book"})
    assert 'lang="en"' in client.get("/").text
    client.post("/preferences", data={"csrf_token": token(), "letters": "large", "back": "/"})
    assert "letters-large" in client.get("/").text
    client.post("/preferences", data={"csrf_token": token(), "language": "tlh", "back": "/"})
    assert 'lang="en"' in client.get("/").text
