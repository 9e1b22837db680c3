import json
import pickle
from dataclasses import MISSING, fields, is_dataclass, replace

import numpy as np
import pytest
from days import day, days, line, matrix, site, stop, truck
from hypothesis import given, settings
from hypothesis import strategies as st
from trial_counts import so_many

from routing.errors import InputError
from routing.plan import Fix, Plan, Rest, Route, Unserved, Visit
from routing.problem import Closed, Compartment, Matrix, Pair, Pause, Period, Problem, TimeWindow


def sound(**changes):
    """A day of two stops, one vehicle and one site without a fault."""
    parts = {
        "dimensions": ("kg",),
        "stops": (stop("a", 1, [(0, 10), (20, 30)], pickup=5), stop("b", 2, delivery=5)),
        "vehicles": (truck(pause=(100, 200, 50)),),
        "unload_sites": (site("u", 3),),
        "matrices": {"road": matrix(line(4))},
    }
    return Problem(**parts | changes)


def changed(which, number=0, **fields):
    """The sound day with fields of one of its stops, vehicles or sites changed."""
    base = sound()
    parts = list(getattr(base, which))
    parts[number] = replace(parts[number], **fields)
    return {which: tuple(parts)}


def refusal(make):
    with pytest.raises(InputError) as caught:
        make()
    return str(caught.value)


def same(one, other):
    same_tables(one.matrices, other.matrices)
    assert [p.hours for p in one.periods] == [p.hours for p in other.periods]
    for before, after in zip(one.periods, other.periods, strict=True):
        same_tables(before.matrices, after.matrices)
    for name in {f.name for f in fields(Problem)} - {"matrices", "periods"}:
        assert getattr(one, name) == getattr(other, name), name


def same_tables(one, other):
    assert one.keys() == other.keys()
    for name, table in one.items():
        assert np.array_equal(table.durations, other[name].durations)
        assert np.array_equal(table.distances, other[name].distances)
        assert other[name].durations.dtype == other[name].distances.dtype == np.int32


@settings(deadline=None, max_examples=so_many(60))
@given(days())
def test_round_trip(problem):
    same(problem, Problem.from_json(problem.to_json()))


def test_round_trip_of_a_day_without_places():
    empty = Problem(("kg",), (), (), (), {"road": matrix(np.zeros((0, 0)))})
    same(empty, Problem.from_json(empty.to_json()))


def more(*stops):
    return {"stops": (*sound().stops, *stops)}


def periods(*hours, name="road", places=4):
    return {"periods": tuple(Period(TimeWindow(*h), {name: matrix(line(places))}) for h in hours)}


