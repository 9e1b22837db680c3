"""Village rounds on their pages and by program: defined, asked for, said honestly, left, booked; what shops see."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from recycling import rounds
from recycling.accounts import keys
from recycling.accounts.actors import Role, system
from recycling.models import Booking, Community, RoundPlace, TradeInOrder

ENGLISH = {"Accept-Language": "en"}
WISH = rounds.RoundWish("东线", ("A-001",), every_days=1, quorum=2, latest_days=9)
DOOR = {"items": {"paper": 2}, "community": "A-001", "address": "3组12号", "contact": "王女士", "phone": "13700137000"}
ORDER = {
    "community": "A-001", "address": "3组9号", "contact": "李女士", "phone": "13600136000", "new_item": "fridge",
    "old_items": {"fridge": 1},
}  # fmt: skip


@pytest.fixture
def pooled(sqlite_record, office, now):
    """Return a function that defines a round over the town's first village."""

    def make(**changes):
        return rounds.make_round(
            office(sqlite_record), replace(WISH, **changes), "the-round-of-tests", system("tests"), now
        )

    return make


def places(record):
    with record.read() as session:
        return session.scalars(select(RoundPlace).order_by(RoundPlace.asked_at)).all()


def bookings(record):
    with record.read() as session:
        return session.scalars(select(Booking)).all()


def send(client, path, **fields):
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/").text)
    return client.post(path, data={"csrf_token": found.group(1), **fields}, headers=ENGLISH)


def test_a_mark_without_a_village_sees_the_round_of_the_nearest_and_waits_for_it(client, form, pooled, sqlite_record):
    pooled(quorum=3)
    with sqlite_record.read() as session:
        village = session.get(Community, "A-001")
    entries = form(deed="round", community="", lon=str(village.lon), lat=str(village.lat + 0.001))
    said = client.get("/windows", query_string=entries, headers=ENGLISH).json["rounds"]
    assert said[0]["text"].endswith("Your mark counts as 社区A-001, the village nearest to it.")
    assert client.post("/rounds/wait", data=entries).status_code == 303
    assert [place.community_code for place in places(sqlite_record)] == ["A-001"]
    named = client.get("/windows", query_string=form(deed="round"), headers=ENGLISH).json["rounds"]
    assert "Your mark" not in named[0]["text"]


def test_a_resident_waits_sees_how_far_it_is_and_leaves(client, form, pooled, sqlite_record):
    pooled(quorum=3)
    entries = form(deed="round")
    said = client.get("/windows", query_string=entries, headers=ENGLISH).json["rounds"]
    assert "so far nobody waits" in said[0]["text"]
    answer = client.post("/rounds/wait", data=entries)
    assert answer.status_code == 303
    page = client.get(answer.location, headers=ENGLISH).text
    assert "So far: 1 of 3 orders" in page
    assert "at the latest" in page
    assert "so far 1 order." in client.get("/windows", query_string=entries, headers=ENGLISH).json["rounds"][0]["text"]
    assert send(client, f"{answer.location}/leave").status_code == 303
    assert "You wait no longer" in client.get(answer.location, headers=ENGLISH).text
    assert [one.state for one in places(sqlite_record)] == ["left"]


def test_where_no_round_goes_the_form_comes_back_with_what_was_entered(client, form):
    answer = client.post("/rounds/wait", data=form(deed="round"), headers=ENGLISH)
    assert answer.status_code == 422
    assert "No village round serves this place" in answer.text
    assert 'value="王女士"' in answer.text
    assert 'action="/rounds/wait"' in answer.text
    assert client.get("/windows", query_string=form()).json["rounds"] == []


def test_the_one_who_makes_it_enough_is_booked_at_once_and_cannot_leave_by_that_link(
    client, form, pooled, sqlite_record
):
    pooled(quorum=1)
    answer = client.post("/rounds/wait", data=form(deed="round"))
    (booking,) = bookings(sqlite_record)
    page = client.get(answer.location, headers=ENGLISH).text
    assert f"/b/{booking.token}" in page
    refused = send(client, f"{answer.location}/leave")
    assert refused.status_code == 409
    assert "Cancel the booking instead" in refused.text


