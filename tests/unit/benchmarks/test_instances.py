"""Readers of other people's instances: what each dialect becomes, and what is said of a broken file."""

import dialect
import numpy as np
import pytest
from dialect import rows

from benchmarks.instances.finding import find, load
from benchmarks.instances.instance import HORIZON, HUGE
from benchmarks.instances.rounding import CONVENTIONS
from routing.errors import InputError
from routing.problem import TimeWindow


@pytest.fixture
def read(tmp_path):
    def from_text(text, rounding="round", name="tiny.vrp"):
        (tmp_path / name).write_text(text)
        return load(tmp_path / name, rounding)

    return from_text


def stops(instance, *names):
    return [tuple(getattr(stop, name) for name in names) for stop in instance.problem.stops]


def fleet(instance, *names):
    return [tuple(getattr(vehicle, name) for name in names) for vehicle in instance.problem.vehicles]


# -- dialects --------------------------------------------------------------------------------------------------


def test_cvrp(read):
    instance = read(dialect.CVRP)
    assert stops(instance, "id", "location", "delivery", "pickup") == [
        ("1", 1, (10,), (0,)),
        ("2", 2, (20,), (0,)),
        ("3", 3, (30,), (0,)),
    ]
    assert (
        stops(instance, "windows", "service", "prize", "required") == [((TimeWindow(0, HORIZON),), 0, HUGE, True)] * 3
    )
    assert fleet(instance, "id", "capacity", "start", "end") == [(str(k), (40,), 0, 0) for k in (1, 2, 3)]
    assert fleet(instance, "fixed_cost", "cost_per_km", "cost_per_hour", "max_duration") == [(0, 1000, 0, None)] * 3
    table = instance.problem.matrices["road"]
    assert table.distances.dtype == np.int32
    assert table.distances.tolist() == [[0, 3, 5, 4], [3, 0, 4, 5], [5, 4, 0, 3], [4, 5, 3, 0]]
    assert (table.durations == table.distances).all()


def test_vrpb(read):
    """Backhauls come last, never first, and come home."""
    instance = read(dialect.VRPB)
    assert stops(instance, "delivery", "pickup", "backhaul") == [
        ((10,), (0,), False),
        ((20,), (0,), False),
        ((0,), (30,), True),
    ]
    table = instance.problem.matrices["road"]
    assert table.distances[0].tolist() == table.durations[0].tolist() == [0, 3, 5, -1]
    assert table.distances[3].tolist() == [4, 5, 3, 0]
    assert all(vehicle.keeps_stock for vehicle in instance.problem.vehicles)


def test_vrptw(read):
    instance = read(dialect.VRPTW, "dimacs")
    assert stops(instance, "windows", "service") == [
        ((TimeWindow(0, 500),), 20),
        ((TimeWindow(100, 600),), 20),
        ((TimeWindow(0, 900),), 20),
    ]
    assert fleet(instance, "id", "shift", "capacity") == [(k, TimeWindow(0, 1000), (400,)) for k in "12"]
    assert not any(vehicle.keeps_stock for vehicle in instance.problem.vehicles)


def test_pcvrptw(read):
    """A client without a prize must be served."""
    assert stops(read(dialect.PCVRPTW, "dimacs"), "prize", "required") == [(50, False), (HUGE, True), (70, False)]


def test_hfvrp(read):
    """Of a kind there are no more vehicles than clients; kinds name the vehicles of the file."""
    instance = read(dialect.HFVRP, "exact")
    assert instance.kinds == ("1", "1", "2", "1", "1")
    assert fleet(instance, "id", "type", "capacity", "fixed_cost", "cost_per_km") == [
        ("1", "1", (30_000,), 4000, 2000),
        ("2", "1", (30_000,), 4000, 2000),
        ("3", "2", (60_000,), 9000, 3000),
        ("4", "1", (30_000,), 4000, 2000),
    ]


def test_mdvrptw(read):
    """Clients count on after the depots."""
    instance = read(dialect.MDVRPTW, "exact")
    assert stops(instance, "id", "location", "service") == [("2", 2, 2000), ("3", 3, 3000)]
    assert fleet(instance, "id", "start", "end", "shift", "max_duration") == [
        ("1", 0, 0, TimeWindow(0, 100_000), 20_000),
        ("2", 1, 1, TimeWindow(5000, 80_000), 20_000),
        ("3", 1, 1, TimeWindow(5000, 80_000), 20_000),
    ]
    assert instance.problem.unload_sites == ()


def test_sdvrptw(read):
    instance = read(dialect.SDVRPTW)
    assert stops(instance, "id", "vehicles") == [
        ("1", frozenset("123")),
        ("2", frozenset("12")),
        ("3", frozenset("3")),
    ]
    assert instance.kinds == ("1", "1", "2")


def test_mtvrptwr(read):
    instance = read(dialect.MTVRPTWR, "dimacs")
    assert stops(instance, "release") == [(0,), (75,), (0,)]
    (site,) = instance.problem.unload_sites
    assert (site.id, site.location, site.hours, site.duration) == ("0", 0, TimeWindow(0, 1000), 0)
    assert site.reloads
    assert site.takes is None


