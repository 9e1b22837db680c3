"""What differs from the free road: who is bound when, and what it does to travel times."""

import json
from datetime import date

import numpy as np
import pytest
import shapely

from routing.errors import InputError
from routing.roads.changes import (
    ClassSpeeds,
    Closure,
    DrivingBan,
    Period,
    SlowZone,
    Vehicles,
    When,
    Where,
    in_force,
    of_the_day,
    periods,
)
from routing.roads.day_matrices import day_matrices
from routing.roads.matrix import matrix
from routing.roads.network import RoadNetwork
from routing.roads.profile import VehicleProfile
from routing.roads.snap import snap
from routing.roads.trips import trips

from .towns import METRE, table

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
H = 3600

# a straight main road of five streets, and a slower one beside it from 1 to 4
PLACES = {0: (0, 0), 1: (100, 0), 2: (200, 0), 3: (300, 0), 4: (400, 0), 5: (500, 0), 6: (100, 150), 7: (400, 150)}
MAIN = {"highway": "primary", "name": "通川路", "ref": "S201"}
STREETS = [
    *((k, k + 1, 36, 36, {**MAIN, "way_id": 70} if k in (1, 2, 3) else {}) for k in range(5)),
    *((a, b, 18, 18, {}) for a, b in ((1, 6), (6, 7), (7, 4))),
]
DIRECT, AROUND = 40, 130  # seconds from the middle of street 0 to the middle of street 4


@pytest.fixture(scope="module")
def network():
    return RoadNetwork.from_edges(table(STREETS, PLACES))


def seconds(network, *changes, begin=(50, 0), end=(450, 0), profile=None):
    weighting = network.weighting(profile, changes)
    snapped = snap(weighting, np.array([begin, end]) * METRE)
    return int(matrix(weighting, snapped).durations[0, 1])


def box(west, south, east, north):
    return shapely.to_geojson(shapely.box(west * METRE, south * METRE, east * METRE, north * METRE))


def test_free_road(network):
    assert seconds(network) == DIRECT


@pytest.mark.parametrize(
    "where",
    [
        Where(roads=("通川路",)),
        Where(roads=("S201",)),
        Where(ways=(70,)),
        Where(edges=(2,)),
        Where(near=((250 * METRE, 10 * METRE),)),
        Where(area=box(240, -10, 260, 10)),
    ],
)
def test_closed_roads_are_driven_around(network, where):
    assert seconds(network, Closure("works", where)) == AROUND
    assert seconds(network) == DIRECT  # the free road stays as it was


def test_two_closures_cut_the_town(network):
    cut = Closure("works", Where(edges=(2,))), Closure("flood", Where(edges=(6,)))
    assert seconds(network, *cut) == -1
    weighting = network.weighting(None, cut)
    assert not trips(weighting, snap(weighting, np.array([(50, 0), (450, 0)]) * METRE), [(0, 1)])[0].found


def test_places_on_a_closed_road_go_to_the_next_open_one(network):
    weighting = network.weighting(None, (Closure("works", Where(edges=(1, 2, 3))),))
    snapped = snap(weighting, np.array([(250, 10)]) * METRE)
    assert snapped.edge.tolist() == [6]
    assert snapped.access[0] == pytest.approx(140, abs=1)


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_slow_zone_counts_by_the_part_inside(network, factor):
    """Half of street 2 at half speed: 5 s become 10."""
    zone = SlowZone("school", Where(area=box(250, -10, 300, 10)), factor)
    assert seconds(network, zone) == round(DIRECT - 5 + 5 / factor + 0.499)


def test_speeds_by_class(network):
    assert seconds(network, ClassSpeeds("peak", (("primary", 0.5), ("motorway", 0.1)))) == DIRECT + 30
    assert seconds(network, ClassSpeeds("jam", (("primary", 0.2),))) == AROUND


def test_changes_come_together(network):
    peak, zone = ClassSpeeds("peak", (("primary", 0.5),)), SlowZone("school", Where(edges=(2,)), 0.5)
    assert seconds(network, peak, zone) == DIRECT + 10 + 30 + 10


@pytest.mark.parametrize("factor", [0, -1, float("nan"), float("inf")])
def test_impossible_factor(network, factor):
    with pytest.raises(InputError, match="'zone'"):
        network.weighting(None, (SlowZone("zone", Where(edges=(2,)), factor),))


