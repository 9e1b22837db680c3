"""Complaints about bookings: opened by residents, for callers and at the scale; listed, and answered once."""

from recycling.complaints.answering import answer
from recycling.complaints.finding import about, all_open, count_open, missed_reports, the_complaint
from recycling.complaints.kinds import kinds_of, resident_may
from recycling.complaints.opening import MOST_TEXT, complain, take_down

__all__ = [
    "MOST_TEXT",
    "about",
    "all_open",
    "answer",
    "complain",
    "count_open",
    "kinds_of",
    "missed_reports",
    "resident_may",
    "take_down",
    "the_complaint",
]
