"""What a clerk enters for a contract, checked as a whole, and what a contract asks for on one of its dates."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from recycling.booking.checks import checked
from recycling.booking.contracts.dates import LOOKED_AHEAD, Schedule, dates_of
from recycling.booking.contracts.rule import Rule
from recycling.booking.office import Office
from recycling.booking.request import BookingRequest
from recycling.errors import N_, BadRequestError, Fault
from recycling.models import Booking, Contract
from recycling.models.contract import ON_HOLIDAY

FARTHEST = timedelta(days=366)
"""A first day farther away than this, either way, is a slip of the pen."""


@dataclass(frozen=True)
class ContractRequest:
    """What a contract shall say.

    ``visit`` holds things, place, window and person as for a booking; its day says nothing. Faults of what could not
    be read at all stand in it.
    """

    visit: BookingRequest
    rule: str
    first_day: date | None
    last_day: date | None
    on_holiday: str

    def digest(self) -> str:
        """Return a fingerprint, so that one form cannot stand for two different contracts."""
        text = (
            f"{replace(self.visit, day=None).digest()} {self.rule} {self.first_day} {self.last_day} {self.on_holiday}"
        )
        return hashlib.sha256(text.encode()).hexdigest()


def checked_contract(
    session: Session, office: Office, wanted: ContractRequest, now: datetime, old: Contract | None = None
) -> tuple[Booking, Schedule]:
    """Return a draft of one visit and the schedule; BadRequestError with a fault for each field to be mended."""
    faults: list[Fault] = []
    skips = {skip.day: skip.reason for skip in old.skips} if old else {}
    schedule = schedule_wanted(office, wanted, now, faults, skips)
    today = office.clock.today(now)
    try:
        draft = checked(session, office, replace(wanted.visit, day=today), now, open_only=False)
    except BadRequestError as error:
        raise BadRequestError(*error.faults, *faults) from error
    if schedule is None or faults:
        raise BadRequestError(*faults)
    return draft, schedule


def schedule_wanted(
    office: Office, wanted: ContractRequest, now: datetime, faults: list[Fault], skips: Mapping[date, str]
) -> Schedule | None:
    """Return the schedule that is asked for; what is to be mended becomes a fault of its field."""
    unreadable, today = wanted.visit.unreadable, office.clock.today(now)
    first, last = wanted.first_day, wanted.last_day
    try:
        rule = Rule.parse(wanted.rule)
    except ValueError:
        if "rule" not in unreadable:
            faults.append(Fault("rule", "bad-rule", N_("Choose on which days we come.")))
        rule = None
    if first is None:
        if "first_day" not in unreadable:
            faults.append(Fault("first_day", "no-day", N_("Enter the first day of the contract.")))
    elif abs(first - today) > FARTHEST:
        faults.append(
            Fault(
                "first_day",
                "too-far",
                N_("The first day can lie at most a year from today. Choose a day nearer to it."),
            )
        )
    if first is not None and last is not None and last < first:
        faults.append(Fault("last_day", "ends-first", N_("The last day is before the first one.")))
    if wanted.on_holiday not in ON_HOLIDAY:
        faults.append(Fault("on_holiday", "no-choice", N_("Choose what we do on a holiday.")))
    if rule is None or first is None or any(f.where in ("first_day", "last_day", "on_holiday") for f in faults):
        return None
    schedule = Schedule(rule, first, last, wanted.on_holiday, skips)
    if not dates_of(schedule, office.settings.holidays, max(first, today), max(first, today) + LOOKED_AHEAD):
        faults.append(
            Fault(
                "rule", "no-dates", N_("No date falls between the first and the last day. Change the days or the rule.")
            )
        )
    return schedule


def visit_of(contract: Contract, day: date | None = None) -> BookingRequest:
    """Return the request for a visit of a contract on a day, in the agreed window."""
    return BookingRequest(
        items={line.item: line.pieces for line in contract.lines},
        community=contract.community_code or "",
        lon=contract.lon,
        lat=contract.lat,
        address=contract.address,
        floor=contract.floor,
        lift=contract.lift,
        day=day,
        window=contract.window,
        contact=contract.contact,
        phone=contract.phone,
        note=contract.note,
        scene=contract.scene,
        standing=contract.standing,
        different=True,
    )
