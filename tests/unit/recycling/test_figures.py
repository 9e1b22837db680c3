import re

import pytest

import routing.explain
import routing.fixes
from recycling.errors import NotFoundError
from recycling.figures import FIXES, REASONS, newest_plan, reason_values, the_plan, words_of
from recycling.models import LeftOut

FIGURES = {
    "vehicle": "T-BOX",
    "seconds": 61,
    "at": "b:x",
    "dimension": "kg",
    "need": 1200,
    "capacity": 1000,
    "amount": 5,
    "skill": "crew-3",
    "metres": 412,
    "site": "CEN-01",
    "start": 30_600,
    "prize": 1_250,
}


def reasons_of_routing():
    """All reasons that routing describes, and the one of `routing.day`."""
    return {"no-road", *re.findall(r"(?m)^``([a-z-]+)``", str(routing.explain.__doc__))}


def test_each_reason_has_a_sentence():
    found = reasons_of_routing()
    assert {"no-vehicle", "skill", "too-large", "late"} <= found
    assert found - set(REASONS) == set()


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_a_sentence_is_filled_by_the_figures(reason):
    sentence = REASONS[reason] % reason_values(LeftOut(reason=reason, figures=FIGURES))
    assert "%" not in sentence
    assert sentence.endswith(".")


def test_each_change_has_a_sentence_that_its_figures_fill():
    assert set(FIXES) == set(re.findall(r"(?m)^``([a-z-]+)``", str(routing.fixes.__doc__)))
    said = {change: sentence % words_of(FIGURES) for change, sentence in FIXES.items()}
    assert said["window"] == "T-BOX could serve it at 08:30."
    assert said["prize"].endswith("12.50 yuan.")


def test_minutes_are_never_told_too_short():
    def minutes(seconds):
        return reason_values(LeftOut(reason="late", figures={"seconds": seconds}))["minutes"]

    assert [minutes(s) for s in (1, 60, 61, 3600)] == [1, 1, 2, 60]


def test_a_day_without_a_plan(record, day):
    with record.read() as session:
        assert newest_plan(session, "DEP-01", day) is None
        with pytest.raises(NotFoundError, match="2026-03-05 has not been planned yet"):
            the_plan(session, "DEP-01", day)
