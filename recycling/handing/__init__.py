"""Handing pickups to partner recyclers: offered, accepted, collected in our place, settled by statements."""

from recycling.handing.answering import accept, decline
from recycling.handing.booked import Booked
from recycling.handing.choosing import Choice, choices, choices_of_order
from recycling.handing.collecting import CANNOT_COME, WHY_NOT, Weighed, collected, not_collected, why_not_of
from recycling.handing.finding import (
    Seen,
    came_back_of,
    handover_of,
    of_depot,
    of_order,
    of_partner,
    seen,
    shown_number,
    tally,
)
from recycling.handing.lapsing import lapse_due
from recycling.handing.offering import offer, offer_order, withdraw
from recycling.handing.ordered import WHY_NOT_FETCHED, Ordered
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
    "WHY_NOT_FETCHED",
    "Booked",
    "Choice",
    "Line",
    "Ordered",
    "Seen",
    "Weighed",
    "accept",
    "came_back_of",
    "choices",
    "choices_of_order",
    "collected",
    "decline",
    "handover_of",
    "lapse_due",
    "lines_of",
    "make_statement",
    "not_collected",
    "note_paid",
    "of_depot",
    "of_order",
    "of_partner",
    "offer",
    "offer_order",
    "seen",
    "shown_number",
    "statements",
    "table_of",
    "tally",
    "the_statement",
    "to_settle",
    "why_not_of",
    "withdraw",
]
