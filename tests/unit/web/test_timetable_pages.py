"""The dispatcher's pages of a timetable: versions, the week, a day on the map, and single calls changed."""

import re
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from made_timetables import WHO, draft, in_force, of_the_town
from sqlalchemy import select, update

from recycling.fleet import Driver
from recycling.models import Call, Timetable
from recycling.timetable.calls import cancel_call

BASE = "/dispatch/DEP-01/timetable"
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def calling(sqlite_record, settings, now):
    of_the_town(sqlite_record, settings, now)
    return sqlite_record


@pytest.fixture
def desk(app, signed_in):
    app.config["WTF_CSRF_ENABLED"] = False
    return signed_in(app, "dispatcher", ["DEP-01"])


@pytest.fixture
def call_of(calling):
    """Return a function that reads a community's first call."""

    def get(community="A-001"):
        with calling.read() as session:
            query = select(Call).where(Call.community_code == community).order_by(Call.starts_at)
            return session.scalars(query).first()

    return get


def table_of(database, version):
    with database.read() as session:
        return session.scalar(select(Timetable).where(Timetable.depot_code == "DEP-01", Timetable.version == version))


def test_without_a_timetable_the_command_is_named(desk):
    assert "recycling timetable optimise DEP-01" in desk.get(BASE).text
    assert 'class="empty"' in desk.get(f"{BASE}/calls").text


def test_the_week_of_the_version_in_force_and_what_a_draft_changes(desk, sqlite_record, settings, now):
    of_the_town(sqlite_record, settings, now - timedelta(days=7))
    page = desk.get(BASE, headers=ENGLISH).text
    assert "Version 1 · in force" in page
    assert page.count('<ol class="round">') == 3
    assert "then unload" in page
    assert 'aria-current="page">Dispatch' in page
    other = desk.get(f"{BASE}?version=2", headers=ENGLISH).text
    assert "In force from" in other
    assert "2 communities with other calls, 1 with the same" in other
    changed = re.sub(r"<[^>]+>", " ", other[other.index("<details>") : other.index("</details>")])
    assert re.search(r"社区A-003\s+Mon 09:30\s+Tue 10:00", changed)
    assert desk.get(f"{BASE}?version=9").status_code == 404


def test_a_draft_is_published_and_its_calls_follow(desk, calling, call_of, settings):
    answer = desk.post(f"{BASE}/2", data={"deed": "publish", "first": "2026-03-16"})
    assert answer.status_code == 303
    assert table_of(calling, 2).state == "published"
    with calling.read() as session:
        calls = session.scalars(select(Call).where(Call.community_code == "A-003").order_by(Call.starts_at)).all()
    days = [f"{settings.clock.local(call.starts_at):%a %d %H:%M} {call.state}" for call in calls]
    assert days[:4] == [
        "Mon 09 09:30 planned",
        "Mon 16 09:30 cancelled",
        "Tue 17 10:00 planned",
        "Mon 23 09:30 cancelled",
    ]
    page = desk.get(f"{BASE}?version=2", headers=ENGLISH).text
    assert "from Mon 16 Mar" in page
    assert "In force from" not in page


@pytest.mark.parametrize("first", ["2026-03-04", "tomorrow", ""])
def test_a_draft_holds_from_a_day_ahead_only(desk, calling, first):
    answer = desk.post(f"{BASE}/2", data={"deed": "publish", "first": first})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert table_of(calling, 2).state == "draft"


def test_a_version_is_withdrawn_and_its_calls_cancelled(desk, calling, call_of):
    assert desk.post(f"{BASE}/1", data={"deed": "withdraw"}).status_code == 303
    assert table_of(calling, 1).state == "withdrawn"
    assert (call_of().state, call_of().reason) == ("cancelled", "timetable")
    assert desk.post(f"{BASE}/2", data={"deed": "withdraw"}).status_code == 303
    assert table_of(calling, 2) is None


def test_the_dated_calls_of_two_weeks_of_one_depot(desk, calling):
    page = desk.get(f"{BASE}/calls", headers=ENGLISH).text
    assert len(re.findall(r'<li id="c-', page)) == 8
    assert "社区B-001" not in page


