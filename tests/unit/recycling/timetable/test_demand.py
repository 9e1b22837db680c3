"""What people bring, how often the truck calls, on which days, at which hours."""

from types import SimpleNamespace

import pytest

from recycling.timetable.demand import call_hours, calls_in_cycle, day_sets, point_of, visit_of

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
