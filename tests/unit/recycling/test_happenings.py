"""What a dispatcher says of a day under way, read from a form: every kind, and every wrong field."""

import json

import pytest

from recycling.board.happenings import Happening, read_happening
from recycling.errors import BadRequestError


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "out", "vehicle": "A", "done": ""}, Happening("out", vehicle="A")),
        ({"kind": "full", "vehicle": "A", "done": "3"}, Happening("full", vehicle="A", done=3)),
        ({"kind": "late", "vehicle": "A", "minutes": "40", "done": "2"}, Happening("late", "A", 40, done=2)),
        ({"kind": "closed", "site": "C", "why": " no  power "}, Happening("closed", site="C", why="no power")),
        ({"kind": "opens", "site": "C", "hour": "09:30"}, Happening("opens", site="C", hour="09:30")),
        ({"kind": "urgent", "stop": "b:1"}, Happening("urgent", stop="b:1")),
        ({"kind": "anew", "vehicle": "A"}, Happening("anew")),
    ],
)
def test_every_kind_is_read_and_kept(given, said):
    assert read_happening(given) == said
    assert Happening.from_dict(said.to_dict()) == said


def test_orders_are_taken_in_besides_whatever_happened():
    also = ["b:2", "b:1", "b:2"]
    said = read_happening({"kind": "urgent", "stop": "b:1"}, also)
    assert said.stops == ("b:1", "b:2")
    assert Happening.from_dict(json.loads(json.dumps(said.to_dict()))) == said
    assert read_happening({"kind": "anew"}, ["b:2"]).stops == ("b:2",)
    older = {name: value for name, value in said.to_dict().items() if name != "also"}
    assert Happening.from_dict(older).stops == ("b:1",), "as plans kept it before"
    with pytest.raises(BadRequestError) as refused:
        read_happening({"kind": "anew"}, [f"b:{n}" for n in range(101)])
    assert refused.value.faults[0].where == "also"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "what happened"),
        ({"kind": "fire"}, "what happened"),
        ({"kind": "out"}, "Choose a vehicle"),
        ({"kind": "late", "vehicle": "A", "minutes": "0"}, "Enter 1 to 600"),
        ({"kind": "late", "vehicle": "A", "minutes": "soon"}, "Enter 1 to 600"),
        ({"kind": "out", "vehicle": "A", "done": "-1"}, "which visits are done"),
        ({"kind": "closed"}, "Choose the centre"),
        ({"kind": "opens", "site": "C", "hour": "25:00"}, "as in 09:30"),
        ({"kind": "urgent"}, "Choose a visit"),
        ({"kind": "anew", "why": "x" * 201}, "more than"),
    ],
)
def test_what_is_wrong_is_said(given, sentence):
    with pytest.raises(BadRequestError) as refused:
        read_happening(given)
    fault = refused.value.faults[0]
    assert sentence in fault.template % fault.values
