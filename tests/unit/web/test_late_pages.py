"""The dispatcher's word on the day's page, what residents then see, and what they ask for after the cut-off."""

import re
from datetime import time, timedelta

import pytest
import time_machine
from made_plans import MINUTE, NINE, make_plan
from sqlalchemy import select

from recycling import deliveries
from recycling.accounts.actors import system
from recycling.booking import Office
from recycling.catalogue import load_catalogue
from recycling.fleet import load_fleet
from recycling.holidays import Closed, Holidays
from recycling.models import AskedChange, Booking, Call, Message, TradeInOrder

DAY = "/dispatch/DEP-01/2026-03-05"
AT = NINE + 10 * MINUTE  # 09:10, when it is said
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def route(sqlite_record, booked, at_now):
    """Two bookings on a route, planned to begin at 09:20 and 09:40."""
    made = booked(sqlite_record, 2)
    make_plan(sqlite_record, made[1], 1, begins=NINE + 40 * MINUTE, before=made[:1])
    change(sqlite_record, made, state="planned")
    with time_machine.travel(AT, tick=False):
        yield made


def change(record, bookings, **values):
    with record.write() as session:
        for booking in bookings:
            for name, value in values.items():
                setattr(session.get(Booking, booking.id), name, value)


@pytest.fixture
def dispatcher(app, signed_in):
    return signed_in(app, "dispatcher", at=AT)


def send(client, path, token_from, **entries):
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(token_from).text).group(1)
    return client.post(path, data={"csrf_token": token, **entries}, headers=ENGLISH)


def rows(record, model):
    with record.read() as session:
        return session.scalars(select(model)).all()


def of_change(record, word):
    return [m for m in rows(record, Message) if m.change == word]


def test_one_visit_s_hour_is_said_and_its_resident_told_once(route, dispatcher, client, sqlite_record):
    for hour, counts in (
        ("10:20", "told now: 1, told before: 0"),
        ("10:40", "told now: 0, told before: 1"),
    ):
        page = send(dispatcher, f"{DAY}/expected", DAY, booking=route[1].id, at=hour)
        assert page.status_code == 200
        assert counts in page.text
        assert f"comes at {hour}" in page.text
    (message,) = of_change(sqlite_record, "late")
    page = client.get(message.link, headers=ENGLISH).text
    assert "We are late" in page
    assert "between 10:25 and 11:05" in page
    assert f"{message.link}/move" in page
    assert f"{message.link}/cancel" in page
    assert f"{message.link}/amend" not in page


def test_a_route_is_behind_and_the_page_counts(route, dispatcher, sqlite_record):
    change(sqlite_record, route[:1], state="cancelled", ended_at=AT)
    page = send(dispatcher, f"{DAY}/behind", DAY, plate="T-BOX", minutes="25").text
    assert "Visits asked: 2. Late and told now: 1, told before: 0, in time: 0. Done or gone: 1." in page
    assert "Cancelled" in page
    assert len(of_change(sqlite_record, "late")) == 1


@pytest.mark.parametrize(
    ("where", "entries", "status", "sentence"),
    [
        ("expected", {"at": "25:00"}, 422, "25:00 is no hour"),
        ("expected", {"at": "09:00"}, 422, "This hour is over"),
        ("expected", {"at": "10:00", "booking": "nothing"}, 404, "There is no such booking"),
        ("behind", {"plate": "T-BOX", "minutes": "many"}, 422, "many is not a whole number"),
        ("behind", {"plate": "T-BOX", "minutes": "-5"}, 422, "Enter 0 to 600 minutes"),
        ("behind", {"plate": "T-NONE", "minutes": "5"}, 404, "T-NONE has no route"),
    ],
)
def test_what_cannot_be_read_is_said_on_the_page(route, dispatcher, sqlite_record, where, entries, status, sentence):
    page = send(dispatcher, f"{DAY}/{where}", DAY, **{"booking": route[1].id, **entries})
    assert page.status_code == status
    assert sentence in page.text
    assert of_change(sqlite_record, "late") == []


def test_whoever_only_looks_finds_no_form(route, app, signed_in):
    page = signed_in(app, "manager", at=AT).get(DAY).text
    assert f"{DAY}/behind" not in page
    assert f"{DAY}/expected" not in page


