"""How full a truck will be: the curve, its warning, and where to unload before it comes true."""

from datetime import UTC, datetime, timedelta

import pytest
from made_timetables import of_the_town
from sqlalchemy import select

from recycling.models import Call, Site
from recycling.stock.ahead import ahead_of
from recycling.stock.brought import expected_loads, shares_of
from recycling.stock.forecast import PAYLOAD, Ahead, curve, first_over
from recycling.stock.loads import Load
from recycling.stock.on_board import EMPTY, Stock, stock_of
from recycling.stock.proposing import propose
from recycling.stock.taken import room_at

EIGHT = datetime(2026, 3, 9, 0, tzinfo=UTC)  # a Monday, 08:00 at the depot
HOUR = timedelta(hours=1)


def call(hours, kg, material="paper", lon=107.48, lat=31.21):
    load = Load(material, 1000 * kg, 10_000 * kg)
    return Ahead("call", EIGHT + hours * HOUR, f"call {hours}", lon, lat, (load,), key=str(hours))


def unload(hours, *accepted):
    return Ahead("unload", EIGHT + hours * HOUR, "CEN-01", 107.49, 31.21, accepted=accepted, site="CEN-01")


def test_the_curve_adds_what_is_expected_and_unloads(truck):
    stock = Stock({"paper": (Load("paper", 90_000, 900_000),)})
    points = curve(truck, stock, [call(1, 100), call(2, 200), unload(3, "paper"), call(4, 55)], 0, 0.05)
    assert [round(p.expected["paper"], 3) for p in points] == [0.345, 0.709, 0.0, 0.1]
    assert [p.likely for p in points] == [p.expected for p in points]  # nothing strays
    assert points[0].expected[PAYLOAD] == pytest.approx(190 / 1800)
    assert first_over(points) is None


def test_an_unload_leaves_what_its_site_does_not_take(truck):
    stock = Stock({"heavy": (Load("glass", 100_000, 350_000), Load("metal", 50_000, 450_000))})
    (after,) = curve(truck, stock, [unload(1, "metal", "paper")], 0, 0.05)
    assert after.expected["heavy"] == pytest.approx(350 / 1300)


def test_what_strays_warns_before_what_is_expected(truck):
    ahead = [call(k, 100) for k in range(1, 6)]
    assert first_over(curve(truck, EMPTY, ahead, 0, 0.05)) is None  # 500 of 550 kg
    late = first_over(curve(truck, EMPTY, ahead, 0.35, 0.05))
    assert late.stop.key == "5"
    assert late.over == ("paper",)
    # mean 500 and z * 35 * sqrt(5), in litres ten times that, of 5500
    assert late.likely["paper"] == pytest.approx((500 + 1.6449 * 35 * 5**0.5) / 550, rel=1e-4)


def test_what_one_call_brings_strays_together(truck):
    """Plastics and textiles of a call share a compartment: their spreads add up; those of two calls do not."""
    loads = (Load("plastic", 10_000, 420_000), Load("textiles", 10_000, 105_000))
    one = Ahead("call", EIGHT, "both", 107.48, 31.21, loads)
    (both,) = curve(truck, EMPTY, [one], 0.5, 0.05)
    assert both.likely["light"] == pytest.approx(0.105 * (1 + 1.6449 * 0.5), rel=1e-4)
    apart = [Ahead("call", EIGHT, n.material, 107.48, 31.21, (n,)) for n in loads]
    assert curve(truck, EMPTY, apart, 0.5, 0.05)[-1].likely["light"] < both.likely["light"]
    assert curve(truck, EMPTY, apart, 0.5, 0.05)[-1].expected == both.expected


@pytest.fixture
def sites(record):
    with record.read() as session:
        return list(session.scalars(select(Site).order_by(Site.code)))


