import tomllib
from datetime import date

import pytest

from recycling.catalogue import load_catalogue
from recycling.errors import ConfigurationError
from recycling.fleet import load_fleet


@pytest.fixture
def edited(home, tmp_path):
    """Return a function that changes one text of the shipped catalogue and gives the copy, and the changed line."""

    def edit(old, new):
        path = home / "config" / "catalogue.toml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    return edit


def faults_of(load=load_catalogue):
    with pytest.raises(ConfigurationError) as caught:
        load()
    return [(f.code, str(f)) for f in caught.value.faults]


def test_shipped_items_are_sane(catalogue):
    vehicles = load_fleet().types.values()
    assert 35 <= len(catalogue.items) < len(catalogue.variants)
    for code, item in catalogue.variants.items():
        assert 1 <= item.kg <= 150, code
        density = item.kg / item.litres
        assert 0.02 <= density <= 0.5, f"{code}: {density} kg a litre"
        assert any(t.kg >= item.kg and t.litres >= item.litres and t.crew >= item.people for t in vehicles), code
        assert item.people == 1 or item.kg >= 25, f"{code} needs no second person"
        assert item.people >= 2 or item.kg <= 25, f"{code} is too heavy for one"
        assert item.offered_at(date(2000, 1, 1)) == item.prices[0], "a price that is still to come is told"
        for price in item.prices:
            low, high = price.fen(item.kg)
            assert low <= high
            assert low * high >= 0, f"{code}: nobody knows who pays"
            assert low >= -10_000
            assert high <= 30_000
        assert item.text("zh-Hans") == item.zh != item.text("en") == item.en != ""
        assert item.unit.zh
        assert item.unit.en
    assert {i.material for i in catalogue.items.values()} == set(catalogue.materials)
    assert all(catalogue.items[c].data_bearing for c in ("computer", "laptop", "printer"))
    assert {c for c, m in catalogue.materials.items() if m.low_value} == {"plastic", "glass", "textiles"}


def test_low_value_goods_are_never_charged_for(catalogue):
    for item in catalogue.variants.values():
        if catalogue.materials[item.material].low_value:
            assert all(price.fen(item.kg)[0] >= 0 for price in item.prices)


def test_of_what_is_not_taken_everything_is_said(catalogue):
    assert {"gas-bottle", "asbestos", "medical", "damaged-battery"} <= set(catalogue.not_taken)
    for refused in catalogue.not_taken.values():
        for word in (refused, refused.why, refused.instead):
            assert word.text("zh") != word.text("en")
    for text in ("煤气罐", "LPG", "lpg ", "气瓶", "gas bottle"):
        assert catalogue.not_taken["gas-bottle"] in catalogue.refused_like(text)
    assert catalogue.refused_like("冰箱") == catalogue.refused_like(" ") == []


def test_what_burns_or_is_sealed_lies_in_the_closed_box(catalogue):
    batteries = [i for i in catalogue.items.values() if i.material == "batteries"]
    assert {catalogue.compartment_of(i) for i in batteries} == {"box"}
    assert all("damaged-battery" in i.unless for i in catalogue.items.values() if "lithium" in i.hazards)
    assert catalogue.compartment_of(catalogue.items["laptop"]) == "small"
    assert catalogue.stream_of(catalogue.items["laptop"]) == "electronics"


def test_order_of_the_file_is_kept(catalogue, home):
    data = tomllib.loads((home / "config" / "catalogue.toml").read_text(encoding="utf-8"))
    assert list(catalogue.items) == list(data["items"])
    assert list(catalogue.materials) == list(data["materials"])


def test_the_line_of_the_right_item_is_named(edited):
    line = edited("kg = 44", "kg = 0")  # the freezer's; other items have a key kg in earlier lines
    ((code, text),) = faults_of()
    assert code == "config-bad-value"
    assert text.startswith(f"config/catalogue.toml:{line}: items.freezer.kg cannot be 0")


def test_unknown_key_of_an_item(edited):
    line = edited('unit = { zh = "台", en = "piece" }\nmaterial', 'unit = { zh = "台", en = "piece" }\nmateriel') + 1
    assert sorted(faults_of()) == [
        ("config-missing-key", f"config/catalogue.toml:{line - 4}: the key items.fridge.material is missing. Add it."),
        (
            "config-unknown-key",
            f"config/catalogue.toml:{line}: the key items.fridge.materiel is unknown. Did you mean material?",
        ),
    ]