FAULTS = {
    "no dimension": ({"dimensions": (), "stops": (), "vehicles": ()}, "dimensions: there is none"),
    "dimension twice": (
        {"dimensions": ("kg", "kg"), "stops": (), "vehicles": ()},
        "dimensions[1]: 'kg' is there twice",
    ),
    "no matrix": ({"matrices": {}, "stops": (), "unload_sites": (), "vehicles": ()}, "matrices: there is none"),
    "matrix not square": (
        {"matrices": {"road": Matrix(np.zeros((4, 4), np.int32), np.zeros((4, 3), np.int32))}},
        "matrices['road']: not 4 x 4",
    ),
    "matrix of another size": (
        {"matrices": {"road": matrix(line(4)), "lane": matrix(line(3))}},
        "matrices['lane']: not 4 x 4",
    ),
    "way without length": (
        {"matrices": {"road": Matrix(line(4).astype(np.int32), np.full((4, 4), -1, np.int32))}},
        "matrices['road']: a way has a duration without a distance",
    ),
    "stop twice": (changed("stops", 1, id="a"), "stops[1].id: 'a' is there twice"),
    "stop nowhere": (changed("stops", 1, location=4), "stops[1].location: 4 is no row of the matrices (0 to 3)"),
    "stop before the first row": (changed("stops", location=-1), "stops[0].location: -1 is no row"),
    "delivery of two dimensions": (changed("stops", delivery=(1, 2)), "stops[0].delivery: needs 1 numbers from 0 up"),
    "pickup below zero": (changed("stops", pickup=(-1,)), "stops[0].pickup: needs 1 numbers from 0 up"),
    "service below zero": (changed("stops", service=-1), "stops[0].service: is negative"),
    "prize below zero": (changed("stops", 1, prize=-1), "stops[1].prize: is negative"),
    "no window": (changed("stops", windows=()), "stops[0].windows: there is none"),
    "window upside down": (changed("stops", windows=(TimeWindow(2, 1),)), "stops[0].windows[0]: ends before it starts"),
    "windows that touch": (
        changed("stops", windows=(TimeWindow(0, 5), TimeWindow(5, 9))),
        "stops[0].windows[1]: does not follow the one before it",
    ),
    "vehicle twice": ({"vehicles": (truck(), truck())}, "vehicles[1].id: 'v' is there twice"),
    "vehicle starts nowhere": (changed("vehicles", start=9), "vehicles[0].start: 9 is no row"),
    "vehicle ends nowhere": (changed("vehicles", end=9), "vehicles[0].end: 9 is no row"),
    "capacity of two dimensions": (changed("vehicles", capacity=(1, 1)), "vehicles[0].capacity: needs 1 numbers"),
    "capacity below zero": (changed("vehicles", capacity=(-1,)), "vehicles[0].capacity: needs 1 numbers"),
    "shift upside down": (changed("vehicles", shift=TimeWindow(2, 1)), "vehicles[0].shift: ends before it starts"),
    "shift of the day before": (changed("vehicles", shift=TimeWindow(-1, 5)), "vehicles[0].shift: starts before"),
    "break window upside down": (
        changed("vehicles", pauses=(Pause(TimeWindow(1, 2), 5), Pause(TimeWindow(2, 1), 5))),
        "vehicles[0].pauses[1].window: ends before it starts",
    ),
    "break below zero": (
        changed("vehicles", pauses=(Pause(TimeWindow(1, 2), -5),)),
        "vehicles[0].pauses[0].duration: is negative",
    ),
    "profile without matrix": (changed("vehicles", profile="rail"), "vehicles[0].profile: no matrix is named 'rail'"),
    "fixed cost below zero": (changed("vehicles", fixed_cost=-1), "vehicles[0]: a cost is negative"),
    "cost of a kilometre below zero": (changed("vehicles", cost_per_km=-1), "vehicles[0]: a cost is negative"),
    "cost of an hour below zero": (changed("vehicles", cost_per_hour=-1), "vehicles[0]: a cost is negative"),
    "site twice": ({"unload_sites": (site("u", 3), site("u", 2))}, "unload_sites[1].id: 'u' is there twice"),
    "site nowhere": (changed("unload_sites", location=7), "unload_sites[0].location: 7 is no row"),
    "hours upside down": (changed("unload_sites", hours=TimeWindow(2, 1)), "unload_sites[0].hours: ends before"),
    "unloading below zero": (changed("unload_sites", duration=-1), "unload_sites[0].duration: is negative"),
    "stop without a name": (changed("stops", 1, id=""), "stops[1].id: is empty"),
    "dimension without a name": ({"dimensions": ("",)}, "dimensions[0]: is empty"),
    "crew that is done before it begins": (
        changed("stops", service_by_crew={"two": -1}),
        "stops[0].service_by_crew['two']: is negative",
    ),
    "release of the day before": (changed("stops", release=-1), "stops[0].release: is negative"),
    "another vehicle that pays": (changed("stops", stays_price=-1), "stops[0].stays_price: is negative"),
    "announced for nobody": (changed("stops", stays="x"), "stops[0].stays: no vehicle is named 'x'"),
    "wish that pays": (changed("stops", wish_price=-1), "stops[0].wish_price: is negative"),
    "wish upside down": (changed("stops", wishes=(TimeWindow(2, 1),)), "stops[0].wishes[0]: ends before it starts"),
    "wishes out of order": (
        changed("stops", wishes=(TimeWindow(5, 9), TimeWindow(0, 4))),
        "stops[0].wishes[1]: does not follow the one before it",
    ),
    "vehicle that is not there": (
        changed("stops", vehicles=frozenset({"v", "w"})),
        "stops[0].vehicles: no vehicle is named 'w'",
    ),
    "collected nowhere": ({"pairs": (Pair("x", "b"),)}, "pairs[0].collect: no stop is named 'x'"),
    "dropped nowhere": (
        {"pairs": (Pair("a", "b"), Pair("c", "x")), **more(stop("c", 1))},
        "pairs[1].drop: no stop is named 'x'",
    ),
    "dropped where it is collected": (
        {"pairs": (Pair("a", "a"),)},
        "pairs[0]: collects and drops at the same stop",
    ),
    "stop in two pairs": (
        {"pairs": (Pair("a", "b"), Pair("c", "b")), **more(stop("c", 1, pickup=5))},
        "pairs[1].drop: stop 'b' is in another pair already",
    ),
    "pair that loses goods": (
        {"pairs": (Pair("a", "b"),), **changed("stops", 1, delivery=(4,))},
        "pairs[0]: the pickup of 'a' is not the delivery of 'b'",
    ),
    "pair of a group": (
        {"pairs": (Pair("a", "b"),), **changed("stops", 1, group="g")},
        "pairs[0].drop: stop 'b' is in group 'g'",
    ),
    "pair with a backhaul": (
        {"pairs": (Pair("a", "b"),), **changed("stops", backhaul=True)},
        "pairs[0].collect: stop 'a' is a backhaul",
    ),
    "load of two dimensions": (changed("vehicles", load=(1, 1)), "vehicles[0].load: needs 1 numbers from 0 up"),
    "load below zero": (changed("vehicles", load=(-1,)), "vehicles[0].load: needs 1 numbers from 0 up"),
    "compartment of what is not there": (
        changed("vehicles", compartments=(Compartment(frozenset({"kg", "m"}), 5),)),
        "vehicles[0].compartments[0].dimensions: no dimension is named 'm'",
    ),
    "compartment below zero": (
        changed("vehicles", compartments=(Compartment(frozenset({"kg"}), -5),)),
        "vehicles[0].compartments[0].capacity: is negative",
    ),
    "home before it leaves": (changed("vehicles", max_duration=-1), "vehicles[0].max_duration: is negative"),
    "overtime below zero": (changed("vehicles", overtime=-1), "vehicles[0].overtime: is negative"),
    "overtime that pays": (changed("vehicles", overtime_per_hour=-1), "vehicles[0]: a cost is negative"),
    "air that gets better": (changed("vehicles", grams_per_km=-1), "vehicles[0].grams_per_km: is negative"),
    "range below zero": (changed("vehicles", range=-1), "vehicles[0].range: is negative"),
    "charge below zero": (changed("vehicles", range=5, charge=-1), "vehicles[0].charge: is negative"),
    "charge of no range": (changed("vehicles", charge=1), "vehicles[0].charge: there is no range"),
    "charge above the range": (changed("vehicles", range=5, charge=6), "vehicles[0].charge: is more than the range"),
    "closed nowhere": (
        changed("vehicles", closed=(Closed(frozenset({1, 4}), TimeWindow(0, 9)),)),
        "vehicles[0].closed[0].locations: 4 is no row of the matrices",
    ),
    "closed upside down": (
        changed("vehicles", closed=(Closed(frozenset({1}), TimeWindow(9, 0)),)),
        "vehicles[0].closed[0].hours: ends before it starts",
    ),
    "site that takes what is not there": (
        changed("unload_sites", takes=frozenset({"m"})),
        "unload_sites[0].takes: no dimension is named 'm'",
    ),
    "site of two dimensions": (
        changed("unload_sites", capacity=(1, 1)),
        "unload_sites[0].capacity: needs 1 numbers from 0 up",
    ),
    "period upside down": (periods((9, 0)), "periods[0].hours: ends before it starts"),
    "periods that overlap": (periods((0, 9), (8, 20)), "periods[1].hours: begins before the period before it ends"),
    "period of another profile": (
        periods((0, 9), name="rail"),
        "periods[0].matrices['rail']: no matrix of the day is named so",
    ),
    "period of another size": (periods((0, 9), places=3), "periods[0].matrices['road']: not 4 x 4"),
    "period with a way without length": (
        {"periods": (Period(TimeWindow(0, 9), {"road": Matrix(*(np.full((4, 4), n, np.int32) for n in (-1, 1)))}),)},
        "periods[0].matrices['road']: a way has a duration without a distance",
    ),
    "carbon that pays": ({"carbon_price": -1}, "carbon_price: is negative"),
    "balance that pays": ({"balance_price": -1}, "balance_price: is negative"),
    "compactness that pays": ({"compactness_price": -1}, "compactness_price: is negative"),
}


