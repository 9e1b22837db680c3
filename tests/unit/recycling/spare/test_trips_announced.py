"""Announcing a trip: each wrong input is said with its field; the same number again is the same trip."""

from dataclasses import replace
from datetime import timedelta

import pytest
from carriers import STAFF, company

from recycling import spare
from recycling.accounts.actors import Actor, Role
from recycling.errors import BadRequestError, ConflictError, ForbiddenError
from recycling.exports.tables import csv_bytes
from recycling.intake import read_table
from recycling.models import SpareTrip
from recycling.spare.wish import PartWish, PlaceWish

PLACE = PlaceWish("A-001")
WRONG = {
    "no number": ({"external": ""}, "id", "no-id"),
    "too long a number": ({"external": "x" * 61}, "id", "no-id"),
    "no day": ({"day": None}, "day", "no-day"),
    "no hours": ({"window": ""}, "window", "bad-hours"),
    "hours that are none": ({"window": "8-10"}, "window", "bad-hours"),
    "too short": ({"window": "08:00-08:30"}, "window", "too-short"),
    "no start": ({"start": PlaceWish()}, "start", "no-place"),
    "unknown start": ({"start": PlaceWish("Z-9")}, "start", "unknown-community"),
    "end outside": ({"end": PlaceWish(lon=10.0, lat=50.0)}, "end", "outside-area"),
    "no position at all": ({"start": PlaceWish(lon=1000.0, lat=50.0)}, "start", "outside-area"),
    "unknown system": ({"start": PlaceWish(lon=107.0, lat=31.0), "crs": "x"}, "crs", "unknown-crs"),
    "hours of a place": ({"places": (replace(PLACE, window="9"),)}, "places", "bad-hours"),
    "minutes of a place": ({"places": (replace(PLACE, minutes=-1),)}, "places", "out-of-range"),
    "kilograms of a place": ({"places": (replace(PLACE, kg=10**6),)}, "places", "out-of-range"),
    "too many places": ({"places": (PLACE,) * 41}, "places", "too-many"),
    "unknown vehicle": ({"vehicle": "tank"}, "vehicle", "unknown-vehicle"),
    "no kilograms": ({"kg": None}, "kg", "missing"),
    "more than the vehicle": ({"kg": 5000}, "kg", "out-of-range"),
    "no litres": ({"litres": None}, "litres", "missing"),
    "nobody drives": ({"people": 0}, "people", "out-of-range"),
    "unknown skill": ({"services": ("fly",)}, "services", "unknown-choice"),
    "nothing to carry": ({"materials": ()}, "materials", "missing"),
    "unknown material": ({"materials": ("gold",)}, "materials", "unknown-material"),
    "not in the contract": ({"materials": ("glass",)}, "materials", "no-contract"),
    "no drop": ({"drops": ()}, "drops", "missing"),
    "unknown drop": ({"drops": ("CEN-99",)}, "drops", "unknown-site"),
    "a depot is no drop": ({"drops": ("DEP-01",)}, "drops", "unknown-site"),
    "parts too large": ({"parts": (PartWish(9999),)}, "parts", "too-large"),
    "an empty part": ({"parts": (PartWish(0),)}, "parts", "empty-part"),
    "two parts for all": ({"parts": (PartWish(10), PartWish(10))}, "parts", "twice"),
    "a part of nothing known": ({"parts": (PartWish(10, ("gold",)), PartWish(10))}, "parts", "unknown-material"),
    "freed room without a part": ({"parts": (PartWish(10, ("paper",)),)}, "parts", "no-rest"),
    "too many parts": ({"parts": (PartWish(10),) * 7}, "parts", "too-many"),
    "less than nothing": ({"ask_kg": -1}, "ask_kg", "out-of-range"),
    "too long a detour": ({"detour_minutes": 500}, "detour", "out-of-range"),
    "no take-back at all": ({"most": 0}, "most", "out-of-range"),
}


@pytest.fixture
def checked(sqlite_record, office, trip_wish, now):
    def check(partner=None, at=now, **changes):
        desk = office(sqlite_record)
        with sqlite_record.read() as session:
            return spare.checked(session, desk, trip_wish(**changes), partner or company("carry"), at)

    return check


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_at_its_field(checked, name):
    changes, where, code = WRONG[name]
    with pytest.raises(BadRequestError) as caught:
        checked(**changes)
    assert (where, code) in [(fault.where, fault.code) for fault in caught.value.faults]
    assert all(str(fault) for fault in caught.value.faults)