def test_a_call_is_moved(desk, call_of, settings):
    call = call_of()
    answer = desk.post(
        f"{BASE}/calls/{call.id}", data={"deed": "move", "day": "2026-03-10", "hour": "10:30", "plate": "T-VAN"}
    )
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"{BASE}/calls#c-{call.id}")
    moved = call_of()
    assert f"{settings.clock.local(moved.starts_at):%Y-%m-%d %H:%M}" == "2026-03-10 10:30"
    assert (moved.plate, moved.moved_from, moved.changes) == ("T-VAN", call.starts_at, 1)
    assert "Moved from Mon 9 Mar, 09:00" in desk.get(f"{BASE}/calls", headers=ENGLISH).text


@pytest.mark.parametrize(
    "wrong",
    [{"day": "2026-03-01"}, {"day": "10 March"}, {"hour": "25:00"}, {"plate": "T-NOBODY"}, {"hour": ""}],
    ids=str,
)
def test_a_move_that_cannot_be_keeps_what_was_typed(desk, call_of, wrong):
    call = call_of()
    entered = {"deed": "move", "day": "2026-03-10", "hour": "10:30", "plate": "T-VAN", **wrong}
    answer = desk.post(f"{BASE}/calls/{call.id}", data=entered, headers=ENGLISH)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    form = answer.text[answer.text.index(f'id="c-{call.id}"') :]
    assert "<details open>" in form[: form.index("<form")]
    assert f'name="day" value="{entered["day"]}"' in form
    assert f'name="hour" value="{entered["hour"] or "09:00"}"' in form
    assert call_of().changes == 0
    if entered["plate"] == "T-VAN":
        assert "<option selected>T-VAN" in form[: form.index("</select>")]


def test_a_call_is_cancelled_with_its_reason_and_restored(desk, call_of):
    call = call_of()
    assert desk.post(f"{BASE}/calls/{call.id}", data={"deed": "cancel", "reason": "暴雨"}).status_code == 303
    assert (call_of().state, call_of().reason) == ("cancelled", "暴雨")
    page = desk.get(f"{BASE}/calls", headers=ENGLISH).text
    assert "Cancelled: 暴雨" in page
    assert "Let it take place after all" in page
    assert desk.post(f"{BASE}/calls/{call.id}", data={"deed": "restore"}).status_code == 303
    assert (call_of().state, call_of().reason) == ("planned", "")


def test_without_a_reason_nothing_is_cancelled_and_the_form_stays_open(desk, call_of):
    call = call_of()
    answer = desk.post(f"{BASE}/calls/{call.id}", data={"deed": "cancel", "reason": "  "}, headers=ENGLISH)
    assert answer.status_code == 422
    assert "Say why" in answer.text
    assert f'<a href="#c-{call.id}">' in answer.text, "a way from what is wrong to where it is"
    assert len(re.findall(r"<details open>", answer.text)) == 1
    assert call_of().state == "planned"


def test_a_reason_for_a_call_that_is_under_way_is_kept_on_the_form(desk, calling, call_of, now):
    call = call_of()
    with calling.write() as session:
        session.get(Call, call.id).starts_at = now - timedelta(minutes=5)
    answer = desk.post(f"{BASE}/calls/{call.id}", data={"deed": "cancel", "reason": "flat tyre"}, headers=ENGLISH)
    assert answer.status_code == 409
    assert 'value="flat tyre"' in answer.text
    assert call_of().state == "planned"


def test_another_depots_dispatcher_is_refused(app, desk, signed_in, calling, call_of):
    other, call = signed_in(app, "dispatcher", ["DEP-02"]), call_of()
    for path in (BASE, f"{BASE}/calls", f"{BASE}?version=1&day=0"):
        assert other.get(path).status_code == 403
    assert other.post(f"{BASE}/2", data={"deed": "publish", "first": "2026-03-16"}).status_code == 403
    assert other.post(f"{BASE}/calls/{call.id}", data={"deed": "cancel", "reason": "x"}).status_code == 403
    assert table_of(calling, 2).state == "draft"
    assert call_of().state == "planned"


@pytest.mark.parametrize("depots", [["DEP-02"], None], ids=["of the other depot", "of every depot"])
def test_a_call_is_not_changed_by_the_address_of_another_depot(app, desk, signed_in, call_of, depots):
    who, call = signed_in(app, "dispatcher", depots), call_of()
    path = f"/dispatch/DEP-02/timetable/calls/{call.id}"
    assert who.post(path, data={"deed": "move", "day": "2026-03-10", "hour": "10:30"}).status_code == 404
    assert who.post(path, data={"deed": "cancel", "reason": "x"}).status_code == 404
    assert who.post(path.replace(str(call.id), str(uuid.uuid4())), data={"deed": "restore"}).status_code == 404
    assert call_of().changes == 0