@pytest.mark.parametrize(("changes", "words"), FAULTS.values(), ids=FAULTS.keys())
def test_fault_is_named_and_no_other(changes, words):
    said = refusal(lambda: sound(**changes))
    assert words in said
    assert said.count(";") == 0


def test_the_same_day_without_the_fault_is_sound():
    assert sound().stops[0].id == "a"


def test_what_looks_like_a_fault_and_is_none():
    sound(**periods((0, 9), (9, 20)))
    sound(**changed("stops", forbidden=frozenset({"of another day"}), vehicles=frozenset()))
    sound(**changed("vehicles", range=5, charge=5, load=(0,), max_duration=0))
    sound(**changed("unload_sites", takes=frozenset(), capacity=(0,)))
    sound(pairs=(Pair("a", "b"),))


def test_compartments_that_share_too_much_are_refused():
    """Each dimension in a compartment of its own and all in one: every set of them has a bound of its own."""

    def shared(count):
        names = tuple(f"d{d}" for d in range(count))
        parts = (*(Compartment(frozenset({name}), 5) for name in names), Compartment(frozenset(names), 9))
        return day([], [truck(capacity=[9] * count, compartments=parts)], dimensions=names)

    shared(10)
    for count in (11, 24):
        said = refusal(lambda n=count: shared(n))
        assert said.endswith("vehicles[0].compartments: more than 2000 sets of dimensions share compartments.")


