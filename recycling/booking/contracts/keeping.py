"""Making, changing and ending contracts, and leaving single dates out; what is booked already stays as it is."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, demand, may
from recycling.booking.changing import cancel
from recycling.booking.checks import MOST_REASON, clean
from recycling.booking.contracts.dates import Schedule, occasions, schedule_of
from recycling.booking.contracts.due import make_due
from recycling.booking.contracts.wanted import ContractRequest, checked_contract
from recycling.booking.days import horizon
from recycling.booking.office import Office
from recycling.booking.taking import REFERENCE_LETTERS, check_key
from recycling.errors import N_, BadRequestError, ConflictError, DomainError, NotFoundError
from recycling.models import Booking, Contract, ContractDate, ContractLine, ContractSkip
from recycling.models.booking import ENDED

LONGEST_ABSENCE = timedelta(days=366)
COPIED = (
    *("depot_code", "community_code", "place", "address", "lon", "lat", "floor", "lift", "standing", "scene"),
    *("contact", "phone", "note", "window"),
)
"""What a contract takes over from the draft of a visit."""


def make(office: Office, wanted: ContractRequest, key: str, actor: Actor, now: datetime) -> Contract:
    """Make a contract and book its dates that are open already; the same key again is the same contract.

    Raises
    ------
    BadRequestError
        With one fault for each field that must be mended.
    ConflictError
        When the key already stands for another contract.
    ForbiddenError
        When the place is served by a depot that the actor does not work for.
    """
    demand(actor, Action.CONTRACT_KEEP)
    check_key(key)
    with office.database.read() as session:
        found = _earlier(session, key, wanted)
        fresh = None if found else checked_contract(session, office, wanted, now)
    if fresh is not None:
        demand(actor, Action.CONTRACT_KEEP, Subject(depot=fresh[0].depot_code))
        try:
            found = _enter(office, *fresh, wanted, key, actor, now)
        except IntegrityError:  # a twin of this form was quicker
            with office.database.read() as session:
                found = _earlier(session, key, wanted)
    if found is None:
        raise ConflictError.one("not-made", N_("The contract could not be written. Send the form again."))
    make_due(office, now, found.id)
    return found


def _enter(
    office: Office, draft: Booking, schedule: Schedule, wanted: ContractRequest, key: str, actor: Actor, now: datetime
) -> Contract:
    """Write a new contract and that it was made."""
    contract = Contract(
        id=uuid.uuid4(),
        reference="C" + "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(6)),
        key=key,
        digest=wanted.digest(),
        version=1,
        from_day=max(schedule.first_day, office.clock.today(now) + timedelta(days=1)),
        made_at=now,
    )
    _fill(contract, draft, schedule, now)
    with office.database.write() as session:
        session.add(contract)
        session.flush()
        audit.record(session, actor, "contract.made", "contract", contract.id, None, _facts(contract), now, first=True)
    return contract


def change(
    office: Office, contract_id: uuid.UUID, version: int, wanted: ContractRequest, why: str, actor: Actor, now: datetime
) -> Contract:
    """Let a contract say something else from the first date on that is not booked yet.

    Raises
    ------
    BadRequestError
        With one fault for each field that must be mended, or without a reason.
    ConflictError
        When somebody else changed it since `version`, or it has ended.
    """
    with office.database.read() as session:
        old = the_contract(session, contract_id, actor)
        draft, schedule = checked_contract(session, office, wanted, now, old)
    demand(actor, Action.CONTRACT_KEEP, Subject(depot=draft.depot_code))
    why = _reason(why)
    make_due(office, now, contract_id)  # all that is open is booked by what it said until now
    with office.database.write() as session:
        contract = _locked(session, contract_id, version, actor)
        before = _facts(contract)
        named = [name for name in COPIED if getattr(contract, name) != getattr(draft, name)]
        ahead = max(horizon(office.settings, now), default=office.clock.today(now)) + timedelta(days=1)
        contract.from_day = max(ahead, contract.from_day)
        contract.version += 1
        contract.lines.clear()
        session.flush()
        _fill(contract, draft, schedule, now)
        session.flush()
        after = {**_facts(contract), "fields": named, "why": why}
        audit.record(session, actor, "contract.changed", "contract", contract.id, before, after, now)
    make_due(office, now, contract_id)
    return contract


def end(
    office: Office,
    contract_id: uuid.UUID,
    why: str,
    actor: Actor,
    now: datetime,
    cancelling: Collection[uuid.UUID] = (),
) -> list[DomainError]:
    """End a contract, and cancel those of its bookings that are named; return why some could not be cancelled.

    One that has ended already stays so; its bookings can still be cancelled.
    """
    why = _reason(why)
    with office.database.write() as session:
        contract = the_contract(session, contract_id, actor, lock=True)
        if contract.ended_at is None:
            contract.ended_at = contract.changed_at = now
            contract.version += 1
            after = {"version": contract.version, "why": why}
            audit.record(session, actor, "contract.ended", "contract", contract.id, None, after, now)
    with office.database.read() as session:
        ahead = [booking for booking in booked_ahead(session, contract_id) if booking.id in set(cancelling)]
    failed: list[DomainError] = []
    for booking in ahead:
        try:
            cancel(office, booking, why, actor, now)
        except ConflictError as error:
            failed.append(error)
    return failed


def leave_out(
    office: Office, contract_id: uuid.UUID, first: date, last: date, why: str, actor: Actor, now: datetime
) -> list[date]:
    """Leave out the dates from `first` to `last`, and return them as the rule names them.

    Raises
    ------
    BadRequestError
        When there is no such date, or no reason.
    ConflictError
        When one of them is booked already.
    """
    why = _reason(why)
    if not first <= last <= first + LONGEST_ABSENCE:
        raise BadRequestError.one("bad-span", N_("The last day is before the first one, or a year later."), where="to")
    with office.database.write() as session:
        contract = the_contract(session, contract_id, actor, lock=True)
        found = occasions(schedule_of(contract), office.settings.holidays, first, last)
        days = [o.rule_day for o in found if o.day is not None]
        if not days:
            raise BadRequestError.one("no-dates", N_("No date of the contract falls on these days."), where="from")
        for booking in booked_ahead(session, contract_id):
            if first <= booking.service_day <= last:
                raise ConflictError.one(
                    "booked-already",
                    N_("%(day)s is booked already, under %(reference)s. Cancel that booking first."),
                    where="from",
                    day=booking.service_day.isoformat(),
                    reference=booking.reference,
                )
        contract.skips += [ContractSkip(day=day, reason=why) for day in days]
        _changed(contract, now)
        after = {"days": [day.isoformat() for day in days], "version": contract.version, "why": why}
        audit.record(session, actor, "contract.left-out", "contract", contract.id, None, after, now)
    return days


def take_back(office: Office, contract_id: uuid.UUID, day: date, actor: Actor, now: datetime) -> None:
    """Let a date that was left out be collected after all; it is booked if its day is open."""
    with office.database.write() as session:
        contract = the_contract(session, contract_id, actor, lock=True)
        kept = [skip for skip in contract.skips if skip.day != day]
        if len(kept) < len(contract.skips):
            contract.skips = kept
            _changed(contract, now)
            after = {"days": [day.isoformat()], "version": contract.version}
            audit.record(session, actor, "contract.taken-back", "contract", contract.id, None, after, now)
    make_due(office, now, contract_id)


def the_contract(session: Session, contract_id: uuid.UUID, actor: Actor, lock: bool = False) -> Contract:
    """Return a contract with its lines and skips.

    Raises
    ------
    NotFoundError
        When there is none.
    ForbiddenError
        When it is of a depot for which the actor does not work.
    """
    loading = [selectinload(Contract.lines), selectinload(Contract.skips)]
    found = session.get(Contract, contract_id, options=loading, with_for_update=lock or None)
    if found is None:
        raise NotFoundError.one("no-contract", N_("There is no such contract."))
    demand(actor, Action.CONTRACT_KEEP, Subject(depot=found.depot_code))
    return found


def contracts_of(session: Session, actor: Actor) -> list[Contract]:
    """Return the contracts of the actor's depots with their lines and skips, those that have ended last."""
    query = select(Contract).order_by(Contract.ended_at.is_not(None), Contract.place, Contract.reference)
    found = session.scalars(query.options(selectinload(Contract.lines), selectinload(Contract.skips)))
    return [contract for contract in found if may(actor, Action.CONTRACT_KEEP, Subject(depot=contract.depot_code))]


