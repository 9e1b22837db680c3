"""Rules of config/roads.toml and closures made by hand: read, refused with their line, written in one step."""

import json
import multiprocessing
from datetime import date

import pytest

from recycling.errors import ConfigurationError, ConflictError, NotFoundError
from recycling.road_changes import ClosureRule, close, closures, reopen, road_changes
from routing.roads.changes import ClassSpeeds, Closure, DrivingBan, SlowZone, Vehicles, When, Where

H = 3600
AREA = '{"type": "Polygon", "coordinates": [[[107, 31], [108, 31], [108, 32], [107, 31]]]}'


@pytest.fixture
def rules(home):
    def write(text):
        (home / "config" / "roads.toml").write_text(text, encoding="utf-8")

    return write


def test_the_shipped_rules_are_none(home):
    assert road_changes("dazhou") == ()


def test_the_examples_of_the_shipped_file_are_rules(home, rules):
    """What stands there behind # is what the reader says it is."""
    text = (home / "config" / "roads.toml").read_text(encoding="utf-8")
    (home / "config" / "inner-ring.geojson").write_text(AREA, encoding="utf-8")
    examples = [line[2:] for line in text.partition("------")[2].splitlines() if line.startswith("# ")]
    rules("\n".join(line for line in examples if "=" in line or line.startswith("[")))
    slow, speeds, ban = road_changes("dazhou")
    assert slow == SlowZone("school street", Where(roads=("健民路",)), 0.4, When(((26400, 28800), (59400, 63000))))
    assert speeds == ClassSpeeds(
        "evening peak", (("primary", 0.5), ("secondary", 0.6)), When(((17 * H, 19 * H),), frozenset(range(5)))
    )
    assert ban == DrivingBan(
        "inner ring",
        Where(area=AREA, rim=False),
        When(((7 * H, 22 * H),)),
        Vehicles(from_weight=4.5, parity="date"),
        (Vehicles(energies=frozenset({"electric"})), Vehicles(kinds=frozenset({"sanitation"}))),
        frozenset({"inner ring pass"}),
        through=True,
    )


def test_without_a_file_there_are_no_rules(home):
    (home / "config" / "roads.toml").unlink()
    assert road_changes("dazhou") == ()


def test_a_rule_for_another_layer(rules):
    rules('[[closures]]\nname = "works"\nedges = [3]\nlayer = "andorra"\n')
    assert road_changes("dazhou") == ()
    assert road_changes("andorra") == (Closure("works", Where(edges=(3,))),)


@pytest.mark.parametrize(
    ("hours", "spans"),
    [
        ("07:00-09:00", ((7 * H, 9 * H),)),
        ("22:00-24:00", ((22 * H, 24 * H),)),
        ("22:00-06:00", ((22 * H, 24 * H), (0, 6 * H))),
        ("22:00-00:00", ((22 * H, 24 * H),)),
    ],
)
def test_hours(rules, hours, spans):
    rules(f'[[closures]]\nname = "works"\nedges = [3]\nhours = ["{hours}"]\n')
    assert road_changes("x")[0].when.hours == spans


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[closures]]\nname = "w"\n', ["roads.toml", "say which roads"]),
        ('[[closures]]\nname = "w"\nedges = [1]\nhours = ["7-9"]\n', ["roads.toml", "not an hour"]),
        ('[[closures]]\nname = "w"\nedges = [1]\nhours = ["07:00"]\n', ["not a span"]),
        ('[[closures]]\nname = "w"\nedges = [1]\nhours = ["07:00-07:00"]\n', ["leave the hours out"]),
        ('[[closures]]\nname = "w"\nedges = [1]\nweekdays = ["funday"]\n', ["roads.toml:4", "weekdays"]),
        ('[[closures]]\nname = "w"\nedges = [1]\nfirst = 2026-12-02\nlast = 2026-12-01\n', ["is after last"]),
        ('[[closures]]\nname = "w"\nedges = [1]\nrodas = ["x"]\n', ["roads.toml:4", "Did you mean roads?"]),
        ('[[slow_zones]]\nname = "w"\nedges = [1]\nfactor = 0\n', ["roads.toml:4", "factor"]),
        ('[[slow_zones]]\nname = "w"\nedges = [1]\n', ["factor", "missing"]),
        ('[[bans]]\nname = "w"\nedges = [1]\nenergies = ["coal"]\n', ["roads.toml:4", "energies"]),
        ('[[bans]]\nname = "w"\nedges = [1]\ndigits = { mon = [11] }\n', ["digits"]),
        ('[[bans]]\nname = "w"\narea = "nowhere.geojson"\n', ["nowhere.geojson", "beside roads.toml"]),
        ('[[bans]]\nname = "w"\nedges = [1]\n[[closures]]\nname = "w"\nedges = [1]\n', ["two rules called 'w'"]),
        ("[[bans]\n", ["roads.toml", "not valid TOML"]),
    ],
)
def test_wrong_rules_are_told_with_their_place(rules, text, words):
    rules(text)
    with pytest.raises(ConfigurationError) as caught:
        road_changes("dazhou")
    for word in words:
        assert word in str(caught.value)


def test_closing_and_opening(home):
    works = ClosureRule(name="桥梁施工", roads=("州河大桥",), last=date(2026, 12, 3), reason="钢梁更换")
    close("dazhou", works)
    close("dazhou", ClosureRule(name="flood", near=((107.5, 31.2),), hours=("00:00-06:00",)))
    assert closures("dazhou") == (works, ClosureRule(name="flood", near=((107.5, 31.2),), hours=("00:00-06:00",)))
    assert closures("andorra") == ()
    assert road_changes("dazhou")[0] == Closure("桥梁施工", Where(roads=("州河大桥",)), When(last=date(2026, 12, 3)))
    with pytest.raises(ConflictError, match="closed already"):
        close("dazhou", works)
    assert reopen("dazhou", "桥梁施工") == works
    with pytest.raises(NotFoundError, match="There are: flood"):
        reopen("dazhou", "桥梁施工")
    assert [rule.name for rule in closures("dazhou")] == ["flood"]


def test_closures_that_cannot_be_read_stay_as_they_are(home):
    path = home / "var" / "roads" / "dazhou.closures.json"
    path.parent.mkdir(parents=True)
    for text in ("[{", '[{"name": "works"}]', '{"a": 1}'):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigurationError, match=r"dazhou\.closures\.json"):
            close("dazhou", ClosureRule(name="flood", edges=(1,)))
        assert path.read_text(encoding="utf-8") == text


def _close(number):
    close("dazhou", ClosureRule(name=f"works {number}", edges=(number,)))


def test_closing_at_the_same_time_loses_nothing(home):
    with multiprocessing.get_context("fork").Pool(4) as pool:
        pool.map(_close, range(40), chunksize=1)
    assert sorted(rule.edges[0] for rule in closures("dazhou")) == list(range(40))
    assert json.loads((home / "var" / "roads" / "dazhou.closures.json").read_text(encoding="utf-8"))
