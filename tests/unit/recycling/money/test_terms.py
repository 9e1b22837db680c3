"""What an operator can write wrong in config/points.toml, and the line that is named."""

import tomllib
from datetime import date

import pytest

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
