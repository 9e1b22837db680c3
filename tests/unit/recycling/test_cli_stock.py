"""`recycling stock`, as an operator uses it."""

import pytest

from recycling import clock
from recycling.fleet import load_fleet
from recycling.settings import load_settings
from recycling.stock import collect, load_of, stock_of, the_vehicle
from recycling.stock.movements import HAND_IN, Deed

TRUCK, OTHER = "川S示A01", "川S示A02"


@pytest.fixture
def loaded(upgraded, network, catalogue):
    network(upgraded)
    loads = [load_of(load_settings().stock, m, g) for m, g in (("paper", 110_000), ("glass", 20_000))]
    with upgraded.write() as session:
        deed = Deed("a-load-on-board", "crew", clock.utc_now())
        collect(session, the_vehicle(load_fleet(), TRUCK), loads, "A-001", HAND_IN, deed, "R")
    return upgraded


def grams(database, plate=TRUCK):
    with database.read() as session:
        return {load.material: load.grams for load in stock_of(session, plate).loads}


def test_show(run, loaded):
    said = f"{TRUCK}: 130 kg of 1800\n  paper: 20 % full, paper 110 kg\n  heavy: 5 % full, glass 20 kg\n"
    assert run("stock", "show", TRUCK) == (0, said, "")
    status, out, _ = run("stock", "show", "DEP-01")
    assert (status, f"{OTHER}: empty" in out) == (0, True)
    assert out.startswith(said)
    assert run("stock", "show", "NOBODY")[0] == 2


def test_move(run, loaded):
    move = ("stock", "move", TRUCK)
    assert run(*move, OTHER, "paper=12.5", "--key", "move-it-once") == (0, f"12.5 kg from {TRUCK} to {OTHER}\n", "")
    run(*move, OTHER, "paper=12.5", "--key", "move-it-once")
    assert (grams(loaded), grams(loaded, OTHER)) == ({"glass": 20_000, "paper": 97_500}, {"paper": 12_500})
    status, _, error = run(*move, "CEN-01", "paper=1000")
    assert status == 2
    assert "97.5 kg on board" in error
    assert run(*move, "NOWHERE")[0] == 2
    assert run(*move, "CEN-01")[1] == f"117.5 kg from {TRUCK} to CEN-01\n"
    assert grams(loaded) == {}


@pytest.mark.parametrize("weight", ["paper", "paper=", "paper=x", "paper=-1", "paper=0.0001", "gold=1", "paper=NaN"])
def test_weights_that_are_none(run, loaded, weight):
    status, _, error = run("stock", "weigh-in", TRUCK, "CEN-01", weight)
    assert status == 2
    assert "MATERIAL=KG" in error
    assert grams(loaded) == {"glass": 20_000, "paper": 110_000}


def test_weigh_in(run, loaded):
    command = ("stock", "weigh-in", TRUCK, "CEN-01", "paper=80.5", "glass=20")
    status, out, _ = run(*command, "--gross", "4500", "--tare", "4400")
    said = ["glass: book 20 kg, scale 20 kg, +0 kg within", "paper: book 110 kg, scale 80.5 kg, -29.5 kg open"]
    assert (status, out.splitlines()) == (0, said)
    assert grams(loaded) == {}
    assert f"difference open: {TRUCK} paper -29.5 kg" in "".join(run("stock", "show", TRUCK)[1:])
    status, _, error = run(*command)
    assert (status, "was weighed in less than 10 minutes ago" in error) == (2, True)
    assert run(*command, "--again")[0] == 0
    assert run("stock", "weigh-in", TRUCK, "STA-01", "paper=1")[0] == 2


def test_what_was_not_taken_at_calls(run, loaded):
    from recycling.models import TurnedAway

    assert run("stock", "turned-away") == (0, "nothing was noted as not taken\n", "")
    now = clock.utc_now()
    with loaded.write() as session:
        for key, what, community in (("a", "轮胎", "A-001"), ("b", "轮胎", "A-001"), ("c", "床垫", None)):
            session.add(
                TurnedAway(
                    key=f"note-{key}", plate=TRUCK, depot_code="DEP-01", community_code=community,
                    day=load_settings().clock.today(now), what=what, reason="not_taken", at=now, person="crew",
                )
            )  # fmt: skip
    said = "2 x 轮胎: not_taken, 社区A-001\n1 x 床垫: not_taken, community not noted\n"
    assert run("stock", "turned-away", "--depot", "DEP-01", "--days", "1") == (0, said, "")
    assert run("stock", "turned-away", "--depot", "DEP-02")[1] == "nothing was noted as not taken\n"
    assert run("stock", "turned-away", "--depot", "NOWHERE")[0] == 2
