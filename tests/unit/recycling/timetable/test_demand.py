"""What people bring, how often the truck calls, on which days, at which hours."""

from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from recycling.errors import BadRequestError
from recycling.fleet import load_fleet
from recycling.settings.sections import TimetableSettings
from recycling.timetable.demand import call_hours, calls_in_cycle, day_sets, point_of, visit_of
from recycling.timetable.holds import most_kg

ROOM = (1800, 16_000)


def community(people, urban=True):
    return SimpleNamespace(code="c", population=people, urban=urban)


@pytest.fixture
def rules(settings):
    return settings.timetable


def changed(rules, **other):
    return rules.model_copy(update=other)


def test_a_call_takes_a_week_of_what_people_bring(rules):
    visit = visit_of(rules, community(4000), 1)
    assert (visit.kg, visit.litres) == (180, 5220)
    assert visit.minutes == 70
    assert visit_of(rules, community(4000, urban=False), 1).kg == 120
    assert visit_of(rules, community(4000), 2).kg == 90


def test_large_communities_have_two_calls_and_more_where_one_would_fill_the_truck(rules):
    assert calls_in_cycle(rules, community(3000), ROOM) == 1
    assert calls_in_cycle(rules, community(8000), ROOM) == 2
    assert calls_in_cycle(rules, community(20_000), ROOM) == 3
    assert calls_in_cycle(changed(rules, weeks=2), community(3000), ROOM) == 2
    assert calls_in_cycle(changed(rules, weeks=2, fortnightly_below_people=1000), community(300), ROOM) == 1


def test_two_calls_a_week_are_never_on_two_days_that_follow_each_other(rules):
    for days in day_sets(rules, 2):
        assert days[1] - days[0] > 1
        assert days[0] + 7 - days[1] > 1
    assert len(day_sets(rules, 1)) == 6
    assert day_sets(rules, 3) == [(0, 2, 4), (0, 2, 5), (0, 3, 5), (1, 3, 5)]


def test_in_a_cycle_of_weeks_the_weekdays_are_the_same(rules):
    two = changed(rules, weeks=2)
    assert day_sets(two, 2)[:2] == [(0, 7), (1, 8)]
    assert day_sets(two, 1)[:3] == [(0,), (7,), (1,)]


def test_a_community_has_the_calls_and_the_days_that_are_wished_for_it(settings):
    rules = changed(settings.timetable, calls_a_week={"c": 2}, only_days={"c": (1, 4, 5)})
    assert calls_in_cycle(rules, community(3000), ROOM) == 2, "by its size it would have one"
    assert calls_in_cycle(rules, community(20_000), ROOM) == 3, "two would fill the truck"
    assert calls_in_cycle(changed(rules, weeks=2), community(3000), ROOM) == 4
    assert day_sets(rules, 2, "c") == [(1, 4), (1, 5)]
    assert len(day_sets(rules, 2, "other")) == len(day_sets(settings.timetable, 2))
    asked = settings.model_copy(update={"timetable": rules})
    point = point_of(asked, community(3000), 4, {}, call_hours(settings), ROOM)
    assert [p.days for p in point.patterns] == [(1, 4), (1, 5)]


def test_days_that_leave_no_room_for_the_calls_are_refused_with_the_remedy(settings):
    rules = changed(settings.timetable, calls_a_week={"c": 2}, only_days={"c": (1, 2)})
    asked = settings.model_copy(update={"timetable": rules})
    place = SimpleNamespace(code="c", name="荷叶街社区", population=3000, urban=True)
    with pytest.raises(BadRequestError, match=r"荷叶街社区 \(c\) has 2 calls a week.*Name more days"):
        point_of(asked, place, 4, {}, call_hours(settings), ROOM)
    plain = settings.timetable.model_dump()
    for wrong in ({"only_days": {"c": (6,)}}, {"only_days": {"c": ()}}, {"calls_a_week": {"c": 4}}):
        with pytest.raises(ValidationError):
            TimetableSettings(**(plain | wrong))


def test_a_vehicle_holds_what_fills_its_first_compartment(settings):
    """A kilogram of the mixture has half of paper, five litres of it, and 7.35 litres of plastics and textiles."""
    mixture = {"paper": 0.5, "plastic": 0.15, "metal": 0.15, "glass": 0.1, "textiles": 0.1}
    rules = settings.stock.model_copy(update={"brought": mixture})
    kind = load_fleet().types["box"]
    assert most_kg(rules, kind) == int(5000 / 7.35)
    assert most_kg(rules, kind.model_copy(update={"compartments": ()})) == kind.kg
    glass = rules.model_copy(update={"brought": {"glass": 1.0}})
    assert most_kg(glass, kind) == int(1300 / 3.5)
    furniture = rules.model_copy(update={"brought": {"furniture": 1.0}})
    assert most_kg(furniture, kind) == 500, "in the compartment that takes all others"


def test_hours_of_inconvenience_cost(settings):
    hours = {h.window.start // 60: h.price for h in call_hours(settings)}
    assert (min(hours), max(hours)) == (480, 1020)
    assert hours[480] == hours[960] == 0
    assert hours[600] == hours[780] == settings.timetable.inconvenient_fen


def test_other_days_than_now_cost(settings):
    point = point_of(settings, community(3000), 4, {"c": [2]}, call_hours(settings), ROOM)
    assert {p.days: p.price for p in point.patterns} == {
        (d,): 0 if d == 2 else settings.timetable.other_days_fen for d in range(6)
    }
    assert point.patterns[0].spread == (pytest.approx(135 * 0.35), pytest.approx(3915 * 0.35))
