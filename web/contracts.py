"""Contracts for regular collections: list, page of one, and what clerks do with it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import audit, clock, network
from recycling.accounts.rights import Action
from recycling.booking import contracts as kept
from recycling.errors import N_, BadRequestError, ConflictError, DomainError, Fault, ForbiddenError
from recycling.models import Contract
from recycling.privacy import mask_phone
from web.clerk import entered_of
from web.recurrence import ON_HOLIDAY, entered_rule, nth_words, read_contract, rule_words, weekday_names
from web.resident import SCENE_NAMES, STANDING_NAMES
from web.rights import actor, needs
from web.services import services
from web.status import STATE_NAMES

pages = Blueprint("contracts", __name__, url_prefix="/clerk/contracts")

SHOWN = 10
"""Dates of a preview."""
HISTORY = {
    "contract.made": N_("made"),
    "contract.changed": N_("changed"),
    "contract.ended": N_("ended"),
    "contract.left-out": N_("dates left out"),
    "contract.taken-back": N_("date taken back"),
    "contract.missed": N_("no booking was possible"),
    "contract.miss-settled": N_("missing date seen to"),
}


@pages.get("")
@needs(Action.CONTRACT_KEEP)
def listed() -> str:
    """Show the contracts of one's depots, each with its next date, and the dates for which there is no booking."""
    s = services()
    today = s.settings.clock.today(clock.utc_now())
    with s.database.read() as session:
        area = network.the_area(session)
        found = kept.contracts_of(session, actor())
        missed = [(one, c, kept.faults_of(one)) for one, c in kept.missed_dates(session, actor())]
    rows = [(contract, _rule(contract), None if contract.ended_at else _next(contract, today)) for contract in found]
    running = [row for row in rows if row[2] is not None]
    over = [row for row in rows if row[2] is None]
    return render_template(
        "contracts.html",
        area=area,
        running=running,
        over=over,
        missed=missed,
        items=s.catalogue.variants,
    )


@pages.get("/new")
@needs(Action.CONTRACT_KEEP)
def new() -> Response:
    """Show an empty form."""
    return _form({"floor": "1", "scene": "shop", "on_holiday": "after", "every": "1"})


@pages.post("/new")
@needs(Action.CONTRACT_KEEP)
def make() -> ResponseReturnValue:
    """Make the contract, or show the form again with everything that was entered."""
    entered = _entered()
    try:
        made = kept.make(
            services().office, read_contract(request.form), entered.get("key", ""), actor(), clock.utc_now()
        )
    except (BadRequestError, ConflictError, ForbiddenError) as error:
        return _form(entered, error=error)
    return redirect(url_for("contracts.page", key=made.id), code=303)


@pages.get("/dates")
@needs(Action.CONTRACT_KEEP)
def dates() -> str:
    """Return the next dates of what the form says, as a piece of the page; nothing is written."""
    old = None
    if request.args.get("contract"):
        with services().database.read() as session:
            old = kept.the_contract(session, _uuid(request.args["contract"]), actor())
    return _preview(request.args, old)


@pages.get("/<uuid:key>")
@needs(Action.CONTRACT_KEEP)
def page(key: uuid.UUID) -> Response:
    """Show a contract with its next dates, what was booked of it, what was left out or missed, and its history."""
    return _page(key)


@pages.get("/<uuid:key>/change")
@needs(Action.CONTRACT_KEEP)
def change_form(key: uuid.UUID) -> Response:
    """Show the form filled in with what the contract says."""
    contract = _found(key)
    return _form(_entered_of(contract), contract)


@pages.post("/<uuid:key>/change")
@needs(Action.CONTRACT_KEEP)
def change(key: uuid.UUID) -> ResponseReturnValue:
    """Let the contract say something else, or show the form again with everything that was entered."""
    s, entered, contract = services(), _entered(), _found(key)
    version = int(entered.get("version", "")) if entered.get("version", "").isdecimal() else 0
    try:
        wanted = read_contract(request.form)
        kept.change(s.office, key, version, wanted, entered.get("why", ""), actor(), clock.utc_now())
    except (BadRequestError, ConflictError, ForbiddenError) as error:
        return _form(entered, contract, error)
    return redirect(url_for("contracts.page", key=key), code=303)