def test_a_manager_reads_and_changes_nothing(app, desk, signed_in, calling, call_of):
    manager = signed_in(app, "manager")
    page = manager.get(f"{BASE}?version=2", headers=ENGLISH).text
    assert "Publish" not in page
    assert "Change" not in manager.get(f"{BASE}/calls", headers=ENGLISH).text
    assert manager.post(f"{BASE}/2", data={"deed": "withdraw"}).status_code == 403


def test_a_day_of_the_week_on_the_map(desk, calling):
    page = desk.get(f"{BASE}?version=1&day=0", headers=ENGLISH).text
    assert "straight lines, not roads" in page
    assert len(re.findall(r'<tr data-route="[12]"', page)) == 3
    assert len(re.findall(r'class=\\?"call-pin', page)) == 3
    for place in ("A-001", "A-002", "A-003"):
        assert re.search(rf'"title": "[^"]*{place}', page), "no sign on the map"
    assert "#0072B2" in page
    assert "#D55E00" in page
    assert not re.findall(r"""(?:src|href)=["']?(?:https?:)?//""", page)
    assert "leaflet" not in desk.get(BASE).text, "only a map loads what maps need"


def test_a_vehicle_keeps_its_number_on_every_day_and_a_day_without_rounds_says_so(desk, calling):
    thursday = desk.get(f"{BASE}?version=1&day=3", headers=ENGLISH).text
    assert re.findall(r'<tr data-route="(\d)"', thursday) == ["1"]
    tuesday = desk.get(f"{BASE}?version=1&day=1", headers=ENGLISH).text
    assert "No vehicle calls anywhere on this day." in tuesday
    for none in ("7", "-1", "x"):
        assert "call-pin" not in desk.get(f"{BASE}?version=1&day={none}").text


def test_a_round_goes_from_the_depot_by_its_calls_and_the_centre_home(calling):
    from recycling import network
    from web.timetable_map import rounds_of

    with calling.read() as session:
        table, depot, sites = table_of(calling, 1), network.the_depot(session, "DEP-01"), network.sites(session)
        table = session.get(Timetable, table.id)
        box, van = rounds_of(table, 0, depot, sites)
        centre = next(site for site in sites if site.code == "CEN-01")
        home = (depot.lat, depot.lon)
        stands = [(visit.community.lat, visit.community.lon) for visit in box.visits]
    assert (box.number, van.number) == (1, 2)
    assert box.way == [home, *stands, (centre.lat, centre.lon), home]
    assert box.look != van.look


def test_calls_of_any_vehicle_are_on_the_map_without_a_line(app, desk, signed_in, calling):
    other = signed_in(app, "dispatcher", ["DEP-02"])
    page = other.get("/dispatch/DEP-02/timetable?version=1&day=0", headers=ENGLISH).text
    assert len(re.findall(r'class=\\?"call-pin', page)) == 1
    assert "any vehicle" in page
    assert "L.polyline" not in page
    assert "L.polyline" in desk.get(f"{BASE}?version=1&day=0").text
    assert (
        '<option value="" selected>any vehicle' in other.get("/dispatch/DEP-02/timetable/calls", headers=ENGLISH).text
    )


def test_a_cancelled_call_stays_on_the_list(desk, calling, call_of, now):
    with calling.write() as session:
        cancel_call(session, session.get(Call, call_of().id), "暴雨", WHO, now)
    assert f'<li id="c-{call_of().id}" class="gone">' in desk.get(f"{BASE}/calls").text


def test_a_planner_reads_the_timetable_and_finds_nothing_to_change(app, signed_in, calling):
    client = signed_in(app, "planner")
    assert f'href="{BASE}"' in client.get("/plan/sites", headers=ENGLISH).text
    for path in (BASE, f"{BASE}/calls"):
        page = client.get(path, headers=ENGLISH)
        assert page.status_code == 200
        assert 'method="post" action="/dispatch' not in page.text
        assert 'href="/plan/sites"' in page.text
        assert 'href="/dispatch?depot' not in page.text
    assert client.get("/dispatch/DEP-01/2026-03-09", headers=ENGLISH).status_code in (403, 404)


