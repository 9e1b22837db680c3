import json
import pickle

import pytest

from recycling.errors import ConfigurationError
from recycling.fleet import MOST_ASKED, load_fleet


@pytest.fixture
def edited(home):
    """Return a function that changes one text of the home's fleet.toml and gives its line."""

    def edit(old, new):
        path = home / "config" / "fleet.toml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    return edit


def faults_of():
    with pytest.raises(ConfigurationError) as caught:
        load_fleet()
    return [(f.code, str(f)) for f in caught.value.faults]


def test_shipped_fleet_is_sane(home):
    fleet = load_fleet()
    for kind in fleet.types.values():
        assert kind.zh
        assert kind.en
        assert 1.5 <= kind.height <= 4.0
        assert kind.kg / 1000 < kind.weight <= 4.5, "the weight is the total weight of a light truck"
        assert 1 <= kind.crew <= 3
        assert 50 <= kind.cost_per_km <= 1000, "fen"
        assert 2000 <= kind.cost_per_hour <= 20_000, "fen"
        assert 0 < kind.fixed_cost <= 50_000
    depots = json.loads((home / "data" / "geo" / "depots.geojson").read_text(encoding="utf-8"))["features"]
    assert {g.depot for g in fleet.fleets} <= {d["properties"]["code"] for d in depots}
    assert all(len(g.plates) for g in fleet.fleets)


def test_every_shipped_depot_has_a_vehicle(home):
    depots = json.loads((home / "data" / "geo" / "depots.geojson").read_text(encoding="utf-8"))["features"]
    bare = [c for d in depots if not load_fleet().at(c := d["properties"]["code"])]
    assert not bare


def test_vehicles_of_a_depot_in_the_order_of_the_file():
    fleet = load_fleet()
    found = fleet.at("DEP-01")
    assert [code for _, code, _ in found] == ["box"] * 4 + ["van"] * 4
    assert found[0][0] == "川S示A01"
    assert found[0][2] is fleet.types["box"]
    assert fleet.at("DEP-99") == []


def test_unknown_type(edited):
    line = edited('type = "van"', 'type = "vam"')
    assert faults_of() == [
        ("config-bad-value", f"config/fleet.toml:{line}: fleets.1.type: there is no vehicle type 'vam'.")
    ]


def test_a_plate_twice(edited):
    line = edited('"川S示E01"', '"川S示C02"')
    ((_, text),) = faults_of()
    assert text == f"config/fleet.toml:{line}: fleets.4.plates: the plate 川S示C02 is there twice."


def test_unknown_and_missing_key_of_the_right_table(edited):
    line = edited("crew = 2", "crews = 2")
    codes = faults_of()
    assert (
        "config-unknown-key",
        f"config/fleet.toml:{line}: the key types.box.crews is unknown. Did you mean crew?",
    ) in codes
    assert any(c == "config-missing-key" and "types.box.crew is missing" in t for c, t in codes)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('plates = ["川S示D01"]', 'plates = "川S示D01"', "fleets.3.plates"),
        ("height = 3.2", "height = inf", "types.box.height"),
        ("kg = 1800", "kg = 0", "types.box.kg"),
        ("cost_per_km = 190", "cost_per_km = -1", "types.box.cost_per_km"),
        ("crew = 2", "crew = 1.5", "types.box.crew"),
    ],
)
def test_bad_value_is_named_at_its_line(edited, old, new, key):
    line = edited(old, new)
    ((code, text),) = faults_of()
    assert code == "config-bad-value"
    assert text.startswith(f"config/fleet.toml:{line}: {key} cannot be ")


def test_only_electric_vehicles_have_a_range(edited):
    edited("crew = 1", "crew = 1\nrange_km = 180")
    ((code, text),) = faults_of()
    assert code == "config-bad-value"
    assert text.endswith('types.van: range_km: only vehicles with energy = "electric" have one.')