@pages.post("/<uuid:key>/end")
@needs(Action.CONTRACT_KEEP)
def end(key: uuid.UUID) -> ResponseReturnValue:
    """End the contract, and cancel what is ticked of what is booked ahead."""
    ticked = [_uuid(text) for text in request.form.getlist("booking")]
    try:
        failed = kept.end(services().office, key, request.form.get("why", ""), actor(), clock.utc_now(), ticked)
    except (BadRequestError, ConflictError) as error:
        return _page(key, error)
    if failed:
        return _page(key, ConflictError(*(fault for error in failed for fault in error.faults)))
    return redirect(url_for("contracts.page", key=key), code=303)


@pages.post("/<uuid:key>/leave-out")
@needs(Action.CONTRACT_KEEP)
def leave_out(key: uuid.UUID) -> ResponseReturnValue:
    """Leave out the dates from one day to another."""
    entered = request.form
    try:
        first = date.fromisoformat(entered.get("from", ""))
        last = date.fromisoformat(entered["to"]) if entered.get("to") else first
    except ValueError:
        return _page(key, BadRequestError.one("no-day", N_("Enter the first day that is left out."), where="from"))
    why = entered.get("why", "")
    return _done(key, lambda: kept.leave_out(services().office, key, first, last, why, actor(), clock.utc_now()))


@pages.post("/<uuid:key>/take-back/<day:day>")
@needs(Action.CONTRACT_KEEP)
def take_back(key: uuid.UUID, day: date) -> ResponseReturnValue:
    """Let a date that was left out be collected after all."""
    return _done(key, lambda: kept.take_back(services().office, key, day, actor(), clock.utc_now()))


@pages.post("/<uuid:key>/again/<day:day>")
@needs(Action.CONTRACT_KEEP)
def again(key: uuid.UUID, day: date) -> ResponseReturnValue:
    """Try to book a date once more."""
    tried = kept.try_again(services().office, key, day, actor(), clock.utc_now())
    if tried.booking_id is None:
        return _page(key, ConflictError(*kept.faults_of(tried)))
    return redirect(url_for("contracts.page", key=key), code=303)


@pages.post("/<uuid:key>/settled/<day:day>")
@needs(Action.CONTRACT_KEEP)
def settled(key: uuid.UUID, day: date) -> ResponseReturnValue:
    """Note that somebody has seen to a date for which there is no booking."""
    return _done(key, lambda: kept.settle_missed(services().office, key, day, actor(), clock.utc_now()))


def _done(key: uuid.UUID, deed: Callable[[], object]) -> ResponseReturnValue:
    try:
        deed()
    except (BadRequestError, ConflictError) as error:
        return _page(key, error)
    return redirect(url_for("contracts.page", key=key), code=303)


def _form(entered: Mapping[str, str], contract: Contract | None = None, error: DomainError | None = None) -> Response:
    s = services()
    with s.database.read() as session:
        area = network.the_area(session)
    faults: dict[str, list[Fault]] = {}
    for fault in error.faults if error else ():
        faults.setdefault({"position": "community", "day": "first_day"}.get(fault.where, fault.where), []).append(fault)
    chosen = [
        (code, s.catalogue.variants[code], pieces)
        for name, pieces in entered.items()
        if name.startswith("item-") and (code := name.removeprefix("item-")) in s.catalogue.variants
    ]
    text = render_template(
        "contract_form.html", area=area, contract=contract, entered=entered, faults=faults, chosen=chosen,
        key=entered.get("key") or str(uuid.uuid4()), scenes=SCENE_NAMES, standings=STANDING_NAMES,
        windows=s.settings.service.windows, weekdays=weekday_names(), nths=nth_words(), holidays=ON_HOLIDAY,
        preview=_preview(entered, contract) if entered.get("first_day") else "",
    )  # fmt: skip
    return make_response(text, error.status if error else 200)


