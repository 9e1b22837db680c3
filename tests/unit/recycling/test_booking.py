import math
import multiprocessing
import unicodedata
import uuid
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.orm import selectinload
from trial_counts import so_many

from recycling.booking import (
    Office,
    book,
    booking_by_token,
    checks,
    open_days,
    service_minutes,
    taking,
)
from recycling.booking.days import horizon
from recycling.catalogue import minutes_of
from recycling.db import Database
from recycling.errors import BadRequestError, ConflictError, Fault, NotFoundError
from recycling.fleet import DepotFleet, Fleet, load_fleet
from recycling.models import Booking, BookingLine
from recycling.settings import load_settings
from routing.roads.crs import from_wgs84, to_wgs84

KEY = "a-form-of-the-test"


def count(database):
    with database.read() as session:
        return tuple(session.scalar(select(func.count()).select_from(m)) for m in (Booking, BookingLine))


@pytest.fixture
def take(office, now):
    """Return a function that books on a record with the shipped catalogue."""

    def call(record, request, key=KEY, at=now):
        return book(office(record), request, key, at)

    return call


@pytest.fixture(scope="session")
def fleet():
    """The shipped fleet: vehicles at every depot."""
    return load_fleet()


@pytest.fixture
def refused(sqlite_record, take, wish):
    """Return a function that tells the faults of a request, and checks that nothing was written."""

    def call(at=None, key=KEY, **changes):
        with pytest.raises(BadRequestError) as caught:
            take(sqlite_record, wish(**changes), key, **({"at": at} if at else {}))
        assert count(sqlite_record) == (0, 0)
        assert caught.value.status == 422
        assert all(str(f) and "%(" not in str(f) for f in caught.value.faults)
        return [(f.where, f.code) for f in caught.value.faults]

    return call


@pytest.fixture
def opened(office, now):
    """Return a function that gives the booking that a link opens."""

    def call(record, token):
        with record.read() as session:
            return booking_by_token(session, office(record), token, now)

    return call


# -- taking one ----------------------------------------------------------------------------------------------------


def test_a_booking_is_taken_as_asked(record, opened, take, wish, catalogue, settings, now, day):
    made = take(record, wish(note=" ring\ttwice\n"))
    found = opened(record, made.token)
    assert found.id == made.id
    assert (found.depot_code, found.service_day, found.community_code, found.place) == (
        "DEP-01",
        day,
        "A-001",
        "社区A-001",
    )
    assert (found.promise_start, found.promise_end) == (
        datetime(2026, 3, 5, 0, tzinfo=UTC),
        datetime(2026, 3, 5, 2, tzinfo=UTC),
    )
    assert found.promise_start == settings.clock.at(day, time(8))
    assert (found.address, found.floor, found.lift, found.contact) == ("3栋2单元501", 5, False, "王女士")
    assert (found.phone, found.note, found.channel, found.created_at) == ("+8613800138000", "ring twice", "web", now)
    assert [(n.position, n.item, n.pieces) for n in found.lines] == [(0, "fridge", 1), (1, "paper", 2)]
    for line in found.lines:
        item = catalogue.items[line.item]
        assert (line.kg, line.litres, line.people) == (item.kg, item.litres, item.people)
        assert line.minutes == minutes_of(catalogue, line.item, 1, found.floor, found.lift)
        assert (line.price_low, line.price_high) == item.price_at(settings.clock.today(now)).fen(item.kg)
    assert len(found.reference) == 8
    assert set(found.reference) <= set(taking.REFERENCE_LETTERS)
    assert len(found.token) >= 32


def test_without_a_marked_place_the_community_s_is_taken(record, take, wish, town):
    home = town().communities[0]
    made = take(record, wish())
    assert (made.lon, made.lat) == (home.lon, home.lat)
    half = take(record, wish(lon=107.48), key=KEY + "2")
    assert (half.lon, half.lat) == (home.lon, home.lat)


def test_a_marked_place_is_kept(record, take, wish):
    made = take(record, wish(lon=107.4801234, lat=31.2098765))
    with record.read() as session:
        found = session.get(Booking, made.id)
    assert (found.lon, found.lat, found.depot_code) == (107.4801234, 31.2098765, "DEP-01")


