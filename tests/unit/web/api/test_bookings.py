"""Bookings by the interface: made once, opened by a token, changed in the version that was seen."""

import json
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from recycling.models import AuditEvent, Booking, Slot

KEY = "a-key-of-a-program-0001"


@pytest.fixture
def count(sqlite_record):
    def of(model=Booking):
        with sqlite_record.read() as session:
            return session.scalar(select(func.count()).select_from(model))

    return of


@pytest.fixture
def change(call, made):
    def patch(body, etag='"1"', token=None):
        headers = {"If-Match": etag} if etag else {}
        return call("PATCH", f"/bookings/{token or made['token']}", body, **headers)

    return patch


def test_a_booking_is_made_told_and_opened(call, made, sqlite_record):
    assert made["state"] == "booked"
    assert made["items"] == [{"item": "fridge", "pieces": 1}, {"item": "paper", "pieces": 2}]
    assert made["promise"] == {"start": "2026-03-05T08:00:00+08:00", "end": "2026-03-05T10:00:00+08:00"}
    assert made["phone"] == "+86138****8000"
    assert made["page"].endswith(f"/b/{made['token']}")
    shown = call("GET", f"/bookings/{made['token']}")
    assert shown.json == made
    assert shown.headers["ETag"] == '"1"'
    with sqlite_record.read() as session:
        kept = session.scalar(select(Booking).where(Booking.token == made["token"]))
    assert (kept.channel, kept.phone) == ("api", "+8613800138000")


def test_the_answer_says_where_the_booking_is(call, body):
    answer = call("POST", "/bookings", body(), KEY)
    assert answer.headers["Location"] == f"/api/v1/bookings/{answer.json['token']}"
    assert "Set-Cookie" not in answer.headers


def test_a_repeat_gets_the_first_answer_and_another_request_is_refused(call, made, body, count, refused):
    again = call("POST", "/bookings", body(), KEY)
    assert (again.status_code, again.json) == (201, made)
    assert refused(call("POST", "/bookings", body(floor=6), KEY), 409) == ("key-used", ["Idempotency-Key"])
    assert count() == 1


@pytest.mark.parametrize("key", [None, "short", "x" * 81])
def test_a_booking_needs_a_key(call, body, refused, count, key):
    assert refused(call("POST", "/bookings", body(), key), 422)[1] == ["Idempotency-Key"]
    assert count() == 0


def test_the_same_again_under_another_key_is_asked_about(call, made, body, refused, count):
    assert refused(call("POST", "/bookings", body(), KEY + "x"), 409)[0] == "duplicate"
    assert call("POST", "/bookings", body(different=True), KEY + "x").status_code == 201
    assert count() == 2


def test_a_position_declares_its_system_and_is_kept_in_wgs84(call, body):
    from routing.roads.crs import to_wgs84

    given = {"lon": 107.4765, "lat": 31.2015, "crs": "gcj02"}
    ((lon, lat),) = to_wgs84([(given["lon"], given["lat"])], "gcj02").tolist()
    said = call("POST", "/bookings", body(community=None, position=given), KEY).json
    assert (said["lon"], said["lat"]) == (pytest.approx(lon, abs=1e-6), pytest.approx(lat, abs=1e-6))
    assert abs(lon - given["lon"]) > 0.001


NAMES = ["😀 王", "مريم", "\u202eابن\u202c", "O'Neil; DROP TABLE booking;--", "<script>alert(1)</script>", "{{7*7}}"]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_kept_as_data(call, body, client, count, name):
    said = call("POST", "/bookings", body(contact=name, address=name, note=name), KEY)
    assert said.status_code == 201, said.text
    shown = "".join(c for c in name if c not in "\u202e\u202c")
    assert said.json["contact"] == shown
    page = client.get(f"/b/{said.json['token']}").text
    assert "<script>alert" not in page
    assert count() == 1


