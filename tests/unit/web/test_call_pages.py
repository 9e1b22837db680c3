"""Truck calls as everybody sees them: looked for, on their page, on a poster, in calendars and as open data."""

import csv
import io
import re
from datetime import timedelta

import pytest
from icalendar import Calendar
from made_timetables import WHO, of_the_town
from sqlalchemy import select

from recycling.models import Call, CallWatch
from recycling.timetable.calls import cancel_call, move_call

SITE = "http://127.0.0.1:8000"
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def calling(sqlite_record, settings, now):
    of_the_town(sqlite_record, settings, now)
    return sqlite_record


@pytest.fixture
def first_call(calling):
    """Return a function that gives a community's first call inside a unit of work."""

    def get(session, community="A-001"):
        query = select(Call).where(Call.community_code == community).order_by(Call.starts_at)
        return session.scalars(query).first()

    return get


def test_without_a_word_the_next_calls_of_all_communities_are_there(client, calling):
    page = client.get("/calls", headers=ENGLISH).text
    for place in ("社区A-001", "社区A-002", "社区A-003", "社区B-001"):
        assert place in page
    assert page.index("Thu 5 Mar") < page.index("Mon 9 Mar")
    assert 'href="/calls/A-001"' in page
    assert 'aria-current="page">Truck calls' in page


@pytest.mark.parametrize("words", ["社区A-001", "shequ a-001", "A-001"])
def test_a_community_is_found_by_name_and_pinyin(client, calling, words):
    page = client.get("/calls", query_string={"q": words}, headers=ENGLISH).text
    assert 'href="/calls/A-001"' in page
    assert "Next: Mon 9 Mar, 09:00–10:00" in page
    assert f'value="{words}"' in page


def test_a_town_brings_its_communities(client, calling):
    page = client.get("/calls", query_string={"q": "示例镇"}, headers=ENGLISH).text
    for code in ("A-001", "A-002", "A-003"):
        assert f'href="/calls/{code}"' in page


def test_what_is_not_found_says_how_to_look(client, calling):
    page = client.get("/calls", query_string={"q": "<b>nowhere"}, headers=ENGLISH).text
    assert "pinyin" in page
    assert "<b>nowhere" not in page


def test_a_search_names_the_next_call_that_takes_place(client, calling, first_call, now):
    with calling.write() as session:
        cancel_call(session, first_call(session), "truck broken", WHO, now)
    page = client.get("/calls", query_string={"q": "A-001"}, headers=ENGLISH).text
    assert "Next: Mon 16 Mar" in page


def test_without_a_timetable_a_pickup_is_offered(client):
    for path in ("/calls", "/calls/A-001"):
        page = client.get(path, headers=ENGLISH).text
        assert 'class="empty"' in page
        assert '<a class="btn btn-primary" href="/book">' in page


def test_a_place_says_when_what_and_where_the_calendar_is(client, calling):
    page = client.get("/calls/A-002", headers=ENGLISH).text
    assert "The truck comes on Thu 5 Mar, 14:00–15:00." in page
    assert "Mon 9 Mar, 11:00–12:00" in page
    assert f"{SITE}/calls/A-002.ics" in page
    assert "paper" in page.casefold()
    assert "A-001" not in page


def test_a_place_says_what_was_moved_and_what_cancelled_and_why(client, calling, first_call, settings, now):
    with calling.write() as session:
        call = first_call(session)
        move_call(session, settings, call, call.starts_at + timedelta(days=1, hours=2), "", WHO, now)
        cancel_call(session, first_call(session, "A-003"), "<i>暴雨", WHO, now)
    moved = client.get("/calls/A-001", headers=ENGLISH).text
    assert "The truck comes on Tue 10 Mar, 11:00–12:00." in moved
    assert "Moved from Mon 9 Mar, 09:00" in moved
    cancelled = client.get("/calls/A-003", headers=ENGLISH).text
    assert "Cancelled: &lt;i&gt;暴雨" in cancelled
    assert "The truck comes on Mon 16 Mar" in cancelled


