"""Goods, prices and places."""

import pytest


def test_items_name_every_variant_in_both_languages_and_what_is_not_taken(call, catalogue):
    said = call("GET", "/items").json
    assert [item["code"] for item in said["items"]] == list(catalogue.variants)
    assert said["items"][0]["name"] == {"zh": catalogue.items["fridge"].zh, "en": catalogue.items["fridge"].en}
    assert {r["code"] for r in said["not_taken"]} == set(catalogue.not_taken)
    assert all(r["instead"]["zh"] for r in said["not_taken"])


def test_prices_are_those_of_the_day(call, catalogue):
    said = call("GET", "/prices?at=2026-03-05").json
    fridge = next(p for p in said["prices"] if p["item"] == "fridge")
    assert (fridge["low"], fridge["high"]) == catalogue.items["fridge"].prices[0].fen(55)
    assert fridge["direction"] == "we-pay"
    assert said["at"] == "2026-03-05"
    assert call("GET", "/prices").json["at"] == "2026-03-04"
    assert call("GET", "/prices?at=1999-01-01").json["prices"] == []


@pytest.mark.parametrize("at", ["20260305", "2026-02-30", "2026-W10-4", "tomorrow", ""])
def test_a_day_that_is_none_is_refused(call, refused, at):
    assert refused(call("GET", f"/prices?at={at}"), 422) == ("not-a-day", ["at"])


def test_places_by_pinyin_with_positions(call):
    found = call("GET", "/places?q=shequ").json["places"]
    assert {p["code"] for p in found if p["kind"] == "community"} == {"A-001", "A-002", "A-003", "B-001"}
    assert all(107 < p["lon"] < 108 and 31 < p["lat"] < 32 for p in found)


@pytest.mark.parametrize("q", ["%00", "'; DROP TABLE booking; --", "<script>alert(1)</script>", "%F0%9F%98%80", "%ff"])
def test_odd_words_find_nothing_and_break_nothing(call, q):
    assert call("GET", f"/places?q={q}").json == {"places": []}


@pytest.mark.parametrize(
    ("path", "where"),
    [("/items?x=1", "x"), ("/places?q=a&q=b", "q"), ("/places", "q"), ("/places?q=a&limit=9", "limit")],
)
def test_unknown_repeated_and_missing_parameters_are_refused(call, refused, path, where):
    code, errors = refused(call("GET", path), 422)
    assert errors == [where]
    assert code in {"unknown-field", "repeated", "missing"}


def test_a_kilogram_brings_what_the_scale_pays_on_that_day(call):
    per_kg = {p["item"]: p["per_kg"] for p in call("GET", "/prices?at=2026-03-05").json["prices"]}
    assert per_kg["metal"] == 180
    assert per_kg["cans"] == 400
    assert per_kg["fridge"] is None, "it is settled by the piece"
    assert per_kg["small-appliances"] is None, "the scale has no rate for its material"
