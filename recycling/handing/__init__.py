"""Handing pickups to partner recyclers: offered, accepted, collected in our place, settled by statements."""

from recycling.handing.answering import accept, decline
from recycling.handing.booked import Booked
from recycling.handing.choosing import Choice, choices, choices_of_order
from recycling.handing.collecting import CANNOT_COME, WHY_NOT, Weighed, collected, not_collected, why_not_of
from recycling.handing.correctable import Entry, Reported, reported
from recycling.handing.correcting import Seen as Correction
from recycling.handing.correcting import ask as ask_correction
from recycling.handing.correcting import corrections_of, waiting
from recycling.handing.correcting import decide as decide_correction
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
from recycling.handing.settling import make_statement, note_paid, statements, the_statement
from recycling.handing.statement_lines import Line, draft_lines, lines_of, table_of, to_settle

__all__ = [
    "CANNOT_COME",
    "WHY_NOT",
    "WHY_NOT_FETCHED",
    "Booked",
    "Choice",
    "Correction",
    "Entry",
    "Line",
    "Ordered",
    "Reported",
    "Seen",
    "Weighed",
    "accept",
    "ask_correction",
    "came_back_of",
    "choices",
    "choices_of_order",
    "collected",
    "corrections_of",
    "decide_correction",
    "decline",
    "draft_lines",
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
    "reported",
    "seen",
    "shown_number",
    "statements",
    "table_of",
    "tally",
    "the_statement",
    "to_settle",
    "waiting",
    "why_not_of",
    "withdraw",
]
