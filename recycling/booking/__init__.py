"""Booking a door pickup: windows that can be kept, kept for a while, promised; and what becomes of a booking."""

from __future__ import annotations

from recycling.booking.again import call_back, rebook, report_missed, wish_of
from recycling.booking.asking import answer, ask, ask_once, askable
from recycling.booking.capacity import Window, WindowFullError, recount, recount_open
from recycling.booking.changing import cancel, move, rights, staff_can_cancel
from recycling.booking.days import bookable_days, open_days
from recycling.booking.duplicates import DuplicateError
from recycling.booking.finding import booking_by_token, booking_of, renew_link, the_booking
from recycling.booking.holds import keep, let_go, renew
from recycling.booking.keeping import keep_window
from recycling.booking.lost_link import send_link
from recycling.booking.offers import Offer, offers, ranked
from recycling.booking.office import Office
from recycling.booking.request import BookingRequest
from recycling.booking.saying import amend, change
from recycling.booking.taking import book, need_of, need_of_visits
from recycling.booking.visits import service_minutes
from recycling.booking.waiting import accept, offer_what_is_free, wait, withdraw
from recycling.booking.ways import Ways, ways
from recycling.booking.workload import Need

__all__ = [
    "BookingRequest",
    "DuplicateError",
    "Need",
    "Offer",
    "Office",
    "Ways",
    "Window",
    "WindowFullError",
    "accept",
    "amend",
    "answer",
    "ask",
    "ask_once",
    "askable",
    "book",
    "bookable_days",
    "booking_by_token",
    "booking_of",
    "call_back",
    "cancel",
    "change",
    "keep",
    "keep_window",
    "let_go",
    "move",
    "need_of",
    "need_of_visits",
    "offer_what_is_free",
    "offers",
    "open_days",
    "ranked",
    "rebook",
    "recount",
    "recount_open",
    "renew",
    "renew_link",
    "report_missed",
    "rights",
    "send_link",
    "service_minutes",
    "staff_can_cancel",
    "the_booking",
    "wait",
    "ways",
    "wish_of",
    "withdraw",
]