def test_all_faults_at_once():
    said = refusal(
        lambda: sound(
            **changed("stops", 1, service=-1, prize=-1),
            **changed("vehicles", start=9, cost_per_km=-1),
            **changed("unload_sites", duration=-1),
        )
    )
    for words in ("stops[1].service", "stops[1].prize", "vehicles[0].start", "vehicles[0]: a", "unload_sites[0].dur"):
        assert words in said
    assert said.count(";") == 4


def test_the_sentence_names_some_of_many_faults_and_the_error_keeps_all():
    with pytest.raises(InputError) as caught:
        sound(stops=tuple(stop(f"s{k}", 1, service=-1) for k in range(30)))
    for error in (caught.value, pickle.loads(pickle.dumps(caught.value))):
        assert "stops[19].service: is negative; ..." in str(error)
        assert "stops[20]" not in str(error)
        assert error.faults == tuple(f"stops[{k}].service: is negative" for k in range(30))


WHOLE = {
    "stops": ("location", "service", "prize"),
    "vehicles": ("start", "end", "fixed_cost", "cost_per_km", "cost_per_hour"),
    "unload_sites": ("location", "duration"),
}


@pytest.mark.parametrize("value", [1.5, 1.0, "1", True, None, 2**31, -(2**31), np.int64(1)], ids=repr)
@pytest.mark.parametrize(("which", "field"), [(w, f) for w, names in WHOLE.items() for f in names])
def test_only_whole_numbers_of_sane_size(which, field, value):
    said = refusal(lambda: sound(**changed(which, **{field: value})))
    assert f"{which}[0].{field}: " in said
    assert "is no whole number" in said or "is larger than" in said


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        (changed("stops", id=7), "stops[0].id"),
        (changed("stops", id=""), "stops[0].id"),
        (changed("stops", skills=frozenset({7})), "stops[0].skills"),
        (changed("stops", pickup=(0.5,)), "stops[0].pickup[0]"),
        (changed("stops", delivery=(0.5,)), "stops[0].delivery[0]"),
        (changed("stops", windows=(TimeWindow(0.5, 2),)), "stops[0].windows[0].start"),
        (changed("vehicles", id=None), "vehicles[0].id"),
        (changed("vehicles", skills=frozenset({7})), "vehicles[0].skills"),
        (changed("vehicles", capacity=("9",)), "vehicles[0].capacity[0]"),
        (changed("vehicles", shift=TimeWindow(0, 9.5)), "vehicles[0].shift.end"),
        (changed("vehicles", pauses=(Pause(TimeWindow(0.5, 9), 1),)), "vehicles[0].pauses[0].window.start"),
        (changed("vehicles", pauses=(Pause(TimeWindow(0, 9), 1.5),)), "vehicles[0].pauses[0].duration"),
        (changed("unload_sites", id=3), "unload_sites[0].id"),
        (changed("unload_sites", hours=TimeWindow(None, 9)), "unload_sites[0].hours.start"),
        ({"dimensions": (1,)}, "dimensions[0]"),
        (changed("stops", service_by_crew={"two": 1.5}), "stops[0].service_by_crew['two']"),
        (changed("stops", service_by_crew={2: 1}), "stops[0].service_by_crew"),
        (changed("stops", service_by_crew=7), "stops[0].service_by_crew"),
        (changed("stops", required=1), "stops[0].required"),
        (changed("stops", group=None), "stops[0].group"),
        (changed("stops", together=7), "stops[0].together"),
        (changed("stops", vehicles="v"), "stops[0].vehicles"),
        (changed("stops", forbidden={"v"}), "stops[0].forbidden"),
        (changed("stops", wishes=(None,)), "stops[0].wishes[0]"),
        (changed("stops", windows=[TimeWindow(0, 9)]), "stops[0].windows"),
        (changed("vehicles", pauses=Pause(TimeWindow(0, 9), 1)), "vehicles[0].pauses"),
        (changed("vehicles", compartments=(Compartment(frozenset({1}), 5),)), "vehicles[0].compartments[0].dimensions"),
        (changed("vehicles", compartments=(Compartment("kg", 5),)), "vehicles[0].compartments[0].dimensions"),
        (changed("vehicles", max_duration="1"), "vehicles[0].max_duration"),
        (changed("vehicles", range=2**31), "vehicles[0].range"),
        (changed("vehicles", load=(None,)), "vehicles[0].load[0]"),
        (changed("vehicles", closed=(Closed(frozenset({"1"}), TimeWindow(0, 9)),)), "vehicles[0].closed[0].locations"),
        (changed("vehicles", type=None), "vehicles[0].type"),
        (changed("unload_sites", takes=("kg",)), "unload_sites[0].takes"),
        (changed("unload_sites", capacity=(0.5,)), "unload_sites[0].capacity[0]"),
        (changed("unload_sites", reloads="no"), "unload_sites[0].reloads"),
        ({"pairs": (("a", "b"),)}, "pairs[0]"),
        ({"pairs": (Pair(1, "b"),)}, "pairs[0].collect"),
        ({"periods": (Period(TimeWindow(0, None), {}),)}, "periods[0].hours.end"),
        ({"periods": (Period(TimeWindow(0, 9), {"road": line(4)}),)}, "periods[0].matrices['road']"),
        ({"matrices": None}, "matrices"),
        ({"matrices": {"road": Matrix(line(4).tolist(), line(4))}}, "matrices['road'].durations"),
        ({"matrices": {"road": Matrix(np.zeros(4, np.int32), np.zeros(4, np.int32))}}, "matrices['road'].durations"),
        ({"stops": None}, "stops"),
        ({"vehicles": [truck()]}, "vehicles"),
        ({"notice": "demonstration"}, "notice"),
        ({"notice": {"en": 7}}, "notice['en']"),
        ({"carbon_price": "1"}, "carbon_price"),
    ],
)
def test_values_of_the_wrong_kind(changes, path):
    assert path + ":" in refusal(lambda: sound(**changes))