def test_a_resident_moves_away_from_a_late_crew(route, dispatcher, client, sqlite_record):
    link = f"/b/{route[1].token}"
    slot = f"{route[1].service_day + timedelta(days=2)} 13:00-15:00"
    assert send(client, f"{link}/move", link, slot=slot).status_code == 409
    send(dispatcher, f"{DAY}/expected", DAY, booking=route[1].id, at="10:20")
    assert send(client, f"{link}/move", link, slot=slot).status_code == 303
    assert "moved to" in dispatcher.get(DAY, headers=ENGLISH).text


def test_after_the_cut_off_the_dispatcher_is_asked_and_answers(route, dispatcher, client, sqlite_record):
    link = f"/b/{route[1].token}"
    page = client.get(link, headers=ENGLISH).text
    assert f"{link}/move" not in page
    key = re.search(r'name="key" value="(ask-[^"]+)"', page).group(1)
    for _ in range(2):
        assert send(client, f"{link}/ask", link, wish="move", note="after six", key=key).status_code == 303
    (asked,) = rows(sqlite_record, AskedChange)
    assert "You asked: Another time" in client.get(link, headers=ENGLISH).text
    for place in (DAY, "/clerk"):
        listed = dispatcher.get(place, headers=ENGLISH).text
        assert "Ask for a change (1)" in listed
        assert f"/clerk/bookings/{route[1].id}" in listed
        assert "after six" in listed
    at_desk = f"/clerk/bookings/{route[1].id}"
    assert "The resident asks: Another time" in dispatcher.get(at_desk, headers=ENGLISH).text
    assert send(dispatcher, f"/clerk/asked/{asked.id}/answer", at_desk, answer="").status_code == 422
    assert send(dispatcher, f"/clerk/asked/{asked.id}/answer", at_desk, answer="Not today, sorry").status_code == 303
    assert "Our answer: Not today, sorry" in client.get(link, headers=ENGLISH).text
    assert "Ask for a change" not in dispatcher.get(DAY, headers=ENGLISH).text
    assert len(of_change(sqlite_record, "answered")) == 1


def test_staff_cancel_for_whoever_asks_while_the_crew_is_on_its_way(route, dispatcher, client, sqlite_record):
    change(sqlite_record, route[1:], state="on_the_way")
    link, at_desk = f"/b/{route[1].token}", f"/clerk/bookings/{route[1].id}"
    assert send(client, f"{link}/ask", link, wish="cancel", key="ask-a-cancelling").status_code == 303
    assert send(dispatcher, f"{at_desk}/cancel", at_desk, reason="asked for it").status_code == 303
    (asked,) = rows(sqlite_record, AskedChange)
    assert asked.outcome == "cancelled"
    assert [m.change for m in rows(sqlite_record, Message) if m.change in ("cancelled", "answered")] == ["cancelled"]


def test_staff_of_another_depot_answer_nothing(route, app, signed_in, client, sqlite_record):
    link = f"/b/{route[1].token}"
    send(client, f"{link}/ask", link, wish="move", key="ask-to-be-moved")
    (asked,) = rows(sqlite_record, AskedChange)
    other = signed_in(app, "clerk", ["DEP-02"], at=AT)
    assert "Ask for a change" not in other.get("/clerk", headers=ENGLISH).text
    assert send(other, f"/clerk/asked/{asked.id}/answer", "/clerk", answer="no").status_code == 403


