"""The drawing of the roads: made once however many ask for it, and given up where it does not come to an end."""

import gzip
import json
import threading
import time

import pytest

from recycling import roads
from recycling.errors import UnavailableError


def never_drawn(layer, out):
    """Stand for a drawing that hangs; runs in the process that draws."""
    time.sleep(600)


def drawn_slowly(layer, out):
    """Stand for a drawing that says how often it was made; runs in the process that draws."""
    time.sleep(0.5)
    tally = layer.with_suffix(".tally")
    tally.write_text((tally.read_text() if tally.exists() else "") + "x")
    out.write_bytes(b"drawn")


def test_a_layer_is_drawn_once_and_its_tag_changes_with_it(home, road_layer):
    content, tag = roads.drawing(road_layer)
    assert json.loads(gzip.decompress(content))["type"] == "FeatureCollection"
    assert roads.drawing(road_layer) == (content, tag)
    road_layer.touch()
    assert roads.drawing(road_layer)[1] != tag


def test_who_asks_while_it_is_drawn_waits_for_that_drawing(home, road_layer, monkeypatch):
    monkeypatch.setattr(roads, "write_drawing", drawn_slowly)
    found = []
    threads = [threading.Thread(target=lambda: found.append(roads.drawing(road_layer)[0])) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [b"drawn"] * 5
    assert road_layer.with_suffix(".tally").read_text() == "x"


def test_a_drawing_that_hangs_is_given_up(home, road_layer, monkeypatch):
    monkeypatch.setattr(roads, "write_drawing", never_drawn)
    monkeypatch.setattr(roads, "LONGEST", 0.3)
    monkeypatch.setattr("pebble.common.process.CONSTS.term_timeout", 0.1)
    with pytest.raises(UnavailableError) as caught:
        roads.drawing(road_layer)
    assert caught.value.faults[0].code == "roads-not-drawn"
    assert not list((home / "var" / "cache").iterdir())
