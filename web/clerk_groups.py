"""Groups at the counter: which gather, which have enough and no window, and what staff decide of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import clock, network
from recycling.accounts.rights import Action
from recycling.booking import groups
from recycling.errors import N_, BadRequestError, ConflictError, Fault, ForbiddenError
from recycling.models import Group
from recycling.privacy import mask_phone
from web.entries import Entries, by_field
from web.groups import AMOUNTS, group_qr, opening_form, read_wish
from web.rights import actor, needs
from web.services import services

pages = Blueprint("clerk_groups", __name__, url_prefix="/clerk/groups")

STATES = {
    "open": N_("Gathers"),
    "reached": N_("Quorum reached, no window yet"),
    "booked": N_("Booked"),
    "closed": N_("Closed: not enough in time"),
    "cancelled": N_("Called off"),
}
TROUBLES = {
    "no-window": N_("No window takes all of it. It is tried again every minute."),
    "things": N_("Something that a household brings is not taken any more. Call and let it change the entry."),
}


@pages.get("")
@needs(Action.BOOKING_TAKE)
def desk() -> Response:
    """List the groups of one's depots, and show the form that opens one."""
    return _desk({}, {})


@pages.post("")
@needs(Action.BOOKING_TAKE)
def open_one() -> ResponseReturnValue:
    """Open a group."""
    try:
        made = groups.open_group(
            services().office, read_wish(request.form), request.form.get("key", ""), clock.utc_now(), actor()
        )
    except groups.GroupThereError as error:
        return redirect(url_for("clerk_groups.page", key=error.other.id), code=303)
    except BadRequestError as error:
        return _desk(request.form, by_field(error), error.status)
    except ForbiddenError as error:
        sentence = N_("This place is served by another depot, for which you do not work.")
        return _desk(request.form, {"community": [Fault("community", "other-depot", sentence)]}, error.status)
    return redirect(url_for("clerk_groups.page", key=made.id), code=303)


@pages.get("/<uuid:key>")
@needs(Action.BOOKING_TAKE)
def page(key: uuid.UUID) -> Response:
    """Show a group with its households and its code to print."""
    return _page(key)


@pages.post("/<uuid:key>/decide")
@needs(Action.BOOKING_TAKE)
def decide(key: uuid.UUID) -> ResponseReturnValue:
    """Let a group go without its quorum."""
    return _done(key, lambda why: groups.decide(services().office, key, why, actor(), clock.utc_now()))


@pages.post("/<uuid:key>/change")
@needs(Action.BOOKING_TAKE)
def change(key: uuid.UUID) -> ResponseReturnValue:
    """Give a group another quorum, latest date or kind of place."""
    fields = Entries(request.form)
    quorum, day = fields.whole("quorum"), fields.day("last_day")
    if fields.faults:
        return _page(key, {name: [fault] for name, fault in fields.faults.items()}, BadRequestError.status)
    office, unit, scene = services().office, fields.text("unit"), fields.text("scene") or None
    return _done(
        key, lambda why: groups.amend_group(office, key, unit, quorum, day, why, actor(), clock.utc_now(), scene)
    )


@pages.post("/<uuid:key>/call-off")
@needs(Action.BOOKING_TAKE)
def call_off(key: uuid.UUID) -> ResponseReturnValue:
    """End a group, and offer its households bookings of their own."""
    return _done(key, lambda why: groups.call_off(services().office, key, why, actor(), clock.utc_now()))


def _done(key: uuid.UUID, deed: Callable[[str], Group]) -> ResponseReturnValue:
    _found(key)
    try:
        deed(request.form.get("reason", ""))
    except (BadRequestError, ConflictError) as error:
        return _page(key, by_field(error), error.status)
    groups.form(services().office, key, clock.utc_now(), actor())
    return redirect(url_for("clerk_groups.page", key=key), code=303)


def _desk(entered: Mapping[str, str], faults: Mapping[str, Sequence[Fault]], status: int = 200) -> Response:
    s = services()
    with s.database.read() as session:
        area = network.the_area(session)
        listed = groups.groups_of(session, actor(), clock.utc_now())
    text = render_template(
        "clerk_groups.html", area=area, entered=entered, faults=faults, states=STATES, amounts=AMOUNTS, staff=True,
        listed=[(group, groups.progress_of(s.catalogue, group)) for group in listed], **opening_form(),
    )  # fmt: skip
    return make_response(text, status)


def _page(key: uuid.UUID, faults: Mapping[str, Sequence[Fault]] | None = None, status: int = 200) -> Response:
    s, group = services(), _found(key)
    with s.database.read() as session:
        area = network.the_area(session)
    text = render_template(
        "clerk_group.html", area=area, group=group, faults=faults or {}, states=STATES, troubles=TROUBLES,
        amounts=AMOUNTS, there=groups.progress_of(s.catalogue, group), households=groups.present(group),
        items=s.catalogue.variants, mask=mask_phone, code=group_qr(group), entered=request.form, **opening_form(),
    )  # fmt: skip
    return make_response(text, status)


def _found(key: uuid.UUID) -> Group:
    with services().database.read() as session:
        return groups.the_group(session, actor(), key)
