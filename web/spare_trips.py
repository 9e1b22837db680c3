"""Partners' trips with room to spare: announcing them, what is offered, answers, what came of it, what is paid."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from recycling import audit, clock, intake, network, spare
from recycling.accounts.rights import Action, Subject, demand, may
from recycling.errors import BadRequestError, DomainError, Fault
from recycling.intake.cells import column_name
from recycling.intake.reading import Line
from recycling.models import SpareTrip
from recycling.partner_accounts import the_partner
from web.asked_day import DAYS_SHOWN, day_asked
from web.entries import by_field
from web.language import language
from web.rights import actor, needs
from web.services import services
from web.spare_words import DEEDS, FAILED_NAMES, OFFER_NAMES, REASON_NAMES, RULES, SKILL_NAMES, STATES, TROUBLES
from web.uploads import result_address, table_file

pages = Blueprint("spare_trips", __name__, url_prefix="/trips")

FIELDS = tuple(column.field for column in spare.COLUMNS)
SEVERAL = ("services", "materials", "drops")
"""Entries of the form of which several can be ticked."""


@dataclass(frozen=True)
class TripLine:
    """A trip of the list: who drives, and what its offers come to."""

    trip: SpareTrip
    partner: str
    sums: spare.Sums
    trouble: str


@pages.get("")
@needs(Action.SPARE_SEND)
def listed() -> Response:
    """Show the trips of a week, with what they save, and ask for a file."""
    return _list()


@pages.post("")
@needs(Action.SPARE_SEND)
def take() -> Response:
    """Take the file's rows, or only check them, and tell what became of each."""
    s, entered, sent = services(), request.form, request.files.get("file")
    mode = entered.get("mode", "check")
    try:
        lines = intake.read_table(sent.read() if sent else b"")
        report = spare.take_in(
            s.office, lines, entered.get("partner", ""), actor(), clock.utc_now(), mode == "all", mode == "check"
        )
    except DomainError as error:
        faults: dict[str, list[Fault]] = {}
        for fault in error.faults:
            faults.setdefault("partner" if fault.where == "partner" else "file", []).append(fault)
        return _list(entered, faults, status=error.status)
    return _list(entered, {}, report)


@pages.get("/template.<ending>")
@needs(Action.SPARE_SEND)
def template(ending: str) -> Response:
    """Give the template with one example row."""
    head, rows = spare.template_rows(services().settings.clock.today(clock.utc_now()))
    return table_file("trips", ending, head, rows)


@pages.get("/new")
@needs(Action.SPARE_SEND)
def new() -> Response:
    """Show an empty form."""
    tomorrow = services().settings.clock.today(clock.utc_now()) + timedelta(days=1)
    return _form({"day": tomorrow.isoformat(), "window": "09:00-17:00", "people": "2"})


@pages.post("/new")
@needs(Action.SPARE_SEND)
def announce() -> ResponseReturnValue:
    """Announce a trip; the same number again changes it."""
    s, now, entered = services(), clock.utc_now(), _entered()
    line = Line(0, [entered.get(field, "") for field in FIELDS])
    try:
        with s.database.write() as session:
            partner = the_partner(session, s.settings, actor(), entered.get("partner", ""))
            wish = spare.row_of(session, s.catalogue, s.fleet, FIELDS, line).wish
            checked = spare.checked(session, s.office, wish, partner, now)
            _, trip = spare.enter(session, s.office, checked, actor(), now)
    except DomainError as error:
        return _form(entered, error)
    return redirect(url_for("spare_trips.page", key=trip.id), code=303)


@pages.get("/statement")
@needs(Action.SPARE_SEND)
def statement() -> str:
    """Show what partners get for what their trips have collected in a month."""
    first, last, lines = _month()
    with services().database.read() as session:
        area = network.the_area(session)
    return render_template(
        "trip_statement.html", area=area, first=first, last=last, lines=lines, own=spare.is_own(actor()),
        earlier=(first - timedelta(days=1)).replace(day=1), later=last + timedelta(days=1),
        total=sum(line.due for line in lines), kg=sum(line.kg for line in lines),
        name=lambda code: services().settings.partners.name_of(code, language()),
    )  # fmt: skip


@pages.get("/statement.<ending>")
@needs(Action.SPARE_SEND)
def statement_file(ending: str) -> Response:
    """Give the same as a table."""
    first, _, lines = _month()
    return table_file(f"trips-{first:%Y-%m}", ending, spare.STATEMENT_HEAD, spare.statement_rows(lines))


