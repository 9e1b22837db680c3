"""By program: when the crew is expected, from where a booking was moved, and asking the dispatcher."""

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from recycling import booking as desk
from recycling.accounts.actors import Actor, Role
from recycling.holidays import Closed, Holidays
from recycling.models import AskedChange, Booking

MINUTE = timedelta(minutes=1)
STAFF = Actor("person", "clerk-1", Role.CLERK, every_depot=True)
ASK_KEY, OTHER_KEY, THIRD_KEY = ("a-key-to-ask-with-0001", "a-key-to-ask-with-0002", "a-key-to-ask-with-0003")


@pytest.fixture
def nine(settings, day):
    """Return the moment of 09:00 on the day of the booking, in the middle of its window."""
    return settings.clock.midnight(day) + timedelta(hours=9)


@pytest.fixture
def after_the_cut_off(nine):
    with time_machine.travel(nine, tick=False):
        yield nine


@pytest.fixture
def kept(sqlite_record, made):
    """Return a function that brings the booking of the program into a state, with other values."""

    def bring(**values):
        with sqlite_record.write() as session:
            found = session.scalar(select(Booking).where(Booking.token == made["token"]))
            for name, value in values.items():
                setattr(found, name, value)
            return found.id

    return bring


def shown(call, made):
    answer = call("GET", f"/bookings/{made['token']}")
    assert answer.status_code == 200, answer.text
    return answer.json


# -- when the crew comes ---------------------------------------------------------------------------------------------


def test_nothing_was_said_of_the_crew(call, made, kept):
    assert (made["expected_at"], made["moved_from"]) == (None, None)
    kept(state="planned")
    assert shown(call, made)["expected_at"] is None


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (30, {"first": "2026-03-05T09:15:00+08:00", "last": "2026-03-05T09:55:00+08:00", "late": False}),
        (10, {"first": None, "last": "2026-03-05T09:35:00+08:00", "late": False}),
        (80, {"first": "2026-03-05T10:05:00+08:00", "last": "2026-03-05T10:45:00+08:00", "late": True}),
        (-40, {"first": None, "last": None, "late": False}),
    ],
)
def test_the_band_is_the_page_s_and_nothing_of_it_is_over(call, made, kept, after_the_cut_off, minutes, said):
    kept(state="planned", expected_at=after_the_cut_off + minutes * MINUTE)
    assert shown(call, made)["expected_at"] == said


def test_when_nobody_comes_any_more_nothing_is_expected(call, made, kept, after_the_cut_off):
    kept(state="collected", ended_at=after_the_cut_off, expected_at=after_the_cut_off + 30 * MINUTE)
    assert shown(call, made)["expected_at"] is None


@pytest.mark.parametrize("english", ["Storm", None])
def test_why_a_booking_was_moved_and_from_where(app, call, made, sqlite_record, day, at_now, english, monkeypatch):
    office = app.extensions["recycling"].office
    closed = Closed(**{"from": day, "zh": "暴雨", "en": english})
    monkeypatch.setitem(vars(office.settings), "holidays", Holidays(closed=(closed,)))
    with sqlite_record.read() as session:
        found = desk.booking_by_token(session, office, made["token"], at_now)
    desk.move(office, found, date(2026, 3, 6), "13:00-15:00", STAFF, at_now)
    assert shown(call, made)["moved_from"] == {
        "start": made["promise"]["start"],
        "end": made["promise"]["end"],
        "why": {"zh": "暴雨", "en": english},
    }


# -- asking ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def asking(call, made):
    """Return a function that asks for something, or with no wish returns what was asked."""

    def ask(wish="", note=None, key=ASK_KEY):
        path = f"/bookings/{made['token']}/asked"
        if not wish:
            return call("GET", path)
        return call("POST", path, {"wish": wish, **({} if note is None else {"note": note})}, key=key)

    return ask


def test_before_the_cut_off_nothing_has_to_be_asked(asking, refused, made):
    assert asking().json == {"askable": [], "asked": None}
    assert refused(asking("move"), 409)[0] == "not-needed"