def dated(session: Session, contract_id: uuid.UUID) -> list[tuple[ContractDate, Booking | None]]:
    """Return the dates of a contract that have been worked off, the earliest first, each with its booking if any."""
    query = select(ContractDate).where(ContractDate.contract_id == contract_id).order_by(ContractDate.day)
    return [(row, session.get(Booking, row.booking_id) if row.booking_id else None) for row in session.scalars(query)]


def booked_ahead(session: Session, contract_id: uuid.UUID) -> list[Booking]:
    """Return the bookings of a contract that are still to come, in order."""
    query = (
        select(Booking)
        .join(ContractDate, ContractDate.booking_id == Booking.id)
        .where(ContractDate.contract_id == contract_id, Booking.state.not_in(ENDED))
    )
    return list(session.scalars(query.order_by(Booking.service_day)))


def _fill(contract: Contract, draft: Booking, schedule: Schedule, now: datetime) -> None:
    """Let a contract say what was checked."""
    for name in COPIED:
        setattr(contract, name, getattr(draft, name))
    contract.lines = [ContractLine(position=n, item=li.item, pieces=li.pieces) for n, li in enumerate(draft.lines)]
    contract.rule, contract.on_holiday = str(schedule.rule), schedule.on_holiday
    contract.first_day, contract.last_day = schedule.first_day, schedule.last_day
    contract.changed_at = now