def _preview(entered: Mapping[str, str], old: Contract | None) -> str:
    """Return the next dates of what was entered, with what keeps dates away."""
    s, now = services(), clock.utc_now()
    faults: list[Fault] = []
    wanted = read_contract(entered)
    skips = kept.schedule_of(old).skips if old else {}
    schedule = kept.schedule_wanted(s.office, wanted, now, faults, skips)
    faults += [fault for where, fault in wanted.visit.unreadable.items() if where in ("first_day", "last_day")]
    today = s.settings.clock.today(now)
    first = today + timedelta(days=s.settings.service.horizon_days if old else 0) + timedelta(days=1)
    shown: Sequence[kept.Occasion] = ()
    if schedule is not None and not faults:
        first = max(first, schedule.first_day)
        shown = kept.coming(schedule, s.settings.holidays, first, SHOWN)
    years = sorted({o.shown.year for o in shown if not s.settings.holidays.known(o.shown.year)})
    return render_template("contract_dates.html", shown=shown, faults=faults, years=years, since=first if old else None)


def _page(key: uuid.UUID, error: DomainError | None = None) -> Response:
    s, now = services(), clock.utc_now()
    today = s.settings.clock.today(now)
    contract = _found(key)
    with s.database.read() as session:
        area = network.the_area(session)
        rows = kept.dated(session, key)
        booked = [(row, made) for row, made in rows if made is not None]
        ahead = kept.booked_ahead(session, key)
        history = [(event, audit.name_of(session, event)) for event in audit.events(session, "contract", key)]
    known = {row.rule_day for row, _ in rows}
    schedule, since = kept.schedule_of(contract), max(contract.from_day, today + timedelta(days=1))
    coming = [] if contract.ended_at else kept.coming(schedule, s.settings.holidays, since, SHOWN + len(ahead))
    text = render_template(
        "contract.html", area=area, contract=contract, error=error, rule=_rule(contract), items=s.catalogue.variants,
        mask=mask_phone, booked=booked[::-1], ahead=ahead, states=STATE_NAMES, history=history[::-1], names=HISTORY,
        missed=[(row, kept.faults_of(row)) for row, made in rows if made is None and row.settled_at is None],
        coming=[o for o in coming if o.rule_day not in known][:SHOWN], closed=s.settings.holidays.on, today=today,
        scenes=SCENE_NAMES, standings=STANDING_NAMES, holidays=ON_HOLIDAY,
    )  # fmt: skip
    return make_response(text, error.status if error else 200)


def _found(key: uuid.UUID) -> Contract:
    with services().database.read() as session:
        return kept.the_contract(session, key, actor())


def _rule(contract: Contract) -> str:
    return rule_words(kept.Rule.parse(contract.rule))


def _next(contract: Contract, today: date) -> date | None:
    """Return the next day on which somebody comes by the contract."""
    found = kept.coming(kept.schedule_of(contract), services().settings.holidays, today, 1)
    return found[-1].day if found else None


def _entered() -> dict[str, str]:
    """Return what was sent; ticked weekdays stand in one entry."""
    return {**request.form.to_dict(), "weekdays": ",".join(request.form.getlist("weekday"))}


def _entered_of(contract: Contract) -> dict[str, str]:
    """Return a contract as the form's entries."""
    return entered_of(kept.visit_of(contract)) | {
        "window": contract.window,
        "first_day": contract.first_day.isoformat(),
        "last_day": contract.last_day.isoformat() if contract.last_day else "",
        "on_holiday": contract.on_holiday,
        "version": str(contract.version),
        **entered_rule(kept.Rule.parse(contract.rule)),
    }


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)  # there is nothing under it, and that is then said