def test_a_closed_day_is_looked_at_and_moved_in_one_action(
    app, settings, sqlite_record, booked, signed_in, client, monkeypatch, at_now, day
):
    first, second = booked(sqlite_record, 2)
    staff = signed_in(app, "dispatcher")
    assert "This is a day of service" in staff.get(f"{DAY}/closed", headers=ENGLISH).text
    assert send(staff, f"{DAY}/closed", DAY).status_code == 409
    storm = Closed(**{"from": day, "zh": "暴雨", "en": "Storm"})
    monkeypatch.setitem(vars(settings), "holidays", Holidays(closed=(storm,)))
    page = staff.get(DAY, headers=ENGLISH).text
    assert "Nobody drives on this day, but these stand on it: 2 bookings." in page
    assert f'href="{DAY}/closed"' in page
    assert "not looked for yet" in staff.get(f"{DAY}/closed", headers=ENGLISH).text
    assert send(staff, f"{DAY}/closed", DAY).headers["Location"] == f"{DAY}/closed"
    page = staff.get(f"{DAY}/closed", headers=ENGLISH).text
    assert len(re.findall(r"→\s+Fri 6 Mar, 08:00–10:00", page)) == 2
    assert of_change(sqlite_record, "moved_closed") == []
    seen = re.findall(r'name="booking" value="([^"]+)"', page)
    assert {s.partition(" ")[0] for s in seen} == {str(first.id), str(second.id)}
    with time_machine.travel(at_now + 11 * MINUTE, tick=False):  # nothing is kept any more, and nothing else is done
        assert "Bookings asked: 0" in send(staff, f"{DAY}/closed/move", f"{DAY}/closed", booking=seen).text
    done = send(staff, f"{DAY}/closed/move", f"{DAY}/closed", booking=seen)
    assert "Bookings asked: 2. Moved: 2. Left: 0." in done.text
    assert "Nothing stands on this day" in done.text
    assert len(of_change(sqlite_record, "moved_closed")) == 2
    for language, said in (
        ("en", "We moved it here from Thu 5 Mar, 08:00–10:00: nobody drives on that day (Storm)."),
        ("zh", "原定3月5日 周四 08:00–10:00，因当天停运（暴雨），我们改到了这个时间。"),
    ):
        assert said in client.get(f"/b/{first.token}", headers={"Accept-Language": language}).text
    assert "Bookings asked: 0" in send(staff, f"{DAY}/closed/move", f"{DAY}/closed", booking=seen).text


def test_bookings_on_a_day_that_is_closed_later_are_named_on_other_days_and_moved_in_one_click(
    app, settings, sqlite_record, booked, signed_in, client, monkeypatch, at_now, day
):
    first, _ = booked(sqlite_record, 2)
    staff = signed_in(app, "dispatcher")
    other_day = DAY.replace(str(day), str(day + timedelta(days=1)))
    assert "To be moved off days on which nobody drives" not in staff.get(other_day, headers=ENGLISH).text
    storm = Closed(**{"from": day, "zh": "暴雨", "en": "Storm"})
    monkeypatch.setitem(vars(settings), "holidays", Holidays(closed=(storm,)))
    page = staff.get(other_day, headers=ENGLISH).text
    assert "2 bookings" in page
    assert f'href="{DAY}/closed"' in page
    assert "To be moved off days" not in staff.get(DAY, headers=ENGLISH).text, "that day's own page says it by itself"
    assert "Move all 2 now" in staff.get(f"{DAY}/closed", headers=ENGLISH).text
    done = send(staff, f"{DAY}/closed/all", f"{DAY}/closed").text
    assert "Bookings asked: 2. Moved: 2. Left: 0." in done
    assert len(of_change(sqlite_record, "moved_closed")) == 2
    said = client.get(f"/b/{first.token}", headers=ENGLISH).text
    assert "We moved it here from Thu 5 Mar, 08:00–10:00" in said
    assert "Bookings asked: 0" in send(staff, f"{DAY}/closed/all", f"{DAY}/closed").text
    assert "To be moved off days on which nobody drives" not in staff.get(other_day, headers=ENGLISH).text


