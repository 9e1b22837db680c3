"""What people of a community bring to a call, how often a truck calls there, and at which hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from itertools import combinations, pairwise
from statistics import NormalDist

from recycling.clock import Span, parse_hour
from recycling.errors import N_, BadRequestError
from recycling.models import Community
from recycling.settings import Settings
from recycling.settings.sections import TimetableSettings
from routing.periodic.problem import CallHour, CallPoint, DayPattern
from routing.problem import TimeWindow

PERSON_FEN = 100_000_000
"""What a person without a call costs: more than all rounds of a depot, so that it only counts beside other people."""

MOST_PATTERNS = 15
MOST_A_WEEK = 3
"""Calls of one community in a week, at most: none on two days that follow each other."""


@dataclass(frozen=True)
class Visit:
    """What a call is expected to be: kilograms, litres, minutes."""

    kg: int
    litres: int
    minutes: int


def visit_of(settings: TimetableSettings, community: Community, times: int) -> Visit:
    """Return what one of so many calls in the cycle is expected to be."""
    grams = settings.grams_a_week_urban if community.urban else settings.grams_a_week_rural
    kg = community.population * grams * settings.weeks / times / 1000
    minutes = settings.dwell_minutes + kg / 100 * settings.dwell_minutes_a_100_kg
    return Visit(
        round(kg), round(kg * settings.litres_a_kg), min(settings.longest_dwell_minutes, round(minutes / 5) * 5)
    )


def calls_in_cycle(settings: TimetableSettings, community: Community, room: tuple[int, int]) -> int:
    """Return how many calls a community has in the cycle: as wished or by its size, more where one is too much.

    `room` are the vehicle's kilograms and litres.
    """
    times = settings.weeks
    if community.code in settings.calls_a_week:
        times = settings.calls_a_week[community.code] * settings.weeks
    elif community.population >= settings.twice_from_people:
        times = 2 * settings.weeks
    elif community.population < settings.fortnightly_below_people:
        times = max(1, settings.weeks // 2)
    more = 1 + settings.spread * surety(settings)
    while times < MOST_A_WEEK * settings.weeks:
        visit = visit_of(settings, community, times)
        if visit.kg * more <= room[0] and visit.litres * more <= room[1]:
            break
        times = max(settings.weeks, times + settings.weeks)
    return times


def missed_fen(people: int, communities: int) -> int:
    """Return what a community without a call costs: its people first; all communities together less than a person."""
    return PERSON_FEN * people + PERSON_FEN // (communities + 1)


def people_missed(fen: float) -> int:
    """Return the people of communities without a call from what those cost."""
    return int(fen // PERSON_FEN)


def surety(settings: TimetableSettings) -> float:
    """Return how many standard deviations of a load must have room on top of what is expected."""
    return NormalDist().inv_cdf(1 - settings.too_full)


def day_sets(settings: TimetableSettings, times: int, code: str = "") -> list[tuple[int, ...]]:
    """Return the sets of days of the cycle on which so many calls may be: the same weekdays, and days between them.

    Of the weekdays that the settings leave a community, where they name some for its code.
    """
    weekdays = settings.only_days.get(code, settings.weekdays)
    if times <= settings.weeks:  # one a week or less: the same weekday, every so many weeks
        step = settings.weeks // times
        return [
            tuple(day + 7 * week for week in range(first, settings.weeks, step))
            for day in weekdays
            for first in range(step)
        ]
    a_week = times // settings.weeks
    apart = [
        chosen
        for chosen in combinations(weekdays, a_week)
        if all(b - a > 1 for a, b in pairwise(chosen)) and chosen[0] + 7 - chosen[-1] > 1
    ]
    return [tuple(day + 7 * week for week in range(settings.weeks) for day in days) for days in apart[:MOST_PATTERNS]]


def call_hours(settings: Settings) -> tuple[CallHour, ...]:
    """Return the hours at which calls may begin, seconds of the day, with what inconvenience costs."""
    span = Span.parse(settings.timetable.hours)
    first, last = (at.hour * 60 + at.minute for at in (span.start, span.end))
    return tuple(call_hour(settings, minute) for minute in range(first, last + 1, settings.timetable.hour_step_minutes))


def call_hour(settings: Settings, minute: int) -> CallHour:
    """Return a minute of the day at which calls may begin, with what its inconvenience costs."""
    rules, at = settings.timetable, time(minute // 60, minute % 60)
    good = any(span.start <= at < span.end for span in map(Span.parse, rules.convenient))
    return CallHour(TimeWindow(minute * 60, minute * 60), 0 if good else rules.inconvenient_fen)


def hours_of(settings: Settings, code: str, hours: Sequence[CallHour]) -> Sequence[CallHour]:
    """Return the hours of a community: the one that the settings fix for it, or all."""
    fixed = settings.timetable.fixed_hours.get(code)
    if fixed is None:
        return hours
    at = parse_hour(fixed)
    return (call_hour(settings, at.hour * 60 + at.minute),)


def point_of(
    settings: Settings,
    community: Community,
    location: int,
    now: Mapping[str, Sequence[int]],
    hours: Sequence[CallHour],
    room: tuple[int, int],
) -> CallPoint:
    """Return a community as a point of a timetable; `now` are the days that communities have in the one in force.

    Raises
    ------
    BadRequestError
        Where the weekdays that it may have leave no room for its calls, one day apart at least.
    """
    rules = settings.timetable
    times = calls_in_cycle(rules, community, room)
    visit = visit_of(rules, community, times)
    sets = day_sets(rules, times, community.code)
    if not sets:
        raise BadRequestError.one(
            "no-days",
            N_(
                "%(place)s (%(code)s) has %(calls)s calls a week, which timetable.only_days leaves no days for, one day"
                " apart at least. Name more days there, or fewer calls in timetable.calls_a_week."
            ),
            place=community.name,
            code=community.code,
            calls=times // rules.weeks,
        )
    kept = tuple(now.get(community.code, ()))
    spread = (visit.kg * rules.spread, visit.litres * rules.spread)
    patterns = tuple(
        DayPattern(
            days,
            (visit.kg, visit.litres),
            visit.minutes * 60,
            spread,
            0 if not kept or days == kept else rules.other_days_fen,
        )
        for days in sets
    )
    return CallPoint(community.code, location, patterns, tuple(hours_of(settings, community.code, hours)))