def test_a_dispatcher_defines_changes_lets_go_and_ends_a_round(app, client, form, signed_in, sqlite_record):
    desk = signed_in(app, "dispatcher", ["DEP-01"])
    entries = {
        "key": "a-round-by-form", "name": "东线", "places": "社区A-001 · 示例镇", "every_days": "2", "quorum": "5",
        "unit": "orders", "latest_days": "9", "notice_days": "2",
    }  # fmt: skip
    refused = send(desk, "/clerk/rounds/new", **entries | {"latest_days": "1"})
    assert refused.status_code == 422
    assert 'id="fault-latest_days"' in refused.text
    made = send(desk, "/clerk/rounds/new", **entries)
    assert made.status_code == 303
    assert send(desk, "/clerk/rounds/new", **entries).location == made.location
    assert "东线" in desk.get("/clerk/rounds").text
    assert 'value="5"' in desk.get(f"{made.location}/change").text
    assert send(desk, f"{made.location}/change", **entries | {"quorum": "7", "version": "1"}).status_code == 303
    assert send(desk, f"{made.location}/change", **entries | {"quorum": "8", "version": "1"}).status_code == 409
    assert send(desk, f"{made.location}/go").status_code == 409
    client.post("/rounds/wait", data=form(deed="round"))
    assert "1 of 7 orders" in desk.get(made.location, headers=ENGLISH).text
    assert send(desk, f"{made.location}/go").status_code == 303
    assert len(bookings(sqlite_record)) == 1
    assert "it goes on" in desk.get(made.location, headers=ENGLISH).text
    assert send(desk, f"{made.location}/end").status_code == 303
    assert "takes nobody new" in desk.get(made.location, headers=ENGLISH).text


def test_the_dispatcher_s_day_says_how_many_wait_past_their_date(
    app, client, form, pooled, signed_in, sqlite_record, now, day
):
    pooled(quorum=9)
    client.post("/rounds/wait", data=form(deed="round"))
    desk = signed_in(app, "dispatcher", ["DEP-01"])
    said = "order waits for a village round past its promised date"
    assert said not in desk.get(f"/dispatch/DEP-01/{day}", headers=ENGLISH).text
    with sqlite_record.write() as session:
        session.execute(update(RoundPlace).values(late_at=now))
    assert said in desk.get(f"/dispatch/DEP-01/{day}", headers=ENGLISH).text
    assert "A promised date is over" in desk.get("/clerk/rounds", headers=ENGLISH).text


def test_a_clerk_lets_a_caller_wait_and_takes_one_off_but_defines_nothing(app, form, pooled, signed_in, sqlite_record):
    found = pooled(quorum=9)
    clerk = signed_in(app, "clerk", ["DEP-01"])
    entries = {name: text for name, text in form().items() if name not in ("csrf_token", "day", "window")}
    answer = send(clerk, "/clerk/rounds/wait", **entries)
    assert answer.location == f"/clerk/rounds/{found.id}"
    (place,) = places(sqlite_record)
    assert place.channel == "clerk"
    page = clerk.get(answer.location).text
    assert place.phone not in page
    assert "/change" not in page
    assert send(clerk, f"/clerk/rounds/places/{place.id}/leave").status_code == 303
    assert [one.state for one in places(sqlite_record)] == ["left"]
    stranger = signed_in(app, "clerk", ["DEP-02"])
    assert stranger.get(answer.location).status_code == 403
    assert send(stranger, "/clerk/rounds/wait", **entries | {"key": "another-form-key"}).status_code == 403


def test_a_shop_s_file_lets_an_order_wait_and_its_page_shows_it(app, pooled, signed_in, sqlite_record):
    import io

    pooled(quorum=9)
    desk = signed_in(app, "dispatcher", ["DEP-01"])
    table = "订单号,收货人,电话,社区,地址,新品,旧物,日期,时段\nSO-7,李女士,13600136000,A-001,3组9号,冰箱,冰箱*1,下乡,\n"
    found = re.search(r'name="csrf_token" value="([^"]+)"', desk.get("/orders").text)
    sent = {
        "csrf_token": found.group(1), "sender": "家电城", "mode": "good", "file": (io.BytesIO(table.encode()), "o.csv")
    }  # fmt: skip
    answer = desk.post("/orders", data=sent, headers=ENGLISH, content_type="multipart/form-data")
    assert "1 wait for a village round" in answer.text, answer.text
    assert "SO-7" in desk.get("/orders").text
    left = send(desk, "/rounds/orders/leave", order="SO-7", sender="家电城")
    assert left.status_code == 303
    assert "SO-7" not in desk.get("/orders").text


def test_programs_wait_look_and_leave(client, pooled, sqlite_record):
    found = pooled(quorum=2)
    listed = client.get("/api/v1/rounds?community=A-001").json["rounds"]
    assert [(one["round"], one["asked"], one["quorum"]) for one in listed] == [(str(found.id), 0, 2)]
    assert client.get("/api/v1/rounds?community=A-002").json == {"community": "A-002", "rounds": []}
    key = {"Idempotency-Key": "a-program-that-waits"}
    made = client.post("/api/v1/rounds/waiting", json=DOOR, headers=key)
    assert made.status_code == 201, made.text
    assert client.post("/api/v1/rounds/waiting", json=DOOR, headers=key).json == made.json
    token = made.json["token"]
    assert client.get(f"/api/v1/rounds/waiting/{token}").json["round"]["asked"] == 1
    assert client.delete(f"/api/v1/rounds/waiting/{token}").json["state"] == "left"
    other = {"Idempotency-Key": "a-program-that-waits-2"}
    body = {**DOOR, "round": str(found.id)}
    waits = client.post("/api/v1/rounds/waiting", json=body, headers=other).json
    assert (waits["state"], waits["booking"]) == ("waiting", None)
    third = {**DOOR, "phone": "13700137001", "address": "3组13号"}
    client.post("/api/v1/rounds/waiting", json=third, headers={"Idempotency-Key": "a-program-that-waits-3"})
    now_booked = client.get(f"/api/v1/rounds/waiting/{waits['token']}").json
    assert now_booked["state"] == "placed"
    assert now_booked["booking"] in {one.token for one in bookings(sqlite_record)}


