"""Handing bookings to partner recyclers: offered, accepted, collected in our place, settled by statements."""

from recycling.handing.answering import accept, decline
from recycling.handing.choosing import Choice, choices
from recycling.handing.collecting import CANNOT_COME, WHY_NOT, Weighed, collected, not_collected
from recycling.handing.finding import Seen, handover_of, of_depot, of_partner, seen, shown_number, tally
from recycling.handing.lapsing import lapse_due
from recycling.handing.offering import offer, withdraw
from recycling.handing.settling import (
    Line,
    lines_of,
    make_statement,
    note_paid,
    statements,
    table_of,
    the_statement,
    to_settle,
)

__all__ = [
    "CANNOT_COME",
    "WHY_NOT",
    "Choice",
    "Line",
    "Seen",
    "Weighed",
    "accept",
    "choices",
    "collected",
    "decline",
    "handover_of",
    "lapse_due",
    "lines_of",
    "make_statement",
    "not_collected",
    "note_paid",
    "of_depot",
    "of_partner",
    "offer",
    "seen",
    "shown_number",
    "statements",
    "table_of",
    "tally",
    "the_statement",
    "to_settle",
    "withdraw",
]