def test_deliveries_and_truck_calls_of_a_closed_day_are_moved_by_the_same_click(
    app, settings, sqlite_record, booked, signed_in, monkeypatch, day
):
    with sqlite_record.write() as session:
        for number, hour in ((1, 9), (2, 15)):
            start = settings.clock.at(day, time(hour))
            session.add(
                Call(
                    depot_code="DEP-01",
                    community_code=f"A-00{number}",
                    service_day=day,
                    starts_at=start,
                    dwell_minutes=60,
                    expected_kg=50,
                    expected_litres=900,
                    lon=107.47,
                    lat=31.2,
                    plate="T-BOX",
                )
            )
        deliveries.enter(session, Office(sqlite_record, settings, load_catalogue(), load_fleet()), TradeInOrder(
            retailer="家电城", external_id="SO-1", depot_code="DEP-01", service_day=day, place="社区A-001", lon=107.47,
            lat=31.2, floor=1, lift=False, new_item="fridge", new_kg=60, new_litres=800, people=1, minutes=15.0,
            promise_start=settings.clock.at(day, time(9)), promise_end=settings.clock.at(day, time(12)),
            height_limit=None,
        ), system("tests"), settings.clock.at(day - timedelta(days=2), time(9)))  # fmt: skip
    booked(sqlite_record, 1)
    staff = signed_in(app, "dispatcher")
    storm = Closed(**{"from": day, "zh": "暴雨", "en": "Storm"})
    monkeypatch.setitem(vars(settings), "holidays", Holidays(closed=(storm,)))
    page = staff.get(DAY, headers=ENGLISH).text
    assert "these stand on it: 1 booking, 1 delivery, 2 truck calls." in page
    page = staff.get(f"{DAY}/closed", headers=ENGLISH).text
    assert "Move all 4 now" in page
    assert len(re.findall(r"→\s+Fri 6 Mar, (?:09:00|15:00) · T-BOX", page)) == 2
    assert re.search(r"SO-1</strong> 家电城 · 09:00–12:00 →\s+Fri 6 Mar, 09:00–12:00", page)
    send(staff, f"{DAY}/closed", DAY)
    page = staff.get(f"{DAY}/closed", headers=ENGLISH).text
    seen = {name: re.findall(rf'name="{name}" value="([^"]+)"', page) for name in ("booking", "order", "call")}
    assert [len(each) for each in seen.values()] == [1, 1, 2]
    stale = {**seen, "call": [seen["call"][0]], "order": [seen["order"][0].replace(" 1 ", " 2 ")]}
    done = send(staff, f"{DAY}/closed/move", f"{DAY}/closed", **stale).text
    assert "Bookings asked: 1. Moved: 1. Left: 0." in done
    assert "Truck calls asked: 1. Moved: 1. Cancelled: 0." in done
    assert "Deliveries asked" not in done, "it is not what was looked at"
    done = send(staff, f"{DAY}/closed/all", f"{DAY}/closed").text
    assert "Deliveries asked: 1. Moved: 1. Left: 0." in done
    assert "Truck calls asked: 1. Moved: 1. Cancelled: 0." in done
    assert "Nothing stands on this day" in done
    assert len(of_change(sqlite_record, "order_moved_closed")) == 0, "an order without a number is told to nobody"
    with sqlite_record.write() as session:  # one whose community's next call comes first, cancelled for the day
        ahead = session.scalars(select(Call).where(Call.community_code == "A-001")).one()
        left = {name: getattr(ahead, name) for name in ("depot_code", "community_code", "dwell_minutes", "lon", "lat")}
        start = settings.clock.at(day, time(9))
        session.add(
            Call(
                **left,
                service_day=day,
                starts_at=start,
                expected_kg=1,
                expected_litres=9,
                state="cancelled",
                reason="暴雨",
            )
        )
    page = staff.get(f"{DAY}/closed", headers=ENGLISH).text
    assert "the next call there comes first" in page
    assert "Move it now" not in page, "there is nothing that a click would do"
    assert "cannot be moved at its own hours" in page
    with sqlite_record.write() as session:
        session.delete(session.scalars(select(Call).where(Call.state == "cancelled")).one())
    with sqlite_record.read() as session:
        assert {call.service_day for call in session.scalars(select(Call))} == {day + timedelta(days=1)}
        assert session.scalars(select(TradeInOrder)).one().service_day == day + timedelta(days=1)


def test_a_resident_whom_no_window_was_found_for_reads_that(
    route, client, sqlite_record, app, settings, monkeypatch, day
):
    with sqlite_record.write() as session:
        session.add(
            AskedChange(
                booking_id=route[1].id, idempotency_key="closed-1", wish="move", ours=True, asked_at=AT, outcome=""
            )
        )
    page = client.get(f"/b/{route[1].token}", headers=ENGLISH).text
    assert "Nobody drives on this day after all" in page
    storm = Closed(**{"from": day, "zh": "暴雨"})
    monkeypatch.setitem(vars(settings), "holidays", Holidays(closed=(storm,)))
    for language, said in (("en", "Nobody drives on this day after all: 暴雨"), ("zh", "这天临时停运：暴雨")):
        assert said in client.get(f"/b/{route[1].token}", headers={"Accept-Language": language}).text
    assert "You asked" not in page