# -- JSON ----------------------------------------------------------------------------------------------------


WINDOW = TimeWindow(0, 90)
FULL = Problem(
    dimensions=("kg", "litres"),
    stops=(
        stop(
            "a",
            1,
            [(0, 10), (20, 30)],
            5,
            pickup=(5, 6),
            delivery=(1, 2),
            skills={"crane", "crew-2"},
            service_by_crew={"two": 3},
            release=4,
            required=True,
            together="house",
            vehicles=frozenset({"v", "w"}),
            forbidden=frozenset({"w"}),
            wishes=(WINDOW,),
            wish_price=7,
            stays="w",
            stays_price=8,
        ),
        stop("b", 2, delivery=(5, 6), pickup=(0, 0), vehicles=frozenset()),
        stop("c", 2, delivery=(0, 0), pickup=(0, 0), group="either", backhaul=True),
    ),
    vehicles=(
        truck(
            "v",
            (100, 200),
            skills={"crane", "crew-2"},
            pauses=(Pause(WINDOW, 5), Pause(TimeWindow(100, 200), 9)),
            crew="two",
            compartments=(Compartment(frozenset({"kg", "litres"}), 250), Compartment(frozenset(), 1)),
            max_duration=900,
            overtime=60,
            overtime_per_hour=70,
            load=(1, 2),
            keeps_stock=True,
            range=5_000,
            charge=4_000,
            closed=(Closed(frozenset({3, 1}), WINDOW),),
            grams_per_km=300,
        ),
        truck("w", (1, 1)),
    ),
    unload_sites=(
        site("u", 3, takes=frozenset(), capacity=(9, 9), reloads=True, charges=True),
        site("t", 3, takes=frozenset({"kg"})),
    ),
    matrices={"road": matrix(line(4))},
    notice={"zh": "演示", "en": "demonstration"},
    pairs=(Pair("a", "b"),),
    periods=(Period(WINDOW, {"road": matrix(line(4) * 2)}), Period(TimeWindow(90, 95), {})),
    carbon_price=1,
    balance_price=2,
    compactness_price=3,
)
PLAN = Plan(
    routes=(
        Route(
            vehicle="v",
            start=0,
            end=90,
            load=(1, 2),
            visits=(Visit("stop", "a", 1, 2, 3, (4, 5), (4, 5)), Visit("unload", "u", 4, 5, 6, (0, 0), (0, 0))),
            rests=(Rest(10, 20),),
            distance=7,
            driving=8,
            cost=9,
        ),
    ),
    unserved=(
        Unserved("b", "late", {"vehicle": "v", "seconds": 5}, (Fix("window", 7, {"start": 9}),)),
        Unserved("c", "not-worth"),
    ),
    cost=9 + 2**40,
    engine="hand",
    seconds=0.5,
    notice={"zh": "演示"},
    prices={"fixed": 9, "prizes": 2**40},
    bound=3,
    notes=("an engine was dropped",),
)


