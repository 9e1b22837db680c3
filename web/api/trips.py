"""Trips of partners with room to spare: announced, answered, reported, settled."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from recycling import clock, spare
from recycling.accounts.rights import Action
from recycling.errors import N_
from recycling.models import SpareTrip
from recycling.partner_accounts import the_partner
from web.api.blueprint import api
from web.api.trip_schemas import (
    TripAnswer,
    TripAnswerBody,
    TripBody,
    TripCancelQuery,
    TripContactAnswer,
    TripOfferAnswer,
    TripOutcomeBody,
    TripPartnerQuery,
    TripsAnswer,
    TripsQuery,
    TripStatementAnswer,
    TripStatementQuery,
)
from web.rights import actor
from web.services import services

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

TRIPS = "trips"
WEEK = timedelta(days=6)
LONGEST = timedelta(days=400)
PLAIN = ("window", "crs", "vehicle", "kg", "litres", "people", "tail_lift", "materials", "drops")


@api.operation("PUT", "/trips/<number>", Action.SPARE_SEND, N_("Announce a trip, or change it"), TRIPS)
@api.arguments(TripPartnerQuery, location="query")
@api.arguments(TripBody)
@api.response(200, TripAnswer)
def announce_trip(query: dict[str, Any], body: dict[str, Any], number: str) -> dict[str, Any]:
    """Take the trip under the partner's own number; the same again changes nothing, another body changes the trip."""
    s, now = services(), clock.utc_now()
    wish = spare.TripWish(
        external=number.strip(),
        day=body["day"],
        start=spare.PlaceWish(**body["start"]),
        end=spare.PlaceWish(**body["end"]) if "end" in body else None,
        places=[spare.PlaceWish(**one) for one in body["places"]],
        parts=[spare.PartWish(one["litres"], tuple(one["materials"])) for one in body["parts"]],
        services=body.get("services", ()),
        ask_visit=body["ask_visit_yuan"],
        ask_item=body["ask_item_yuan"],
        ask_kg=body["ask_kg_yuan"],
        detour_minutes=body.get("detour_minutes"),
        most=body.get("most"),
        **{name: body[name] for name in PLAIN},
    )
    with s.database.write() as session:
        partner = the_partner(session, s.settings, actor(), query["partner"])
        checked = spare.checked(session, s.office, wish, partner, now)
        outcome, trip = spare.enter(session, s.office, checked, actor(), now)
        return {"outcome": outcome, **_said(session, [trip])[0]}


@api.operation("GET", "/trips/<number>", Action.SPARE_SEND, N_("A trip, and what is offered to it"), TRIPS)
@api.arguments(TripPartnerQuery, location="query")
@api.response(200, TripAnswer)
def show_trip(query: dict[str, Any], number: str) -> dict[str, Any]:
    """Return a trip of the partner by its number."""
    with services().database.read() as session:
        return _said(session, [_trip(session, query, number)])[0]


@api.operation("GET", "/trips", Action.SPARE_SEND, N_("Trips of seven days"), TRIPS)
@api.arguments(TripsQuery, location="query")
@api.response(200, TripsAnswer)
def list_trips(query: dict[str, Any]) -> dict[str, Any]:
    """Return the partner's trips by day and hour, each with what is offered to it."""
    s = services()
    first = query.get("day") or s.settings.clock.today(clock.utc_now())
    last = min(first, date.max - WEEK) + WEEK
    with s.database.read() as session:
        partner = the_partner(session, s.settings, actor(), query["partner"])
        return {"trips": _said(session, spare.trips_between(session, first, last, partner.code))}


@api.operation("DELETE", "/trips/<number>", Action.SPARE_SEND, N_("Cancel a trip"), TRIPS)
@api.arguments(TripCancelQuery, location="query")
@api.response(200, TripAnswer)
def cancel_trip(query: dict[str, Any], number: str) -> dict[str, Any]:
    """Cancel a trip; what it has accepted is collected by others. One that is cancelled already stays so."""
    s = services()
    with s.database.write() as session:
        trip = _trip(session, query, number, lock=True)
        spare.cancel(session, s.office, trip, query["reason"], actor(), clock.utc_now())
        return _said(session, [trip])[0]


@api.operation("PUT", "/trip-offers/<uuid:key>/answer", Action.SPARE_SEND, N_("Accept or decline an offer"), TRIPS)
@api.arguments(TripAnswerBody)
@api.response(200, TripOfferAnswer)
def answer_offer(body: dict[str, Any], key: uuid.UUID) -> dict[str, Any]:
    """Accept what is offered, decline it, or give back what was accepted; the same again changes nothing."""
    office, now = services().office, clock.utc_now()
    if body["answer"] == "accept":
        spare.accept(office, key, actor(), now)
    else:
        spare.decline(office, key, body["reason"], actor(), now)
    return _offer(key)


