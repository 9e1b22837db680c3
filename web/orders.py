"""Orders of shops: what is ordered and how it stands, bringing in a file of them, and cancelling one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from recycling import clock, deliveries, handing, intake, network, rounds
from recycling.accounts.actors import Role
from recycling.accounts.rights import Action, Subject, may
from recycling.errors import N_, BadRequestError, DomainError, Fault
from recycling.intake.cells import column_name
from recycling.models import TradeInOrder
from recycling.schedule import order_of
from web.asked_day import DAYS_SHOWN, day_asked
from web.delivery_words import FETCH_STANDINGS, REASON_NAMES, SERVICE_NAMES, STANDINGS
from web.dispatcher import item_text, things_text
from web.handover_words import REASON_NAMES as REASONS_OF_PARTNERS
from web.handover_words import STATE_NAMES as STATES_OF_PARTNERS
from web.language import language
from web.rights import actor, needs
from web.rounds import sentence
from web.services import services
from web.uploads import result_address, table_file

pages = Blueprint("orders", __name__, url_prefix="/orders")

STATES = {
    "taken": N_("taken"),
    "changed": N_("changed"),
    "waits": N_("waits for the village round"),
    "known": N_("taken before"),
    "sound": N_("would be taken"),
    "refused": N_("to be mended"),
    "left": N_("not taken: others have to be mended"),
}


@dataclass(frozen=True)
class Line:
    """An order of the list: the order, what is brought and taken back in words, and how it stands.

    ``back`` says why a partner that was to fetch what is old has not, ``can_hand`` whether one can be asked.
    """

    order: TradeInOrder
    brings: str
    takes: str
    standing: deliveries.Standing
    scheme: str
    back: str = ""
    can_hand: bool = False

    @property
    def partner(self) -> str:
        """The name of the partner that fetches what is old, or for staff of the one that was asked."""
        known = self.order.partner and (self.order.away_since is not None or not _own())
        return services().settings.partners.name_of(self.order.partner, language()) if known else ""


@pages.get("")
@needs(Action.ORDER_SEND)
def listed() -> Response:
    """Show the orders of a week, and ask for a file."""
    return _page()


@pages.post("")
@needs(Action.ORDER_SEND)
def take() -> Response:
    """Take the file's rows, or only check them, and tell what became of each."""
    s, entered, sent = services(), request.form, request.files.get("file")
    mode = entered.get("mode", "check")
    try:
        lines = intake.read_table(sent.read() if sent else b"")
        report = deliveries.take_in(
            s.office,
            lines,
            entered.get("sender", ""),
            actor(),
            clock.utc_now(),
            mode == "all",
            mode == "check",
            waits=rounds.wait_with_order,
        )
    except BadRequestError as error:
        faults: dict[str, list[Fault]] = {}
        for fault in error.faults:
            faults.setdefault("sender" if fault.where == "sender" else "file", []).append(fault)
        return _page(entered, faults, status=error.status)
    return _page(entered, {}, report)


@pages.post("/cancel")
@needs(Action.ORDER_SEND)
def cancel() -> ResponseReturnValue:
    """Cancel an order."""
    s, form = services(), request.form
    try:
        with s.database.write() as session:
            shop = deliveries.the_shop(session, actor(), form.get("sender", ""))
            order = deliveries.the_order(session, shop, form.get("order", ""), lock=True)
            deliveries.cancel(session, s.office, order, form.get("reason", "")[:120], actor(), clock.utc_now())
            day = order.service_day
    except DomainError as error:
        return _page(error=error, status=error.status)
    return redirect(url_for("orders.listed", day=day), code=303)


@pages.get("/template.<ending>")
@needs(Action.ORDER_SEND)
def template(ending: str) -> Response:
    """Give the template with one example row."""
    s = services()
    head, rows = deliveries.template_rows(s.catalogue, s.settings.clock.today(clock.utc_now()))
    return table_file("orders", ending, head, rows)