BAD = [
    ({"day": "2026-03-03"}, "past", "#/day"),
    ({"day": "2026-03-04"}, "past", "#/day"),
    ({"day": "2026-02-30"}, "not-a-day", "#/day"),
    ({"day": 5}, "not-a-day", "#/day"),
    ({"window": "00:00-24:00"}, "unknown-window", "#/window"),
    ({"items": {"fridge": "1"}}, "not-a-number", "#/items/fridge"),
    ({"items": {"fridge": True}}, "not-a-number", "#/items/fridge"),
    ({"items": {"fridge": 1.5}}, "not-a-number", "#/items/fridge"),
    ({"items": {"fridge": 10**30}}, "out-of-range", "#/items/fridge"),
    ({"items": {"fridge": -1}}, "out-of-range", "#/items/fridge"),
    ({"items": {"a/b~c": 0}}, "out-of-range", "#/items/a~1b~0c"),
    ({"items": {"x'; DROP TABLE booking; --": 1}}, "unknown-item", "#/items"),
    ({"items": ["fridge"]}, "not-an-object", "#/items"),
    ({"items": {f"i{n}": 1 for n in range(10_000)}}, "bad-length", "#/items"),
    ({"position": {"lon": 107.47, "lat": 31.2, "crs": "EPSG"}}, "unknown-choice", "#/position/crs"),
    ({"position": {"lon": 107.47}}, "missing", "#/position/lat"),
    ({"position": {"lon": "107.47", "lat": 31.2}}, "not-a-number", "#/position/lon"),
    ({"position": {"lon": 31.2, "lat": 31.2}}, "outside-area", "#/position"),
    ({"position": {"lon": 1e308, "lat": 31.2}}, "not-a-number", "#/position/lon"),
    ({"position": [107.47, 31.2]}, "not-an-object", "#/position"),
    ({"contact": "\u200e\u200f"}, "missing", "#/contact"),
    ({"contact": None}, "missing", "#/contact"),
    ({"contact": "王" * 41}, "bad-length", "#/contact"),
    ({"phone": "13800"}, "bad-phone", "#/phone"),
    ({"community": "A-001\u0000"}, "unknown-community", "#/community"),
    ({"community": "\ud800"}, "unknown-community", "#/community"),
    ({"floor": 121}, "out-of-range", "#/floor"),
    ({"lift": "yes"}, "not-true-or-false", "#/lift"),
    ({"scene": "moon"}, "unknown-choice", "#/scene"),
    ({"height_limit": 0.5}, "out-of-range", "#/height_limit"),
    ({"state": "collected"}, "unknown-field", "#/state"),
    ({"first": True}, "unknown-field", "#/first"),
    ({"price_low": 1, "channel": "demo"}, "unknown-field", "#/price_low"),
]


@pytest.mark.parametrize(("changes", "code", "where"), BAD)
def test_bad_input_is_told_field_by_field_and_writes_nothing(call, body, refused, count, changes, code, where):
    said, errors = refused(call("POST", "/bookings", body(**changes), KEY), 422)
    assert said == code
    assert where in errors
    assert count() == count(Slot) == 0


def test_all_that_is_wrong_is_told_at_once(call, body, refused):
    _, errors = refused(call("POST", "/bookings", body(floor=999, day="x", phone=7, colour="red"), KEY), 422)
    assert set(errors) == {"#/floor", "#/day", "#/phone", "#/colour"}


RAW = [
    (b"", 400, "bad-json"),
    (b"{", 400, "bad-json"),
    (b'{"a": NaN}', 400, "bad-json"),
    (b"\xff\xfe{}", 400, "bad-json"),
    (b"[" * 100_000, 400, "bad-json"),
    (b'{"floor": ' + b"9" * 5000 + b"}", 400, "bad-json"),
    (b"[]", 422, "not-an-object"),
    (b"null", 422, "not-an-object"),
    (b'"x"', 422, "not-an-object"),
    (b'{"note": "' + b"x" * 300_000 + b'"}', 413, "http-413"),
]


@pytest.mark.parametrize(("raw", "status", "code"), RAW)
def test_a_body_that_is_none_is_refused(client, refused, count, raw, status, code):
    headers = {"Idempotency-Key": KEY, "Content-Type": "application/json"}
    assert refused(client.post("/api/v1/bookings", data=raw, headers=headers), status)[0] == code
    assert count() == 0


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_body_of_another_kind_is_refused(client, body, refused, kind):
    data = json.dumps(body())
    answer = client.post("/api/v1/bookings", data=data, headers={"Idempotency-Key": KEY}, content_type=kind)
    assert refused(answer, 415)[0] == "http-415"


