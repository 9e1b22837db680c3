"""Messages about a booking are in its language, and lead to the page that helps at that moment."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from recycling import dispatch, network, tracking
from recycling.accounts.actors import system
from recycling.booking import book, cancel, life, move, rebook, wait
from recycling.booking.waiting import accept, offer_what_is_free
from recycling.errors import BadRequestError, ConfigurationError
from recycling.models import Booking, Message, Waiting
from recycling.notify import load_texts
from recycling.settings import load_settings
from recycling.site_key import site_key
from routing.day import plan_day

CREW = system("crew")


@pytest.fixture
def desk(home, sqlite_record, office):
    """The counter of a record whose key that signs links is the test's own."""
    return office(sqlite_record)


def said(desk, **where):
    with desk.database.read() as session:
        return list(session.scalars(select(Message).filter_by(**where).order_by(Message.created_at, Message.change)))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_message_of_a_booking_is_in_its_language(desk, wish, now, language):
    made = book(desk, wish(items={"paper": 2}, language=language), "a-booking-1", now)
    moved = move(desk, made, made.service_day, "10:00-12:00", CREW, now)
    with desk.database.write() as session:
        visit = life.visits_of(session, moved)[0]
        life.planned(session, [(visit, visit.promise_start, visit.promise_end)], now)
        life.set_off(session, visit, visit.promise_start, visit.promise_end, CREW, now)
        life.failed(session, visit, "no_access", CREW, now)
    with desk.database.read() as session:
        failed = session.get_one(Booking, made.id)
    again = rebook(desk, failed, made.service_day, "13:00-15:00", "a-booking-2", CREW, now)
    cancel(desk, again, "no need", CREW, now)
    changes = {m.change: m.language for m in said(desk)}
    assert set(changes) == {"booked", "moved", "planned_window", "on_the_way", "failed", "cancelled"}
    assert set(changes.values()) == {again.language} == {language}


def test_a_repeat_in_the_other_language_is_the_same_booking(desk, wish, now):
    first = book(desk, wish(language="en"), "a-booking-1", now)
    second = book(desk, wish(language="zh"), "a-booking-1", now)
    assert (first.id, second.language) == (second.id, "en")


def test_a_language_that_is_not_spoken_is_refused(desk, wish, now):
    with pytest.raises(BadRequestError) as caught:
        book(desk, wish(language="fr"), "a-booking-1", now)
    assert [(f.where, f.code) for f in caught.value.faults] == [("language", "unknown-choice")]


def test_who_waits_is_offered_and_booked_in_their_language(desk, wish, now, day):
    place = wait(desk, wish(language="en"), day, "a-place-0001", now)
    offer_what_is_free(desk, now)
    (offer,) = said(desk, change="waiting_offer")
    assert (offer.language, offer.link) == ("en", f"/w/{place.token}")
    assert accept(desk, place.token, now).language == "en"


def test_what_waited_before_there_were_languages_is_chinese(desk, wish, now, day):
    wait(desk, wish(), day, "a-place-0001", now)
    with desk.database.write() as session:
        old = session.scalars(select(Waiting)).one()
        old.wish = {k: v for k, v in old.wish.items() if k != "language"}
    offer_what_is_free(desk, now)
    assert [m.language for m in said(desk, change="waiting_offer")] == ["zh"]


# -- links ---------------------------------------------------------------------------------------------------------


def planned_day(desk, day, now):
    with desk.database.read() as session:
        job = dispatch.day_job(session, desk.settings, desk.fleet, network.the_depot(session, "DEP-01"), day)
    result = plan_day(job)
    with desk.database.write() as session:
        dispatch.store_plan(session, desk.settings, "DEP-01", day, job, result, now)


