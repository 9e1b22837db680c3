"""A truck and a van, loads, and short ways to move them."""

import itertools

import pytest

from recycling.ledger.trial import trial
from recycling.stock import collect, hand_over, load_of, stock_of, the_vehicle, unload
from recycling.stock.movements import HAND_IN, Deed


@pytest.fixture
def truck(fleet):
    return the_vehicle(fleet, "T-BOX")


@pytest.fixture
def van(fleet):
    return the_vehicle(fleet, "T-VAN")


@pytest.fixture
def rules(settings):
    return settings.stock


@pytest.fixture
def deed(now):
    """Return a function that makes a deed with a key of its own, or the one that is named."""
    numbers = itertools.count()
    return lambda key="", at=now: Deed(key or f"a-deed-of-the-test-{next(numbers)}", "driver", at)


@pytest.fixture
def brought(truck, rules, deed):
    """Return a function that puts kilograms by material on board of a truck, from A-001."""

    def call(database, vehicle=None, key="", community="A-001", **kg):
        loads = [load_of(rules, material, round(1000 * amount)) for material, amount in kg.items()]
        with database.write() as session:
            return collect(session, vehicle or truck, loads, community, HAND_IN, deed(key), "R-1")

    return call


@pytest.fixture
def unloaded(truck, deed):
    """Return a function that unloads a truck at CEN-01: all, or grams by material."""

    def call(database, wanted=None, key="", accepted=(), site="CEN-01", vehicle=None):
        with database.write() as session:
            return unload(session, vehicle or truck, site, accepted, wanted, deed(key))

    return call


@pytest.fixture
def handed_over(truck, van, deed):
    """Return a function that moves grams by material, or all, from the truck to the van."""

    def call(database, wanted=None, key="", giver=None, taker=None):
        with database.write() as session:
            return hand_over(session, giver or truck, taker or van, wanted, deed(key))

    return call


@pytest.fixture
def on_board():
    """Return a function that tells the grams on board by material; the ledger is sound at every look."""

    def look(database, plate="T-BOX"):
        with database.read() as session:
            assert trial(session).sound
            return {load.material: load.grams for load in stock_of(session, plate).loads}

    return look