def unsaid(value):
    """Fields that hold their default everywhere in a record, by the name of the record's class."""
    if not is_dataclass(value):
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else ()
        return set.intersection(*map(unsaid, inner)) if inner else set()
    return {f.name for f in fields(value) if f.default is not MISSING and getattr(value, f.name) == f.default}


def test_the_days_below_use_every_field():
    for records in (FULL.stops, FULL.vehicles, FULL.unload_sites, (FULL,), (PLAN,)):
        assert unsaid(records) == set()


def test_round_trip_of_every_field():
    same(FULL, Problem.from_json(FULL.to_json()))
    assert Plan.from_json(PLAN.to_json()) == PLAN


def test_what_is_not_said_is_not_written():
    assert json.loads(sound().to_json()).keys() == {"dimensions", "stops", "vehicles", "unload_sites", "matrices"}
    bare = Plan((), (), 0, "hand", 0.0)
    assert json.loads(bare.to_json()).keys() == {"routes", "unserved", "cost", "engine", "seconds"}
    assert Plan.from_json(bare.to_json()) == bare


@pytest.mark.parametrize("read", [Problem.from_json, Plan.from_json])
def test_no_json(read):
    with pytest.raises(InputError, match=r"not JSON: line 2, ") as caught:
        read('{"dimensions":\n ["kg" "l"]}')
    assert caught.value.code == "not-json"
    assert "nested too deep" in refusal(lambda: read("[" * 100_000))
    assert "a number too long" in refusal(lambda: read("9" * 5_000))