@pages.get("/list.<ending>")
@needs(Action.ORDER_SEND)
def export(ending: str) -> Response:
    """Give the week's orders as a table."""
    first, lines = _week()
    head = ("order", "shop", "day", "from", "to", "new", "old", "state", "planned for", "scheme", "voucher yuan")
    local = services().settings.clock.local
    rows = [
        (
            line.order.external_id,
            line.order.retailer,
            line.order.service_day,
            f"{local(line.order.promise_start):%H:%M}",
            f"{local(line.order.promise_end):%H:%M}",
            line.brings,
            line.takes,
            line.standing.state,
            f"{local(line.standing.begins_at):%H:%M}" if line.standing.begins_at else "",
            line.order.scheme,
            line.order.voucher / 100,
        )
        for line in lines
    ]
    return table_file(f"orders-{first}", ending, head, rows)


def _week() -> tuple[date, list[Line]]:
    """Return the first day of the week that is asked for, and the orders that the actor may see of it."""
    s = services()
    first = day_asked(s.settings.clock.today(clock.utc_now()))
    with s.database.read() as session:
        shop = deliveries.the_shop(session, actor()) if _own() else ""
        depots = None if actor().every_depot or actor().kind == "system" else actor().depots
        last = first + timedelta(days=DAYS_SHOWN - 1)
        found = deliveries.orders_between(session, first, last, shop, depots)
        standing = deliveries.standing_of(session, found)
        back = {} if _own() else handing.came_back_of(session, [order.id for order in found])
    return first, [_line(order, standing[order.id], back.get(order.id)) for order in found]


def _line(order: TradeInOrder, standing: deliveries.Standing, back: handing.Seen | None) -> Line:
    said = order_of(order)
    scheme = services().settings.schemes.find(order.scheme)
    takes = things_text(order.things_back)
    left = order.fetching or (order.state == "open" and bool(takes) and order.fetch_start is None)
    can_hand = left and may(actor(), Action.HANDOVER_OFFER, Subject(depot=order.depot_code))
    came = ""
    if back is not None and order.fetching and not order.partner:
        why = REASONS_OF_PARTNERS.get(back.handover.reason)
        name = services().settings.partners.name_of(back.handover.partner, language())
        state = gettext(STATES_OF_PARTNERS[back.handover.state])
        came = f"{name}: {state} {gettext(why) if why else back.handover.reason}".strip()
    return Line(
        order, item_text(said), takes, standing, scheme.text(language()) if scheme else order.scheme, came, can_hand
    )


def _own() -> bool:
    return actor().role is Role.RETAILER


def _page(
    entered: Mapping[str, str] | None = None,
    faults: Mapping[str, list[Fault]] | None = None,
    report: intake.Report | None = None,
    error: DomainError | None = None,
    status: int = 200,
) -> Response:
    s = services()
    first, lines = _week()
    today = s.settings.clock.today(clock.utc_now())
    by_day: dict[date, list[Line]] = {}
    for line in lines:
        by_day.setdefault(line.order.service_day, []).append(line)
    with s.database.read() as session:
        area = network.the_area(session)
        shop = deliveries.the_shop(session, actor()) if _own() else ""
        mine = rounds.waiting_orders(session, shop)
        pooled = [
            (place, sentence(found, rounds.gathered(session, s.office, found, clock.utc_now())))
            for place, found in mine
            if may(actor(), Action.ORDER_SEND, Subject(depot=found.depot_code))
        ]
    text = render_template(
        "orders.html",
        area=area,
        by_day=by_day,
        pooled=pooled,
        first=first,
        last=first + timedelta(days=DAYS_SHOWN - 1),
        earlier=first - timedelta(days=DAYS_SHOWN),
        later=first + timedelta(days=DAYS_SHOWN),
        today=today,
        entered=entered or {},
        faults=faults or {},
        report=report,
        error=error,
        own=_own(),
        standings=STANDINGS,
        fetch_standings=FETCH_STANDINGS,
        services=SERVICE_NAMES,
        reasons=REASON_NAMES,
        result=result_address(report, deliveries.COLUMNS, STATES) if report is not None else "",
        column=lambda field: column_name(deliveries.COLUMNS, field, language()),
        columns=deliveries.COLUMNS,
    )
    return make_response(text, status)
