"""Village rounds at the counter and the dispatcher's: which there are, who waits, defining one and letting it go."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import audit, clock, network, rounds
from recycling.accounts.rights import Action
from recycling.errors import N_, BadRequestError, ConflictError, DomainError, Fault, ForbiddenError
from recycling.models import VillageRound
from recycling.privacy import mask_phone
from recycling.rounds.dates import weekdays_of
from recycling.rounds.finding import waiting_for
from web.clerk import desk_entries, desk_with_faults, wish_of_desk
from web.entries import Entries, by_field
from web.recurrence import weekday_names
from web.rights import actor, needs
from web.rounds import QUORUMS, round_of, sentence, things_of
from web.services import services

pages = Blueprint("round_desk", __name__, url_prefix="/clerk/rounds")

UNITS = {"orders": N_("orders"), "kg": N_("kilograms")}
TROUBLES = {
    "no-room": N_("No day of the round has room for it. It is tried again every two minutes."),
    "things": N_("It cannot be served as it stands. Call, and take it off or book a window."),
}
DEEDS = {
    "round.made": N_("made"),
    "round.changed": N_("changed"),
    "round.ended": N_("ended"),
    "round.goes": N_("got its day"),
}


@pages.get("")
@needs(Action.BOOKING_TAKE)
def listed() -> str:
    """List the rounds of one's depots, each with how far it is."""
    s, now = services(), clock.utc_now()
    with s.database.read() as session:
        area = network.the_area(session)
        found = [(one, rounds.gathered(session, s.office, one, now)) for one in rounds.rounds_of(session, actor())]
        late = {one.id for one, _ in found if any(place.late_at for place in waiting_for(session, one.id))}
    said = {one.id: sentence(one, there) for one, there in found}
    return render_template("rounds.html", area=area, found=found, said=said, late=late, quorums=QUORUMS)


@pages.get("/new")
@needs(Action.ROUND_KEEP)
def new() -> Response:
    """Show an empty form."""
    return _form({"unit": "orders", "notice_days": "2"})


@pages.post("/new")
@needs(Action.ROUND_KEEP)
def make() -> ResponseReturnValue:
    """Define a round."""
    form = request.form
    try:
        made = rounds.make_round(services().office, _read(), form.get("key", ""), actor(), clock.utc_now())
    except (BadRequestError, ForbiddenError) as error:
        return _form(_entered(), error=error)
    return redirect(url_for("round_desk.page", key=made.id), code=303)


@pages.get("/<uuid:key>")
@needs(Action.BOOKING_TAKE)
def page(key: uuid.UUID) -> Response:
    """Show a round: how far it is, who waits, which days it had, and its history."""
    return _page(key)


@pages.get("/<uuid:key>/change")
@needs(Action.ROUND_KEEP)
def change_form(key: uuid.UUID) -> Response:
    """Show the form filled in with what the round says."""
    found = _found(key, Action.ROUND_KEEP)
    return _form(_entered_of(found), found)


@pages.post("/<uuid:key>/change")
@needs(Action.ROUND_KEEP)
def change(key: uuid.UUID) -> ResponseReturnValue:
    """Let a round say something else."""
    found, version = _found(key, Action.ROUND_KEEP), request.form.get("version", "")
    seen = int(version) if version.isdecimal() else 0
    try:
        rounds.change_round(services().office, key, seen, _read(), actor(), clock.utc_now())
    except (BadRequestError, ConflictError) as error:
        return _form(_entered(), found, error)
    return redirect(url_for("round_desk.page", key=key), code=303)


@pages.post("/<uuid:key>/end")
@needs(Action.ROUND_KEEP)
def end(key: uuid.UUID) -> ResponseReturnValue:
    """Let a round take nobody new."""
    rounds.end_round(services().office, key, actor(), clock.utc_now())
    return redirect(url_for("round_desk.page", key=key), code=303)


@pages.post("/<uuid:key>/go")
@needs(Action.ROUND_KEEP)
def go(key: uuid.UUID) -> ResponseReturnValue:
    """Let a round go without its quorum."""
    _found(key, Action.ROUND_KEEP)
    try:
        made = rounds.decide(services().office, key, actor(), clock.utc_now())
    except ConflictError as error:
        return _page(key, error)
    if made is None:
        return _page(key, ConflictError.one("no-room", N_("None of the days on which it can go has room for it.")))
    return redirect(url_for("round_desk.page", key=key), code=303)