def _facts(contract: Contract) -> dict[str, object]:
    """Return what the audit log keeps of a contract: nothing that tells who or where."""
    return {
        "reference": contract.reference,
        "version": contract.version,
        "rule": contract.rule,
        "window": contract.window,
        "first_day": contract.first_day.isoformat(),
        "last_day": contract.last_day.isoformat() if contract.last_day else None,
        "on_holiday": contract.on_holiday,
        "items": {line.item: line.pieces for line in contract.lines},
    }


def _changed(contract: Contract, now: datetime) -> None:
    contract.version += 1
    contract.changed_at = now


def _locked(session: Session, contract_id: uuid.UUID, version: int, actor: Actor) -> Contract:
    """Return a contract to be changed; refuse when it is no longer what was looked at."""
    contract = the_contract(session, contract_id, actor, lock=True)
    if contract.ended_at is not None:
        raise ConflictError.one("has-ended", N_("This contract has ended. Make a new one."))
    if contract.version != version:
        raise ConflictError.one(
            "changed-meanwhile",
            N_("Contract %(reference)s was changed by somebody else meanwhile. Load the page again and look at it."),
            reference=contract.reference,
        )
    return contract


def _reason(text: str) -> str:
    why = clean(text)[:MOST_REASON]
    if not why:
        raise BadRequestError.one("no-reason", N_("Enter why."), where="why")
    return why


def _earlier(session: Session, key: str, wanted: ContractRequest) -> Contract | None:
    found = session.scalar(select(Contract).where(Contract.key == key))
    if found is not None and found.digest != wanted.digest():
        raise ConflictError.one(
            "key-used", N_("This form has already been sent with other entries. Open it anew for a second contract.")
        )
    return found
