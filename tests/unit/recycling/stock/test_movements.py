"""Goods come on board, go over to another vehicle, and leave at a site; what is on board is a sum."""

import threading
from types import SimpleNamespace

import pytest

from recycling.errors import BadRequestError, ConflictError, NotFoundError
from recycling.ledger import balances, posting
from recycling.stock import fills, load_of, movements, stock_of, the_vehicle
from recycling.stock.fill import check_room, full_materials
from recycling.stock.on_board import EMPTY


def held(database, kind):
    with database.read() as session:
        return {key: amount for key, amount in balances(session, kind).items() if key[1].endswith(" g")}


def code_of(caught):
    return caught.value.faults[0].code


def test_goods_lie_in_their_compartments(record, brought, truck, on_board):
    brought(record, paper=100, plastic=10, textiles=5, appliances=40)
    assert on_board(record) == {"appliances": 40_000, "paper": 100_000, "plastic": 10_000, "textiles": 5_000}
    with record.read() as session:
        stock = stock_of(session, "T-BOX")
    assert {code: [n.material for n in loads] for code, loads in stock.by_compartment.items()} == {
        "paper": ["paper"],
        "light": ["plastic", "textiles"],
        "bulky": ["appliances"],
    }
    filled = {fill.compartment.code: fill for fill in fills(truck, stock)}
    assert filled["paper"].share == pytest.approx(1000 / 5500)
    assert filled["light"].millilitres == 10_000 * 42 + round(5_000 * 10.5)
    assert filled["heavy"].share == 0
    assert held(record, "collected") == {
        ("A-001", f"{m} g"): -1000 * kg
        for m, kg in (("appliances", 40), ("paper", 100), ("plastic", 10), ("textiles", 5))
    }


def test_a_name_that_begins_like_another_is_another_truck(record, brought, fleet, rules, truck, on_board):
    other = type(truck)("T-BOX2", "DEP-01", truck.kind, truck.compartments)
    brought(record, vehicle=other, paper=7)
    brought(record, paper=1)
    assert on_board(record) == {"paper": 1000}
    assert on_board(record, "T-BOX2") == {"paper": 7000}


def test_an_unload_takes_what_the_site_accepts(record, brought, unloaded, on_board):
    brought(record, paper=100, glass=20)
    unloaded(record, accepted=("paper", "metal"))
    assert on_board(record) == {"glass": 20_000}
    assert held(record, "site") == {("CEN-01", "paper g"): 100_000}
    with pytest.raises(BadRequestError) as caught:
        unloaded(record, {"glass": 1}, accepted=("paper",))
    assert code_of(caught) == "not-taken-there"
    unloaded(record)
    assert on_board(record) == {}
    with pytest.raises(BadRequestError) as caught:
        unloaded(record)
    assert code_of(caught) == "nothing-to-move"


def test_a_part_leaves_with_its_part_of_the_room(record, brought, unloaded):
    brought(record, paper=10)
    unloaded(record, {"paper": 2500})
    with record.read() as session:
        (load,) = stock_of(session, "T-BOX").loads
    assert (load.grams, load.millilitres) == (7500, 75_000)
    unloaded(record, {"paper": 7500})
    with record.read() as session:
        assert stock_of(session, "T-BOX").loads == []


@pytest.mark.parametrize("grams", [10_001, -1, 2.0, 10**9])
def test_no_more_leaves_than_there_is(record, brought, unloaded, handed_over, on_board, grams):
    brought(record, paper=10)
    for move in (unloaded, handed_over):
        with pytest.raises(BadRequestError) as caught:
            move(record, {"paper": grams})
        assert code_of(caught) == "not-on-board"
    assert on_board(record) == {"paper": 10_000}


def test_goods_go_over_to_another_vehicle(record, brought, handed_over, on_board, van, truck):
    brought(record, paper=100, glass=20)
    handed_over(record, {"paper": 40_000})
    assert on_board(record) == {"paper": 60_000, "glass": 20_000}
    assert on_board(record, "T-VAN") == {"paper": 40_000}
    handed_over(record)
    assert on_board(record) == {}
    assert on_board(record, "T-VAN") == {"paper": 100_000, "glass": 20_000}
    with pytest.raises(BadRequestError) as caught:
        handed_over(record, giver=van, taker=van)
    assert code_of(caught) == "same-vehicle"