def test_all_of_it_is_said_at_once(checked):
    with pytest.raises(BadRequestError) as caught:
        checked(external="", kg=None, drops=())
    assert {fault.where for fault in caught.value.faults} == {"id", "kg", "drops"}


def test_a_sound_trip(checked, day, settings):
    trip = checked(ask_item=0.5)
    assert (trip.partner, trip.depot_code, trip.service_day) == ("carry", "DEP-01", day)
    assert (trip.asks(2, 10.0), trip.end == trip.start) == (200, True)
    assert trip.places[0] | {"lon": 0, "lat": 0} == {
        "place": "社区A-003",
        "lon": 0,
        "lat": 0,
        "window": "09:00-12:00",
        "minutes": 10,
        "kg": 20,
        "litres": 100,
    }


def test_positions_of_phones_are_converted(checked):
    trip = checked(start=PlaceWish(lon=107.5, lat=31.2), crs="wgs84")
    shifted = checked(start=PlaceWish(lon=107.5, lat=31.2), crs="gcj02")
    assert 0.001 < abs(trip.start["lon"] - shifted.start["lon"]) < 0.01


def test_a_closed_day_is_refused_in_time_for_an_answer(checked, now, settings):
    """The cut-off is at 20:00 of the day before; answers end half an hour sooner."""
    evening = settings.clock.at(settings.clock.today(now), settings.service.cut_off) - timedelta(minutes=30)
    assert checked(at=evening - timedelta(minutes=1)).partner == "carry"
    with pytest.raises(BadRequestError) as caught:
        checked(at=evening)
    assert caught.value.faults[0].code == "closed"


def test_a_day_too_far_ahead(checked, day):
    with pytest.raises(BadRequestError) as caught:
        checked(day=day + timedelta(days=300))
    assert caught.value.faults[0].code == "too-far"


def test_a_day_without_a_contract(checked, day):
    with pytest.raises(BadRequestError) as caught:
        checked(partner=company("carry", last=day - timedelta(days=1)))
    assert "no-contract" in [fault.code for fault in caught.value.faults]


def test_a_site_that_takes_none_of_it(checked, sqlite_record):
    from recycling.models import Site

    with sqlite_record.write() as session:
        session.get_one(Site, "STA-01").materials = "paper"
    with pytest.raises(BadRequestError) as caught:
        checked(drops=("STA-01",))
    assert [(f.where, f.code) for f in caught.value.faults] == [("drops", "not-taken")]


class TestTheRecord:
    def test_the_same_again_changes_nothing(self, record, office, trip_wish, now, announce):
        first = announce(record)
        desk = office(record)
        with record.write() as session:
            again = spare.checked(session, desk, trip_wish(), desk.settings.partners.find("carry"), now)
            assert spare.enter(session, desk, again, STAFF, now)[0] == "known"
            changed = spare.checked(session, desk, trip_wish(kg=200), desk.settings.partners.find("carry"), now)
            assert spare.enter(session, desk, changed, STAFF, now)[0] == "changed"
        with record.read() as session:
            trip = spare.trip_of(session, first.id)
            assert (trip.kg, trip.version) == (200, 2)

    def test_two_at_once_are_one_trip(self, record, announce, at_once):
        made = at_once(lambda: announce(record), lambda: announce(record))
        assert [one for one in made if isinstance(one, Exception)] == []
        with record.read() as session:
            assert session.query(SpareTrip).count() == 1

    def test_partners_number_for_themselves(self, sqlite_record, announce):
        announce(sqlite_record)
        announce(sqlite_record, "other")
        with sqlite_record.read() as session:
            assert session.query(SpareTrip).count() == 2

    def test_a_cancelled_trip_is_announced_again(self, sqlite_record, announce, office, now):
        made = announce(sqlite_record)
        with sqlite_record.write() as session:
            spare.cancel(session, office(sqlite_record), spare.trip_of(session, made.id), "", STAFF, now)
        announce(sqlite_record)
        with sqlite_record.read() as session:
            assert spare.trip_of(session, made.id).state == "open"

    def test_a_depot_for_which_one_does_not_work(self, sqlite_record, announce, office, now):
        made = announce(sqlite_record)
        stranger = Actor("person", "x", Role.DISPATCHER, frozenset({"DEP-02"}))
        with sqlite_record.write() as session, pytest.raises(ForbiddenError):
            spare.cancel(session, office(sqlite_record), spare.trip_of(session, made.id), "", stranger, now)

    def test_it_changes_no_more_when_its_answers_are_over(self, sqlite_record, announce, office, trip_wish, now):
        announce(sqlite_record)
        desk = office(sqlite_record)
        with sqlite_record.write() as session:
            other = spare.checked(session, desk, trip_wish(kg=1), desk.settings.partners.find("carry"), now)
            with pytest.raises(ConflictError, match="stays as it is"):
                spare.enter(session, desk, other, STAFF, now + timedelta(hours=20))