def test_vrpspdtw(read):
    instance = read(dialect.VRPSPDTW, name="tiny.vrpsdptw")
    assert stops(instance, "id", "delivery", "pickup", "windows", "service") == [
        ("1", (23_300,), (39_600,), (TimeWindow(210, 240),), 30),
        ("2", (1_500_000,), (1,), (TimeWindow(60, 180),), 20),
    ]
    assert fleet(instance, "id", "capacity", "fixed_cost", "cost_per_km", "shift", "keeps_stock") == [
        (k, (2_500_000,), 300_000, 14_000, TimeWindow(0, 960), True) for k in "12"
    ]
    table = instance.problem.matrices["road"]
    assert table.distances.tolist() == [[0, 57611, 26322], [57000, 0, 100], [26000, 101, 0]]
    assert table.durations.tolist() == [[0, 68, 42], [67, 0, 1], [41, 2, 0]]
    assert (len(instance.kinds), instance.scale) == (9, 1000)


def test_every_number_is_a_plain_integer(read):
    """No numpy number may reach JSON."""
    for text in (dialect.CVRP, dialect.PCVRPTW, dialect.HFVRP, dialect.MDVRPTW, dialect.SDVRPTW, dialect.MTVRPTWR):
        assert read(text, "exact").problem.to_json()


def test_conventions():
    values = np.array([0.35, 1.5, 2.4999])
    found = {name: rounding(values).tolist() for name, rounding in CONVENTIONS.items()}
    assert found == {"round": [0, 2, 2], "trunc": [0, 1, 2], "dimacs": [3, 15, 24], "exact": [350, 1500, 2500]}


# -- broken files ----------------------------------------------------------------------------------------------