def test_nothing_here_and_another_method_are_problems_too(client, call, refused):
    for path in ("/nowhere", "/bookings/%00", "/bookings/" + "x" * 65, "/../b/x"):
        assert refused(call("GET", path), 404)[0] == "http-404", path
    assert refused(client.get("/api"), 404)[0] == "http-404"
    assert refused(client.get("/api/v2/items"), 404)[0] == "http-404"
    answer = call("PUT", "/bookings")
    assert refused(answer, 405)[0] == "http-405"
    assert "POST" in answer.headers["Allow"]


def test_an_unforeseen_fault_is_a_problem_without_a_trace(app, call, refused, monkeypatch):
    app.testing = False
    monkeypatch.setattr("web.api.goods.suggest", lambda *_: 1 / 0)
    answer = call("GET", "/places?q=a")
    assert refused(answer, 500)[0] == "fault"
    assert "ZeroDivision" not in answer.text
    assert len(answer.json["request"]) == 12


def test_problems_speak_the_language_that_is_asked_for(client, refused):
    answer = client.get("/api/v1/nowhere", headers={"Accept-Language": "zh-CN"})
    assert "地址" in answer.json["detail"]
    client.set_cookie("language", "en")
    assert "地址" in client.get("/api/v1/nowhere", headers={"Accept-Language": "zh-CN"}).json["detail"], (
        "no cookie counts"
    )


def test_others_tokens_open_nothing(call, made, refused):
    for guess in (made["reference"], made["token"][:-1], made["token"].swapcase(), "_" * len(made["token"]), "a"):
        for method, path, sent in (
            ("GET", "", None),
            ("PATCH", "", {"floor": 2}),
            ("DELETE", "", None),
            ("POST", "/missed", None),
        ):
            headers = {"If-Match": '"1"'} if method == "PATCH" else {}
            assert refused(call(method, f"/bookings/{guess}{path}", sent, **headers), 404)[0] == "no-booking"
    assert call("GET", f"/bookings/{made['token']}").json == made


# -- changes -------------------------------------------------------------------------------------------------


def test_a_change_needs_the_version_that_was_seen(call, change, made, refused):
    assert refused(change({"floor": 6}, None), 428) == ("if-match-needed", ["If-Match"])
    for old in ('"0"', '"2"', '"x"', 'W/"1"'):
        assert refused(change({"floor": 6}, old), 412) == ("changed-elsewhere", ["If-Match"])
    assert call("GET", f"/bookings/{made['token']}").json == made
    done = change({"floor": 6})
    assert (done.status_code, done.json["floor"], done.headers["ETag"]) == (200, 6, '"2"')
    assert refused(change({"floor": 7}), 412)[0] == "changed-elsewhere"
    assert change({"floor": 7}, "*").json["floor"] == 7


def test_a_booking_is_moved(change, sqlite_record, made):
    done = change({"day": "2026-03-06", "window": "13:00-15:00"}).json
    assert (done["day"], done["window"]) == ("2026-03-06", "13:00-15:00")
    assert done["promise"]["start"] == "2026-03-06T13:00:00+08:00"
    assert {k: v for k, v in done.items() if k in ("address", "items", "lon", "contact")} == {
        k: v for k, v in made.items() if k in ("address", "items", "lon", "contact")
    }
    with sqlite_record.read() as session:
        taken = {(s.service_day.isoformat(), s.window): s.taken for s in session.scalars(select(Slot)) if s.taken}
    assert set(taken) == {("2026-03-06", "13:00-15:00")}


def test_a_booking_is_moved_and_amended_in_one_go(change, sqlite_record):
    done = change({"window": "15:00-17:00", "items": {"paper": 5}, "note": "门口有狗"})
    assert done.status_code == 200, done.text
    said = done.json
    assert (said["window"], said["items"], said["note"]) == (
        "15:00-17:00",
        [{"item": "paper", "pieces": 5}],
        "门口有狗",
    )
    assert said["version"] == 2
    with sqlite_record.read() as session:
        actions = [e.action for e in session.scalars(select(AuditEvent)) if e.subject_kind == "booking"]
        taken = {s.window for s in session.scalars(select(Slot)) if s.taken}
        kept = session.scalar(select(Booking))
        seconds = sum(s.taken for s in session.scalars(select(Slot)))
    assert sorted(actions) == ["booking.changed", "booking.made"]
    assert taken == {"15:00-17:00"}
    assert seconds == kept.seconds * kept.people


