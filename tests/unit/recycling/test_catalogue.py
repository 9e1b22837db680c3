import tomllib

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
    assert len(catalogue.items) >= 15
    for code, item in catalogue.items.items():
        assert 1 <= item.kg <= 150, code
        density = item.kg / item.litres
        assert 0.02 <= density <= 0.5, f"{code}: {density} kg a litre"
        assert any(t.kg >= item.kg and t.litres >= item.litres and t.crew >= item.people for t in vehicles), code
        assert item.people == 1 or item.kg >= 25, f"{code} needs no second person"
        assert item.people >= 2 or item.kg <= 25, f"{code} is too heavy for one"
        low, high = item.price
        assert low <= high
        assert low * high >= 0, f"{code}: nobody knows who pays"
        assert low >= -10_000
        assert high <= 30_000
        assert item.text("zh-Hans") == item.zh != item.text("en") == item.en != ""
        assert item.unit.zh
        assert item.unit.en
    assert {i.material for i in catalogue.items.values()} <= set(catalogue.materials)
    assert all(catalogue.items[c].data_bearing for c in ("computer", "laptop", "printer"))
    assert {c for c, m in catalogue.materials.items() if m.low_value} == {"plastic", "glass", "textiles"}


def test_low_value_goods_are_never_charged_for(catalogue):
    for item in catalogue.items.values():
        if catalogue.materials[item.material].low_value:
            assert item.price[0] >= 0


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
    line = edited("people = 2\nprice = [2500, 6000]", "people = 2\npriice = [2500, 6000]") + 1
    codes = faults_of()
    assert (
        "config-unknown-key",
        f"config/catalogue.toml:{line}: the key items.freezer.priice is unknown. Did you mean price?",
    ) in codes
    assert [c for c, _ in codes].count("config-missing-key") == 1


def test_unknown_material(edited):
    line = edited('material = "glass"', 'material = "gras"')
    assert faults_of() == [
        ("config-bad-value", f"config/catalogue.toml:{line}: items.glass.material: there is no material 'gras'.")
    ]


def test_prices_the_wrong_way_round(edited):
    edited("price = [2500, 6000]", "price = [6000, 2500]")
    ((code, text),) = faults_of()
    assert code == "config-bad-value"
    assert "items.freezer: the lowest price stands above the highest." in text


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("minutes = 6", "minutes = nan", "items.fridge.minutes"),
        ("people = 2", "people = 0", "items.fridge.people"),
        ("price = [3000, 8000]", "price = [3000]", "items.fridge.price"),
        ("price = [3000, 8000]", "price = [3000.5, 8000]", "items.fridge.price"),
        ('sourced = "assumed"', 'sourced = "guessed"', "items.fridge.sourced"),
        ("prices_from = 2026-01-01", 'prices_from = "spring"', "prices_from"),
        ('unit = { zh = "台", en = "piece" }', 'unit = { zh = "台" }', "items.fridge.unit.en"),
        ('unit = { zh = "台", en = "piece" }', 'unit = "piece"', "items.fridge.unit"),
    ],
)
def test_bad_value(edited, old, new, key):
    line = edited(old, new)
    codes = faults_of()
    assert all(text.startswith(f"config/catalogue.toml:{line}: ") and key in text for _, text in codes)


def test_all_faults_at_once(edited):
    edited("kg = 55", "kg = -1")
    edited("litres = 1000", "")
    edited("people = 2", "people = 2\ncolour = 3")
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