class TestAFile:
    HEAD = ("车次号", "日期", "时段", "出发地", "途经地点", "车型", "余载kg", "余载L", "可运品类", "卸货点", "隔舱")

    @pytest.fixture
    def take(self, sqlite_record, office, now, day):
        def call(*rows, **options):
            sound = {
                "车次号": "T-1",
                "日期": str(day),
                "时段": "8:00～18:00",
                "出发地": "社区A-001",
                "途经地点": "社区A-003 9:00-12:00 10分 20kg 100L; 107.5000 31.2000",
                "车型": "轻型厢式车",
                "余载kg": "300",
                "余载L": "2000",
                "可运品类": "废纸、appliances",
                "卸货点": "示例CEN-01",
                "隔舱": "废纸 500L; 其他 1000L",
            }
            lines = [[{**sound, **row}[name] for name in self.HEAD] for row in rows]
            table = read_table(csv_bytes(self.HEAD, lines))
            return spare.take_in(office(sqlite_record), table, "carry", STAFF, now, **options)

        return call

    def test_a_row_is_read_as_people_write_it(self, take, sqlite_record):
        report = take({})
        assert [(o.state, [str(f) for f in o.faults]) for o in report.outcomes] == [("taken", [])]
        with sqlite_record.read() as session:
            trip = spare.the_trip(session, "carry", "T-1")
        assert [(p["place"], p["window"], p["minutes"], p["kg"], p["litres"]) for p in trip.places] == [
            ("社区A-003", "09:00-12:00", 10, 20, 100),
            ("107.5000, 31.2000", "", 0, 0, 0),
        ]
        assert (trip.vehicle_type, trip.materials, trip.drops) == ("van", "paper,appliances", "CEN-01")
        assert trip.compartments == [{"litres": 500, "materials": ["paper"]}, {"litres": 1000, "materials": []}]

    @pytest.mark.parametrize(
        ("row", "where"),
        [
            ({"日期": "morgen"}, "day"),
            ({"出发地": "Nowhere"}, "start"),
            ({"途经地点": "Nowhere 9:00-10:00"}, "places"),
            ({"车型": "tank"}, "vehicle"),
            ({"余载kg": "much"}, "kg"),
            ({"可运品类": "gold"}, "materials"),
            ({"隔舱": "废纸"}, "parts"),
            ({"隔舱": "gold 10L"}, "parts"),
            ({"卸货点": "Nowhere"}, "drops"),
        ],
    )
    def test_a_wrong_cell_is_said_and_the_other_rows_go_in(self, take, row, where):
        report = take({**row, "车次号": "T-9"}, {})
        assert [o.state for o in report.outcomes] == ["refused", "taken"]
        assert where in [fault.where for fault in report.outcomes[0].faults]

    def test_a_number_twice(self, take):
        assert [o.state for o in take({}, {}).outcomes] == ["taken", "refused"]

    def test_all_or_nothing_and_only_checking(self, take, sqlite_record):
        assert [o.state for o in take({}, {"车次号": ""}, all_or_nothing=True).outcomes] == ["left", "refused"]
        assert [o.state for o in take({}, dry=True).outcomes] == ["sound"]
        with sqlite_record.read() as session:
            assert session.query(SpareTrip).count() == 0

    def test_the_template_is_read_back(self, sqlite_record, office, now):
        head, rows = spare.template_rows(office(sqlite_record).clock.today(now))
        report = spare.take_in(office(sqlite_record), read_table(csv_bytes(head, rows)), "carry", STAFF, now, dry=True)
        assert {f.where for o in report.outcomes for f in o.faults} <= {"start", "places"}  # its places are Dazhou's
