"""The map of truck calls for everybody, and where trucks are that residents are shown."""

import re
from datetime import timedelta

import pytest
import time_machine
from made_timetables import WHO, of_the_town
from sqlalchemy import delete, select

from recycling.accounts.actors import Actor, Role
from recycling.models import Call
from recycling.stock import collect, load_of, the_vehicle
from recycling.stock.movements import HAND_IN, Deed
from recycling.timetable.calls import cancel_call
from recycling.whereabouts import CONSENT, snapped, switch_on, take_position

ENGLISH = {"Accept-Language": "en"}
DRIVER = Actor("person", "driver-1", Role.DRIVER, depots=frozenset({"DEP-01"}))
PLACE = (107.480123, 31.207321)


@pytest.fixture
def calling(sqlite_record, settings, now):
    of_the_town(sqlite_record, settings, now)
    return sqlite_record


@pytest.fixture
def look(client, calling):
    """Return a function that opens a page in English."""

    def get(path, **query):
        return client.get(path, query_string=query, headers=ENGLISH)

    return get


@pytest.fixture
def monday(calling, now):
    """09:30 on a Monday, in the middle of the truck's call at A-001; the van is at A-003."""
    moment = now + timedelta(days=4, hours=23, minutes=30)
    with time_machine.travel(moment, tick=False) as clock:
        yield clock


@pytest.fixture
def shown(calling, settings, fleet, monday, now):
    """The box truck as its driver lets it be seen at 09:30."""
    moment = now + timedelta(days=4, hours=23, minutes=30)
    truck, day = the_vehicle(fleet, "T-BOX"), settings.clock.today(moment)
    with calling.write() as session:
        switch_on(session, settings, truck, day, CONSENT, DRIVER, moment)
        take_position(session, settings, truck, day, PLACE, DRIVER, moment)
    return moment


def pins(page):
    return re.findall(r'class=\\?"(call-pin[^"\\]*)\\?"[^>]*href=\\?"([^"\\]+)\\?"[^>]*>([\d:]+)<', page)


def test_a_day_is_drawn_with_a_pin_for_each_call_that_leads_to_its_place(look):
    page = look("/calls/map", day="2026-03-09").text
    drawn = page.encode().decode("unicode_escape", "ignore")
    assert sorted((where, hour) for _, where, hour in pins(drawn)) == [
        ("/calls/A-001", "09:00"), ("/calls/A-002", "11:00"), ("/calls/A-003", "09:30"), ("/calls/B-001", "10:00"),
    ]  # fmt: skip
    for code in ("A-001", "A-002", "A-003", "B-001"):
        assert f'<a class="row-link" href="/calls/{code}">' in page, "the list says the same"
    assert "http://" not in re.sub(r"http://www.w3.org/\S+|http://127.0.0.1:8000", "", page)


def test_the_next_seven_days_with_calls_have_a_tab_and_the_first_is_open(look):
    page = look("/calls/map").text
    tabs = re.findall(r'<a href="/calls/map\?day=([\d-]+)"( aria-current="page")?', page.replace(" >", ">"))
    assert [day for day, _ in tabs] == [
        "2026-03-05", "2026-03-09", "2026-03-12", "2026-03-16", "2026-03-19", "2026-03-23", "2026-03-26",
    ]  # fmt: skip
    assert [day for day, open_ in tabs if open_] == ["2026-03-05"]


def test_a_later_day_gets_a_tab_of_its_own(look):
    page = look("/calls/map", day="2026-04-06").text
    assert page.count('aria-current="page">') >= 1
    assert re.search(r'day=2026-04-06" aria-current="page"', page)
    assert page.count('href="/calls/map?day=') == 8


def test_a_community_is_marked_on_the_map_and_in_the_list(look):
    page = look("/calls/map", day="2026-03-09", community="A-002").text
    drawn = page.encode().decode("unicode_escape", "ignore")
    assert [where for looks, where, _ in pins(drawn) if "here" in looks] == ["/calls/A-002"]
    assert page.count('<li class="here"') == 1
    assert "day=2026-03-12&amp;community=A-002" in page, "tabs keep it"
    page = look("/calls/map", day="2026-03-05", community="A-001").text
    assert "No call at 社区A-001 on this day." in page


