"""The counter: booking for people who call or come by, and knowing who they are and whom to call back."""

from recycling.counter.agreed import AgreedThing, Booked, Promise, kept
from recycling.counter.at_call import Brought, hand_in
from recycling.counter.callers import Caller, Hint, caller, find_callers, hints
from recycling.counter.calls import ToCall, to_call
from recycling.counter.correcting import RightLine, put_right
from recycling.counter.door_figures import DoorFigures, door_figures
from recycling.counter.proof import Proof, proof_of
from recycling.counter.refusing import promised, refusal_of, refuse, the_refusal
from recycling.counter.taking import Paper, book_at_counter, wait_at_counter
from recycling.counter.things import Thing, find_things
from recycling.counter.turning_away import TurnedAwayLine, turn_away, turned_away
from recycling.counter.weighing import Weighing, source_of, to_weigh, weigh_in

__all__ = [
    "AgreedThing",
    "Booked",
    "Brought",
    "Caller",
    "DoorFigures",
    "Hint",
    "Paper",
    "Promise",
    "Proof",
    "RightLine",
    "Thing",
    "ToCall",
    "TurnedAwayLine",
    "Weighing",
    "book_at_counter",
    "caller",
    "door_figures",
    "find_callers",
    "find_things",
    "hand_in",
    "hints",
    "kept",
    "promised",
    "proof_of",
    "put_right",
    "refusal_of",
    "refuse",
    "source_of",
    "the_refusal",
    "to_call",
    "to_weigh",
    "turn_away",
    "turned_away",
    "wait_at_counter",
    "weigh_in",
]
