"""Village rounds for whoever waits for one: from the booking form, the page of who waits, and orders of shops."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from recycling import booking, clock, deliveries, network, rounds
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action
from recycling.booking import BookingRequest
from recycling.errors import N_, BadRequestError, ConflictError, DomainError
from recycling.kept_network import the_community
from recycling.models import Community, RoundPlace, VillageRound
from web.language import day_text
from web.resident import form_with_faults, read_request
from web.rights import actor, needs, origin
from web.services import services

pages = Blueprint("rounds", __name__, url_prefix="/rounds")

QUORUMS = {"orders": N_("%(have)s of %(quorum)s orders"), "kg": N_("%(have)s of %(quorum)s kg")}


@pages.post("/wait")
@needs(Action.BOOKING_MAKE)
def wait() -> ResponseReturnValue:
    """Let what the booking form says wait for the village round."""
    s, now, entered = services(), clock.utc_now(), request.form
    key = f"round-{entered.get('key', '')}"
    try:
        made = rounds.wait_for_round(s.office, read_request(entered), key, now, round_of(entered), "web", _anybody())
    except (BadRequestError, ConflictError) as error:
        return form_with_faults(entered, error)
    rounds.tend_round(s.office, made.round_id, now)
    return redirect(url_for("rounds.page", token=made.token), code=303)


@pages.get("/at/<token>")
@needs(Action.BOOKING_OPEN)
def page(token: str) -> Response:
    """Show how far the round is to whoever waits for it and holds the link."""
    return _page(token)


@pages.post("/at/<token>/leave")
@needs(Action.BOOKING_OPEN)
def leave(token: str) -> ResponseReturnValue:
    """Wait no longer."""
    with services().database.read() as session:
        found = rounds.place_by_token(session, token)
    try:
        rounds.leave(services().office, token, clock.utc_now(), Actor("link", str(found.id), origin=origin()))
    except ConflictError as error:
        return _page(token, error)
    return redirect(url_for("rounds.page", token=token), code=303)


@pages.post("/orders/leave")
@needs(Action.ORDER_SEND)
def leave_order() -> ResponseReturnValue:
    """Let an order of a shop wait no longer."""
    s, form = services(), request.form
    with s.database.write() as session:
        shop = deliveries.the_shop(session, actor(), form.get("sender", ""))
        rounds.leave_order(session, s.office, shop, form.get("order", ""), actor(), clock.utc_now())
    return redirect(url_for("orders.listed"), code=303)


def round_of(entered: Mapping[str, str]) -> uuid.UUID | None:
    """Return the round that a form names, None for whichever can go first."""
    try:
        return uuid.UUID(entered.get("round", ""))
    except ValueError:
        return None


def rounds_said(wish: BookingRequest) -> list[dict[str, object]]:
    """Return the rounds that serve the village of a wish, or of its mark, as a page says them."""
    s, now = services(), clock.utc_now()
    with s.database.read() as session:
        village = rounds.with_village(session, wish).community
        found = rounds.rounds_at(session, s.office, village, now)
        marked = the_community(session, village) if found and not wish.community else None
        here = "" if marked is None else " " + _marked(marked)
        return [
            {"round": str(one.id), "text": sentence(one, rounds.gathered(session, s.office, one, now)) + here}
            for one in found
        ]


def _marked(village: Community) -> str:
    """Say to which village a mark belongs."""
    return gettext("Your mark counts as %(village)s, the village nearest to it.", village=village.name)


def sentence(found: VillageRound, there: rounds.Gathered) -> str:
    """Say how far a round is, and when it goes."""
    if there.goes:
        return gettext("Village round %(name)s: it goes on %(day)s.", name=found.name, day=day_text(there.goes[0]))
    values = {"name": found.name, "quorum": amount(there.unit, there.quorum), "have": amount(there.unit, there.have)}
    if there.latest is not None:
        text = gettext(
            "Village round %(name)s: it goes when %(quorum)s have been asked for, on %(day)s at the latest; so far"
            " %(have)s.",
            day=day_text(there.latest),
            **values,
        )
        return str(text)
    return gettext(
        "Village round %(name)s: it goes when %(quorum)s have been asked for, or %(days)s days after the first one"
        " at the latest; so far nobody waits.",
        days=found.latest_days,
        **values,
    )


def amount(unit: str, number: int) -> str:
    """Say a quorum: 5 orders, 300 kg."""
    if (unit, number) == ("orders", 1):
        return str(gettext("1 order"))
    return gettext("%(number)s orders", number=number) if unit == "orders" else gettext("%(number)s kg", number=number)


def _page(token: str, error: DomainError | None = None) -> Response:
    s, now = services(), clock.utc_now()
    with s.database.read() as session:
        place = rounds.place_by_token(session, token)
        found = rounds.round_of(session, place)
        there = rounds.gathered(session, s.office, found, now)
        made = booking.booking_of(session, place.booking_id)
        area = network.the_area(session)
    text = render_template(
        "round_place.html", place=place, round=found, there=there, made=made, area=area, error=error,
        quorum=amount(there.unit, there.quorum), quorums=QUORUMS,
    )  # fmt: skip
    return make_response(text, error.status if error else 200)


def things_of(place: RoundPlace) -> list[tuple[str, int]]:
    """Return the codes and pieces of what somebody who waits hands over."""
    return list(place.wish.get("items" if place.kind == "pickup" else "old_items", {}).items())


def _anybody() -> Actor:
    return Actor("anonymous", origin=origin())
