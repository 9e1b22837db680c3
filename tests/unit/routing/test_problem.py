import json
from dataclasses import replace

import numpy as np
import pytest
from days import day, days, line, matrix, site, stop, truck
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.errors import InputError
from routing.problem import Matrix, Pause, Problem, TimeWindow


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
    assert one.matrices.keys() == other.matrices.keys()
    for name, table in one.matrices.items():
        assert np.array_equal(table.durations, other.matrices[name].durations)
        assert np.array_equal(table.distances, other.matrices[name].distances)
        assert other.matrices[name].durations.dtype == other.matrices[name].distances.dtype == np.int32
    assert (one.dimensions, one.stops, one.vehicles, one.unload_sites, one.notice) == (
        other.dimensions,
        other.stops,
        other.vehicles,
        other.unload_sites,
        other.notice,
    )


@settings(deadline=None, max_examples=60)
@given(days())
def test_round_trip(problem):
    same(problem, Problem.from_json(problem.to_json()))


def test_round_trip_of_a_day_without_places():
    empty = Problem(("kg",), (), (), (), {"road": matrix(np.zeros((0, 0)))})
    same(empty, Problem.from_json(empty.to_json()))


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
        changed("vehicles", pause=Pause(TimeWindow(2, 1), 5)),
        "vehicles[0].pause.window: ends before it starts",
    ),
    "break below zero": (
        changed("vehicles", pause=Pause(TimeWindow(1, 2), -5)),
        "vehicles[0].pause.duration: is negative",
    ),
    "profile without matrix": (changed("vehicles", profile="rail"), "vehicles[0].profile: no matrix is named 'rail'"),
    "fixed cost below zero": (changed("vehicles", fixed_cost=-1), "vehicles[0]: a cost is negative"),
    "cost of a kilometre below zero": (changed("vehicles", cost_per_km=-1), "vehicles[0]: a cost is negative"),
    "cost of an hour below zero": (changed("vehicles", cost_per_hour=-1), "vehicles[0]: a cost is negative"),
    "site twice": ({"unload_sites": (site("u", 3), site("u", 2))}, "unload_sites[1].id: 'u' is there twice"),
    "site nowhere": (changed("unload_sites", location=7), "unload_sites[0].location: 7 is no row"),
    "hours upside down": (changed("unload_sites", hours=TimeWindow(2, 1)), "unload_sites[0].hours: ends before"),
    "unloading below zero": (changed("unload_sites", duration=-1), "unload_sites[0].duration: is negative"),
}


@pytest.mark.parametrize(("changes", "words"), FAULTS.values(), ids=FAULTS.keys())
def test_fault_is_named_and_no_other(changes, words):
    said = refusal(lambda: sound(**changes))
    assert words in said
    assert said.count(";") == 0


def test_the_same_day_without_the_fault_is_sound():
    assert sound().stops[0].id == "a"


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


def test_many_faults_are_cut_off():
    said = refusal(lambda: sound(stops=tuple(stop(f"s{k}", 1, service=-1) for k in range(21))))
    assert "stops[19].service: is negative; ..." in said
    assert "stops[20]" not in said


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
        (changed("vehicles", pause=Pause(TimeWindow(0.5, 9), 1)), "vehicles[0].pause.window.start"),
        (changed("vehicles", pause=Pause(TimeWindow(0, 9), 1.5)), "vehicles[0].pause.duration"),
        (changed("unload_sites", id=3), "unload_sites[0].id"),
        (changed("unload_sites", hours=TimeWindow(None, 9)), "unload_sites[0].hours.start"),
        ({"dimensions": (1,)}, "dimensions[0]"),
    ],
)
def test_values_of_the_wrong_kind(changes, path):
    assert path + ":" in refusal(lambda: sound(**changes))


# -- JSON ----------------------------------------------------------------------------------------------------


def test_no_json():
    with pytest.raises(InputError, match=r"not JSON: line 2, ") as caught:
        Problem.from_json('{"dimensions":\n ["kg" "l"]}')
    assert caught.value.code == "not-json"


def edited(edit):
    document = json.loads(sound().to_json())
    edit(document)
    return json.dumps(document)


@pytest.mark.parametrize(
    ("edit", "word"),
    [
        (lambda d: d.pop("stops"), "stops"),
        (lambda d: d["stops"][0].pop("prize"), "prize"),
        (lambda d: d["stops"][0].update(colour="red"), "colour"),
        (lambda d: d["vehicles"][0]["pause"].update(colour="red"), "colour"),
        (lambda d: d.update(colour="red"), "colour"),
        (lambda d: d.update(dimensions="kg"), "'kg' is no list"),
        (lambda d: d["stops"][0].update(skills="crew-2"), "'crew-2' is no list"),
        (lambda d: d["stops"][0].update(pickup="5"), "'5' is no list"),
        (lambda d: d["stops"].append([]), "list"),
        (lambda d: d["vehicles"].append([]), "list"),
        (lambda d: d.update(matrices=[]), "list"),
        (lambda d: d["matrices"]["road"].update(durations=5), "5 is no list"),
        (lambda d: d["matrices"]["road"]["durations"][0].pop(), "ValueError"),
        (lambda d: d["matrices"]["road"]["durations"][0].__setitem__(1, 0.5), "no whole number"),
        (lambda d: d["matrices"]["road"]["durations"][0].__setitem__(1, 2**40), "no whole number"),
        (lambda d: d["matrices"]["road"]["durations"][0].__setitem__(1, 10**30), "no whole number"),
    ],
)
def test_what_cannot_be_read_is_named(edit, word):
    with pytest.raises(InputError) as caught:
        Problem.from_json(edited(edit))
    assert caught.value.code == "bad-problem"
    assert word in str(caught.value)


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


DOCUMENT = sound().to_json()
PATHS = list(places(json.loads(DOCUMENT)))


@settings(deadline=None, max_examples=400)
@given(st.sampled_from(PATHS), JUNK)
def test_any_value_replaced_by_any_other_is_read_or_refused(path, junk):
    document = json.loads(DOCUMENT)
    node = document
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = junk
    try:
        problem = Problem.from_json(json.dumps(document))
    except InputError:
        return
    same(problem, Problem.from_json(problem.to_json()))


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
        "skills": [],
    }