def test_a_position_of_a_chinese_phone_is_kept_in_wgs84(record, take, wish):
    """One door in the three systems; the shift is some hundred metres, twice that for BD-09."""
    door = to_wgs84([(107.4801234, 31.2098765)], "wgs84")
    for number, crs in enumerate(("wgs84", "gcj02", "bd09")):
        ((lon, lat),) = from_wgs84(door, crs).tolist()
        made = take(record, wish(lon=lon, lat=lat, crs=crs), key=f"{KEY}-{number}")
        assert (made.lon, made.lat) == pytest.approx((107.4801234, 31.2098765), abs=2e-6)
        assert crs == "wgs84" or abs(lon - made.lon) > 0.0005  # the control: unconverted it would lie elsewhere


@pytest.mark.parametrize(("place", "depot"), [((107.482, 31.212), "DEP-01"), ((107.495, 31.225), "DEP-02")])
def test_a_place_without_a_community_goes_to_the_nearest_depot(record, take, wish, place, depot):
    made = take(record, wish(community="", lon=place[0], lat=place[1]))
    assert (made.community_code, made.place, made.depot_code) == (None, "示例城", depot)


def test_an_unknown_token_opens_nothing(record, opened):
    with pytest.raises(NotFoundError) as caught:
        opened(record, "x")
    assert caught.value.status == 404


# -- every fault by its field --------------------------------------------------------------------------------------

TWENTY_ONE = 21


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"items": {"gold": 1}}, ("items", "unknown-item")),
        ({"items": {"fridge": 0}}, ("items", "bad-pieces")),
        ({"items": {"fridge": -1}}, ("items", "bad-pieces")),
        ({"items": {"fridge": 100}}, ("items", "bad-pieces")),
        ({"items": {"fridge": 10**30}}, ("items", "bad-pieces")),
        ({"items": {}}, ("items", "no-items")),
        ({"community": "Z-999"}, ("community", "unknown-community")),
        ({"community": "A-001\x00"}, ("community", "unknown-community")),
        ({"community": "\ud800"}, ("community", "unknown-community")),
        ({"community": "A-001' OR '1'='1"}, ("community", "unknown-community")),
        ({"community": ""}, ("community", "no-place")),
        ({"lon": 0.0, "lat": 0.0}, ("position", "outside-area")),
        ({"lon": 31.2, "lat": 107.48}, ("position", "outside-area")),
        ({"lon": math.nan, "lat": 31.2}, ("position", "outside-area")),
        ({"lon": 107.48, "lat": math.inf}, ("position", "outside-area")),
        ({"lon": -math.inf, "lat": -math.inf}, ("position", "outside-area")),
        ({"lon": 107.48, "lat": 31.21, "crs": "gps"}, ("position", "unknown-crs")),
        ({"lon": 1e308, "lat": -1e308, "crs": "gcj02"}, ("position", "outside-area")),
        ({"lon": 999.0, "lat": 999.0, "crs": "bd09"}, ("position", "outside-area")),
        ({"lon": math.nan, "lat": 31.2, "crs": "gcj02"}, ("position", "outside-area")),
        ({"day": None}, ("day", "no-day")),
        ({"day": date(2026, 3, 3)}, ("day", "past")),
        ({"day": date(2026, 3, 4)}, ("day", "past")),
        ({"day": date.min}, ("day", "past")),
        ({"day": date(2026, 3, 4), "window": "15:00-17:00"}, ("day", "closed")),
        ({"day": date(2026, 3, 19)}, ("day", "too-far")),
        ({"day": date.max}, ("day", "too-far")),
        ({"window": "08:00-09:00"}, ("window", "unknown-window")),
        ({"window": ""}, ("window", "unknown-window")),
        ({"phone": ""}, ("phone", "bad-phone")),
        ({"phone": "王女士"}, ("phone", "bad-phone")),
        ({"phone": "138ABCDEFGH"}, ("phone", "bad-phone")),
        ({"phone": "1380013800"}, ("phone", "bad-phone")),
        ({"phone": "138001380001"}, ("phone", "bad-phone")),
        ({"phone": "12345"}, ("phone", "bad-phone")),
        ({"phone": "110"}, ("phone", "bad-phone")),
        ({"phone": "0818-2345678#12"}, ("phone", "bad-phone")),
        ({"phone": "1" * 400}, ("phone", "bad-phone")),
        ({"phone": "\x00"}, ("phone", "bad-phone")),
        ({"contact": ""}, ("contact", "missing")),
        ({"contact": " \t\n\u202e\x00"}, ("contact", "missing")),
        ({"contact": "王" * 41}, ("contact", "too-long")),
        ({"address": ""}, ("address", "missing")),
        ({"address": "a" * 121}, ("address", "too-long")),
        ({"note": "a" * 301}, ("note", "too-long")),
        ({"floor": -6}, ("floor", "bad-floor")),
        ({"floor": 121}, ("floor", "bad-floor")),
    ],
)
def test_fault(refused, changes, fault):
    assert refused(**changes) == [fault]


