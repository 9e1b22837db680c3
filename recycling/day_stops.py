"""Orders as stops of a day's problem: when, how long, what is brought and taken, and who may come."""

from __future__ import annotations

from datetime import date, datetime

from recycling.booking.visits import (
    fetch_minutes,
    kg_of,
    litres_of,
    order_minutes,
    people_of,
    tail_lift_for,
    visit_seconds,
)
from recycling.fleet import Fleet
from recycling.models import Booking, Call, TradeInOrder
from recycling.settings import Settings
from routing.problem import Stop, TimeWindow

FIRST = 5
"""A booking that goes first is worth so many times what another one is."""


def seconds_of(settings: Settings, day: date, start: datetime, end: datetime) -> TimeWindow:
    """Return two moments as seconds of the day."""
    clock = settings.clock
    return TimeWindow(clock.second_of_day(day, start), clock.second_of_day(day, end))


def promised(settings: Settings, day: date, start: datetime, end: datetime) -> TimeWindow:
    """Hours in which a promised visit is planned to begin: they end some minutes early, so that a delay breaks none."""
    window = seconds_of(settings, day, start, end)
    return TimeWindow(window.start, max(window.start, window.end - 60 * settings.planning.promise_slack_minutes))


def booking_stop(settings: Settings, fleet: Fleet, booking: Booking, day: date, location: int, told: bool) -> Stop:
    """Return a booking as a stop at a location, with `told` in the hours that its resident was told."""
    window = promised(settings, day, booking.promise_start, booking.promise_end)
    if told and booking.state == "planned":
        window = _within(window, seconds_of(settings, day, booking.working_start, booking.working_end))
    prize = settings.planning.prize_booking
    return pickup_stop(
        f"b:{booking.id}",
        location,
        (window,),
        visit_seconds(settings, booking),
        (kg_of(booking.lines), litres_of(booking.lines)),
        prize * FIRST if booking.first else prize,
        skills_for(people_of(booking.lines), tail_lift_for(booking.lines)),
        fleet.higher_than(booking.depot_code, booking.height_limit),
    )


def _within(window: TimeWindow, told: TimeWindow) -> TimeWindow:
    """Return the hours of a promise in which a visit was told to begin."""
    return TimeWindow(max(window.start, told.start), min(window.end, told.end))


def pickup_stop(
    name: str,
    location: int,
    windows: tuple[TimeWindow, ...],
    service: int,
    load: tuple[int, int],
    prize: int,
    skills: frozenset[str] = frozenset(),
    too_high: frozenset[str] = frozenset(),
) -> Stop:
    """Return the stop at a door where `load` kilograms and litres are collected by none of the vehicles too high."""
    return Stop(
        id=name,
        location=location,
        windows=windows,
        service=service,
        delivery=(0, 0),
        pickup=load,
        prize=prize,
        skills=skills,
        forbidden=too_high,
    )


def call_stop(settings: Settings, call: Call, day: date, location: int, fleet: Fleet) -> Stop:
    """Return a call as a stop of the vehicle that its timetable names, or of any if the depot has it no more."""
    there = any(plate == call.plate for plate, _, _ in fleet.at(call.depot_code))
    start = settings.clock.second_of_day(day, call.starts_at)
    slack = settings.visit.call_tolerance_minutes * 60
    return Stop(
        id=f"c:{call.id}",
        location=location,
        windows=(TimeWindow(start - slack, start + slack),),
        service=call.dwell_minutes * 60,
        delivery=(0, 0),
        pickup=(call.expected_kg, call.expected_litres),
        prize=settings.planning.prize_call,
        vehicles=frozenset({call.plate}) if there else None,
    )


def delivery_stop(settings: Settings, fleet: Fleet, order: TradeInOrder, day: date, location: int, told: bool) -> Stop:
    """Return the visit of a shop's order that brings, and takes what is old unless a second visit fetches it."""
    minutes = order_minutes(settings, order)
    window = promised(settings, day, order.promise_start, order.promise_end)
    if told and order.planned_start is not None and order.planned_end is not None:
        window = _within(window, seconds_of(settings, day, order.planned_start, order.planned_end))
    return Stop(
        id=f"t:{order.id}",
        location=location,
        windows=(window,),
        service=round(minutes * 60),
        delivery=(order.new_kg, order.new_litres),
        pickup=(order.old_kg, order.old_litres) if order.fetch_start is None else (0, 0),
        prize=settings.planning.prize_delivery,
        skills=skills_for(order.people, order.tail_lift) | order.skills,
        forbidden=fleet.higher_than(order.depot_code, order.height_limit),
    )


def fetch_stop(settings: Settings, fleet: Fleet, order: TradeInOrder, day: date, location: int, told: bool) -> Stop:
    """Return the second visit of an order; by the rule ``return`` its vehicle has nothing new on board any more."""
    start, end = order.fetch_start or order.promise_start, order.fetch_end or order.promise_end
    window = promised(settings, day, start, end)
    if told and order.fetch_planned_start is not None and order.fetch_planned_end is not None:
        window = _within(window, seconds_of(settings, day, order.fetch_planned_start, order.fetch_planned_end))
    return Stop(
        id=f"f:{order.id}",
        location=location,
        windows=(window,),
        service=round(fetch_minutes(settings, order) * 60),
        delivery=(0, 0),
        pickup=(order.old_kg, order.old_litres),
        prize=settings.planning.prize_delivery,
        skills=skills_for(order.fetch_people, order.tail_lift),
        forbidden=fleet.higher_than(order.depot_code, order.height_limit),
        backhaul=order.old_goods == "return",
    )


TAIL_LIFT = "tail-lift"


def skills_for(people: int, tail_lift: bool = False) -> frozenset[str]:
    """Return the skills that a visit asks of a vehicle: a crew of so many, and a tail lift."""
    crew = {f"crew-{people}"} if people > 1 else set()
    return frozenset(crew | ({TAIL_LIFT} if tail_lift else set()))
