"""The judge of sites on wrong answers: each rule that is broken is named, and by how much."""

from dataclasses import replace

import numpy as np
import pytest

from routing.siting.answer import Flow, SitingAnswer
from routing.siting.check import check_siting
from routing.siting.problem import Aim, Candidate, DemandPoint, SitingProblem, Size

SECONDS = np.array([[0, 200], [100, -1]], np.int32)
PROBLEM = SitingProblem(
    (DemandPoint("P0", 10, (4.0,)), DemandPoint("P1", 5, (4.0,))),
    (
        Candidate("C0", (Size("small", 50.0, 1.0, (9.0,), 3.0), Size("none", 0.0, 0.0, (0.0,))), "kept"),
        Candidate("C1", (Size("small", 50.0, 1.0, (9.0,), 3.0),)),
    ),
    SECONDS,
    SECONDS.astype(float),
    ("glass",),
)
GOOD = SitingAnswer(
    Aim("cost", 1, budget=3.0),
    {"C0": "small"},
    (Flow("P0", "C0", "glass", 1.0), Flow("P1", "C0", "glass", 1.0)),
    50.0 + 8.0 + 400.0,
    450.0,
    {},
)
BOTH = {"C0": "small", "C1": "small"}


ALL = (Flow("P0", "C0", "", 1.0), Flow("P1", "C0", "", 1.0))


def reach(kind, value, bound, flows=ALL, within=100):
    return SitingAnswer(Aim(kind, 1, within), {"C0": "small"}, flows, value, bound, {})


@pytest.mark.parametrize(
    "good",
    [GOOD, reach("p-median", 500, 500), reach("p-centre", 100, 50), reach("cover", 15, 15), reach("set-cover", 1, 1)],
)
def test_sound_answers_have_no_fault(good):
    assert check_siting(PROBLEM, good) == []


@pytest.mark.parametrize(
    ("wrong", "rule", "amount"),
    [
        (replace(GOOD, opened=BOTH), "more sites than asked for", 1),
        (replace(GOOD, opened=BOTH, aim=Aim("cost", 2, budget=5.0)), "beyond the budget", 1),
        (replace(GOOD, opened={"C9": ""}), "no such site or size", 1),
        (replace(GOOD, opened={"C0": "huge"}), "no such site or size", 1),
        (replace(GOOD, opened={"C1": "small"}), "closed, though it is kept", 1),
        (replace(GOOD, flows=(*GOOD.flows, Flow("P0", "C1", "glass", 0.5))), "goes to what is not open", 1),
        (replace(GOOD, flows=GOOD.flows[:1]), "not all of it goes somewhere", 1),
        (replace(GOOD, flows=(*GOOD.flows, GOOD.flows[1])), "not all of it goes somewhere", -1),
        (replace(GOOD, flows=(*GOOD.flows, Flow("P0", "C0", "glass", -0.5))), "negative share", 0.5),
        (
            replace(GOOD, opened=BOTH, aim=Aim("cost"), flows=(GOOD.flows[0], Flow("P1", "C1", "glass", 1.0))),
            "no way",
            1,
        ),
        (replace(GOOD, opened={"C0": "none"}), "more than its capacity", 8),
        (replace(GOOD, value=460.0), "value is not what it says", 2),
        (replace(GOOD, bound=460.0), "better than its own bound", 2),
        (replace(GOOD, bound=float("nan")), "better than its own bound", None),
        (reach("p-median", 400, 400), "value is not what it says", -100),
        (reach("p-centre", 100, 101), "better than its own bound", 1),
        (reach("cover", 15, 14), "better than its own bound", 1),
        (reach("cover", 15, 15, within=60), "out of reach", 40),
        (reach("set-cover", 1, 1, within=60), "out of reach", 40),
        (reach("p-median", 0, 0, (Flow("P0", "C0", "", 1.0),)), "not all of it goes somewhere", 1),
    ],
)
def test_each_broken_rule_is_named_with_its_amount(wrong, rule, amount):
    found = [fault for fault in check_siting(PROBLEM, wrong) if fault.rule == rule]
    assert found
    assert amount is None or found[0].amount == pytest.approx(amount)