def test_too_many_kinds(refused, catalogue):
    codes = list(catalogue.items)[:TWENTY_ONE]
    assert len(codes) == TWENTY_ONE
    assert refused(items=dict.fromkeys(codes, 1)) == [("items", "too-many")]


def test_the_most_that_is_possible_is_taken_in_as_many_visits_as_it_needs(
    sqlite_record, settings, catalogue, fleet, wish, now
):
    kinds = {code: catalogue.items[code].most for code in list(catalogue.items)[: TWENTY_ONE - 1]}
    plates = tuple(f"T-{n}" for n in range(100))
    many = Fleet(types=fleet.types, fleets=(DepotFleet(depot="DEP-01", type="box", plates=plates),))
    request = wish(
        items=kinds,
        contact="王" * 40,
        address="街" * 120,
        note="注" * 300,
        floor=120,
        day=date(2026, 3, 18),
        window="15:00-17:00",
    )
    made = book(Office(sqlite_record, settings, catalogue, many), request, KEY, now)
    with sqlite_record.read() as session:
        visits = session.scalars(select(Booking).options(selectinload(Booking.lines))).all()
    assert len(visits) > 1
    assert {v.leg_of for v in visits} == {None, made.id}
    box = fleet.types["box"]
    for visit in visits:
        assert sum(n.litres * n.pieces for n in visit.lines) <= box.litres
        assert sum(n.kg * n.pieces for n in visit.lines) <= box.kg
    taken = Counter()
    for visit in visits:
        taken.update({n.item: n.pieces for n in visit.lines})
    assert taken == kinds


def test_after_the_cut_off_tomorrow_is_closed(refused, day):
    before, after = datetime(2026, 3, 4, 11, 59, 59, tzinfo=UTC), datetime(2026, 3, 4, 12, tzinfo=UTC)
    assert refused(at=after) == [("day", "closed")]
    assert refused(at=before, contact="") == [("contact", "missing")]  # the control: a second earlier it is open


def test_a_window_that_has_begun_is_past(refused):
    begun = datetime(2026, 3, 5, 0, tzinfo=UTC)  # 08:00 on the day itself
    assert refused(at=begun) == [("day", "past")]
    assert refused(at=begun - timedelta(seconds=1)) == [("day", "closed")]


@pytest.mark.parametrize("key", ["", "short", "x" * 81, "schlüssel-der-form", "\x00" * 10, "line\nbreak-in-it"])
def test_a_key_that_no_form_made(refused, key):
    assert refused(key=key) == [("key", "bad-key")]


def test_several_faults_are_told_at_once(refused):
    found = refused(
        items={"gold": 1, "paper": 0},
        community="nowhere",
        lon=1.0,
        lat=1.0,
        window="never",
        phone="none",
        contact="",
        address="",
        floor=999,
        note="x" * 400,
    )
    assert found == [
        ("items", "unknown-item"),
        ("items", "bad-pieces"),
        ("community", "unknown-community"),
        ("position", "outside-area"),
        ("window", "unknown-window"),
        ("phone", "bad-phone"),
        ("contact", "missing"),
        ("address", "missing"),
        ("note", "too-long"),
        ("floor", "bad-floor"),
    ]


