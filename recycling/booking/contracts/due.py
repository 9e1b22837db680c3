"""Booking the dates of contracts, each as soon as its day opens, once, or saying why there is no booking."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from recycling import audit
from recycling.accounts.actors import Actor, system
from recycling.accounts.rights import Action, Subject, demand, may
from recycling.booking.contracts.dates import MARGIN, Occasion, occasions, schedule_of
from recycling.booking.contracts.wanted import visit_of
from recycling.booking.days import horizon
from recycling.booking.office import Office
from recycling.booking.taking import book
from recycling.clock import Span
from recycling.db import hold
from recycling.errors import N_, BadRequestError, ConflictError, Fault, NotFoundError
from recycling.models import Booking, Contract, ContractDate

BOOKER = system("contracts")
FULL = ("window-full", "unknown-window")
"""Codes of faults for which another window of the day may do."""


def make_due(office: Office, now: datetime, only: uuid.UUID | None = None) -> list[ContractDate]:
    """Book each date of the contracts whose day is open and that has not been dealt with; return what became of them.

    It may be called at any time, by several processes at once: a date is booked once. Where the agreed window is full
    or not among the windows any more, the nearest other one of the day is taken, and the message says so. Where nothing
    can be booked, or a visit for some of the same is booked at that door on that day already, the date is kept with its
    faults until a clerk has seen to it. With `only` it looks at one contract.
    """
    until = _open_until(office, now)
    with office.database.read() as session:
        query = select(Contract).where(Contract.ended_at.is_(None), Contract.first_day <= until + MARGIN)
        query = query.where(or_(Contract.last_day.is_(None), Contract.last_day >= office.clock.today(now) - MARGIN))
        if only is not None:
            query = query.where(Contract.id == only)
        loading = (selectinload(Contract.lines), selectinload(Contract.skips))
        contracts = list(session.scalars(query.order_by(Contract.made_at, Contract.id).options(*loading)))
        wanted = [(contract, occasion) for contract in contracts for occasion in _due(session, office, contract, now)]
    made = []
    for contract, occasion in sorted(wanted, key=lambda w: w[1].shown):
        found = _take(office, contract, occasion, now, BOOKER)
        if found is not None:
            made.append(found)
    return made


def try_again(office: Office, contract_id: uuid.UUID, rule_day: date, actor: Actor, now: datetime) -> ContractDate:
    """Book a date for which there was no booking, as the contract stands now, also beside a visit for the same.

    Raises
    ------
    NotFoundError
        When no such date was missed.
    """
    with office.database.read() as session:
        missed, contract = _missed(session, contract_id, rule_day, actor)
        _ = contract.lines[:], contract.skips[:]
    if missed.booking_id is not None:
        return missed
    found = _take(office, contract, Occasion(rule_day, missed.day), now, actor)
    return found or missed


def settle_missed(office: Office, contract_id: uuid.UUID, rule_day: date, actor: Actor, now: datetime) -> None:
    """Note that a clerk has seen to a date for which there is no booking; NotFoundError when there is no such date."""
    with office.database.write() as session:
        missed, contract = _missed(session, contract_id, rule_day, actor)
        if missed.booking_id is None and missed.settled_at is None:
            missed.settled_at, missed.settled_by = now, actor.id
            after = {"day": missed.day.isoformat()}
            audit.record(session, actor, "contract.miss-settled", "contract", contract.id, None, after, now)


def missed_dates(session: Session, actor: Actor) -> list[tuple[ContractDate, Contract]]:
    """Return dates without a booking that no clerk has seen to, the earliest first, of the actor's depots."""
    query = (
        select(ContractDate, Contract)
        .join(Contract, Contract.id == ContractDate.contract_id)
        .where(ContractDate.booking_id.is_(None), ContractDate.settled_at.is_(None))
        .order_by(ContractDate.day, Contract.reference)
    )
    found = [(missed, contract) for missed, contract in session.execute(query)]
    return [one for one in found if may(actor, Action.CONTRACT_KEEP, Subject(depot=one[1].depot_code))]


def faults_of(missed: ContractDate) -> list[Fault]:
    """Return why there is no booking for a date."""
    return [Fault(**fault) for fault in missed.faults or []]


def key_of(contract: Contract, rule_day: date) -> str:
    """Return the key under which a date of a contract is booked."""
    return f"contract-{contract.id}-{rule_day}"


