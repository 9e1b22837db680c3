"""Trips of partners that have room to spare: announced by them, offered take-backs first, and what came of it."""

from recycling.spare.answering import accept, answer, decline, gone_fault
from recycling.spare.checks import answers_until, checked
from recycling.spare.columns import COLUMNS, row_of, template_rows
from recycling.spare.entering import cancel, enter
from recycling.spare.finding import Sums, has_accepted, offers_of, sums, the_offer, the_trip, trip_of, trips_between
from recycling.spare.looking import Looked, look
from recycling.spare.outcome import BAD_WEIGHT, WHY_FAILED, collected, failed, number
from recycling.spare.partners import demand_trip, is_own
from recycling.spare.showing import Shown, shown
from recycling.spare.statement import HEAD as STATEMENT_HEAD
from recycling.spare.statement import StatementLine, statement
from recycling.spare.statement import rows as statement_rows
from recycling.spare.taking import take_in
from recycling.spare.tending import end_over, tend_spare
from recycling.spare.wish import PartWish, PlaceWish, TripWish

__all__ = [
    "BAD_WEIGHT",
    "COLUMNS",
    "STATEMENT_HEAD",
    "WHY_FAILED",
    "Looked",
    "PartWish",
    "PlaceWish",
    "Shown",
    "StatementLine",
    "Sums",
    "TripWish",
    "accept",
    "answer",
    "answers_until",
    "cancel",
    "checked",
    "collected",
    "decline",
    "demand_trip",
    "end_over",
    "enter",
    "failed",
    "gone_fault",
    "has_accepted",
    "is_own",
    "look",
    "number",
    "offers_of",
    "row_of",
    "shown",
    "statement",
    "statement_rows",
    "sums",
    "take_in",
    "template_rows",
    "tend_spare",
    "the_offer",
    "the_trip",
    "trip_of",
    "trips_between",
]
