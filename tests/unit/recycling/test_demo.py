import hashlib
import random
import shutil

import pytest
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from recycling import network
from recycling.clock import Span
from recycling.db import Database
from recycling.demo import day as day_maker
from recycling.demo import make_demo, orders
from recycling.demo.day import CALLS, DELIVERIES, demo_file, demo_photos, fresh_demo_database
from recycling.demo.places import COMMUNITIES, placed_network
from recycling.errors import NotFoundError
from recycling.fleet import load_fleet
from recycling.models import Booking, Call, TradeInOrder
from recycling.roads import imported_layer
from routing.errors import InputError
from routing.roads.network import RoadNetwork
from routing.roads.profile import VehicleProfile
from routing.roads.snap import snap


@pytest.fixture
def grid(home, road_layer):
    """The town's roads as an imported layer of the home."""
    folder = home / "var" / "roads"
    folder.mkdir(parents=True)
    shutil.copy(road_layer, folder / "grid.gpkg")
    shutil.copy(road_layer.with_suffix(".json"), folder / "grid.json")
    return "grid"


@pytest.fixture(scope="session")
def fleet():
    """The shipped fleet: it has room for a day's calls and deliveries besides bookings."""
    return load_fleet()


@pytest.fixture
def few(monkeypatch):
    """Fewer bookings than a demonstration has; they are all made alike."""
    monkeypatch.setattr(day_maker, "BOOKINGS", 40)
    return 40


def made_orders(database):
    """All orders without what is drawn anew each time: ids, tokens, references."""
    with database.read() as session:
        bookings = session.scalars(select(Booking).options(selectinload(Booking.lines))).all()
        return (
            sorted(
                (
                    b.idempotency_key,
                    b.request_digest,
                    b.service_day,
                    b.promise_start,
                    b.place,
                    b.address,
                    (b.lon, b.lat, b.floor, b.lift),
                    (b.contact, b.phone, b.channel),
                    tuple((n.item, n.pieces) for n in b.lines),
                )
                for b in bookings
            ),
            sorted(
                (c.community_code, c.starts_at, c.dwell_minutes, c.expected_kg, c.plate, c.lon, c.lat)
                for c in session.scalars(select(Call))
            ),
            sorted(
                (t.external_id, t.promise_start, t.place, t.lon, t.lat, t.new_item, t.old_item, t.floor, t.minutes)
                for t in session.scalars(select(TradeInOrder))
            ),
        )


def sums(folder):
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir() if p.is_file()}


def test_the_same_seed_makes_the_same_day(grid, office, now, day, few):
    found = []
    for seed in (7, 7, 8):
        database = fresh_demo_database(grid)
        made = make_demo(office(database), now, grid, seed)
        assert (made.depot, made.day) == ("DEP-01", day)
        assert (made.bookings, made.calls, made.deliveries) == (few, CALLS, DELIVERIES)
        found.append(made_orders(database))
        database.close()
    bookings, calls, deliveries = found[0]
    assert (len(bookings), len(deliveries)) == (few, DELIVERIES)
    assert sum(office(database).settings.clock.today(starts) == day for _, starts, *_ in calls) == CALLS
    assert len({starts for _, starts, *_ in calls}) > 30  # a timetable lays more of them out
    assert found[0] == found[1]
    assert found[0] != found[2]  # the control


def test_a_demonstration_touches_no_other_file(grid, home, settings, catalogue, now):
    var = home / "var"
    own = Database(f"sqlite:///{var / 'recycling.db'}")
    own.migrate()
    own.close()
    (var / "demo.db").write_bytes(b"the other demonstration")
    before = sums(var)
    assert set(before) == {"recycling.db", "demo.db"}
    for _ in range(2):
        database = fresh_demo_database(grid)
        with database.write() as session:
            network.store(session, placed_network(settings, grid, 1))
        database.close()
        after = sums(var)
        assert after.pop("demo-grid.db")
        del after["demo-grid.db-turn"]  # by which those who write to it wait for each other
        assert after == before