def _open_until(office: Office, now: datetime) -> date:
    """Return the last day that is as near as can be booked."""
    return max(horizon(office.settings, now), default=office.clock.today(now))


def _due(session: Session, office: Office, contract: Contract, now: datetime) -> list[Occasion]:
    """Return the dates of a contract whose day is open, or has passed, and of which nothing has become yet."""
    first = max(contract.from_day, office.clock.today(now) - MARGIN)
    known = set(session.scalars(select(ContractDate.rule_day).where(ContractDate.contract_id == contract.id)))
    found = occasions(schedule_of(contract), office.settings.holidays, first, _open_until(office, now))
    return [o for o in found if o.day is not None and o.rule_day not in known]


def _take(office: Office, contract: Contract, occasion: Occasion, now: datetime, actor: Actor) -> ContractDate | None:
    """Book a date, or find out why not, and write down which; None when the contract was changed meanwhile."""
    key, day = key_of(contract, occasion.rule_day), occasion.shown
    with office.database.read() as session:
        version = session.scalar(select(Contract.version).where(Contract.id == contract.id))
        booking = _booked(session, key)
    if booking is None and version != contract.version:
        return None  # the next run goes by what it says now
    faults: list[Fault] = []
    windows = [] if booking else _windows(office, contract.window)
    source = {"contract": contract.reference, "version": contract.version, "rule_day": occasion.rule_day.isoformat()}
    for window in windows:
        wish = replace(visit_of(contract, day), window=window, different=actor != BOOKER)
        told = "booked" if window == contract.window else "booked_elsewhen"
        try:
            booking = book(office, wish, key, now, "contract", actor, source=source, told=told)
            break
        except (BadRequestError, ConflictError) as error:
            if any(fault.code == "key-used" for fault in error.faults):  # another process was quicker
                with office.database.read() as session:
                    booking = _booked(session, key)
                break
            faults = faults or list(error.faults)
            if any(fault.code not in FULL for fault in error.faults):
                faults = list(error.faults)
                break
    return _write_down(office, contract, occasion, booking, faults, now)


def _write_down(
    office: Office,
    contract: Contract,
    occasion: Occasion,
    booking: Booking | None,
    faults: Sequence[Fault],
    now: datetime,
) -> ContractDate:
    """Keep what became of a date; what another process has kept of it stays, unless this is a booking after all."""
    with office.database.write() as session:
        hold(session, f"contract/{contract.id}")
        row = session.get(ContractDate, (contract.id, occasion.rule_day))
        if row is not None and (row.booking_id is not None or booking is None):
            if booking is None and row.booking_id is None:
                row.faults = _plain(faults)
            return row
        if row is None:
            row = ContractDate(contract_id=contract.id, rule_day=occasion.rule_day, settled_by="", at=now)
            session.add(row)
        row.day, row.at = booking.service_day if booking else occasion.shown, now
        row.booking_id = booking.id if booking else None
        row.elsewhen = booking is not None and booking.window != contract.window
        row.faults = None if booking else _plain(faults)
        row.settled_at = None
        if booking is None:
            after = {"day": row.day.isoformat(), "why": [fault.code for fault in faults]}
            audit.record(session, BOOKER, "contract.missed", "contract", contract.id, None, after, now)
    return row


def _windows(office: Office, agreed: str) -> list[str]:
    """Return the agreed window, then the others of a day, those nearest in time first."""
    begin = Span.parse(agreed).start.hour
    others = [span for span in office.settings.service.window_spans if str(span) != agreed]
    return [agreed, *map(str, sorted(others, key=lambda span: abs(span.start.hour - begin)))]


def _booked(session: Session, key: str) -> Booking | None:
    return session.scalar(select(Booking).where(Booking.idempotency_key == key))


def _plain(faults: Sequence[Fault]) -> list[dict[str, object]]:
    """Return faults as JSON takes them."""
    kept = []
    for fault in faults:
        values = {n: v if isinstance(v, int | float | str) else str(v) for n, v in fault.values.items()}
        kept.append({**asdict(fault), "values": values})
    return kept


def _missed(session: Session, contract_id: uuid.UUID, rule_day: date, actor: Actor) -> tuple[ContractDate, Contract]:
    contract = session.get(Contract, contract_id)
    missed = session.get(ContractDate, (contract_id, rule_day))
    if contract is None or missed is None:
        raise NotFoundError.one("no-date", N_("There is no such date of a contract."))
    demand(actor, Action.CONTRACT_KEEP, Subject(depot=contract.depot_code))
    return missed, contract