@pages.post("/places/<uuid:key>/leave")
@needs(Action.BOOKING_TAKE)
def leave(key: uuid.UUID) -> ResponseReturnValue:
    """Take somebody off who calls."""
    with services().database.read() as session:
        place = rounds.the_place(session, key, actor())
    try:
        rounds.leave(services().office, place.token, clock.utc_now(), actor())
    except ConflictError as error:
        return _page(place.round_id, error)
    return redirect(url_for("round_desk.page", key=place.round_id), code=303)


@pages.post("/wait")
@needs(Action.BOOKING_TAKE)
def wait() -> ResponseReturnValue:
    """Let a caller wait for the round of the village, or show the counter again with everything that was entered."""
    s, now, entered = services(), clock.utc_now(), desk_entries()
    key = f"round-{entered.get('key', '')}"
    try:
        made = rounds.wait_for_round(s.office, wish_of_desk(entered), key, now, round_of(entered), "clerk", actor())
    except (BadRequestError, ConflictError, ForbiddenError) as error:
        return desk_with_faults(entered, error)
    rounds.tend_round(s.office, made.round_id, now)
    return redirect(url_for("round_desk.page", key=made.round_id), code=303)


def _read() -> rounds.RoundWish:
    fields = Entries(request.form)
    weekdays = [int(day) for day in request.form.getlist("weekday") if day.isdecimal()]
    return rounds.RoundWish(
        name=fields.text("name"),
        places=tuple(fields.text("places").replace("，", "\n").replace("、", "\n").splitlines()),
        every_days=fields.whole("every_days"),
        weekdays=tuple(weekdays),
        first_day=fields.day("first_day"),
        unit=fields.text("unit"),
        quorum=fields.whole("quorum"),
        latest_days=fields.whole("latest_days"),
        notice_days=fields.whole("notice_days"),
        unreadable=fields.faults,
    )


def _entered() -> dict[str, str]:
    return {**request.form.to_dict(), "weekdays": ",".join(request.form.getlist("weekday"))}


def _entered_of(found: VillageRound) -> dict[str, str]:
    return {
        "name": found.name,
        "places": "\n".join(_names(found)),
        "every_days": str(found.every_days or ""),
        "weekdays": found.weekdays,
        "first_day": found.first_day.isoformat(),
        "unit": found.unit,
        "quorum": str(found.quorum),
        "latest_days": str(found.latest_days),
        "notice_days": str(found.notice_days),
        "version": str(found.version),
    }


def _names(found: VillageRound) -> list[str]:
    """Return the villages of a round as the form takes them."""
    with services().database.read() as session:
        return [f"{one.name} · {one.town}" for one in rounds.villages_of(session, found)]


def _form(entered: Mapping[str, str], found: VillageRound | None = None, error: DomainError | None = None) -> Response:
    with services().database.read() as session:
        area = network.the_area(session)
    faults: Mapping[str, Sequence[Fault]] = by_field(error) if error else {}
    text = render_template(
        "round_form.html", area=area, round=found, entered=entered, faults=faults, units=UNITS,
        weekdays=weekday_names(), key=entered.get("key") or f"round-{uuid.uuid4()}",
    )  # fmt: skip
    return make_response(text, error.status if error else 200)


def _page(key: uuid.UUID, error: DomainError | None = None) -> Response:
    s, now, found = services(), clock.utc_now(), _found(key)
    with s.database.read() as session:
        area = network.the_area(session)
        there = rounds.gathered(session, s.office, found, now)
        waiting = waiting_for(session, key)
        history = [(event, audit.name_of(session, event)) for event in audit.events(session, "round", key)]
    text = render_template(
        "round.html", area=area, round=found, there=there, error=error, waiting=[(p, things_of(p)) for p in waiting],
        said=sentence(found, there), names=_names(found), items=s.catalogue.variants, mask=mask_phone,
        troubles=TROUBLES, history=history[::-1], deeds=DEEDS, quorums=QUORUMS,
        weekdays=[weekday_names()[day] for day in weekdays_of(found)],
    )  # fmt: skip
    return make_response(text, error.status if error else 200)


def _found(key: uuid.UUID, action: Action = Action.BOOKING_TAKE) -> VillageRound:
    with services().database.read() as session:
        return rounds.the_round(session, key, actor(), action)