@pytest.fixture
def shop(client, sqlite_record, now):
    """Return a function that calls the interface with a shop's key."""
    with sqlite_record.write() as session:
        _, presented = keys.make(session, system("tests"), "家电城", Role.RETAILER, ["order.send"], ["DEP-01"], 30, now)

    def call(method, path, body=None):
        headers = {"Authorization": f"Bearer {presented}"}
        return client.open(f"/api/v1{path}", method=method, json=body, headers=headers)

    return call


def test_a_shop_s_program_lets_an_order_wait_until_the_round_takes_it(shop, client, pooled, sqlite_record):
    pooled(quorum=2)
    sent = shop("PUT", "/rounds/orders/SO-1", ORDER)
    assert (sent.json["outcome"], sent.json["state"], sent.json["round"]["asked"]) == ("taken", "waiting", 1), sent.text
    assert shop("PUT", "/rounds/orders/SO-1", ORDER).json["outcome"] == "known"
    assert shop("GET", "/orders/SO-1").status_code == 404
    client.post("/api/v1/rounds/waiting", json=DOOR, headers={"Idempotency-Key": "a-program-that-waits"})
    assert shop("GET", "/rounds/orders/SO-1").json["state"] == "placed"
    assert shop("GET", "/orders/SO-1").json["state"] == "open"
    with sqlite_record.read() as session:
        (order,) = session.scalars(select(TradeInOrder)).all()
    assert order.old_item == "fridge"
    assert shop("DELETE", "/rounds/orders/SO-1").status_code == 409
    rides = shop("PUT", "/rounds/orders/SO-2", ORDER | {"address": "3组10号"})
    assert rides.json["state"] == "placed", "it rides along with the day that was given"


def test_programs_that_have_a_mark_and_no_village_find_the_round_and_wait_for_it(client, pooled, shop, sqlite_record):
    from routing.roads.crs import from_wgs84

    found = pooled(quorum=9)
    with sqlite_record.read() as session:
        village = session.get(Community, "A-001")
    lon, lat = village.lon, round(village.lat + 0.0005, 6)
    ((east, north),) = from_wgs84([(lon, lat)], "gcj02").tolist()
    for place in (f"lon={lon}&lat={lat}", f"lon={east}&lat={north}&crs=gcj02"):
        said = client.get(f"/api/v1/rounds?{place}").json
        assert (said["community"], [one["round"] for one in said["rounds"]]) == ("A-001", [str(found.id)])
    assert client.get("/api/v1/rounds?lon=100&lat=31").json == {"community": "", "rounds": []}
    for half, where in ((f"lon={lon}", "lat"), ("", "community")):
        refused = client.get(f"/api/v1/rounds?{half}")
        assert (refused.status_code, refused.json["errors"][0]["parameter"]) == (422, where)
    marked = {name: value for name, value in DOOR.items() if name != "community"}
    body = marked | {"position": {"lon": lon, "lat": lat}}
    made = client.post("/api/v1/rounds/waiting", json=body, headers={"Idempotency-Key": "a-program-with-a-mark"})
    assert (made.status_code, made.json["round"]["asked"]) == (201, 1), made.text
    order = {name: value for name, value in ORDER.items() if name != "community"}
    sent = shop("PUT", "/rounds/orders/SO-9", order | {"lon": lon, "lat": lat})
    assert (sent.json["outcome"], sent.json["round"]["asked"]) == ("taken", 2), sent.text
    assert shop("PUT", "/rounds/orders/SO-9", order | {"lon": lon, "lat": lat}).json["outcome"] == "known"
    assert {one.community_code for one in places(sqlite_record)} == {"A-001"}
    assert shop("PUT", "/rounds/orders/SO-10", order | {"lon": lon + 2, "lat": lat}).status_code == 422


def test_a_shop_s_program_takes_back_what_waits(shop, pooled):
    pooled(quorum=2)
    shop("PUT", "/rounds/orders/SO-1", ORDER)
    assert shop("DELETE", "/rounds/orders/SO-1").json["state"] == "left"
    assert shop("DELETE", "/rounds/orders/SO-9").status_code == 404