def test_the_same_key_is_the_same_movement(record, brought, unloaded, handed_over, on_board):
    first = brought(record, key="bring-it-once", paper=10)
    assert brought(record, key="bring-it-once", paper=10).id == first.id
    over = handed_over(record, key="hand-it-over-once")
    brought(record, paper=3)
    assert handed_over(record, key="hand-it-over-once").id == over.id
    assert on_board(record) == {"paper": 3000}
    gone = unloaded(record, key="unload-it-once")
    brought(record, paper=5)
    assert unloaded(record, key="unload-it-once").id == gone.id
    assert on_board(record) == {"paper": 5000}
    with pytest.raises(ConflictError) as caught:
        unloaded(record, key="unload-it-once", site="CEN-02")
    assert code_of(caught) == "key-used"


def test_room_is_refused_before_it_is_over(truck, rules):
    with pytest.raises(BadRequestError) as caught:
        check_room(truck, EMPTY, [load_of(rules, "paper", 1_801_000)], fits=True)
    assert code_of(caught) == "overloaded"
    with pytest.raises(BadRequestError) as caught:
        check_room(truck, EMPTY, [load_of(rules, "paper", 551_000)])
    assert code_of(caught) == "compartment-full"
    check_room(truck, EMPTY, [load_of(rules, "paper", 551_000)], fits=True)
    check_room(truck, EMPTY, [load_of(rules, "paper", 550_000)])


def test_what_is_full_is_told_by_compartment_and_by_payload(record, brought, truck):
    materials = ("paper", "plastic", "glass", "textiles")
    brought(record, paper=530)
    with record.read() as session:
        assert full_materials(truck, stock_of(session, "T-BOX"), materials, 0.95) == ["paper"]
        assert full_materials(truck, stock_of(session, "T-BOX"), materials, 0.97) == []
    brought(record, glass=1200)
    with record.read() as session:
        assert full_materials(truck, stock_of(session, "T-BOX"), materials, 0.95) == list(materials)


def test_a_type_without_compartments_has_one_hold(fleet):
    whole = fleet.model_copy(
        update={"types": {**fleet.types, "box": fleet.types["box"].model_copy(update={"compartments": ()})}}
    )
    vehicle = the_vehicle(whole, "T-BOX")
    assert [(part.code, part.litres) for part in vehicle.compartments] == [("whole", 16_000)]
    assert vehicle.compartment_of("paper") == vehicle.compartment_of("anything") == "whole"
    with pytest.raises(NotFoundError):
        the_vehicle(fleet, "T-NONE")


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([("a", 100, ["paper"]), ("a", 100, [])], "same code"),
        ([("a", 100, ["paper"]), ("b", 100, ["paper"])], "one compartment only"),
        ([("a", 100, []), ("b", 100, [])], "only one can take"),
        ([("a", 16_001, [])], "16000 litres"),
    ],
)
def test_compartments_that_cannot_be(fleet, parts, said):
    from recycling.fleet import VehicleType

    made = [{"code": c, "zh": c, "en": c, "kg": 1, "litres": n, "materials": m} for c, n, m in parts]
    with pytest.raises(ValueError, match=said):
        VehicleType.model_validate({**fleet.types["box"].model_dump(), "compartments": made})


def test_shipped_compartments_name_materials_of_the_catalogue(catalogue):
    from recycling.fleet import load_fleet

    for kind in load_fleet().types.values():
        assert {m for part in kind.compartments for m in part.materials} <= set(catalogue.materials)


def together(monkeypatch, guarded):
    """Let two unloads look at the stock before either of them writes; without guards if the test says so."""
    meet = threading.Barrier(2)

    def look(session, plate):
        found = stock_of(session, plate)
        meet.wait(30)
        return found

    monkeypatch.setattr(movements, "stock_of", look)
    monkeypatch.setattr(movements, "lock", lambda session, *plates: None)
    if not guarded:
        monkeypatch.setattr(posting, "take_room", lambda session, account, step: True)


@pytest.mark.parametrize("kind", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_without_the_guard_two_unload_the_same_goods(record, brought, unloaded, at_once, monkeypatch, guarded):
    """The control: where neither the lock nor the conditional update is there, stock falls below zero."""
    brought(record, paper=100)
    together(monkeypatch, guarded)
    found = at_once(*(lambda: unloaded(record) for _ in range(2)))
    with record.read() as session:
        assert stock_of(session, "T-BOX").of("paper") == (0 if guarded else -100_000)
    refused = [f for f in found if isinstance(f, BadRequestError)]
    assert [code_of(SimpleNamespace(value=f)) for f in refused] == (["balance-short"] if guarded else [])
