"""Why a search came to nothing: kept as parts, in planners' units, with the names of places."""

import ast
import json
from pathlib import Path

import pytest

from recycling.errors import BadRequestError
from recycling.sites.reasons import Asked, in_english, parts_of
from routing.errors import InputError, Money, Names, Together
from routing.siting.chain.changes import Change, Changes

ASKED = Asked({"A-001": {"zh": "凤凰社区", "en": "Phoenix"}, "STA-01": {"zh": "一站", "en": "Station 1"}}, 2, 4000.0)


SITING = Path(__file__).parents[4] / "routing" / "siting"


def told(*changes):
    return parts_of(InputError("no-answer", "%(changes)s", changes=Changes(changes)), 500, ASKED)


def test_places_materials_and_money_are_kept_apart():
    error = InputError(
        "x", "%(places)s: %(material)s for %(sum)s of %(tier)s",
        places=Names(["A-001", "B-002"]), material=Together(("paper", "glass")), sum=Money(1_234_500), tier="stations",
    )  # fmt: skip
    (part,) = parts_of(error, 500, ASKED)
    assert part["values"] == {
        "places": [{"zh": "凤凰社区", "en": "Phoenix"}, {"zh": "B-002", "en": "B-002"}],
        "material": {"materials": ["paper", "glass"]},
        "sum": "12,345",
        "tier": {"word": "stations"},
    }
    assert in_english([part]) == "Phoenix, B-002: paper and glass for 12,345 of stations"
    assert str(error) == "A-001, B-002: paper and glass for 1,234,500 of stations"


def test_of_many_places_the_first_are_named():
    (part,) = parts_of(InputError("x", "%(places)s", places=Names(str(k) for k in range(9))), 500)
    assert in_english([part]) == "0, 1, 2, 3, 4, .."


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Change("cost", 100_000_001.0, "", 90_000_000.0), "500,001 yuan a year instead of 450,000"),
        (Change("carbon", 20_010.0, "", 10_000.0), "10.1 t of carbon dioxide a year instead of 5.0"),
        (Change("within", 2999.9, "", 3600.0), "74.99 % of the people within reach instead of 90.00 %"),
        (Change("worst-town", 601.0, "", 600.0), "10.1 minutes in every town instead of 10.0"),
        (Change("most:0", 5, "", 3), "5 stations instead of 3"),
        (Change("most:1", 2, "", 1), "2 centres instead of 1"),
        (Change("budget", 12_345_00.0, "", 100_00.0), "a budget of 12,345 yuan in all years, not bound to single ones"),
        (
            Change("room", 20.0, "", places=((20.0, Together(("paper", "glass")), "STA-01"),)),
            "room for 20.0 t more (20.0 t of paper and glass at Station 1)",
        ),
        (Change("driving", 1.0, "another 5 % of it", 0.5), "another 5 % of it"),
    ],
)
def test_changes_that_would_do_are_told_in_planners_units_and_rounded_so_that_they_do(change, words):
    parts = told(change)
    assert in_english(parts).startswith("No choice of sites keeps all rules together")
    assert words in in_english(parts[1:])
    json.dumps(parts, allow_nan=False)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (BadRequestError.one("x", "No %(what)s.", what="depot"), "No depot."),
        (TimeoutError(), "did not end in time"),
        (MemoryError(), "more than 500 MB"),
        (ZeroDivisionError("secret"), "the log of the server says why"),
    ],
)
def test_other_ends_are_sentences_too(error, words):
    said = in_english(parts_of(error, 500))
    assert words in said
    assert "secret" not in said


def test_parts_cross_from_one_process_to_another():
    import pickle

    error = InputError(
        "no-answer", "%(changes)s at %(sum)s", changes=Changes((Change("cost", 2.0, "w"),)), sum=Money(3)
    )
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again.values["changes"], Changes)
    assert isinstance(again.values["sum"], Money)
    assert str(again) == "w at 3"


def sentences_of_siting():
    """Give file, line and second argument of every InputError that siting raises."""
    for path in sorted(SITING.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "InputError":
                yield f"{path.name}:{node.lineno}", node.args[1]


def test_everything_that_siting_refuses_is_given_to_the_translators():
    # a name is a sentence that is put together of marked ones
    found = [(where, one) for where, one in sentences_of_siting() if not isinstance(one, ast.Name)]
    assert len(found) >= 20
    unmarked = [where for where, one in found if not (isinstance(one, ast.Call) and one.func.id == "N_")]
    assert unmarked == []