@pytest.mark.parametrize(
    ("where", "code"),
    [
        (Where(roads=("无名路",)), "no-such-roads"),
        (Where(ways=(99,)), "no-such-roads"),
        (Where(edges=(8,)), "no-such-roads"),
        (Where(near=((1.0, 1.0),)), "no-road-there"),
        (Where(area=box(5000, 5000, 6000, 6000)), "no-such-roads"),
        (Where(area='{"type": "Point", "coordinates": [0, 0]}'), "area-not-polygon"),
        (Where(area="{}"), "area-not-geojson"),
    ],
)
def test_roads_that_are_not_there(network, where, code):
    with pytest.raises(InputError, match="'works'") as caught:
        network.weighting(None, (Closure("works", where),))
    assert caught.value.code == code


class TestBans:
    """A ring around the northern street; its southern side runs along the main road."""

    RING = box(100, 0, 400, 200)

    def test_rim_in_or_out(self, network):
        assert seconds(network, DrivingBan("ring", Where(area=self.RING, rim=True))) == -1
        assert seconds(network, DrivingBan("ring", Where(area=self.RING, rim=False))) == DIRECT

    def test_a_road_through_the_ring_is_inside_without_its_rim_too(self, network):
        assert seconds(network, DrivingBan("ring", Where(area=box(150, -90, 350, 90), rim=False))) == AROUND

    def test_forbidden_or_only_through(self, network):
        """A stop in street 2 is reached when only driving through is forbidden; else it goes to another road."""
        inside = {"begin": (50, 0), "end": (250, 0)}
        where = Where(area=box(110, -50, 390, 50))
        assert seconds(network, **inside) == 20
        assert seconds(network, DrivingBan("ring", where, through=True), **inside) == 20
        assert seconds(network, DrivingBan("ring", where, through=True)) == AROUND
        assert seconds(network, DrivingBan("ring", where), **inside) > 60

    def test_two_stops_inside(self, network):
        where = Where(area=box(110, -50, 390, 50))
        ban = DrivingBan("ring", where, through=True)
        assert seconds(network, ban, begin=(150, 0), end=(350, 0)) == 20
        assert seconds(network, ban, begin=(350, 0), end=(150, 0)) == 20


TRUCK = VehicleProfile("truck", weight=4.4, plate="川S·A1237", plate_colour="yellow", energy="diesel", kind="recycling")


@pytest.mark.parametrize(
    ("ban", "day", "bound"),
    [
        ({}, MONDAY, True),
        ({"vehicles": Vehicles(plate_colours=frozenset({"yellow"}))}, MONDAY, True),
        ({"vehicles": Vehicles(plate_colours=frozenset({"blue"}))}, MONDAY, False),
        ({"vehicles": Vehicles(energies=frozenset({"diesel", "petrol"}))}, MONDAY, True),
        ({"vehicles": Vehicles(kinds=frozenset({"muck"}))}, MONDAY, False),
        ({"vehicles": Vehicles(from_weight=4.4)}, MONDAY, True),
        ({"vehicles": Vehicles(from_weight=4.5)}, MONDAY, False),
        ({"vehicles": Vehicles(from_weight=4, plate_colours=frozenset({"blue"}))}, MONDAY, False),
        ({"vehicles": Vehicles(parity="odd")}, MONDAY, True),
        ({"vehicles": Vehicles(parity="even")}, MONDAY, False),
        ({"vehicles": Vehicles(parity="date")}, MONDAY, False),  # the 23rd: odd numbers drive
        ({"vehicles": Vehicles(parity="date")}, TUESDAY, True),
        ({"vehicles": Vehicles(digits=((0, frozenset({2, 7})), (1, frozenset({3, 8}))))}, MONDAY, True),
        ({"vehicles": Vehicles(digits=((0, frozenset({2, 7})), (1, frozenset({3, 8}))))}, TUESDAY, False),
        ({"exempt": (Vehicles(energies=frozenset({"electric"})),)}, MONDAY, True),
        ({"exempt": (Vehicles(kinds=frozenset({"recycling"})),)}, MONDAY, False),
        ({"permits": frozenset({"ring pass"})}, MONDAY, True),
        ({"when": When(weekdays=frozenset({1}))}, MONDAY, False),
        ({"when": When(weekdays=frozenset({1}))}, TUESDAY, True),
        ({"when": When(first=TUESDAY)}, MONDAY, False),
        ({"when": When(last=MONDAY)}, MONDAY, True),
        ({"when": When(last=MONDAY)}, TUESDAY, False),
        ({"when": When(((7 * H, 9 * H),))}, MONDAY, True),
        ({"when": When(((9 * H, 10 * H),))}, MONDAY, False),
    ],
)
def test_whom_a_ban_binds(ban, day, bound):
    rule = DrivingBan("ring", Where(edges=(2,)), **ban)
    assert (rule in in_force([rule], TRUCK, day, 8 * H)) == bound