def test_messages_of_a_planned_day_lead_to_the_progress_others_to_the_booking(desk, wish, now, day, home):
    made = book(desk, wish(items={"paper": 2}), "a-booking-1", now)
    planned_day(desk, day, now)
    with desk.database.write() as session:
        visit = life.visits_of(session, made)[0]
        path = tracking.message_link(session, desk.settings, visit, now)
        life.set_off(session, visit, visit.promise_start, visit.promise_end, CREW, now, path)
    links = {m.change: m.link for m in said(desk)}
    assert links["booked"] == f"/b/{made.token}"
    for change in ("planned_window", "on_the_way"):
        assert links[change].startswith("/t/")
        with desk.database.read() as session:
            seen = tracking.progress(session, links[change][3:], site_key(home / "var"), desk.settings, now)
        assert (seen.reference, seen.state, seen.replanned) == (made.reference, "on_the_way", False)
        assert seen.booking_token == made.token


def test_the_link_of_a_day_that_is_planned_long_before_works_on_that_day(desk, wish, now, day, home):
    later = day + timedelta(days=7)
    made = book(desk, wish(items={"paper": 2}, day=later), "a-booking-1", now)
    planned_day(desk, later, now)
    path = {m.change: m.link for m in said(desk)}["planned_window"]
    with desk.database.read() as session:
        seen = tracking.progress(session, path[3:], site_key(home / "var"), desk.settings, made.promise_start)
    assert seen.reference == made.reference


def test_a_day_is_planned_where_the_key_cannot_be_read(desk, wish, now, day, monkeypatch):
    made = book(desk, wish(items={"paper": 2}), "a-booking-1", now)

    def refused(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tracking, "site_key", refused)
    planned_day(desk, day, now)
    assert {m.change: m.link for m in said(desk)}["planned_window"] == f"/b/{made.token}"


def test_who_is_on_no_plan_has_no_link_to_a_progress(desk, wish, now):
    made = book(desk, wish(items={"paper": 2}), "a-booking-1", now)
    with desk.database.read() as session:
        assert tracking.message_link(session, desk.settings, made, now) == ""


def test_two_who_ask_for_the_key_at_once_get_the_same(tmp_path, at_once):
    keys = at_once(*[lambda: site_key(tmp_path / "var")] * 8)
    assert len(set(keys)) == 1
    assert re.fullmatch("[0-9a-f]{64}", keys[0])
    assert [p.name for p in (tmp_path / "var").iterdir()] == ["secret-key"]
    assert (tmp_path / "var" / "secret-key").stat().st_mode & 0o077 == 0


FIGURES = {
    "reference": "ABCD2345",
    "start": "2026-03-05T00:00:00+00:00",
    "end": "2026-03-05T02:00:00+00:00",
    "first": "2026-03-05T00:10:00+00:00",
    "last": "2026-03-05T00:50:00+00:00",
    "pieces": 3,
}


def test_without_an_address_the_link_and_the_words_to_it_are_left_out():
    with_site = load_texts(load_settings(messages={"site": "https://r.example.cn"}))
    without = load_texts(load_settings(messages={"site": "", "signature": {"zh": "", "en": ""}}))
    assert with_site.say("on_the_way", "zh", FIGURES, "/t/x").endswith("到达。看进度：https://r.example.cn/t/x")
    assert without.say("on_the_way", "zh", FIGURES, "/t/x") == "回收车已在路上（ABCD2345），预计08:10到08:50到达。"
    assert without.say("booked", "en", FIGURES, "/b/x") == "Pickup booked: Thu 5 Mar, 08:00-10:00. No. ABCD2345."
    assert without.say("amended", "en", FIGURES, "/b/x").endswith("still Thu 5 Mar, 08:00-10:00")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("[看进度：{link}]", "看进度：{link}", "messages.site is empty, so there is no {link}; put [ and ]"),
        ("[看进度：{link}]", "[看进度：{link}", "each [ needs its ]"),
        ("[看进度：{link}]", "[看[进度]：{link}]", "each [ needs its ]"),
    ],
)
def test_words_that_lead_nowhere_are_refused(home, old, new, sentence):
    path = home / "config" / "messages.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_texts(load_settings(messages={"site": ""}))
    assert sentence in str(caught.value)
