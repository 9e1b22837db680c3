"""The counter: booking for people who call or come by, and knowing who they are and whom to call back."""

from recycling.counter.callers import Caller, Hint, caller, find_callers, hints
from recycling.counter.calls import ToCall, to_call
from recycling.counter.taking import Paper, book_at_counter
from recycling.counter.things import Thing, find_things
from recycling.counter.weighing import Weighing, weigh_in

__all__ = [
    "Caller",
    "Hint",
    "Paper",
    "Thing",
    "ToCall",
    "Weighing",
    "book_at_counter",
    "caller",
    "find_callers",
    "find_things",
    "hints",
    "to_call",
    "weigh_in",
]
