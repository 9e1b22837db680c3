"""What shops' programs are told of orders: the address and its secret, and what did not come through."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import clock, deliveries, hooks, network
from recycling.accounts.actors import Role
from recycling.accounts.rights import Action, may
from recycling.errors import N_, BadRequestError, ConflictError, DomainError, Fault, NotFoundError
from recycling.site_key import site_key
from web.rights import actor, needs
from web.services import services

pages = Blueprint("order_events", __name__, url_prefix="/orders/events")

KIND_NAMES = {
    "taken": N_("taken"),
    "changed": N_("changed"),
    "planned": N_("planned for an hour"),
    "unplanned": N_("on no route any more"),
    "on_the_way": N_("on the way"),
    "delivered": N_("delivered"),
    "failed": N_("not delivered"),
    "cancelled": N_("cancelled"),
    "fetch_planned": N_("old things planned for an hour"),
    "fetch_unplanned": N_("old things on no route any more"),
    "fetch_on_the_way": N_("on the way for the old things"),
    "fetch_handed": N_("a partner recycler fetches the old things"),
    "fetch_handed_back": N_("our own crew fetches the old things after all"),
    "fetched": N_("old things fetched"),
    "fetch_failed": N_("old things not fetched"),
    "test": N_("a test"),
}
STATE_NAMES = {
    "waiting": N_("waits"),
    "sending": N_("is being sent"),
    "sent": N_("sent"),
    "given-up": N_("given up"),
    "passed": N_("passed over"),
}
ERROR_NAMES = {
    "": N_("waits its turn"),
    "refused": N_("the program refused it"),
    "no-answer": N_("no answer in time"),
    "no-connection": N_("no connection"),
    "certificate": N_("the certificate is not good"),
    "unknown-host": N_("the name is not known"),
    "not-public": N_("the address leads into a private network"),
    "not-https": N_("the address is none with https"),
    "key-changed": N_("our key has changed: make a new secret"),
}
RECENT = 20


@pages.get("")
@needs(Action.ORDER_SEND)
def listed() -> Response:
    """Show where events go, which have not come through, and the last that did."""
    return _page()


@pages.post("")
@needs(Action.ORDER_SEND)
def deed() -> ResponseReturnValue:
    """Send events anew, one or all that are given up, or pass one over."""
    s, now, form = services(), clock.utc_now(), request.form
    try:
        with s.database.write() as session:
            shop, depots = deliveries.the_shop(session, actor()) if _own() else "", _depots()
            if form.get("word") == "all":
                hooks.again(session, actor(), now, (), shop, depots)
            elif form.get("word") == "pass":
                hooks.pass_over(session, actor(), now, _the_key(), shop, depots)
            else:
                hooks.again(session, actor(), now, [_the_key()], shop, depots)
    except (ConflictError, NotFoundError) as error:
        return _page(error=error)
    return redirect(url_for("order_events.listed"), code=303)


@pages.post("/address")
@needs(Action.HOOK_KEEP)
def keep() -> ResponseReturnValue:
    """Name the address, make a new secret (shown on this page alone), send a test, or take the address away."""
    s, now, form = services(), clock.utc_now(), request.form
    key, word, secret = site_key(s.settings.home / "var"), form.get("word", ""), ""
    try:
        with s.database.write() as session:
            shop = deliveries.the_shop(session, actor(), form.get("sender", ""))
            if word == "remove":
                hooks.remove(session, shop, actor(), now)
            elif word == "test":
                hooks.try_out(session, shop, actor(), now)
            elif word == "secret":
                secret = hooks.renew(session, key, shop, actor(), now)
            else:
                _, secret = hooks.register(session, s.settings, key, shop, form.get("url", ""), actor(), now)
    except BadRequestError as error:
        faults: dict[str, list[Fault]] = {}
        for fault in error.faults:
            faults.setdefault(fault.where, []).append(fault)
        return _page(entered=form, faults=faults, status=error.status)
    except (ConflictError, NotFoundError) as error:
        return _page(error=error)
    return _page(secret=secret, shop=shop) if secret else redirect(url_for("order_events.listed"), code=303)


def _own() -> bool:
    return actor().role is Role.RETAILER


def _depots() -> frozenset[str] | None:
    who = actor()
    return None if who.every_depot or who.kind == "system" else who.depots


def _the_key() -> uuid.UUID:
    try:
        return uuid.UUID(request.form.get("event", ""))
    except ValueError:
        raise NotFoundError.one("no-event", N_("There is no such event.")) from None


def _page(
    entered: Mapping[str, str] | None = None,
    faults: Mapping[str, list[Fault]] | None = None,
    error: DomainError | None = None,
    secret: str = "",
    shop: str = "",
    status: int = 200,
) -> Response:
    s, own, depots = services(), _own(), _depots()
    with s.database.read() as session:
        mine = deliveries.the_shop(session, actor()) if own else ""
        addresses = hooks.addresses(session, mine)
        open_ones = hooks.lines(session, mine, ("given-up", "waiting", "sending"), depots)
        recent = hooks.lines(session, mine, ("sent", "passed"), depots, RECENT)
        counts = hooks.counts(session, mine, depots)
        area = network.the_area(session)
    text = render_template(
        "order_events.html",
        area=area,
        own=own,
        mine=mine,
        addresses=addresses,
        hosts={one.id: urlsplit(one.url).hostname for one in addresses},
        can_keep=may(actor(), Action.HOOK_KEEP),
        given_up=[line for line in open_ones if line.event.state == "given-up"],
        waiting=[line for line in open_ones if line.event.state != "given-up"],
        recent=recent,
        counts=counts,
        entered=entered or {},
        faults=faults or {},
        error=error,
        secret=secret,
        secret_of=shop,
        hours=s.settings.hooks.give_up_hours,
        kinds=KIND_NAMES,
        states=STATE_NAMES,
        errors=ERROR_NAMES,
    )
    return make_response(text, error.status if error is not None else status)
