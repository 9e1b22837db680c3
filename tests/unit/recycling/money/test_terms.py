"""What an operator can write wrong in config/points.toml, and the line that is named."""

import tomllib
from datetime import date

import pytest
from example_terms import TERMS

from recycling.catalogue import load_catalogue
from recycling.errors import BadRequestError, ConfigurationError
from recycling.money.terms import load_terms


def test_the_shipped_terms_fit_the_catalogue(catalogue, clean_environment):
    terms = load_terms(catalogue)
    for rates in terms.rates:
        low = {m for m, material in catalogue.materials.items() if material.low_value}
        assert all(rates.fen_per_kg[m] >= 0 for m in low), "low-value materials are never charged for"
        assert low <= set(rates.points_per_kg)
    assert all(v.zh != v.en for v in terms.vouchers.values())
    assert terms.operator.registration == ""


@pytest.mark.parametrize(
    ("old", "new", "line_of", "said"),
    [
        (
            "paper = 60, plastic = 50",
            "gold = 60, plastic = 50",
            "gold",
            "rates.0.fen_per_kg.gold: there is no material",
        ),
        (
            "paper = 60, plastic = 60",
            "paper = -1, plastic = 60",
            "paper = -1",
            "rates.0.points_per_kg.paper cannot be -1",
        ),
        ("paper = 60, plastic = 50", "paper = 0.6, plastic = 50", "paper = 0.6", "rates.0.fen_per_kg.paper"),
        ("points_per_yuan = 100", "points_per_yuan = 0", "points_per_yuan = 0", "points_per_yuan cannot be 0"),
        ("points_per_yuan = 100", "", "[[rates]]", "points_per_yuan is missing"),
        ("stock = 500", "stock = -5", "stock = -5", "vouchers.bag.stock cannot be -5"),
        ("stock = 500", "stok = 500", "stok = 500", "vouchers.bag.stok is unknown. Did you mean stock?"),
        ("valid_until = 2027-12-31", "valid_until = 2025-12-31", "valid_until = 2025-12-31", "lies before valid_from"),
        ("warn_percent = [60, 80, 95]", "warn_percent = [80, 60]", "warn_percent = [80, 60]", "the shares must rise"),
        ("valid_from = 2026-01-01\nfen", "valid_from = 2026-13-01\nfen", "", "is not valid TOML"),
        (
            'cancel_until = "48 hours after"',
            'cancel_until = "48 hours"',
            'cancel_until = "48 hours"',
            "says no time after something; write one such as: 48 hours after; 30 minutes after; 7 days after",
        ),
        (
            'cancel_until = "48 hours after"',
            "",
            "[vouchers.bag]",
            "vouchers.bag: write until when it can be taken back",
        ),
        (
            'cancel_until = "48 hours after"',
            'cancel_until = "never"\ncancel_hours = 2',
            "[vouchers.bag]",
            "either cancel_until",
        ),
        ('cancel_until = "48 hours after"', "cancel_hours = -1", "cancel_hours = -1", "vouchers.bag.cancel_hours"),
        (
            "cardboard = 100, cans = 400, ",
            "cardboard = 100, ",
            "fen_per_kg = { paper",
            "rates.0.fen_per_kg.metal cannot be 180: on 2026-01-01 config/catalogue.toml promises 300 to 600 fen for a"
            " kilogram of the item cans",
        ),
        ("cable = 800", "cable = 499", "cable = 499", "500 to 1500 fen for a kilogram of the item cable"),
        ("cans = 400", "unicorn = 400", "unicorn", "rates.0.item_fen_per_kg.unicorn: there is no item"),
        ("[goods_codes]", "[goods_codes]\nunicorn = 'x'", "unicorn", "goods_codes.unicorn: there is no material"),
    ],
)
def test_a_wrong_line_is_named(home, old, new, line_of, said):
    path = home / "config" / "points.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    changed = text.replace(old, new, 1)
    path.write_text(changed, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_terms(load_catalogue())
    found = "\n".join(str(f) for f in caught.value.faults)
    assert said in found
    if line_of:
        line = changed[: changed.index(line_of)].count("\n") + 1
        assert f"config/points.toml:{line}:" in found


def test_a_promise_that_changes_is_held_to_the_rate_of_each_day(home):
    catalogue = home / "config" / "catalogue.toml"
    text = catalogue.read_text(encoding="utf-8")
    assert "we_pay = [80, 130]" in text
    catalogue.write_text(text.replace("we_pay = [80, 130]", "we_pay = [110, 130]"), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_terms(load_catalogue())
    (fault,) = caught.value.faults
    assert "cardboard cannot be 100: on 2026-07-01 config/catalogue.toml promises 110 to 130 fen" in str(fault)
    points = home / "config" / "points.toml"
    rates = points.read_text(encoding="utf-8")
    block = rates[rates.index("[[rates]]") : rates.index("[vouchers.bag]")]
    later = block.replace("2026-01-01", "2026-07-01").replace("cardboard = 100", "cardboard = 110")
    points.write_text(rates.replace(block, block + later, 1), encoding="utf-8")
    assert len(load_terms(load_catalogue()).rates) == 2


def test_hours_mean_what_they_meant(home):
    path = home / "config" / "points.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('cancel_until = "48 hours after"', "cancel_hours = 48", 1), encoding="utf-8")
    vouchers = load_terms(load_catalogue()).vouchers
    assert vouchers["bag"].grace == vouchers["soap"].grace


def test_a_thing_has_its_own_rate_a_size_that_of_its_thing_and_all_else_that_of_the_material(terms_with):
    (rates, *_) = TERMS["rates"]
    own = {**rates, "item_fen_per_kg": {"cans": 400, "cans.dented": 350}, "item_points_per_kg": {"cans": 45}}
    (found,) = terms_with(rates=[{**own, "points_per_yuan": 10}]).rates
    assert [found.fen("metal", code) for code in ("", "metal", "cans", "cans.clean", "cans.dented")] == [
        rates["fen_per_kg"]["metal"], rates["fen_per_kg"]["metal"], 400, 400, 350,
    ]  # fmt: skip
    assert found.points("metal", "cans") == 45
    assert terms_with(rates=[{**own, "item_points_per_kg": {}, "points_per_yuan": 10}]).rates[0].points(
        "metal", "cans"
    ) == 40  # fmt: skip
    assert found.fen("appliances", "fridge") is None


def test_rates_must_follow_each_other(home):
    path = home / "config" / "points.toml"
    text = path.read_text(encoding="utf-8")
    rates = text[text.index("[[rates]]") : text.index("[vouchers.bag]")]
    path.write_text(text.replace(rates, rates + rates, 1), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_terms(load_catalogue())
    changed = path.read_text(encoding="utf-8").splitlines()
    second = [k for k, line in enumerate(changed, 1) if line.startswith("valid_from")][1]
    assert f"config/points.toml:{second}: rates.1.valid_from" in str(caught.value.faults[0])


def test_the_rates_of_a_day(terms):
    assert terms.rates_on(date(2026, 1, 1)).fen_per_kg["paper"] == 60
    assert terms.rates_on(date(2026, 2, 28)).fen_per_kg["paper"] == 60
    assert terms.rates_on(date(2026, 3, 1)).fen_per_kg["paper"] == 70
    with pytest.raises(BadRequestError) as caught:
        terms.rates_on(date(2025, 12, 31))
    assert "2026-01-01" in str(caught.value.faults[0])


def test_comments_of_the_file_are_true(home):
    data = tomllib.loads((home / "config" / "points.toml").read_text(encoding="utf-8"))
    assert data["goods_codes"] == {}, "no code of goods is shipped that nobody checked"