def test_unknown_material(edited):
    line = edited('material = "glass"', 'material = "gras"')
    what = "there is no material of that code; the nearest is 'glass'."
    assert faults_of() == [
        ("config-bad-value", f"config/catalogue.toml:{line}: items.glass.material cannot be 'gras': {what}")
    ]


FIRST = "we_pay = [3000, 8000]"


@pytest.mark.parametrize(
    ("old", "new", "key", "what"),
    [
        ("minutes = 6", "minutes = nan", "items.fridge.minutes", "finite"),
        ("people = 2", "people = 0", "items.fridge.people", "greater"),
        ("kg = 55", "kg = 55.0", "items.fridge.kg", "integer"),
        ("kg = 35", "kg = 0", "items.fridge.sizes.small.kg", "greater"),
        ('sourced = "assumed"', 'sourced = "guessed"', "items.fridge.sourced", "'published' or 'assumed'"),
        ('photo = "may"', 'photo = "maybe"', "items.fridge.photo", "'no', 'may' or 'must'"),
        ("most = 3", "most = 0", "items.fridge.most", "greater"),
        ('unit = { zh = "台", en = "piece" }', 'unit = { zh = "台" }', "items.fridge.unit.en", "missing"),
        ('unit = { zh = "台", en = "piece" }', 'unit = "piece"', "items.fridge.unit", "dictionary"),
        ('zh = "冰箱"', 'zh = ""', "items.fridge.zh", "at least 1"),
        (FIRST, "we_pay = [8000, 3000]", "items.fridge.prices.0.we_pay", "lowest price stands above"),
        (FIRST, "we_pay = [3000]", "items.fridge.prices.0.we_pay.1", "missing"),
        (FIRST, "we_pay = [3000.5, 8000]", "items.fridge.prices.0.we_pay.0", "integer"),
        (FIRST, "we_pay = [-3000, 8000]", "items.fridge.prices.0.we_pay.0", "greater"),
        (FIRST, "we_pai = [3000, 8000]", "items.fridge.prices.0.we_pai", "Did you mean we_pay?"),
        ("from = 2026-01-01", 'from = "spring"', "items.fridge.prices.0.from", "date"),
        ("from = 2026-01-01\nby", "form = 2026-01-01\nby", "items.fridge.prices.0.form", "Did you mean from?"),
        ("from = 2026-07-01", "from = 2026-01-01", "items.cardboard.prices.1.from", "follow each other by date"),
        ("from = 2026-07-01", "from = 2025-07-01", "items.cardboard.prices.1.from", "follow each other by date"),
        ('by = "free"', 'by = "luck"', "items.small-batteries.prices.0.by", "'free'"),
        ("least = 1500", "least = -1", "items.wood.prices.0.least", "greater"),
        ("    { up_to_kg = 50", "    { up_to = 50", "items.sofa.prices.0.bands.0.up_to", "unknown"),
        ("    { up_to_kg = 50", "    { up_to_kg = 75", "items.sofa.prices.0.bands", "must rise"),
        ("    { up_to_kg = 75, ", "    { ", "items.sofa.prices.0.bands", "every band but the last"),
        ("{ up_to_kg = 50, they_pay", "{ up_to_kg = 50, we_pay", "items.sofa.prices.0.bands", "the same payer"),
        ('stream = "electronics"', 'stream = "electronic"', "materials.appliances.stream", "nearest is 'electronics'"),
        ('compartment = "bulky"', 'compartment = "bulk"', "materials.appliances.compartment", "nearest is 'bulky'"),
        ('rides_with = ["electronics"', 'rides_with = ["x"', "streams.recyclables.rides_with", "no stream"),
        ('centre = "comprehensive"', 'centre = "big"', "streams.recyclables.centre", "'specialised'"),
        ('tools = ["straps"]', 'tools = ["strap"]', "items.fridge.tools", "nearest is 'straps'"),
        ('tools = ["ac-kit"]', 'tools = ["kit"]', "items.air-conditioner.dismantling.tools", "no tool"),
        ("{ minutes = 20", "{ minutes = 0", "items.air-conditioner.dismantling.minutes", "greater"),
        ('hazards = ["refrigerant"]', 'hazards = ["cold"]', "items.fridge.hazards", "no hazard"),
        ('unless = ["damaged-battery"]', 'unless = ["bad"]', "items.laptop.unless", "no entry of not_taken"),
        ('compartment = "small"', 'compartment = "smal"', "items.computer.compartment", "nearest is 'small'"),
        ("handling = 0.5", "handling = 0", "service.where.gate.handling", "greater"),
        ("gate    =", "door    =", "service.where.door", "'flat', 'hallway' or 'gate'"),
        ("stair_minutes = 1.0", 'stair_minutes = "long"', "service.stair_minutes", "number"),
    ],
)
def test_bad_value(edited, old, new, key, what):
    line = edited(old, new)
    found = [text for _, text in faults_of() if key in text]
    assert len(found) == 1
    place, said = found[0].split(": ", 1)
    first = line if "bands" not in key else line - 3
    assert place in [f"config/catalogue.toml:{n}" for n in range(first, line + 1)]
    assert what in said


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (FIRST, f"{FIRST}\nthey_pay = [1, 2]", "items.fridge.prices.0: say who pays"),
        (f"{FIRST}\n", "", "items.fridge.prices.0: say who pays"),
        ('by = "points"\npoints_a_kg = 4', 'by = "points"', "items.film.prices.0: by = 'points' needs points"),
        ('by = "free"', 'by = "free"\npoints = 3', "items.small-batteries.prices.0: by = 'free' gives no points"),
        ('by = "free"', 'by = "free"\nleast = 3', "items.small-batteries.prices.0: least belongs to a price in money"),
        ('by = "free"', 'by = "band"', "items.small-batteries.prices.0: bands belong to by = 'band'"),
        (
            'by = "free"',
            'by = "free"\nwe_pay = [1, 2]',
            "items.small-batteries.prices.0: a price by 'free' has neither",
        ),
    ],
)
def test_a_price_that_makes_no_sense_is_named_by_its_table(edited, home, old, new, what):
    edited(old, new)
    ((code, text),) = faults_of()
    assert code == "config-bad-value"
    place, said = text.split(": ", 1)
    assert said.startswith(what)
    lines = (home / "config" / "catalogue.toml").read_text(encoding="utf-8").splitlines()
    assert lines[int(place.split(":")[1]) - 1] == "[[" + what.split(":")[0].removesuffix(".0") + "]]"