@pages.get("/<uuid:key>")
@needs(Action.SPARE_SEND)
def page(key: uuid.UUID) -> Response:
    """Show a trip with what is offered to it."""
    return _page(key)


@pages.post("/<uuid:key>/answer")
@needs(Action.SPARE_SEND)
def answer(key: uuid.UUID) -> ResponseReturnValue:
    """Accept what is ticked, and decline the rest."""
    trip = _found(key)
    ticked = request.form.getlist("offer") if request.form.get("deed") == "accept" else []
    _, gone = spare.answer(services().office, trip, [_key(one) for one in ticked], actor(), clock.utc_now())
    if gone:
        sentence = spare.gone_fault(gone)
        return _page(key, BadRequestError(sentence))
    return redirect(url_for("spare_trips.page", key=key), code=303)


@pages.post("/<uuid:key>/cancel")
@needs(Action.SPARE_SEND)
def cancel(key: uuid.UUID) -> ResponseReturnValue:
    """Cancel a trip; what it has accepted is ours again."""
    s = services()
    try:
        with s.database.write() as session:
            trip = spare.trip_of(session, key)
            spare.cancel(session, s.office, trip, request.form.get("reason", "")[:120], actor(), clock.utc_now())
    except DomainError as error:
        return _page(key, error)
    return redirect(url_for("spare_trips.page", key=key), code=303)


@pages.post("/<uuid:key>/look")
@needs(Action.DAY_PLAN)
def look(key: uuid.UUID) -> ResponseReturnValue:
    """Look at once for what the trips of the day could take."""
    trip = _found(key)
    demand(actor(), Action.DAY_PLAN, Subject(depot=trip.depot_code))
    spare.look(services().office, trip.depot_code, trip.service_day, clock.utc_now(), actor())
    return redirect(url_for("spare_trips.page", key=key), code=303)


@pages.post("/offers/<uuid:key>/<any(collected, failed, number, back):deed>")
@needs(Action.SPARE_SEND)
def report(key: uuid.UUID, deed: str) -> ResponseReturnValue:
    """Say what came of what was accepted, give it back, or ask whom to call."""
    office, now, form = services().office, clock.utc_now(), request.form
    with services().database.read() as session:
        trip = spare.the_offer(session, key).trip_id
    phone = ""
    try:
        if deed == "collected":
            spare.collected(office, key, _weights(form), _whole(form.get("pieces", "")), actor(), now)
        elif deed == "failed":
            spare.failed(office, key, form.get("reason", ""), actor(), now)
        elif deed == "number":
            phone = spare.number(office, key, actor(), now)
        else:
            spare.decline(office, key, form.get("reason", "")[:120], actor(), now)
    except DomainError as error:
        return _page(trip, error, key)
    if phone:
        return _page(trip, shown=key, phone=phone)
    return redirect(url_for("spare_trips.page", key=trip, _anchor=f"o-{key}"), code=303)


def _weights(form: Mapping[str, str]) -> dict[str, float]:
    found = {}
    for code in services().catalogue.materials:
        text = form.get(f"kg-{code}", "").strip().replace(",", ".")
        if text:
            try:
                found[code] = float(text)
            except ValueError as error:
                raise BadRequestError.one("bad-weight", spare.BAD_WEIGHT, where="kg", text=text[:20]) from error
    return found


def _whole(text: str) -> int | None:
    return int(text) if text.strip().isdecimal() else None


def _key(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)


def _entered() -> dict[str, str]:
    form = request.form
    return {**form.to_dict(), **{name: "; ".join(form.getlist(name)) for name in SEVERAL}}


def _found(key: uuid.UUID) -> SpareTrip:
    """Return a trip that the actor may see."""
    s = services()
    with s.database.read() as session:
        trip = spare.trip_of(session, key)
        spare.demand_trip(session, s.office, actor(), trip)
        return trip


def _own_partner() -> str:
    """Return the partner that the actor speaks for alone, "" for staff."""
    if not spare.is_own(actor()):
        return ""
    s = services()
    with s.database.read() as session:
        return the_partner(session, s.settings, actor()).code


def _depots() -> frozenset[str] | None:
    if spare.is_own(actor()) or actor().every_depot or actor().kind == "system":
        return None
    return actor().depots