def edited(edit, text):
    document = json.loads(text)
    edit(document)
    return json.dumps(document)


WRONG_DAYS = [
    (lambda d: d.pop("stops"), "stops: is missing"),
    (lambda d: d["stops"][0].pop("prize"), "stops[0].prize: is missing"),
    (lambda d: d["stops"][0].update(colour="red"), "stops[0].colour: is no field here"),
    (lambda d: d["vehicles"][0]["pauses"][1].update(colour="red"), "vehicles[0].pauses[1].colour: is no field here"),
    (lambda d: d["vehicles"][0]["pauses"][1].pop("window"), "vehicles[0].pauses[1].window: is missing"),
    (lambda d: d.update(colour="red"), "colour: is no field here"),
    (lambda d: d.update(dimensions="kg"), "dimensions: 'kg' is no list"),
    (lambda d: d["stops"][0].update(skills="crew-2"), "stops[0].skills: 'crew-2' is no list"),
    (lambda d: d["stops"][0].update(vehicles=["v", ["w"]]), "stops[0].vehicles: ['w'] is no single value"),
    (lambda d: d["stops"][0].update(vehicles=["v", 7]), "stops[0].vehicles: 7 is no text"),
    (lambda d: d["stops"][0].update(pickup="5"), "stops[0].pickup: '5' is no list"),
    (lambda d: d["stops"][0].update(pickup=[5, "6"]), "stops[0].pickup[1]: '6' is no whole number"),
    (lambda d: d["stops"][0].update(service_by_crew=[]), "stops[0].service_by_crew: [] is no table of names"),
    (
        lambda d: d["stops"][0].update(service_by_crew={"two": None}),
        "stops[0].service_by_crew['two']: None is no whole",
    ),
    (lambda d: d["stops"].append([]), "stops[3]: [] is no table of fields"),
    (lambda d: d["vehicles"].append(None), "vehicles[2]: None is no table of fields"),
    (lambda d: d["vehicles"][0].update(max_duration=[]), "vehicles[0].max_duration: [] is no whole number"),
    (
        lambda d: d["unload_sites"][0].update(takes=None, hours=None),
        "unload_sites[0].hours: None is no table of fields",
    ),
    (lambda d: d.update(pairs=[["a", "b"]]), "pairs[0]: ['a', 'b'] is no table of fields"),
    (lambda d: d.update(matrices=[]), "matrices: [] is no table of names"),
    (lambda d: d["matrices"]["road"].update(durations=5), "matrices['road'].durations: 5 is no list"),
    (lambda d: d["matrices"]["road"]["durations"][0].pop(), "matrices['road'].durations: its rows are not all of one"),
    *(
        (
            lambda d, n=number: d["periods"][0]["matrices"]["road"]["distances"][0].__setitem__(1, n),
            "periods[0].matrices['road'].distances: holds something that is no whole number of 32 bits",
        )
        for number in (0.5, "1", None, 2**40, -(2**63), 10**30)
    ),
    (lambda d: d["stops"][0].update(prize=deep(900)), "stops[0].prize: "),
]


def deep(levels):
    return json.loads("[" * levels + "]" * levels)


@pytest.mark.parametrize(("edit", "words"), WRONG_DAYS)
def test_what_cannot_be_read_is_named_with_its_path_and_nothing_else(edit, words):
    with pytest.raises(InputError) as caught:
        Problem.from_json(edited(edit, FULL.to_json()))
    assert caught.value.code == "bad-problem"
    assert words in str(caught.value)
    assert ";" not in str(caught.value)


