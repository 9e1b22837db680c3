"""Village rounds: which serve a village and how far they are, waiting for one, and orders of shops that wait."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from flask import url_for

from recycling import booking, clock, deliveries, rounds
from recycling.accounts.rights import Action
from recycling.errors import N_, BadRequestError
from recycling.models import RoundPlace, VillageRound
from web.api.blueprint import IdempotencyHeader, api
from web.api.bookings import Answered
from web.api.order_schemas import ShopQuery
from web.api.orders import PERHAPS, PLAIN
from web.api.round_schemas import (
    RoundOrderAnswer,
    RoundOrderBody,
    RoundPlaceAnswer,
    RoundsAnswer,
    RoundsQuery,
    RoundWaitBody,
)
from web.api.wishes import own_key, position_of, wish
from web.rights import actor
from web.services import services

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

ROUNDS = "rounds"


@api.operation("GET", "/rounds", Action.BOOKING_MAKE, N_("Village rounds of a community"), ROUNDS)
@api.arguments(RoundsQuery, location="query")
@api.response(200, RoundsAnswer)
def list_rounds(query: dict[str, Any]) -> dict[str, Any]:
    """Return the rounds that serve a community, or that nearest to a position; which goes first is at the front."""
    s, position = services(), position_of(query)
    if position is None and not query.get("community"):
        raise BadRequestError.one("no-place", N_("Send a community or a position."), where="query:community")
    with s.database.read() as session:
        asked = wish({**query, "position": position})
        village = rounds.with_village(session, asked).community
        found = rounds.rounds_at(session, s.office, village, clock.utc_now())
        return {"community": village, "rounds": [_round(session, one) for one in found]}


@api.operation("POST", "/rounds/waiting", Action.BOOKING_MAKE, N_("Wait for a village round"), ROUNDS)
@api.arguments(IdempotencyHeader, location="headers")
@api.arguments(RoundWaitBody)
@api.response(201, RoundPlaceAnswer)
def wait_for_round(header: dict[str, Any], body: dict[str, Any]) -> Answered:
    """Let a pickup wait until enough have been asked for, or until the date that is answered."""
    s, now = services(), clock.utc_now()
    wanted = uuid.UUID(body["round"]) if "round" in body else None
    made = rounds.wait_for_round(s.office, wish(body), own_key(header["key"]), now, wanted, "api", actor())
    rounds.tend_round(s.office, made.round_id, now)
    return _waiting(made.token), 201, {"Location": url_for("api.waits_for_round", token=made.token)}


@api.operation("GET", "/rounds/waiting/<token:token>", Action.BOOKING_OPEN, N_("Whether it still waits"), ROUNDS)
@api.response(200, RoundPlaceAnswer)
def waits_for_round(token: str) -> dict[str, Any]:
    """Return who waits, how far the round is, and the booking once there is one."""
    return _waiting(token)


@api.operation("DELETE", "/rounds/waiting/<token:token>", Action.BOOKING_OPEN, N_("Wait no longer"), ROUNDS)
@api.response(200, RoundPlaceAnswer)
def leave_round(token: str) -> dict[str, Any]:
    """Wait no longer; refused when the round has its day, as the booking can be cancelled then."""
    s = services()
    with s.database.read() as session:
        rounds.place_by_token(session, token)
    rounds.leave(s.office, token, clock.utc_now(), actor())
    return _waiting(token)


@api.operation("PUT", "/rounds/orders/<number>", Action.ORDER_SEND, N_("Let an order wait for a round"), ROUNDS)
@api.arguments(ShopQuery, location="query")
@api.arguments(RoundOrderBody)
@api.response(200, RoundOrderAnswer)
def send_round_order(query: dict[str, Any], body: dict[str, Any], number: str) -> dict[str, Any]:
    """Let an order wait under the shop's own number; the same again changes nothing, another body what waits."""
    s, now = services(), clock.utc_now()
    wanted = deliveries.OrderWish(
        external=number.strip(),
        old_items=body.get("old_items", {}),
        services=body.get("services", ()),
        day=None,
        window="",
        **{name: body[name] for name in PLAIN if name not in ("day", "window")},
        **{name: body.get(name) for name in PERHAPS},
    )
    with s.database.write() as session:
        shop = deliveries.the_shop(session, actor(), query["shop"])
        outcome, place = rounds.wait_with_order(session, s.office, wanted, shop, actor(), now)
    rounds.tend_round(s.office, place.round_id, now)
    with s.database.read() as session:
        return {"outcome": outcome, **_order(session, rounds.order_waiting(session, shop, wanted.external))}


@api.operation("GET", "/rounds/orders/<number>", Action.ORDER_SEND, N_("An order that waits for a round"), ROUNDS)
@api.arguments(ShopQuery, location="query")
@api.response(200, RoundOrderAnswer)
def show_round_order(query: dict[str, Any], number: str) -> dict[str, Any]:
    """Return an order that waits, or did so last; once it is placed, GET /orders has it."""
    with services().database.read() as session:
        shop = deliveries.the_shop(session, actor(), query["shop"])
        return _order(session, rounds.order_waiting(session, shop, number))


@api.operation("DELETE", "/rounds/orders/<number>", Action.ORDER_SEND, N_("Let it wait no longer"), ROUNDS)
@api.arguments(ShopQuery, location="query")
@api.response(200, RoundOrderAnswer)
def leave_round_order(query: dict[str, Any], number: str) -> dict[str, Any]:
    """Let an order wait no longer; refused when its round has a day, as the order can be cancelled then."""
    s = services()
    with s.database.write() as session:
        shop = deliveries.the_shop(session, actor(), query["shop"])
        place = rounds.leave_order(session, s.office, shop, number, actor(), clock.utc_now())
        return _order(session, place)


def _round(session: Session, found: VillageRound) -> dict[str, Any]:
    there = rounds.gathered(session, services().office, found, clock.utc_now())
    return {
        "round": str(found.id),
        "name": found.name,
        "unit": there.unit,
        "quorum": there.quorum,
        "asked": there.have,
        "latest_on": there.latest,
        "latest_days": found.latest_days,
        "goes_on": list(there.goes),
        "days": list(there.days),
    }


def _said(session: Session, place: RoundPlace) -> dict[str, Any]:
    return {
        "state": place.state,
        "late": place.late_at is not None,
        "latest_on": place.latest_on,
        "round": _round(session, rounds.round_of(session, place)),
    }


def _order(session: Session, place: RoundPlace) -> dict[str, Any]:
    return {"number": place.external_id, "shop": place.retailer, **_said(session, place)}


def _waiting(token: str) -> dict[str, Any]:
    with services().database.read() as session:
        place = rounds.place_by_token(session, token)
        made = booking.booking_of(session, place.booking_id)
        return {"token": place.token, "booking": made.token if made else None, **_said(session, place)}