def test_the_record_is_made_anew(grid, settings, catalogue, now):
    database = fresh_demo_database(grid)
    with database.write() as session:
        network.store(session, placed_network(settings, grid, 1))
    database.close()
    photos = demo_photos(f"sqlite:///{demo_file(grid)}")
    photos.mkdir()
    (photos / "of-somebody.jpg").write_bytes(b"x")
    again = fresh_demo_database(grid)
    assert not photos.exists()
    assert again.engine.url.database == str(demo_file(grid))
    with again.read() as session:
        assert network.depots(session) == []
    again.check()
    again.close()


def test_everyone_in_a_demonstration_is_invented(grid, office, now, few):
    database = fresh_demo_database(grid)
    make_demo(office(database), now, grid)
    with database.read() as session:
        found = session.scalars(select(Booking)).all()
    assert {b.channel for b in found} == {"demo"}
    assert all(b.phone.startswith("+861990000") for b in found), "a range that no subscriber has"
    database.close()


# -- places --------------------------------------------------------------------------------------------------------


def test_places_lie_on_roads_that_the_largest_truck_may_use(grid, settings):
    data = placed_network(settings, grid, 1)
    assert len(data.communities) == COMMUNITIES
    assert len({c.code for c in data.communities}) == COMMUNITIES
    assert [s.kind for s in data.sites] == ["depot", "comprehensive", "comprehensive", "station"]
    assert all(c.population > 0 and c.depot_code == "DEP-01" for c in data.communities)
    places = [(p.lon, p.lat) for p in (*data.sites, *data.communities)]
    roads = RoadNetwork.from_layer(imported_layer(settings, grid))
    truck = VehicleProfile(name="truck", height=3.2, weight=4.4, hgv=True)
    assert snap(roads.weighting(truck), places, 30.0).ok.all()
    assert all(network.inside(data.area, *p) for p in places)
    assert (data.area.roads, data.area.roads_path) == ("grid", "var/roads/grid.gpkg")
    assert roads.notice is not None
    assert data.area.notice == roads.notice


def test_places_follow_the_seed(grid, settings):
    def where(seed):
        data = placed_network(settings, grid, seed)
        return [(p.code, p.lon, p.lat) for p in (*data.sites, *data.communities)]

    assert where(3) == where(3)
    assert where(3) != where(4)


def test_roads_that_were_not_imported(grid, settings):
    with pytest.raises(NotFoundError, match=r"the name town\. There are: grid\. Run: recycling roads import FILE"):
        placed_network(settings, "town", 1)
    (settings.roads_folder / "grid.gpkg").unlink()
    with pytest.raises(NotFoundError, match="There are none yet"):
        placed_network(settings, "town", 1)


@pytest.mark.parametrize("name", ["", "..", "../grid", "../roads/grid", "/etc/passwd", "grid\x00", "x" * 300])
def test_a_name_that_leads_elsewhere(grid, settings, name):
    with pytest.raises(NotFoundError):
        imported_layer(settings, name)


def test_roads_too_few_for_a_day(grid, settings):
    layer = imported_layer(settings, grid)
    layer.write_bytes(b"not a layer")
    with pytest.raises(InputError, match="GeoPackage"):
        placed_network(settings, grid, 1)


# -- orders --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("windows", [1, 2, 4, 6])
def test_any_number_of_windows_can_be_offered(town, catalogue, day, windows):
    spans = [Span.parse(f"{8 + k:02d}:00-{9 + k:02d}:00") for k in range(windows)]
    made = orders.bookings(random.Random(1), catalogue, town().communities, day, spans, 60)
    assert {r.window for r in made} == {str(s) for s in spans}


def test_no_more_calls_than_communities(town, settings, day):
    made = orders.calls(random.Random(1), settings.clock, town().communities, day, 12)
    assert len(made) == 4
    assert len({c.community_code for c in made}) == 4