def test_what_the_form_could_not_read_is_told_with_the_rest_and_not_twice(refused):
    unreadable = {
        "position": Fault("position", "not-a-number", "This is not a position."),
        "day": Fault("day", "not-a-day", "This is not a day."),
        "floor": Fault("floor", "not-a-number", "This is not a floor."),
        "items": Fault("items", "not-a-number", "This is not a number of pieces."),
    }
    found = refused(items={}, day=None, floor=999, lon=math.nan, contact="", unreadable=unreadable)
    assert found == [
        ("position", "not-a-number"),
        ("day", "not-a-day"),
        ("floor", "not-a-number"),
        ("items", "not-a-number"),
        ("contact", "missing"),
    ]


def test_faults_are_the_same_on_both_databases(record, take, wish):
    for changes in ({"community": "A\x00"}, {"community": "\ud800"}, {"items": {"\x00": 1}}, {"phone": "\ud800"}):
        with pytest.raises(BadRequestError):
            take(record, wish(**changes))
    assert count(record) == (0, 0)


def test_a_record_without_a_network_says_what_to_do(sqlite_database, take, wish):
    with pytest.raises(NotFoundError, match="recycling network load"):
        take(sqlite_database, wish(community="", lon=107.48, lat=31.2))


# -- what people write ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phone", "kept"),
    [
        ("138 0013 8000", "+8613800138000"),
        ("138-0013-8000", "+8613800138000"),
        ("１３８００１３８０００", "+8613800138000"),
        ("+86 138 0013 8000", "+8613800138000"),
        ("0086 13800138000", "+8613800138000"),
        ("0818-2345678", "+868182345678"),
        ("(0818) 234 5678", "+868182345678"),
        ("400-810-8888", "+864008108888"),
        ("+852 2123 4567", "+85221234567"),
    ],
)
def test_telephone_numbers_are_kept_in_one_form(sqlite_record, take, wish, phone, kept):
    assert take(sqlite_record, wish(phone=phone)).phone == kept


@pytest.mark.parametrize(
    "name",
    [
        "😀🏳️ 王女士",
        "محمد بن علي",
        "רות כהן",
        "O'Brien-Ñandú",
        "'; DROP TABLE booking; --",
        "<script>alert(1)</script>",
        "{{ 7*7 }} %(x)s %s \\",
        "NULL",
        "𠮷田",
    ],
)
def test_names_and_code_are_kept_to_the_letter(record, opened, take, wish, name):
    made = take(record, wish(contact=name, address=name, note=name))
    found = opened(record, made.token)
    assert (found.contact, found.address, found.note) == (name, name, name)
    assert count(record) == (1, 2)


def test_control_characters_are_stripped(record, opened, take, wish):
    made = take(
        record,
        wish(contact="\u202e王\x00女\x1b士\ufeff", address=" 3栋\r\n\t2单元 \x07 ", note="a\ud800b\u2066c"),
    )
    found = opened(record, made.token)
    assert (found.contact, found.address, found.note) == ("王女士", "3栋 2单元", "abc")


@hypothesis_settings(max_examples=so_many(150), deadline=None)
@given(st.text())
def test_whatever_is_typed_can_be_stored_and_printed(typed):
    clean = checks.clean(typed)
    clean.encode("utf-8")
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs"} for c in clean)
    assert clean == clean.strip()
    assert checks.clean(clean) == clean