def test_a_cancelled_call_is_no_pin_and_stands_in_the_list_with_its_reason(look, calling, now):
    with calling.write() as session:
        for call in session.scalars(select(Call).where(Call.community_code.in_(("A-001", "B-001")))):
            cancel_call(session, call, "<i>暴雨", WHO, now)
    page = look("/calls/map", day="2026-03-09", community="A-001").text
    drawn = page.encode().decode("unicode_escape", "ignore")
    assert {where for _, where, _ in pins(drawn)} == {"/calls/A-002", "/calls/A-003"}
    assert page.count("Cancelled: &lt;i&gt;暴雨") == 2


def test_a_day_with_cancelled_calls_alone_has_a_list_and_no_map(look, calling, now):
    with calling.write() as session:
        for call in session.scalars(select(Call).where(Call.service_day == now.date() + timedelta(days=1))):
            cancel_call(session, call, "rain", WHO, now)
    page = look("/calls/map", day="2026-03-05").text
    assert "Cancelled: rain" in page
    assert "leaflet" not in page
    assert "call_map.js" in page


def test_what_is_full_is_said_in_the_list(look, calling, fleet, settings, monday, now):
    loads = [load_of(settings.stock, "paper", 540_000)]
    with calling.write() as session:
        deed = Deed("aboard-paper", "crew", now + timedelta(days=4, hours=23))
        collect(session, the_vehicle(fleet, "T-BOX"), loads, "A-001", HAND_IN, deed, "R")
    assert "Full: Paper and cardboard" in look("/calls/map").text


def test_calls_that_are_over_are_not_there_any_more(look, monday):
    first = look("/calls/map").text
    assert '<a class="row-link" href="/calls/A-001">' in first
    assert ">Today<" in first
    monday.shift(timedelta(hours=1))
    page = look("/calls/map").text
    assert '<a class="row-link" href="/calls/A-001">' not in page
    assert '<a class="row-link" href="/calls/A-002">' in page
    monday.shift(timedelta(hours=8))
    page = look("/calls/map").text
    assert "Thu 12 Mar" in page
    assert ">Today<" not in page


def test_a_day_whose_calls_are_over_says_so_and_shows_the_truck_still(look, shown, monday, calling, settings, fleet):
    day = settings.clock.today(shown)
    with calling.write() as session:
        session.execute(delete(Call).where(Call.service_day == day, Call.plate != "T-BOX"))
        ends = max(call.ends_at for call in session.scalars(select(Call).where(Call.service_day == day)))
        take_position(session, settings, the_vehicle(fleet, "T-BOX"), day, PLACE, DRIVER, ends + timedelta(minutes=5))
    monday.move_to(ends + timedelta(minutes=6))
    page = look("/calls/map", day=day).text
    assert "The calls of today are over. A truck on its way back is shown for a while longer." in page
    assert 'class="map-frame' in page, "the square is marked on a map, with no call left on it"
    assert "call-pin" not in page
    assert "was in the marked square" in page.split("<ul class=")[1].split("</ul>")[0].split(">", 1)[1]
    assert "No calls on this day" not in page
    assert ">Today<" in look("/calls/map").text
    monday.move_to(ends + timedelta(hours=1))
    page = look("/calls/map", day=day).text
    assert "The calls of today are over.</p>" in page
    assert ">Today<" not in look("/calls/map").text


@pytest.mark.parametrize(("query", "status"), [({"day": "soon"}, 422), ({"community": "X-9"}, 404)])
def test_what_cannot_be_shown_is_told(look, query, status):
    answer = look("/calls/map", **query)
    assert answer.status_code == status
    assert "<h1>" in answer.text


def test_a_day_without_calls_leads_to_the_search(look, client):
    for day in ("2026-03-06", "2026-03-01"):
        answer = look("/calls/map", day=day)
        assert answer.status_code == 200
    assert "No calls on this day" in look("/calls/map", day="2026-03-06").text