def test_a_place_that_is_missing(edited):
    edited('gate    = { zh = "楼下或小区门口", en = "at the gate",        handling = 0.5, carried = false }', "")
    assert any("the table of gate is missing" in text for _, text in faults_of())


def test_a_code_with_a_dot_is_refused(edited):
    edited("[items.cable]", '[items."ca.ble"]')
    edited("[[items.cable.prices]]", '[[items."ca.ble".prices]]')
    assert any("cannot be 'ca.ble': a code is a word without a dot" in text for _, text in faults_of())


def test_faults_between_tables_are_all_told(edited):
    edited('material = "glass"', 'material = "gras"')
    edited('tools = ["straps"]', 'tools = ["strap"]')
    edited("from = 2026-07-01", "from = 2026-01-01")
    assert len(faults_of()) == 3


def test_all_faults_at_once(edited):
    edited("kg = 55", "kg = -1")
    edited("litres = 1000", "")
    edited("people = 2\nfloor", "people = 2\ncolour = 3\nfloor")
    assert sorted(c for c, _ in faults_of()) == ["config-bad-value", "config-missing-key", "config-unknown-key"]


@pytest.mark.parametrize("load", [load_catalogue, load_fleet])
def test_missing_file_and_bad_toml(tmp_path, load):
    path = tmp_path / "own.toml"
    ((code, text),) = faults_of(lambda: load(path))
    assert code == "config-missing"
    assert str(path) in text
    path.write_text("[items\n", encoding="utf-8")
    ((code, text),) = faults_of(lambda: load(path))
    assert code == "config-syntax"
    assert "line 1" in text
    path.write_text("", encoding="utf-8")
    assert {c for c, _ in faults_of(lambda: load(path))} == {"config-missing-key"}