def test_a_pass_spares(network):
    rule = DrivingBan("ring", Where(edges=(2,)), permits=frozenset({"ring pass"}))
    allowed = VehicleProfile("truck", permits=frozenset({"ring pass", "other"}))
    assert in_force([rule], allowed, MONDAY, 0) == ()


def test_an_unknown_vehicle_is_bound_by_bans_on_everybody_only():
    everybody, trucks = (DrivingBan("a", Where()), DrivingBan("b", Where(), vehicles=Vehicles(from_weight=3.5)))
    assert in_force([everybody, trucks], None, MONDAY, 0) == (everybody,)


def test_periods_of_a_day():
    """Half speed from 17 to 19 on weekdays, a closure from 18 on: five parts, of which neighbours differ."""
    peak = ClassSpeeds("peak", (("primary", 0.5),), When(((17 * H, 19 * H),), frozenset(range(5))))
    works = Closure("works", Where(edges=(2,)), When(((18 * H, 24 * H),), first=MONDAY, last=MONDAY))
    assert periods([peak, works], None, MONDAY) == [
        Period(0, 17 * H, ()),
        Period(17 * H, 18 * H, (peak,)),
        Period(18 * H, 19 * H, (peak, works)),
        Period(19 * H, 24 * H, (works,)),
    ]
    assert [p.end for p in periods([peak, works], None, TUESDAY)] == [17 * H, 19 * H, 24 * H]
    assert [p.end for p in periods([peak, works], None, date(2026, 11, 28))] == [24 * H]
    assert of_the_day([peak, works], None, MONDAY, 7 * H, 18 * H) == {"peak": peak}


def test_a_matrix_for_each_period(network):
    """Half speed from 17 to 19; the hours before and after share one matrix."""
    peak = ClassSpeeds("peak", (("primary", 0.5),), When(((17 * H, 19 * H),)))
    found = day_matrices(network, np.array([(50, 0), (450, 0)]) * METRE, [peak], MONDAY, begin=8 * H, end=20 * H)
    assert [(part.period.begin // H, part.period.end // H) for part in found] == [(8, 17), (17, 19), (19, 20)]
    assert [part.matrix.durations[0, 1] for part in found] == [DIRECT, DIRECT + 30, DIRECT]
    assert found[0].matrix is found[2].matrix


def test_a_place_on_a_road_that_is_closed_for_an_hour(network):
    works = Closure("works", Where(edges=(1, 2, 3)), When(((8 * H, 9 * H),)))
    before, shut, after = day_matrices(network, np.array([(50, 0), (250, 10)]) * METRE, [works], MONDAY)
    assert [part.places.edge[1] for part in (before, shut, after)] == [2, 6, 2]
    assert shut.matrix.durations[0, 1] > before.matrix.durations[0, 1] == after.matrix.durations[0, 1]


def test_the_order_of_hours_does_not_matter():
    """Cut at every hour of every span, whatever part of the day is asked for."""
    rng = np.random.default_rng(5)
    for _ in range(50):
        spans = np.sort(rng.integers(0, 86_400, (4, 2)), axis=1).tolist()
        rules = [Closure(str(k), Where(), When(((a, b + 1),))) for k, (a, b) in enumerate(spans)]
        begin, end = np.sort(rng.integers(0, 86_400, 2)).tolist()
        parts = periods(rules, None, MONDAY, begin, end + 1)
        assert [p.begin for p in parts[1:]] == [p.end for p in parts[:-1]]
        for second in rng.integers(begin, end + 1, 30).tolist():
            (part,) = (p for p in parts if p.begin <= second < p.end)
            assert part.changes == in_force(rules, None, MONDAY, second)


def test_asking_again_costs_nothing(network):
    change = (Closure("works", Where(edges=(2,))),)
    assert network.weighting(None, change) is network.weighting(None, change)


def test_area_text_is_geojson():
    assert json.loads(box(0, 0, 1, 1))["type"] == "Polygon"