def test_the_poster_has_the_next_calls_and_a_code(client, calling, settings, first_call, now):
    with calling.write() as session:
        cancel_call(session, first_call(session), "truck broken", WHO, now)
    page = client.get("/calls/A-001/poster", headers=ENGLISH).text
    poster = page[page.index('<article class="poster">') : page.index("</article>")]
    assert poster.count("<li>") == 6
    assert "Mon 9 Mar" not in poster, "a cancelled call is not put up"
    assert "Mon 16 Mar" in poster
    assert "<svg" in poster
    assert "As known on Wed 4 Mar, 10:00 · demonstration" in poster
    assert f"{SITE}/calls/A-001" in poster
    with calling.write() as session:
        later = session.scalars(select(Call).where(Call.community_code == "A-001", Call.state == "planned")).first()
        move_call(session, settings, later, later.starts_at + timedelta(hours=1), "", WHO, now)
    poster = client.get("/calls/A-001/poster", headers=ENGLISH).text
    assert re.search(r"10:00–11:00</span><br><small>Moved from \w+ \d+ \w+, 09:00</small>", poster), (
        "whoever reads it knew another hour"
    )


def test_the_feed_is_a_calendar_of_one_community(client, calling, settings):
    answer = client.get("/calls/A-001.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    events = Calendar.from_ical(answer.data).walk("VEVENT")
    assert len(events) == settings.timetable.weeks_ahead
    assert {str(event["url"]) for event in events} == {f"{SITE}/calls/A-001"}
    assert str(events[0]["summary"]) == "回收车到社区A-001"
    assert "Recycling truck at" in client.get("/calls/A-001.ics", headers=ENGLISH).text


def test_open_data_in_three_formats(client, calling):
    answers = {form: client.get(f"/calls/data.{form}") for form in ("csv", "json", "geojson")}
    types = {form: answer.headers["Content-Type"] for form, answer in answers.items()}
    assert types == {
        "csv": "text/csv; charset=utf-8",
        "json": "application/json",
        "geojson": "application/geo+json",
    }
    for form, answer in answers.items():
        assert answer.headers["Content-Disposition"] == f'attachment; filename="calls.{form}"'
    rows = list(csv.DictReader(io.StringIO(answers["csv"].data.decode("utf-8-sig"))))
    calls, features = answers["json"].json["calls"], answers["geojson"].json["features"]
    assert len(rows) == len(calls) == len(features) > 40
    assert rows[0]["starts"] == calls[0]["starts"] == features[0]["properties"]["starts"] == "2026-03-05T14:00:00+08:00"
    assert features[0]["geometry"] == {"type": "Point", "coordinates": [calls[0]["lon"], calls[0]["lat"]]}
    assert {row["community"] for row in rows} == {"A-001", "A-002", "A-003", "B-001"}


@pytest.mark.parametrize("path", ["/calls/X-9", "/calls/X-9/poster", "/calls/X-9.ics", "/calls/data.xlsx"])
def test_what_is_not_there_is_told(client, calling, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert "<h1>" in answer.text


def test_a_number_is_told_of_changes_and_ends_it_by_the_link(client, calling, settings, first_call, now):
    page = client.get("/calls/A-001", headers=ENGLISH).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
    wrong = client.post("/calls/A-001/watch", data={"csrf_token": token, "phone": "12"}, headers=ENGLISH)
    assert wrong.status_code == 422
    assert 'value="12"' in wrong.text, "what was typed stays"
    sent = {"csrf_token": token, "phone": "13800138000"}
    for _ in range(2):
        answer = client.post("/calls/A-001/watch", data=sent, headers=ENGLISH)
        assert answer.location == "/calls/A-001?told=yes#told", "the same to whoever asks a second time"
    assert "From now on that number gets a message" in client.get(answer.location, headers=ENGLISH).text
    with calling.write() as session:
        watch = session.scalars(select(CallWatch)).one()
        call = first_call(session)
        move_call(session, settings, call, call.starts_at + timedelta(hours=1), "", WHO, now)
    page = client.get(f"/c/{watch.token}", headers=ENGLISH).text
    assert "Moved from Mon 9 Mar, 09:00" in page
    assert "138" not in page
    done = client.post(f"/c/{watch.token}/end", data={"csrf_token": token}, headers=ENGLISH)
    assert "You get no more messages" in client.get(done.location, headers=ENGLISH).text
    assert client.get("/c/no-such-link-at-all").status_code == 404
