"""Windows on offer, and keeping one."""

from datetime import date

import pytest
from sqlalchemy import select, update

from recycling.models import Hold, Slot

KEY = "a-key-of-a-program-0001"
PLACE = "items=fridge:1&community=A-001"


def test_slots_are_the_windows_of_the_form_with_hours_and_other_ways(call, client):
    said = call("GET", f"/slots?{PLACE}").json
    form = client.get("/windows?item-fridge=1&lon=107.473&lat=31.203").json
    assert [(w["day"], w["window"]) for w in said["windows"]] == [
        (day["day"], w["window"]) for day in form["days"] for w in day["windows"]
    ]
    assert said["windows"][0]["start"] == "2026-03-05T08:00:00+08:00"
    assert said["best"] in said["windows"]
    assert said["ways"]["waiting"]
    assert said["ways"]["call_back"]


def test_a_position_can_be_in_another_system(call):
    from routing.roads.crs import to_wgs84

    given = (107.4730, 31.2030)
    ((lon, lat),) = to_wgs84([given], "gcj02").tolist()
    in_gcj = call("GET", f"/slots?items=paper:1&lon={given[0]}&lat={given[1]}&crs=gcj02").json
    in_wgs = call("GET", f"/slots?items=paper:1&lon={lon:.6f}&lat={lat:.6f}").json
    assert in_gcj == in_wgs
    assert in_gcj["windows"]


@pytest.mark.parametrize(
    ("query", "code", "where"),
    [
        ("items=fridge:1&lon=107.47&lat=31.2&crs=epsg4326", "bad-length", "crs"),
        ("items=fridge:1&lon=107.47&lat=31.2&crs=utm48", "unknown-choice", "crs"),
        ("items=fridge:1&lon=107.47", "half-a-position", "lat"),
        ("items=fridge:1&lon=nan&lat=31.2", "not-a-number", "lon"),
        ("items=fridge:1&lon=190&lat=31.2", "out-of-range", "lon"),
        ("items=fridge:1&lon=2.35&lat=48.85", "outside-area", "position"),
        ("items=fridge:1", "no-place", "community"),
        ("items=fridge:1&community=%27%20OR%201=1", "unknown-community", "community"),
        ("items=fridge&community=A-001", "bad-shape", "items"),
        ("items=fridge:0&community=A-001", "bad-shape", "items"),
        ("items=submarine:1&community=A-001", "unknown-item", "items"),
        ("items=fridge:9&community=A-001", "too-many-pieces", "items"),
        ("community=A-001", "missing", "items"),
        (f"{PLACE}&floor=top", "not-a-number", "floor"),
        (f"{PLACE}&lift=1", "not-true-or-false", "lift"),
    ],
)
def test_what_cannot_be_asked_is_told_by_its_parameter(call, refused, query, code, where):
    said = refused(call("GET", f"/slots?{query}"), 422)
    assert said[1][0] == where
    if code != "too-many-pieces":
        assert said[0] == code


def test_ten_thousand_items_in_an_address_are_refused(call, refused):
    query = ",".join(f"i{n}:1" for n in range(10_000))
    code, where = refused(call("GET", f"/slots?items={query}&community=A-001"), 422)
    assert where[0] == "items"
    assert code in {"bad-length", "bad-shape"}


@pytest.fixture
def kept(call, body):
    def keep(key=KEY, **changes):
        wanted = body(**changes)
        asked = {n: wanted[n] for n in ("items", "community", "day", "window") if n in wanted}
        return call("POST", "/holds", asked, key)

    return keep


def test_a_window_is_kept_renewed_and_used(call, kept, body, sqlite_record, at_now):
    said = kept()
    assert said.status_code == 201
    assert said.json == {
        "key": KEY,
        "day": "2026-03-05",
        "window": "08:00-10:00",
        "until": "2026-03-04T10:10:00+08:00",
        "last": False,
    }
    assert call("POST", f"/holds/{KEY}/renew").json == said.json
    assert kept(window="10:00-12:00").json["window"] == "10:00-12:00", "the same key keeps one window"
    with sqlite_record.read() as session:
        (hold,) = session.scalars(select(Hold))
    assert KEY not in hold.owner
    assert call("POST", "/bookings", body(window="10:00-12:00"), KEY).status_code == 201
    with sqlite_record.read() as session:
        assert session.scalars(select(Hold)).all() == []


def test_the_window_of_a_key_is_on_offer_to_it_and_not_near_by_itself(call, kept, sqlite_record):
    before = call("GET", f"/slots?{PLACE}").json["windows"]
    kept()
    with sqlite_record.write() as session:
        session.execute(update(Slot).where(Slot.window == "08:00-10:00").values(capacity=Slot.taken))
    assert call("GET", f"/slots?{PLACE}&key={KEY}").json["windows"] == before
    assert call("GET", f"/slots?{PLACE}").json["windows"] != before


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({"day": "2026-03-04"}, "past", "#/day"),
        ({"day": "2025-03-05"}, "past", "#/day"),
        ({"day": "2027-03-05"}, "too-far", "#/day"),
        ({"window": "09:00-10:00"}, "unknown-window", "#/window"),
        ({"window": "whenever"}, "bad-shape", "#/window"),
        ({"day": None}, "missing", "#/day"),
        ({"items": {}}, "bad-length", "#/items"),
    ],
)
def test_a_window_that_is_not_open_cannot_be_kept(kept, refused, changes, code, where):
    assert refused(kept(**changes), 422) == (code, [where])


def test_nobody_renews_what_is_not_kept(call, refused):
    assert refused(call("POST", f"/holds/{KEY}/renew"), 404)[0] == "hold-ended"
    assert refused(call("POST", "/holds/short/renew"), 404)[0] == "http-404"


def test_a_full_window_is_refused_and_the_others_stay_on_offer(kept, call, refused, booked, sqlite_record, day):
    for number in range(200):
        answer = kept(f"{KEY}-{number}", items={"wardrobe": 2})
        if answer.status_code != 201:
            break
    assert refused(answer, 409)[0] == "window-full"
    said = call("GET", "/slots?items=wardrobe:2&community=A-001").json
    assert ("2026-03-05", "08:00-10:00") not in {(w["day"], w["window"]) for w in said["windows"]}
    assert said["windows"]


@pytest.mark.parametrize(("day_", "offset"), [(date(2026, 3, 29), "+02:00"), (date(2026, 3, 28), "+01:00")])
def test_the_day_on_which_the_clock_changes_keeps_its_hours(make_app, body, day_, offset):
    """Not at the depot in Dazhou, where clocks stand still since 1991; the zone is a setting."""
    import time_machine

    service = {"timezone": "Europe/Berlin", "horizon_days": 14}
    with time_machine.travel("2026-03-20T09:00:00+00:00", tick=False):
        client = make_app(service=service).test_client()
        said = client.get(f"/api/v1/slots?{PLACE}").json
        first = next(w for w in said["windows"] if w["day"] == str(day_))
        assert first["start"] == f"{day_}T08:00:00{offset}"
        assert first["end"] == f"{day_}T10:00:00{offset}"
        made = client.post("/api/v1/bookings", json=body(day=str(day_)), headers={"Idempotency-Key": KEY})
        assert made.json["promise"] == {"start": first["start"], "end": first["end"]}


def test_what_each_vehicle_takes_is_told_before_one_books(call):
    said = call("GET", "/slots?items=fridge:1,sofa:2&community=A-001").json
    assert sorted(one["item"] for visit in said["visits"] for one in visit) == ["fridge", "sofa"]
    assert len(said["visits"]) == 2