def test_pages_of_calls_lead_to_the_map(look):
    assert 'href="/calls/map"' in look("/calls").text
    assert 'href="/calls/map?day=2026-03-09&amp;community=A-001"' in look("/calls/A-001").text


# -- where trucks are ----------------------------------------------------------------------------------------------


def test_everybody_gets_the_square_of_a_truck_and_nothing_nearer(client, shown):
    answer = client.get("/calls/trucks.json")
    (truck,) = answer.json["trucks"]
    assert truck["cell"] == [[round(v, 6) for v in corner] for corner in snapped(*PLACE).corners]
    assert (truck["truck"], truck["hour"], truck["seen"]) == ("BOX", "09:30", "2026-03-09T09:30:00+08:00")
    assert truck["call"] == {
        "community": "A-001", "name": "社区A-001", "page": "/calls/A-001", "under_way": True, "hour": "10:00",
    }  # fmt: skip
    assert (truck["left"], truck["metres"]) == (290, None), "ten seconds less, in which a proxy may have had it"
    for secret in ("107.480123", "31.207321", "T-BOX", "driver-1"):
        assert secret not in answer.text


def test_the_answer_is_everybody_s_and_proxies_may_give_it_for_ten_seconds(client, signed_in, app, shown):
    for asker in (client, signed_in(app, "resident", at=shown)):
        answer = asker.get("/calls/trucks.json")
        assert answer.headers["Cache-Control"] == "public, max-age=0, s-maxage=10"
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")


def test_nobody_is_looked_up_for_it(client, signed_in, app, shown, monkeypatch):
    monkeypatch.setattr("recycling.accounts.sessions.find", lambda *_: pytest.fail("a cookie was looked at"))
    assert signed_in(app, "resident", at=shown).get("/calls/trucks.json").status_code == 200


def test_an_hour_that_is_over_is_never_told_as_expected(client, shown, monday):
    monday.shift(timedelta(minutes=4))
    call = client.get("/calls/trucks.json").json["trucks"][0]["call"]
    assert call["under_way"]
    assert call["hour"] > "09:34"


def test_a_community_gets_its_own_truck_with_its_distance(client, shown):
    (truck,) = client.get("/calls/trucks.json?community=A-002").json["trucks"]
    assert truck["metres"] % 100 == 0
    assert client.get("/calls/trucks.json?community=A-003").json["trucks"] == []
    assert client.get("/calls/trucks.json?community=X-9").status_code == 404


def test_the_community_s_page_says_how_far_away_it_was_seen(look, shown, monday):
    page = look("/calls/A-002").text
    said = re.search(r'<p class="truck-seen" id="truck-seen" aria-live="polite"[^>]*>([^<]*)</p>', page).group(1)
    assert re.fullmatch(r"The truck was seen about 1\.2 km away at 09:30\. ", said)
    assert 'data-url="/calls/trucks.json?community=A-002"' in page
    other = look("/calls/A-003").text
    assert re.search(r'id="truck-seen"[^>]*></p>', other), "watched, and nothing to be said"
    monday.shift(timedelta(minutes=6))
    assert re.search(r'id="truck-seen"[^>]*></p>', look("/calls/A-002").text)


def test_a_page_whose_call_is_not_today_watches_nothing(look, monday):
    assert "truck-seen" in look("/calls/A-001").text
    monday.shift(timedelta(hours=1))
    page = look("/calls/A-001").text
    assert "truck-seen" not in page
    assert "trucks.js" not in page


def test_the_map_of_today_lists_trucks_without_a_script_too(look, shown):
    page = look("/calls/map").text
    assert "Truck BOX was in the marked square at 09:30." in page
    assert "Call now until 10:00: 社区A-001" in page
    assert 'id="trucks"' not in look("/calls/map", day="2026-03-12").text


def test_who_asks_too_often_is_told_to_wait(look, monkeypatch, shown):
    monkeypatch.setattr("web.call_map.MOST_A_MINUTE", 3)
    answers = [look("/calls/trucks.json").status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]
    refused = look("/calls/map")
    assert (refused.status_code, "Wait a minute" in refused.text) in ((200, False), (429, True))