@api.operation("PUT", "/trip-offers/<uuid:key>/outcome", Action.SPARE_SEND, N_("Say what came of an offer"), TRIPS)
@api.arguments(TripOutcomeBody)
@api.response(200, TripOfferAnswer)
def report_offer(body: dict[str, Any], key: uuid.UUID) -> dict[str, Any]:
    """Say what was collected, or why nothing was; the same again changes nothing."""
    office, now = services().office, clock.utc_now()
    if body["outcome"] == "collected":
        spare.collected(office, key, body.get("kg", {}), body.get("pieces"), actor(), now)
    else:
        spare.failed(office, key, body["reason"], actor(), now)
    return _offer(key)


@api.operation("POST", "/trip-offers/<uuid:key>/contact", Action.SPARE_SEND, N_("Whom to call"), TRIPS)
@api.response(200, TripContactAnswer)
def contact_of_offer(key: uuid.UUID) -> dict[str, Any]:
    """Return the telephone number of whoever gives what was accepted; that it was asked for is written down."""
    return {"phone": spare.number(services().office, key, actor(), clock.utc_now())}


@api.operation("GET", "/trip-statement", Action.SPARE_SEND, N_("What a partner gets for its trips"), TRIPS)
@api.arguments(TripStatementQuery, location="query")
@api.response(200, TripStatementAnswer)
def statement_of_trips(query: dict[str, Any]) -> dict[str, Any]:
    """Return what was collected from the first to the last day, both included, and what is paid for it."""
    s = services()
    last = min(query["last"], min(query["first"], date.max - LONGEST) + LONGEST)
    with s.database.read() as session:
        partner = the_partner(session, s.settings, actor(), query["partner"])
        lines = spare.statement(session, query["first"], last, partner.code)
    return {
        "partner": partner.code,
        "yuan": sum(line.due for line in lines) / 100,
        "lines": [
            {
                "day": line.day,
                "trip": line.trip,
                "reference": line.reference,
                "pieces": line.pieces,
                "kg": line.kg,
                "yuan": line.due / 100,
            }
            for line in lines
        ],
    }


def _trip(session: Session, query: dict[str, Any], number: str, lock: bool = False) -> SpareTrip:
    s = services()
    partner = the_partner(session, s.settings, actor(), query["partner"])
    trip = spare.the_trip(session, partner.code, number, lock)
    spare.demand_trip(session, s.office, actor(), trip)
    return trip


def _offer(key: uuid.UUID) -> dict[str, Any]:
    with services().database.read() as session:
        (found,) = spare.shown(session, [spare.the_offer(session, key)])
    return _said_offer(found)


def _said(session: Session, trips: Sequence[SpareTrip]) -> list[dict[str, Any]]:
    offers = spare.offers_of(session, [trip.id for trip in trips])
    local = services().settings.clock.local
    return [
        {
            "number": trip.external_id,
            "partner": trip.partner,
            "state": trip.state,
            "version": trip.version,
            "day": trip.service_day,
            "hours": {"start": local(trip.starts_at), "end": local(trip.ends_at)},
            "trouble": trip.trouble,
            "trouble_at": trip.trouble_at,
            "offers": [_said_offer(one) for one in spare.shown(session, offers[trip.id])],
        }
        for trip in trips
    ]


def _said_offer(found: spare.Shown) -> dict[str, Any]:
    local, offer = services().settings.clock.local, found.offer
    lon, lat = found.lonlat or (None, None)
    return {
        "offer": str(offer.id),
        "state": offer.state,
        "reason": offer.reason,
        "reference": found.reference,
        "place": found.place,
        "promise": {"start": local(found.first), "end": local(found.last)},
        "expected_at": local(offer.begins_at),
        "answer_by": local(offer.answer_by),
        "things": [{"item": code, "pieces": pieces} for code, pieces in found.things],
        "kg": offer.kg,
        "litres": offer.litres,
        "floor": found.floor,
        "lift": found.lift,
        "detour_minutes": round(offer.detour / 60, 1),
        "pays_yuan": (offer.due if offer.state == "collected" else offer.asks) / 100,
        "contact": found.contact,
        "address": found.address,
        "note": found.note,
        "lon": lon,
        "lat": lat,
    }
