"""Rounds through villages: whoever asks waits until enough have, or until a promised date, and then gets a day.

What waits, and what leads on from there:

    waiting ──(enough have asked, or the date comes, and the day has room)──> placed: a booking, or a shop's order
    waiting ──(whoever asked leaves, or the shop sends the order for a day of its own)──> left

A day is one of those on which the round can go. From then on what waited is an ordinary booking or order of that day,
and takes of its windows what any other takes.
"""

from recycling.rounds.asking import leave, wait_for_round
from recycling.rounds.dates import next_days, rhythm_days
from recycling.rounds.finding import (
    Gathered,
    gathered,
    late_count,
    place_by_token,
    round_of,
    rounds_at,
    rounds_of,
    the_place,
    the_round,
    villages_of,
    waiting_for,
    waiting_orders,
)
from recycling.rounds.going import decide, tend_round, tend_rounds
from recycling.rounds.keeping import RoundWish, change_round, end_round, make_round
from recycling.rounds.marked import with_village
from recycling.rounds.orders import leave_order, order_waiting, wait_with_order

__all__ = [
    "Gathered",
    "RoundWish",
    "change_round",
    "decide",
    "end_round",
    "gathered",
    "late_count",
    "leave",
    "leave_order",
    "make_round",
    "next_days",
    "order_waiting",
    "place_by_token",
    "rhythm_days",
    "round_of",
    "rounds_at",
    "rounds_of",
    "tend_round",
    "tend_rounds",
    "the_place",
    "the_round",
    "villages_of",
    "wait_for_round",
    "wait_with_order",
    "waiting_for",
    "waiting_orders",
    "with_village",
]