def test_an_unload_is_proposed_before_it_is_too_full(settings, truck, sites):
    points = curve(truck, EMPTY, [call(k, 150) for k in range(1, 6)], 0.35, 0.05)
    found = propose(settings, truck, points, sites, (107.47, 31.2), EIGHT)
    assert (found.over, found.before.key, found.site.code) == ("paper", "3", "CEN-01")
    assert found.minutes >= found.site.unload_minutes == 20
    fine = curve(truck, EMPTY, [call(1, 10)], 0.35, 0.05)
    assert propose(settings, truck, fine, sites, (107.47, 31.2), EIGHT) is None


def test_only_an_open_site_that_takes_it_is_proposed(settings, truck, sites):
    points = curve(truck, EMPTY, [call(k, 150) for k in range(1, 6)], 0.35, 0.05)
    first, second = (site for site in sites if site.code.startswith("CEN"))
    first.materials = "metal,glass"
    assert propose(settings, truck, points, sites, (107.47, 31.2), EIGHT).site.code == second.code
    second.closes = "08:30"
    found = propose(settings, truck, points, sites, (107.47, 31.2), EIGHT)
    assert (found.over, found.site) == ("paper", None)


# -- from the record -----------------------------------------------------------------------------------------------


@pytest.fixture
def calling(record, settings, now):
    of_the_town(record, settings, now)
    return record


def test_calls_ahead_come_from_the_record_with_the_unload_of_their_timetable(
    calling, settings, catalogue, truck, rules
):
    day = EIGHT.date()
    with calling.read() as session:
        stops = ahead_of(session, settings, catalogue, truck, day, EIGHT)
        assert [(s.kind, s.community or s.site) for s in stops] == [
            ("call", "A-001"),
            ("call", "A-002"),
            ("unload", "CEN-01"),
        ]
        assert sum(load.grams for load in stops[0].loads) == 100_000
        later = ahead_of(session, settings, catalogue, truck, day, stops[0].at + timedelta(minutes=45))
        assert sum(load.grams for load in later[0].loads) == 25_000  # a quarter of its hour is left
        assert ahead_of(session, settings, catalogue, truck, day, EIGHT + 8 * HOUR) == []


def test_what_a_community_brought_bends_the_shares(record, brought, rules):
    with record.read() as session:
        before = shares_of(session, rules, "A-001")
    assert before == pytest.approx(rules.brought)
    brought(record, community="A-001", glass=500)
    with record.read() as session:
        after = shares_of(session, rules, "A-001")
        assert shares_of(session, rules, "A-002") == pytest.approx(rules.brought)
    assert sum(after.values()) == pytest.approx(1)
    assert after["glass"] == pytest.approx((0.1 * 500 + 500) / 1000)
    assert sum(load.grams for load in expected_loads(rules, after, 100)) == pytest.approx(100_000, abs=5)


def test_a_call_says_what_is_full_unless_the_truck_unloads_before_it(calling, settings, catalogue, fleet, brought):
    brought(calling, paper=540)
    with calling.read() as session:
        calls = session.scalars(select(Call).order_by(Call.starts_at)).all()
        rooms = room_at(session, settings, catalogue, fleet, calls, EIGHT)
        mine = [c for c in calls if c.plate == "T-BOX" and c.service_day == EIGHT.date()]
        assert [rooms[c.id].full for c in mine] == [("paper",), ("paper",)]
        assert "glass" in rooms[mine[0].id].taken
        van = next(c for c in calls if c.plate == "T-VAN" and c.service_day == EIGHT.date())
        assert rooms[van.id].full == ()
        assert all(c.service_day == EIGHT.date() for c in calls if c.id in rooms)
        table = mine[0].timetable_id
    from recycling.models import TimetableVisit

    with calling.write() as session:
        visits = session.scalars(select(TimetableVisit).where(TimetableVisit.timetable_id == table)).all()
        next(v for v in visits if v.community_code == "A-001").unload_after = "CEN-01"
    with calling.read() as session:
        rooms = room_at(session, settings, catalogue, fleet, mine, EIGHT)
        assert [rooms[c.id].full for c in mine] == [("paper",), ()]
        assert stock_of(session, "T-BOX").of("paper") == 540_000