def test_the_language_of_the_messages_is_changed(change, made, refused):
    assert made["language"] == "zh"
    done = change({"language": "en"}).json
    assert (done["language"], done["version"]) == ("en", made["version"] + 1)
    assert refused(change({"language": "fr"}, "*"), 422)[1] == ["#/language"]


@pytest.mark.parametrize("patch", [{}, {"window": "15:00-17:00"}, {"note": "x"}])
def test_who_holds_the_link_does_not_change_whose_number_it_is(call, change, made, refused, patch):
    assert refused(change({**patch, "phone": "13900139000"}), 409)[1] == ["#/phone"]
    assert call("GET", f"/bookings/{made['token']}").json == made


@pytest.mark.parametrize(
    ("patch", "where"),
    [
        ({"window": "15:00-17:00", "phone": "12345"}, "#/phone"),
        ({"window": "15:00-17:00", "items": {"nothing": 1}}, "#/items"),
        ({"day": "2026-03-03", "note": "x"}, "#/day"),
        ({"window": "15:00-17:00", "state": "collected"}, "#/state"),
    ],
)
def test_a_change_of_which_a_part_is_wrong_changes_nothing(call, change, made, refused, patch, where):
    assert refused(change(patch), 422)[1] == [where]
    assert call("GET", f"/bookings/{made['token']}").json == made


def test_an_empty_change_and_the_same_again_change_nothing(change, made):
    for same in ({}, {"window": made["window"]}, {"contact": made["contact"], "floor": made["floor"]}):
        done = change(same)
        assert (done.status_code, done.json) == (200, made)


def test_another_community_means_its_own_place(change, made):
    done = change({"community": "A-003"}).json
    assert (done["community"], done["place"]) == ("A-003", "社区A-003")
    assert done["lon"] != made["lon"]


def test_a_change_that_another_vehicle_must_serve_is_refused(change, refused):
    assert refused(change({"community": "B-001"}), 409)[0] == "needs-new-booking"
    assert refused(change({"community": "B-001", "window": "15:00-17:00"}), 409)[0] == "needs-new-booking"


def test_a_booking_is_cancelled_once(call, made, refused, change):
    for _ in range(2):
        done = call("DELETE", f"/bookings/{made['token']}?reason=moved%20house")
        assert (done.status_code, done.json["state"], done.json["reason"]) == (200, "cancelled", "moved house")
    assert done.json["version"] == 2
    assert refused(change({"floor": 2}, '"2"'), 409)[0] == "wrong-state"


def test_a_cancellation_keeps_to_if_match(call, made, refused):
    path = f"/bookings/{made['token']}"
    assert refused(call("DELETE", path, **{"If-Match": '"7"'}), 412)[0] == "changed-elsewhere"
    assert call("DELETE", path, **{"If-Match": '"1"'}).json["state"] == "cancelled"


def test_nothing_is_moved_when_it_is_too_late(change, refused, at_now):
    with time_machine.travel(at_now + timedelta(hours=11), tick=False):
        assert refused(change({"day": "2026-03-10"}), 409)[0] == "too-late"


def test_a_missed_visit_is_reported_and_made_good(call, made, at_now, refused):
    path = f"/bookings/{made['token']}/missed"
    assert refused(call("POST", path), 409)[0] == "not-over"
    with time_machine.travel(at_now + timedelta(days=1, hours=3), tick=False):
        first, again = call("POST", path), call("POST", path)
        assert first.status_code == 201, first.text
        assert first.json["token"] != made["token"]
        assert first.json == again.json
        assert call("GET", f"/bookings/{made['token']}").json["state"] == "failed"


def test_the_language_of_messages_is_the_caller_s_choice_and_stays(call, body, sqlite_record, day):
    assert call("POST", "/bookings", body(), key=KEY).json["language"] == "zh"
    made = call("POST", "/bookings", body(language="en", phone="13700137000", different=True), key=KEY[::-1])
    assert made.json["language"] == "en"
    path, etag = f"/bookings/{made.json['token']}", made.headers["ETag"]
    changed = call("PATCH", path, {"window": "10:00-12:00"}, **{"If-Match": etag})
    assert (changed.json["window"], changed.json["language"]) == ("10:00-12:00", "en")
    refused = call("POST", "/bookings", body(language="fr"), key="another-key-of-a-program")
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "#/language")
