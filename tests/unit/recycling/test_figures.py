import re

import pytest

import routing.explain
import routing.fixes
from recycling.errors import NotFoundError
from recycling.figures import FIXES, REASONS, MoreVehicles, more_vehicles, newest_plan, remedy, the_plan, why
from recycling.models import LeftOut, Plan, PlanRoute, PlanVisit

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
    for sentence in why(reason, FIGURES, "b:y"):
        assert "%" not in sentence
        assert sentence.endswith(".")


def test_every_rule_that_the_best_place_breaks_is_said_once():
    figures = {"vehicle": "T-BOX", "seconds": 61, "at": "b:x", "overtime": 119, "dimension": "kg", "amount": 5}
    assert why("late", figures, "b:y", named={"b:x": "Elm Street"}.get) == [
        "The best place left is on T-BOX, which would then be 2 min late at Elm Street.",
        "Besides, T-BOX would come home 2 min past its shift.",
        "Besides, T-BOX would be overloaded by 5 kg.",
    ]
    assert why("late", figures, "b:x")[0] == "The best place left is on T-BOX, and would serve it 2 min late."
    full = {"vehicle": "T-BOX", "dimension": "kg", "amount": 5, "site": "CEN-01"}
    assert why("full", full, "b:x") == [
        "The best place left is on T-BOX, and would overload it by 5 kg.",
        "Besides, CEN-01 would get more than it takes in a day.",
    ]


def test_each_change_has_a_sentence_that_its_figures_fill():
    assert set(FIXES) == set(re.findall(r"(?m)^``([a-z-]+)``", str(routing.fixes.__doc__)))
    said = {change: remedy(change, FIGURES) for change in FIXES}
    assert said["window"] == "T-BOX could serve it at 08:30."
    assert said["prize"].endswith("12.50 yuan.")
    assert said["skill"] == "It would fit if T-BOX had a crew of 3."
    assert remedy("skill", {**FIGURES, "skill": "crane, crew-2"}).endswith("had crane, a crew of 2.")
    assert why("skill", {"skill": "tail-lift"}, "b:y") == ["No vehicle has a tail lift."]
    two = remedy("instead", {"at": "b:x, b:z"}, named={"b:x": "Elm Street", "b:z": "Oak Street"}.get)
    assert two == "It would fit if Elm Street, Oak Street were left out instead."


def test_minutes_are_never_told_too_short():
    def minutes(seconds):
        return remedy("overtime", {"vehicle": "T", "seconds": seconds}).removeprefix("It would fit if T came home ")

    assert [minutes(s) for s in (1, 60, 61, 3600)] == [f"{n} min later." for n in (1, 1, 2, 60)]


def plan_with(routes, left_out):
    """A plan whose routes have so many visits at doors, with orders left out that would be helped by such changes."""
    return Plan(
        routes=[PlanRoute(visits=[PlanVisit() for _ in range(n)] + [PlanVisit(site_code="CEN-01")]) for n in routes],
        left_out=[LeftOut(figures={"fixes": [{"change": c} for c in changes]}) for changes in left_out],
    )


def test_how_many_more_vehicles_would_do():
    helped = [["window", "vehicle"], ["vehicle"], ["window"], []] * 4
    assert more_vehicles(plan_with([4, 2], helped)) == MoreVehicles(orders=8, each=3, vehicles=3)
    assert more_vehicles(plan_with([4, 2], helped[1:4])) is None
    assert more_vehicles(plan_with([0], helped)) is None
    assert more_vehicles(plan_with([], helped)) is None


def test_a_day_without_a_plan(record, day):
    with record.read() as session:
        assert newest_plan(session, "DEP-01", day) is None
        with pytest.raises(NotFoundError, match="2026-03-05 has not been planned yet"):
            the_plan(session, "DEP-01", day)