@pytest.fixture
def driven(fleet):
    """The fleet with two drivers, of which the second one has the box truck from Thursdays on."""
    rows = (
        Driver(name="1号", plate="T-BOX", weekdays=(0, 1, 2)),
        Driver(name="2号", plate="T-BOX", weekdays=(3, 4, 5)),
        Driver(name="3号", plate="T-VAN"),
    )
    return fleet.model_copy(update={"drivers": rows})


def test_drivers_stand_with_their_rounds_and_in_the_comparison(desk, app, driven, sqlite_record, settings, now):
    of_the_town(sqlite_record, settings, now - timedelta(days=7))
    plain = desk.get(BASE, headers=ENGLISH).text
    assert "Driver" not in plain
    assert "one driver" not in plain
    app.extensions["recycling"] = replace(app.extensions["recycling"], fleet=driven)
    page = desk.get(BASE, headers=ENGLISH).text
    assert [page.count(f"Driver {name}") for name in ("1号", "2号", "3号")] == [1, 1, 1]
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert re.search(r"Communities with one driver +2 of 3", text)
    assert "1 call is by another driver than on the first day of its community." in text
    assert "The search counts ¥ 10.00 for each: ¥ 10.00 a week." in text
    other = re.sub(r"<[^>]+>", " ", desk.get(f"{BASE}?version=2", headers=ENGLISH).text)
    assert "Communities with one driver: 2 of 3 in the timetable in force, 3 of 3 in this one." in other
    assert re.search(r"社区A-002\s+Mon 11:00, Thu 14:00\s+1号, 2号\s+Mon 11:00\s+1号", other)
    assert "T-BOX · 2号" in desk.get(f"{BASE}?day=3", headers=ENGLISH).text
    board = re.sub(r"<[^>]+>", " ", desk.get(f"{BASE}/1/board?day=3", headers=ENGLISH).text)
    assert re.search(r"T-BOX\s+2号", board)


def test_calls_of_any_vehicle_come_last_and_count_for_no_vehicle_and_no_driver(
    desk, app, driven, sqlite_record, settings, now
):
    with sqlite_record.write() as session:
        draft(session, [("A-001", 0, 540, "T-BOX"), ("A-002", 0, 600, ""), ("A-003", 1, 600, "T-VAN")], now)
    app.extensions["recycling"] = replace(app.extensions["recycling"], fleet=driven)
    page = desk.get(BASE, headers=ENGLISH).text
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert " Vehicles 2 " in text
    assert "Communities with one driver 2 of 2" in text
    assert "Every community has the same driver on all its days." in text
    assert page.index("T-BOX</th>") < page.index("T-VAN</th>") < page.index("any vehicle</th>")
    day = desk.get(f"{BASE}?day=0", headers=ENGLISH).text
    assert re.search(r'data-route="1"[^>]*>(?:(?!data-route).)*T-BOX', day, re.DOTALL)


def test_planners_see_from_their_list_which_timetable_each_depot_has(app, signed_in, sqlite_record, settings, now):
    planner = signed_in(app, "planner", None)

    def listed():
        page = planner.get("/plan/sites", headers=ENGLISH).text
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page[page.index("Timetables of truck calls") :]))

    assert listed().count("No timetable yet") == 2
    with sqlite_record.write() as session:
        draft(session, [("A-001", 0, 540, "T-BOX")], now)
    assert "Version 1 · draft · 1 call · ¥ 1,234.00 a week" in listed()
    of_the_town_later = [("A-001", 0, 540, "T-BOX"), ("A-002", 0, 660, "T-BOX")]
    with sqlite_record.write() as session:
        in_force(session, settings, of_the_town_later, settings.clock.today(now) + timedelta(1), now, 2)
    assert "Version 2 · from Thu 5 Mar · 2 calls" in listed()
    with sqlite_record.write() as session:
        session.execute(
            update(Timetable).where(Timetable.version == 2).values(valid_from=settings.clock.today(now), left_out=3)
        )
    assert "Version 2 · in force · 2 calls" in listed()
    assert "3 communities without a call" in listed()


def test_people_without_a_call_stand_beside_their_communities(desk, sqlite_record, now):
    with sqlite_record.write() as session:
        draft(session, [("A-001", 0, 540, "T-BOX")], now).left_out = 2
        draft(session, [("A-001", 0, 540, "T-BOX")], now, version=2)
    page = desk.get(f"{BASE}?version=1", headers=ENGLISH).text
    assert re.search(r"People without a call</dt><dd><strong>3,000</strong>", page)
    assert "People without a call" not in desk.get(f"{BASE}?version=2", headers=ENGLISH).text