@hypothesis_settings(
    max_examples=so_many(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    contact=st.text(max_size=45),
    phone=st.text(max_size=20),
    lon=st.floats(),
    floor=st.integers(-200, 200),
    crs=st.sampled_from(["wgs84", "gcj02", "bd09"]),
)
def test_no_entry_makes_anything_but_a_booking_or_sentences(sqlite_record, take, wish, contact, phone, lon, floor, crs):
    request = wish(contact=contact, phone=phone or "13800138000", lon=lon, lat=31.21, floor=floor, crs=crs)
    before = count(sqlite_record)
    try:
        take(sqlite_record, request, key=uuid.uuid4().hex)
    except BadRequestError:
        made = 0
    else:
        made = 1
    assert count(sqlite_record) == (before[0] + made, before[1] + 2 * made)


# -- the same wish twice -------------------------------------------------------------------------------------------


def test_the_same_form_again_is_the_same_booking(record, take, wish):
    first, second = take(record, wish()), take(record, wish())
    assert (first.id, first.token, len(second.lines)) == (second.id, second.token, 2)
    assert count(record) == (1, 2)
    assert (
        take(record, wish(different=True), key=KEY + "-other").id != first.id
    )  # the control: another form is another booking


def test_the_same_form_after_the_cut_off_still_gets_its_booking(record, take, wish):
    first = take(record, wish())
    late = datetime(2026, 3, 4, 12, 30, tzinfo=UTC)
    assert take(record, wish(), at=late).id == first.id
    with pytest.raises(BadRequestError):
        take(record, wish(), key=KEY + "-other", at=late)


@pytest.mark.parametrize(
    "changes", [{"items": {"fridge": 2, "paper": 2}}, {"floor": 6}, {"note": "x"}, {"window": "10:00-12:00"}]
)
def test_the_same_key_for_another_wish_is_a_conflict(record, opened, take, wish, changes):
    first = take(record, wish())
    with pytest.raises(ConflictError) as caught:
        take(record, wish(**changes))
    assert (caught.value.status, caught.value.faults[0].code) == (409, "key-used")
    assert opened(record, first.token).floor == 5
    assert count(record) == (1, 2)


def test_the_order_of_the_items_makes_no_other_wish(record, take, wish):
    assert take(record, wish()).id == take(record, wish(items={"paper": 2, "fridge": 1})).id


def meet_before_writing(monkeypatch, threads):
    """All threads have found no earlier booking, and hold no connection, before the first one writes."""
    import threading

    gate = threading.Barrier(threads)
    real = taking.secrets.token_urlsafe

    def token(length):
        gate.wait(300)
        return real(length)

    monkeypatch.setattr(taking.secrets, "token_urlsafe", token)


def test_twenty_threads_with_one_form_make_one_booking(record, take, wish, at_once, monkeypatch):
    meet_before_writing(monkeypatch, 20)
    found = at_once(*(lambda: take(record, wish()) for _ in range(20)))
    assert {type(f) for f in found} == {Booking}, found
    assert len({f.id for f in found}) == 1
    assert count(record) == (1, 2)


def test_twenty_threads_with_twenty_forms_make_twenty(record, take, wish, at_once, monkeypatch):
    """The control: the crowd itself does not keep bookings from being made."""
    meet_before_writing(monkeypatch, 20)
    light = wish(items={"paper": 1, "glass": 1}, lift=True)
    found = at_once(
        *(lambda n=n: take(record, replace(light, phone=f"138001380{n}"), key=f"{KEY}-{n}") for n in range(10, 30))
    )
    assert len({f.id for f in found}) == 20
    assert count(record) == (20, 40)


@pytest.mark.parametrize("kind", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_without_the_constraint_the_crowd_would_book_again_and_again(
    record, take, wish, settings, at_once, monkeypatch
):
    """The control: it is the database that makes one of twenty, not luck; so many as one number may have open."""
    with record.write() as session:
        session.execute(text("ALTER TABLE booking DROP CONSTRAINT uq_booking_idempotency_key"))
    meet_before_writing(monkeypatch, 20)
    light = wish(items={"paper": 1, "glass": 1}, lift=True)
    at_once(*(lambda: take(record, light) for _ in range(20)))
    assert count(record)[0] == settings.booking.most_open == 8


def test_different_wishes_with_one_key_at_once(record, take, wish, at_once, monkeypatch):
    meet_before_writing(monkeypatch, 8)
    found = at_once(*(lambda n=n: take(record, wish(floor=n + 1)) for n in range(8)))
    assert sorted(type(f).__name__ for f in found) == ["Booking"] + ["ConflictError"] * 7
    assert count(record) == (1, 2)


def book_in_a_process(url, gate, answers, settings, catalogue, fleet, request, now):
    database = Database(url)
    office = Office(database, settings, catalogue, fleet)
    gate.wait(300)
    try:
        answers.put(str(book(office, request, KEY, now).id))
    except Exception as error:
        answers.put(repr(error))
    database.close()


def test_twenty_processes_with_one_form_make_one_booking(record, settings, catalogue, fleet, wish, now):
    context = multiprocessing.get_context("fork")
    gate, answers = context.Barrier(20), context.Queue()
    url = record.engine.url.render_as_string(hide_password=False)
    work = (url, gate, answers, settings, catalogue, fleet, wish(), now)
    children = [context.Process(target=book_in_a_process, args=work, daemon=True) for _ in range(20)]
    for child in children:
        child.start()
    found = [answers.get(timeout=300) for _ in children]
    for child in children:
        child.join(300)
    assert len({uuid.UUID(f) for f in found}) == 1, found
    assert count(record) == (1, 2)


# -- what is open, and how long a visit takes ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "moment", "first"),
    [
        ("Asia/Shanghai", (2026, 3, 4, 11, 59, 59), date(2026, 3, 5)),
        ("Asia/Shanghai", (2026, 3, 4, 12, 0, 0), date(2026, 3, 6)),
        ("Asia/Shanghai", (2026, 3, 4, 15, 59, 59), date(2026, 3, 6)),
        ("Asia/Shanghai", (2026, 3, 4, 16, 0, 0), date(2026, 3, 6)),
        ("Asia/Shanghai", (2028, 2, 28, 2, 0, 0), date(2028, 2, 29)),
        ("Europe/Berlin", (2026, 3, 28, 18, 59, 59), date(2026, 3, 29)),
        ("Europe/Berlin", (2026, 3, 28, 19, 0, 0), date(2026, 3, 30)),
        ("Europe/Berlin", (2026, 3, 29, 17, 59, 59), date(2026, 3, 30)),
        ("Europe/Berlin", (2026, 3, 29, 18, 0, 0), date(2026, 3, 31)),
        ("Europe/Berlin", (2026, 10, 25, 18, 59, 59), date(2026, 10, 26)),
        ("Europe/Berlin", (2026, 10, 25, 19, 0, 0), date(2026, 10, 27)),
        ("America/New_York", (2026, 3, 4, 2, 0, 0), date(2026, 3, 5)),
    ],
)
def test_open_days_around_the_cut_off(zone, moment, first):
    settings = load_settings(service={"timezone": zone})
    now = datetime(*moment, tzinfo=UTC)
    days = horizon(settings, now)
    assert days[0] == first
    assert days == [first + timedelta(days=k) for k in range(len(days))]
    assert days[-1] == settings.clock.today(now) + timedelta(days=14)


def test_with_a_horizon_of_one_day_nothing_is_open_in_the_evening(sqlite_record, catalogue, fleet, wish):
    settings = load_settings(service={"horizon_days": 1})
    evening = datetime(2026, 3, 4, 13, tzinfo=UTC)
    assert open_days(settings, evening) == []
    for asked in (date(2026, 3, 5), date(2026, 3, 6), date.max):
        with pytest.raises(BadRequestError) as caught:
            book(Office(sqlite_record, settings, catalogue, fleet), wish(day=asked), KEY, evening)
        assert [f.code for f in caught.value.faults] == ["closed"]


@pytest.mark.parametrize(
    ("handling", "pieces", "floor", "lift", "crew", "minutes"),
    [
        (6, 1, 1, False, 1, 9.0),  # parking and handling
        (6, 1, 0, False, 1, 9.0),  # the ground floor by another name
        (6, 1, 2, False, 1, 10.0),  # one flight
        (6, 1, -1, False, 1, 10.0),  # a cellar is one flight too
        (6, 1, -2, False, 1, 11.0),
        (6, 1, 30, True, 1, 9.0),  # a lift saves the stairs
        (8, 2, 5, False, 2, 11.0),  # the pilot's figure: two pieces, fifth floor, two people
        (8, 2, 5, False, 1, 19.0),
        (8, 2, 5, False, 0, 19.0),  # nobody is at least somebody
        (200, 40, 1, False, 2, 25.0),  # never more than the longest
        (0, 0, 1, False, 1, 3.0),
    ],
)
def test_minutes_of_a_visit(settings, handling, pieces, floor, lift, crew, minutes):
    assert service_minutes(settings, handling, pieces, floor, lift, crew) == minutes