def _month() -> tuple[date, date, Sequence[spare.StatementLine]]:
    """Return the month that is asked for, and what the actor's partner, or all of them, collected in it."""
    s = services()
    first = day_asked(s.settings.clock.today(clock.utc_now())).replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    partner = _own_partner()
    with s.database.read() as session:
        return first, last, spare.statement(session, first, last, partner, _depots())


def _trouble(trip: SpareTrip) -> str:
    if not trip.trouble:
        return ""
    code = RULES.get(trip.trouble, "other")
    minutes = -(-trip.trouble_by // 60)
    return gettext(TROUBLES[code]) % {"place": trip.trouble_at or "-", "amount": trip.trouble_by, "minutes": minutes}


def _list(
    entered: Mapping[str, str] | None = None,
    faults: Mapping[str, list[Fault]] | None = None,
    report: intake.Report | None = None,
    status: int = 200,
) -> Response:
    s, partner = services(), _own_partner()
    first = day_asked(s.settings.clock.today(clock.utc_now()))
    last = first + timedelta(days=DAYS_SHOWN - 1)
    with s.database.read() as session:
        area = network.the_area(session)
        trips = spare.trips_between(session, first, last, partner, _depots())
        offers = spare.offers_of(session, [trip.id for trip in trips])
    by_day: dict[date, list[TripLine]] = {}
    for trip in trips:
        name = s.settings.partners.name_of(trip.partner, language())
        line = TripLine(trip, name, spare.sums(offers[trip.id]), _trouble(trip))
        by_day.setdefault(trip.service_day, []).append(line)
    text = render_template(
        "trips.html",
        area=area,
        by_day=by_day,
        total=spare.sums([offer for found in offers.values() for offer in found]),
        first=first,
        last=last,
        earlier=first - timedelta(days=DAYS_SHOWN),
        later=first + timedelta(days=DAYS_SHOWN),
        entered=entered or {},
        faults=faults or {},
        report=report,
        own=bool(partner),
        partners=s.settings.partners.partner,
        result=result_address(report, spare.COLUMNS, STATES) if report is not None else "",
        column=lambda field: column_name(spare.COLUMNS, field, language()),
        columns=spare.COLUMNS,
    )
    return make_response(text, status)


def _form(entered: Mapping[str, str], error: DomainError | None = None) -> Response:
    s = services()
    with s.database.read() as session:
        area = network.the_area(session)
        sites = [site for site in network.sites(session) if site.kind != "depot"]
    text = render_template(
        "trip_form.html", area=area, entered=entered, faults=by_field(error) if error else {}, sites=sites,
        vehicles=s.fleet.types, materials=s.catalogue.materials, skills=SKILL_NAMES, own=spare.is_own(actor()),
        partners=s.settings.partners.partner, rules=s.settings.spare,
        ticked={name: entered.get(name, "").split("; ") for name in SEVERAL},
    )  # fmt: skip
    return make_response(text, error.status if error else 200)


def _page(
    key: uuid.UUID, error: DomainError | None = None, shown: uuid.UUID | None = None, phone: str = ""
) -> Response:
    s, trip = services(), _found(key)
    with s.database.read() as session:
        area = network.the_area(session)
        offers = spare.offers_of(session, [key])[key]
        found = spare.shown(session, offers)
        history = [(event, audit.name_of(session, event)) for event in audit.events(session, "spare-trip", key)]
        sites = [site for site in network.sites(session) if site.code in trip.sites]
    own, today = spare.is_own(actor()), s.settings.clock.today(clock.utc_now())
    text = render_template(
        "trip.html", area=area, trip=trip, partner=s.settings.partners.name_of(trip.partner, language()),
        offers=found, sums=spare.sums(offers), waiting=[one for one in found if one.offer.state == "offered"],
        error=error, shown=shown, phone=phone, own=own, today=today, states=OFFER_NAMES, reasons=REASON_NAMES,
        failures=FAILED_NAMES, deeds=DEEDS, history=[] if own else history[::-1], trouble=_trouble(trip), sites=sites,
        items=s.catalogue.variants, materials=s.catalogue.materials, vehicle=s.fleet.types.get(trip.vehicle_type),
        looks=may(actor(), Action.DAY_PLAN, Subject(depot=trip.depot_code)),
        closes=spare.answers_until(s.office, trip.service_day), now=clock.utc_now(), skills=SKILL_NAMES,
    )  # fmt: skip
    return make_response(text, error.status if error else 200)
