"""Pickups that partner recyclers collect: listed, answered, reported, settled.

Each of the two steps is a PUT: the same again changes nothing and answers the same.
"""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from recycling import clock, handing
from recycling.accounts.rights import Action
from recycling.errors import N_
from recycling.handing import Weighed
from recycling.partner_accounts import the_partner
from recycling.partner_companies import Partner
from web.api.blueprint import api
from web.api.handover_schemas import (
    HandoverAnswer,
    HandoverAnswerBody,
    HandoversAnswer,
    HandoversQuery,
    OutcomeBody,
    StatementsAnswer,
)
from web.rights import actor
from web.services import services

HANDOVERS = "handovers"
TAKE = Action.HANDOVER_TAKE


@api.operation("GET", "/handovers", TAKE, N_("Pickups that are offered, accepted, or over lately"), HANDOVERS)
@api.arguments(HandoversQuery, location="query")
@api.response(200, HandoversAnswer)
def list_handovers(query: dict[str, Any]) -> dict[str, Any]:
    """Return the partner's pickups, the soonest promise first."""
    states = (query["state"],) if query["state"] else ()
    with services().database.read() as session:
        found = handing.of_partner(session, _mine().code, clock.utc_now(), states)
    return {"handovers": [_said(one) for one in found]}


@api.operation("GET", "/handovers/<uuid:key>", TAKE, N_("A pickup, with the number to call"), HANDOVERS)
@api.response(200, HandoverAnswer)
def show_handover(key: uuid.UUID) -> dict[str, Any]:
    """Return a pickup; while the partner has it, with the whole number, which is written down."""
    s, mine, number = services(), _mine(), ""
    with s.database.read() as session:
        found = handing.handover_of(session, key, mine.code)
    if found.door is not None:
        with s.database.write() as session:
            number = handing.shown_number(session, key, mine.code, actor(), clock.utc_now())
    return _said(found, number)


@api.operation("PUT", "/handovers/<uuid:key>/answer", TAKE, N_("Accept or decline a pickup"), HANDOVERS)
@api.arguments(HandoverAnswerBody)
@api.response(200, HandoverAnswer)
def answer_handover(body: dict[str, Any], key: uuid.UUID) -> dict[str, Any]:
    """Take it on in the promised hours, or refuse it; it is the city's own again then."""
    s, mine, now = services(), _mine(), clock.utc_now()
    with s.database.write() as session:
        if body["answer"] == "accepted":
            handing.accept(session, s.office, mine, key, actor(), now)
        else:
            handing.decline(session, s.office, mine, key, body["reason"], actor(), now)
    return _stands(mine, key)


@api.operation("PUT", "/handovers/<uuid:key>/outcome", TAKE, N_("Say what became of a pickup"), HANDOVERS)
@api.arguments(OutcomeBody)
@api.response(200, HandoverAnswer)
def end_handover(body: dict[str, Any], key: uuid.UUID) -> dict[str, Any]:
    """Keep the weights, or why nothing was collected; other weights than the first time are refused (409)."""
    s, mine, now = services(), _mine(), clock.utc_now()
    with s.database.write() as session:
        if body["outcome"] == "collected":
            handing.collected(session, s.office, mine, key, [_weighed(line) for line in body["lines"]], actor(), now)
        else:
            handing.not_collected(session, s.office, mine, key, body["reason"], actor(), now)
    return _stands(mine, key)


@api.operation("GET", "/handovers/statements", TAKE, N_("Statements between a partner and the city"), HANDOVERS)
@api.response(200, StatementsAnswer)
def list_statements() -> dict[str, Any]:
    """Return the partner's statements."""
    with services().database.read() as session:
        found = handing.statements(session, _mine().code)
    return {
        "statements": [
            {
                "number": one.number,
                "until": one.last_day,
                "pickups": one.pickups,
                "yuan": one.fen / 100,
                "paid": one.paid_at is not None,
            }
            for one in found
        ]
    }


def _mine() -> Partner:
    s = services()
    with s.database.read() as session:
        return the_partner(session, s.settings, actor())


def _weighed(line: dict[str, Any]) -> Weighed:
    grams = round(Decimal(str(line["kg"])) * 1000)
    return Weighed(line["material"], line["item"], line["pieces"], grams, tuple(line["serials"]))


def _stands(partner: Partner, key: uuid.UUID) -> dict[str, Any]:
    with services().database.read() as session:
        return _said(handing.handover_of(session, key, partner.code))


def _said(one: handing.Seen, number: str = "") -> dict[str, Any]:
    here, door, local = one.handover, one.door, services().settings.clock.local
    return {
        "id": here.id,
        "kind": "booking" if here.booking_id else "order",
        "state": here.state,
        "reason": here.reason,
        "day": here.service_day,
        "promise": {"start": local(here.promise_start), "end": local(here.promise_end)},
        "answer_by": local(here.answer_by),
        "town": one.town,
        "items": [{"item": code, "pieces": pieces} for code, pieces in one.items],
        "kg": one.kg,
        "floor": one.floor,
        "lift": one.lift,
        "door": {
            "contact": door.contact,
            "phone": number or door.phone,
            "place": door.place,
            "address": door.address,
            "lon": door.lon,
            "lat": door.lat,
            "note": door.note,
        }
        if door
        else None,
        "yuan": None if here.fen is None else here.fen / 100,
    }
