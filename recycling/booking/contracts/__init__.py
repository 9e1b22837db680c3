"""Contracts: a place whose things are collected regularly, by a rule, and the bookings that come of it."""

from recycling.booking.contracts.dates import Occasion, Schedule, coming, dates_of, occasions, schedule_of
from recycling.booking.contracts.due import faults_of, make_due, missed_dates, settle_missed, try_again
from recycling.booking.contracts.keeping import (
    booked_ahead,
    change,
    contracts_of,
    dated,
    end,
    leave_out,
    make,
    take_back,
    the_contract,
)
from recycling.booking.contracts.rule import Rule
from recycling.booking.contracts.wanted import ContractRequest, schedule_wanted, visit_of

__all__ = [
    "ContractRequest",
    "Occasion",
    "Rule",
    "Schedule",
    "booked_ahead",
    "change",
    "coming",
    "contracts_of",
    "dated",
    "dates_of",
    "end",
    "faults_of",
    "leave_out",
    "make",
    "make_due",
    "missed_dates",
    "occasions",
    "schedule_of",
    "schedule_wanted",
    "settle_missed",
    "take_back",
    "the_contract",
    "try_again",
    "visit_of",
]