def test_the_range_of_an_electric_vehicle_and_where_it_charges(edited):
    edited('energy = "petrol"\ncrew = 1', 'energy = "electric"\nrange_km = 180\ncrew = 1')
    edited("[types.van]", 'charging = ["CEN-01"]\n\n[types.van]')
    fleet = load_fleet()
    assert (fleet.types["van"].range_km, fleet.types["box"].range_km) == (180, None)
    assert fleet.charging == ("CEN-01",)


def test_drivers_by_weekday_of_the_shipped_fleet(home):
    fleet = load_fleet()
    assert [fleet.driver_of("川S示A01", day) for day in range(7)] == ["1号"] * 5 + ["5号", ""]
    assert fleet.driver_of("川S示B01", 0) == ""
    for day in range(7):
        busy = [name for plate, _, _ in fleet.at("DEP-01") if (name := fleet.driver_of(plate, day))]
        assert len(set(busy)) == len(busy), "nobody drives two vehicles on one day"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'plate = "川S示A02"\nweekdays = [4]',
            'plate = "川S示A09"\nweekdays = [4]',
            "plate: there is no vehicle '川S示A09'",
        ),
        ("weekdays = [4]", "weekdays = [3]", "weekdays: on day 3 2号 drives 川S示A02"),
        (
            'plate = "川S示A03"\nweekdays = [3]',
            'plate = "川S示A03"\nweekdays = [4]',
            "weekdays: on day 4 3号 drives 川S示A03",
        ),
        ('"川S示A04"\nweekdays = [2]', '"川S示B04"\nweekdays = [3]', "weekdays: on day 3 5号 drives 川S示A03"),
    ],
)
def test_drivers_that_cannot_be_are_named_at_their_line(edited, old, new, said):
    line = edited(old, new)
    ((code, text),) = faults_of()
    assert code == "config-bad-value"
    key, _, rest = said.partition(": ")
    assert text.endswith(f".{key}: {rest}.")
    assert line <= int(text.split(":")[1]) <= line + 1


@pytest.mark.parametrize("days", ["[]", "[7]", "[4, 4]"])
def test_weekdays_of_a_driver(edited, days):
    line = edited("weekdays = [4]", f"weekdays = {days}")
    ((code, text),) = faults_of()
    assert code == "config-bad-value"
    assert text.startswith(f"config/fleet.toml:{line}: drivers.5.weekdays cannot be ")
    assert "from 0 (Monday) to 6" in text


def test_a_copy_with_other_vehicles_knows_nothing_of_those_before(home):
    fleet = load_fleet()
    depot = fleet.fleets[0].depot
    plate = fleet.fleets[0].plates[0]
    assert fleet.able(depot, 1)
    assert fleet.at(depot)
    assert fleet.skills_of(plate) == frozenset(fleet.fleets[0].skills)
    none = fleet.model_copy(update={"fleets": ()})
    assert (none.at(depot), none.able(depot, 1), none.skills_of(plate)) == ([], (), frozenset())
    assert none.alike(depot)
    assert none.alike("DEP-99")


def test_a_fleet_that_has_answered_goes_to_another_process(home):
    fleet = load_fleet()
    depot = fleet.fleets[0].depot
    for metres in range(1000):
        fleet.able(depot, 1, False, 2 + metres / 1000)
    there = pickle.loads(pickle.dumps(fleet))
    assert there == fleet
    assert there.able(depot, 1) == fleet.able(depot, 1)
    assert len(vars(fleet)["_able"]) <= MOST_ASKED


def test_vehicles_that_are_able_are_those_that_can_serve(home):
    fleet = load_fleet()
    for depot in {group.depot for group in fleet.fleets}:
        for people, lift, low in [
            (1, False, None),
            (2, False, None),
            (2, True, None),
            (1, False, 2.2),
            (9, False, None),
        ]:
            asked = {kind.en for _, _, kind in fleet.at(depot) if kind.can_serve(people, lift, low)}
            assert {kind.en for kind in fleet.able(depot, people, lift, low)} == asked