WRONG_PLANS = [
    (lambda d: d.pop("cost"), "cost: is missing"),
    (lambda d: d.update(cost="9"), "cost: '9' is no whole number"),
    (lambda d: d.update(seconds=None), "seconds: None is no number"),
    (lambda d: d.update(bound=1.5), "bound: 1.5 is no whole number"),
    (lambda d: d.update(prices={"fixed": "9"}), "prices['fixed']: '9' is no whole number"),
    (lambda d: d.update(notes=[7]), "notes[0]: 7 is no text"),
    (
        lambda d: d["routes"][0]["visits"][1].update(kind="rest"),
        "routes[0].visits[1].kind: 'rest' is none of stop, unl",
    ),
    (lambda d: d["routes"][0]["visits"][1].update(start=True), "routes[0].visits[1].start: True is no whole number"),
    (lambda d: d["routes"][0]["rests"][0].update(length=5), "routes[0].rests[0].length: is no field here"),
    (lambda d: d["unserved"][0]["values"].update(seconds=1.5), "unserved[0].values['seconds']: 1.5 is no text"),
]


@pytest.mark.parametrize(("edit", "words"), WRONG_PLANS)
def test_what_cannot_be_read_of_a_plan_is_named_with_its_path_and_nothing_else(edit, words):
    with pytest.raises(InputError) as caught:
        Plan.from_json(edited(edit, PLAN.to_json()))
    assert words in str(caught.value)
    assert ";" not in str(caught.value)


def test_all_that_cannot_be_read_is_named_at_once():
    def edit(document):
        del document["stops"][0]["prize"]
        document["vehicles"][0]["pauses"][0]["colour"] = "red"
        document["unload_sites"] = 7

    said = refusal(lambda: Problem.from_json(edited(edit, FULL.to_json())))
    for words in ("stops[0].prize: is missing", "pauses[0].colour: is no field", "unload_sites: 7 is no list"):
        assert words in said


@pytest.mark.parametrize("text", ["", "[]", "3", "null", '"day"', "{}", "[" * 100_000])
def test_other_documents(text):
    assert refusal(lambda: Problem.from_json(text))


JUNK = st.sampled_from([None, True, -1, 0, 1, 0.5, 2**31, 10**30, float("nan"), float("inf"), "", "x", [], [[]], {}])


def places(node, path=()):
    """Paths of all values inside a JSON document."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inner:
        yield (*path, key)
        yield from places(value, (*path, key))


DOCUMENTS = [(Problem, sound().to_json()), (Problem, FULL.to_json()), (Plan, PLAN.to_json())]
PATHS = [(kind, text, path) for kind, text in DOCUMENTS for path in places(json.loads(text))]


@settings(deadline=None, max_examples=so_many(1_000))
@given(st.sampled_from(PATHS), JUNK)
def test_any_value_replaced_by_any_other_is_read_or_refused(place, junk):
    kind, text, path = place
    document = json.loads(text)
    node = document
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = junk
    try:
        value = kind.from_json(json.dumps(document))
    except InputError:
        return
    assert json.loads(kind.from_json(value.to_json()).to_json()) == json.loads(value.to_json())


OBJECTS = st.sampled_from(
    [None, True, 0.5, 10**5000, "x", (), (1,), [], {}, {1: 1}, frozenset({1}), np.int64(3), object()]
)


@settings(deadline=None, max_examples=so_many(500))
@given(st.data(), OBJECTS)
def test_any_field_given_anything_is_taken_or_refused(data, junk):
    owner = data.draw(st.sampled_from(["stops", "vehicles", "unload_sites", ""]))
    record = getattr(FULL, owner)[0] if owner else FULL
    name = data.draw(st.sampled_from([f.name for f in fields(record)]))
    try:
        wrong = replace(record, **{name: junk})
        if owner:
            replace(FULL, **{owner: (wrong, *getattr(FULL, owner)[1:])})
    except InputError:
        return


def test_a_drawn_day_can_also_be_written_by_hand():
    by_hand = day([stop("a", 1)], [truck()])
    assert json.loads(by_hand.to_json())["stops"][0] == {
        "id": "a",
        "location": 1,
        "windows": [{"start": 0, "end": 100_000}],
        "service": 0,
        "delivery": [0],
        "pickup": [0],
        "prize": 1_000_000,
    }