BROKEN = {
    "no form": ("hello\n", "tiny.vrp, line 1: 'KEY : VALUE' or 'NAME_SECTION' is expected here"),
    "no size": ("TYPE: CVRP\n", "tiny.vrp has no line 'DIMENSION : ..'"),
    "size": (dialect.CVRP.replace("DIMENSION: 4", "DIMENSION: many"), "line 4: DIMENSION is a number, not 'many'"),
    "half a size": (dialect.CVRP.replace("DIMENSION: 4", "DIMENSION: 4.5"), "line 4: DIMENSION is a whole number"),
    "cut short": (
        dialect.dialect("CVRP", "CAPACITY: 40", rows("DEMAND", 0, 10, 20)),
        "line 12: DEMAND_SECTION has 3 rows, DIMENSION promises 4",
    ),
    "too long": (
        dialect.dialect("CVRP", "CAPACITY: 40", rows("DEMAND", 0, 10, 20, 30, 40)),
        "line 17: DEMAND_SECTION has more rows than the 4 that DIMENSION promises",
    ),
    "out of order": (dialect.CVRP.replace("3\t20", "7\t20"), "line 15: row 3 of DEMAND_SECTION is expected here"),
    "words": (dialect.CVRP.replace("3\t20", "3\ttwenty"), "line 15: numbers are expected here"),
    "too many numbers": (
        dialect.CVRP.replace("3\t20", "3\t20\t5"),
        "line 15: 2 numbers are expected here, there are 3",
    ),
    "negative": (dialect.CVRP.replace("3\t20", "3\t-20"), "line 12: DEMAND has a number that is not one of 0.."),
    "twice": (dialect.CVRP.replace("EOF", dialect.DEMANDS), "line 20: DEMAND is there twice"),
    "unknown section": (
        dialect.CVRP.replace("EOF", "TIME_PENALTY_SECTION\n"),
        "line 20: TIME_PENALTY is not known to this reader",
    ),
    "unknown key": (
        dialect.dialect("CVRP", "VEHICLES_MAX_RELOADS: 3", dialect.DEMANDS),
        "VEHICLES_MAX_RELOADS is not known to this reader",
    ),
    "other distances": (dialect.CVRP.replace("EUC_2D", "GEO"), "line 5: distances are EUC_2D"),
    "window": (dialect.VRPTW.replace("10 60", "90 60"), "a window ends before it starts"),
    "no such depot": (
        dialect.MDVRPTW.replace("DEPOT_SECTION\n1\t1", "DEPOT_SECTION\n1\t3"),
        "3 is not the number of a",
    ),
    "depots last": (dialect.CVRP.replace("DEPOT_SECTION\n1", "DEPOT_SECTION\n4"), "depots are the first rows; 1 is"),
    "no such client": (dialect.SDVRPTW.replace("3\t2 4", "3\t2 5"), "5 is not the number of a client"),
    "unlike reloading": (
        dialect.MDVRPTW.replace(
            "VEHICLES_DEPOT_SECTION", rows("VEHICLES_RELOAD_DEPOT", 1, 1, 2) + "VEHICLES_DEPOT_SECTION"
        ),
        "all vehicles must load again at the same depots",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_ends_with_a_sentence(case, read):
    text, sentence = BROKEN[case]
    with pytest.raises(InputError) as told:
        read(text)
    assert sentence in str(told.value)


BROKEN_PAIRS = {
    "nodes": (dialect.VRPSPDTW.replace("2,1.5,", "2,"), "line 12: '2, DELIVERY, PICKUP, READY, DUE, SERVICE' is"),
    "a node is missing": (dialect.VRPSPDTW.replace("2,1.5,0.000001,60,180,20\n", ""), "NODE_SECTION of 3 rows"),
    "a way is missing": (dialect.VRPSPDTW.replace("2,1,101,2\n", ""), "line 13: a DISTANCETIME_SECTION of 6 rows"),
    "a way twice": (dialect.VRPSPDTW.replace("2,1,101,2", "2,0,101,2"), "line 19: this way is there already"),
    "no way": (dialect.VRPSPDTW.replace("2,1,101,2", "2,3,101,2"), "line 19: this is no way between two"),
    "half a metre": (
        dialect.VRPSPDTW.replace("101,2", "101.5,2"),
        "line 19: 'FROM, TO, DISTANCE, TIME', whole numbers",
    ),
    "window": (dialect.VRPSPDTW.replace("210,240", "250,240"), "line 11: a number is negative, or the window ends"),
    "no price": (dialect.VRPSPDTW.replace("UNITCOST", "UNIT"), "no line 'UNITCOST : ..'"),
}


@pytest.mark.parametrize("case", BROKEN_PAIRS)
def test_a_broken_file_of_pairs_ends_with_a_sentence(case, read):
    text, sentence = BROKEN_PAIRS[case]
    with pytest.raises(InputError) as told:
        read(text, name="tiny.vrpsdptw")
    assert sentence in str(told.value)


def test_spaces_tabs_comments_and_what_follows_the_end_do_not_matter(read):
    plain = read(dialect.CVRP).problem.to_json()
    text = dialect.CVRP.replace("NODE_COORD_SECTION", " NODE_COORD_SECTION\t\t\n\n# places").replace("\t", "  ")
    assert read(text + "after the end\n").problem.to_json() == plain


# -- which instances -------------------------------------------------------------------------------------------

BEST = "family\tinstance\trounding\tupper\tlower\nA\tbig\texact\t99\t\nA\tsmall\tround\t\t\nP\tx\t-\t1.5\t1\n"


@pytest.fixture
def folder(tmp_path):
    for family, name, size in (("A", "big", 9), ("A", "small", 5), ("A", "middle", 7), ("B", "other", 4)):
        (tmp_path / family).mkdir(exist_ok=True)
        (tmp_path / family / f"{name}.vrp").write_text(f"TYPE: VRPB\nDIMENSION: {size}\nDEPOT_SECTION\n1\nEOF\n")
        (tmp_path / family / f"{name}.sol").write_text("Route #1: 1\n")
    (tmp_path / "none").mkdir()
    (tmp_path / "best_known.tsv").write_text(BEST)
    return tmp_path


def names(sources):
    return [(source.family, source.name) for source in sources]


def test_families_of_a_folder_smallest_first(folder):
    assert names(find([folder])) == [("A", "small"), ("A", "middle"), ("A", "big"), ("B", "other")]


def test_one_family_and_one_file(folder):
    assert names(find([folder / "B"])) == [("B", "other")]
    assert names(find([folder / "A" / "big.vrp", folder / "B"])) == [("A", "big"), ("B", "other")]


def test_limit_is_for_each_family_and_spread_over_sizes(folder):
    assert names(find([folder], 2)) == [("A", "small"), ("A", "big"), ("B", "other")]
    assert names(find([folder], 1)) == [("A", "middle"), ("B", "other")]


def test_best_known_from_the_folder_or_the_one_above(folder):
    told = {source.name: (source.rounding, source.best) for source in find([folder / "A"])}
    assert told == {"big": ("exact", 99), "small": ("round", None), "middle": ("round", None)}
    (folder / "A" / "best_known.tsv").write_text("family\tinstance\trounding\tupper\nA\tmiddle\tdimacs\t7\n")
    told = {source.name: (source.rounding, source.best) for source in find([folder / "A"])}
    assert told == {"big": ("exact", 99), "small": ("round", None), "middle": ("dimacs", 7)}


def test_a_folder_without_instances(folder):
    with pytest.raises(InputError, match="none has no instances"):
        find([folder / "none"])
    with pytest.raises(InputError, match="no file or folder"):
        find([folder / "absent"])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a\tb\n1\t2\n", "best_known.tsv, line 2: the columns family, instance, rounding, upper are expected"),
        (BEST.replace("99", "ninety"), "best_known.tsv, line 2: upper is a whole number, not 'ninety'"),
    ],
)
def test_a_broken_list_of_best_values(folder, text, sentence):
    (folder / "best_known.tsv").write_text(text)
    with pytest.raises(InputError) as told:
        find([folder])
    assert sentence in str(told.value)