def test_what_was_asked_is_kept_and_can_be_read(asking, made, after_the_cut_off):
    assert asking().json == {"askable": ["move"], "asked": None}
    answer = asking("move", "星期五下午")
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == f"/api/v1/bookings/{made['token']}/asked"
    said = answer.json
    assert said["asked"] == {
        "wish": "move",
        "note": "星期五下午",
        "ours": False,
        "state": "open",
        "asked_at": "2026-03-05T09:00:00+08:00",
        "closed_at": None,
        "answer": None,
    }
    assert asking().json == said


def test_a_key_asks_once_whatever_came_of_it(app, asking, refused, kept, sqlite_record, after_the_cut_off):
    kept(state="on_the_way")
    first = asking("move", "tomorrow")
    assert asking("move", "tomorrow").json == first.json
    assert asking("cancel", "sold it", OTHER_KEY).json["asked"]["wish"] == "cancel"
    assert refused(asking("cancel", "sold it"), 409) == ("key-used", ["Idempotency-Key"])
    assert refused(asking("move", "the day after"), 409) == ("key-used", ["Idempotency-Key"])
    with sqlite_record.read() as session:
        wish = session.scalars(select(AskedChange)).one()
    desk.answer(app.extensions["recycling"].office, wish.id, "The crew is at the door", STAFF, after_the_cut_off)
    for key, word, note in ((OTHER_KEY, "cancel", "sold it"), (ASK_KEY, "move", "tomorrow")):
        again = asking(word, note, key)
        assert again.status_code == 201
        assert (again.json["asked"]["state"], again.json["asked"]["answer"]) == ("answered", "The crew is at the door")
    with sqlite_record.read() as session:
        assert session.scalar(select(func.count()).select_from(AskedChange)) == 1
    assert asking("move", "please", THIRD_KEY).json["asked"]["state"] == "open"
    with sqlite_record.read() as session:
        assert session.scalar(select(func.count()).select_from(AskedChange)) == 2, "the control: another key asks anew"


def test_a_key_of_one_booking_asks_nothing_of_another(call, asking, body, refused, after_the_cut_off, at_now):
    asking("move")
    with time_machine.travel(at_now, tick=False):
        other = call("POST", "/bookings", body(phone="13900139000", address="9-1-101"), "another-booking-s-key-01")
    path = f"/bookings/{other.json['token']}/asked"
    assert refused(call("POST", path, {"wish": "move"}, key=ASK_KEY), 409)[0] == "key-used"
    assert call("GET", path).json["asked"] is None


@pytest.mark.parametrize(
    ("sent", "where"),
    [
        ({"wish": "refund"}, "#/wish"),
        ({}, "#/wish"),
        ({"wish": "move", "note": "x" * 201}, "#/note"),
        ({"wish": "move", "why": "x"}, "#/why"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(call, made, refused, after_the_cut_off, sent, where):
    answer = call("POST", f"/bookings/{made['token']}/asked", sent, key=ASK_KEY)
    assert refused(answer, 422)[1] == [where]
    assert refused(call("POST", f"/bookings/{made['token']}/asked", {"wish": "move"}), 422)[1] == ["Idempotency-Key"]


@pytest.mark.parametrize("state", ["collected", "cancelled"])
def test_of_what_has_ended_nothing_is_asked(asking, kept, refused, after_the_cut_off, state):
    kept(state=state, ended_at=after_the_cut_off)
    assert refused(asking("move"), 409)[0] == "wrong-state"
    assert asking().json == {"askable": [], "asked": None}


def test_others_tokens_ask_nothing(call, made, refused, after_the_cut_off):
    for guess in (made["reference"], made["token"][:-1], "a"):
        path = f"/bookings/{guess}/asked"
        assert refused(call("POST", path, {"wish": "move"}, key=ASK_KEY), 404)[0] == "no-booking"
        assert refused(call("GET", path), 404)[0] == "no-booking"
