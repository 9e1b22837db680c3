"""The counter clerk's page: number first, then things, place and window, with the keyboard alone."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import booking, clock, counter, network, photo_twins, photos
from recycling.accounts.rights import Action
from recycling.booking import asked
from recycling.booking.again import REPORTABLE, report_until
from recycling.booking.checks import need_of_wish, visits_of_wish
from recycling.booking.life import visits_of
from recycling.booking.offers import Offer
from recycling.booking.outgrown import outgrown_of
from recycling.booking.taking import ANSWERS
from recycling.booking.waiting import called, the_call
from recycling.complaints import count_open
from recycling.counter.callers import phone_of
from recycling.counter.taking import OLDEST_PAPER
from recycling.errors import N_, BadRequestError, ConflictError, DomainError, Fault, ForbiddenError, NotFoundError
from recycling.models import Booking, Waiting
from recycling.models.booking import LANGUAGES
from recycling.notify import settle
from recycling.phones import e164
from recycling.places import named
from recycling.privacy import mask_phone
from web import amending
from web.complaint_words import section
from web.entries import by_field
from web.goods import things_text
from web.handed import partners_for
from web.language import day_text, language
from web.resident import SCENE_NAMES, STANDING_NAMES, read_request
from web.rights import actor, needs
from web.rounds import rounds_said
from web.services import services
from web.status import REASONS, STATE_NAMES, WISH_NAMES
from web.windows import calls_said, none_said

pages = Blueprint("clerk", __name__, url_prefix="/clerk")

CALL_FIRST = "位置不精确，先电话联系 / place not exact, call first."
MOST_WINDOWS = 9
"""As many as there are digits to choose them by."""


@pages.get("")
@needs(Action.BOOKING_TAKE)
def desk() -> Response:
    """Ask who calls, and show whom to call; after a caller was put on the waiting list, say so."""
    return _desk(waits=request.args.get("waits", ""))


@pages.post("/caller")
@needs(Action.BOOKING_TAKE)
def find() -> Response:
    """Show who calls; the number itself never stands in an address."""
    entered = request.form
    with services().database.read() as session:
        if entered.get("booking"):
            phones = [phone_of(session, actor(), _uuid(entered["booking"]))]
        else:
            phones = counter.find_callers(session, actor(), entered.get("who", "")[:60])
        guesses = counter.hints(session, actor(), phones) if len(phones) > 1 else []
    if not any(phones):
        sentence = N_(
            "Nobody is known by this. Enter the whole number, its last four digits, or a part of the address."
        )
        return _desk(who=entered.get("who", ""), faults={"who": [Fault("who", "nobody", sentence)]}, status=404)
    if guesses:
        return _desk(who=entered.get("who", ""), guesses=guesses)
    return _desk({"phone": phones[0].removeprefix("+86")}, phone=phones[0])


@pages.get("/things")
@needs(Action.BOOKING_TAKE)
def things() -> Response:
    """Return the items that match what was typed."""
    s = services()
    found = counter.find_things(s.database, s.catalogue, request.args.get("q", "")[:40])
    return jsonify(
        [
            {
                "value": t.code,
                "label": t.item.text(language()),
                "hint": t.code,
                "apart": t.item.dismantling is not None,
                "photo": t.item.photo == "must",
            }
            for t in found
        ]
    )


@pages.get("/windows")
@needs(Action.BOOKING_TAKE)
def windows() -> Response:
    """Return the windows that can be kept, the best first, the visits that it takes, and the truck calls nearby."""
    s, now = services(), clock.utc_now()
    with s.database.read() as session:
        wish = read_request(request.args)
        need = need_of_wish(session, s.office, wish, now)
        visits = visits_of_wish(session, s.office, wish, now) if need.visits > 1 else []
        found = booking.offers(session, s.office, need, now, owner=request.args.get("key", ""))
        out = booking.ways(session, s.office, need, found, now)
    return jsonify(
        {
            "windows": [_window(offer) for offer in booking.ranked(found)[:MOST_WINDOWS]],
            "visits": [things_text(visit) for visit in visits],
            "calls": calls_said(out),
            "rounds": rounds_said(wish),
            "none": none_said(out),
        }
    )


def _window(offer: Offer) -> dict[str, object]:
    return {
        "value": f"{offer.window.day} {offer.window.span}",
        "label": f"{day_text(offer.window.day)} {offer.window.span.replace('-', '–')}",
        "near": offer.near,
        "greenest": offer.greenest,
        "points": offer.points,
    }


@pages.post("/book")
@needs(Action.BOOKING_TAKE)
def book() -> ResponseReturnValue:
    """Book for the caller, or show the page again with everything that was entered."""
    s, now, entered = services(), clock.utc_now(), desk_entries()
    try:
        paper = _paper(entered)
        made = counter.book_at_counter(s.office, wish_of_desk(entered), entered.get("key", ""), actor(), now, paper)
    except (BadRequestError, ConflictError, ForbiddenError) as error:
        return desk_with_faults(entered, error)
    if entered.get("waiting"):
        called(s.office, _uuid(entered["waiting"]), actor(), now, made)
    return redirect(url_for("clerk.page", key=made.id, new="yes"), code=303)


@pages.post("/waiting")
@needs(Action.BOOKING_TAKE)
def wait() -> ResponseReturnValue:
    """Put the caller on the waiting list, or show the page again with everything that was entered."""
    s, now, entered = services(), clock.utc_now(), desk_entries()
    last = s.settings.clock.today(now) + timedelta(days=s.settings.service.horizon_days)
    key = f"waiting-{entered.get('key', '')}"
    try:
        made = counter.wait_at_counter(s.office, wish_of_desk(entered), last, key, actor(), now)
    except (BadRequestError, ConflictError, ForbiddenError) as error:
        return desk_with_faults(entered, error)
    if entered.get("waiting"):
        called(s.office, _uuid(entered["waiting"]), actor(), now)
    return redirect(url_for("clerk.desk", waits=made.id), code=303)


def desk_entries() -> dict[str, str]:
    """Return what the desk sent, its window as day and hours."""
    entered = request.form.to_dict()
    day, _, span = entered.pop("slot", "").partition(" ")
    return entered | {"day": day, "window": span}


def wish_of_desk(entered: Mapping[str, str]) -> booking.BookingRequest:
    """Read what the desk sent; a place that is only roughly known says so to the crew."""
    sent = dict(entered)
    if entered.get("rough") == "yes":
        sent["note"] = f"{CALL_FIRST} {entered.get('note', '')}".strip()
    return read_request(sent)


def desk_with_faults(entered: Mapping[str, str], error: DomainError) -> Response:
    """Show the desk with what was entered, and what is wrong beside its field."""
    return _desk(
        entered,
        phone=e164(entered.get("phone", "")) or "",
        faults=_on_desk(error),
        other=getattr(error, "other", None),
        status=error.status,
    )


@pages.get("/bookings/<uuid:key>")
@needs(Action.BOOKING_TAKE)
def page(key: uuid.UUID) -> Response:
    """Show a booking with its number to say, and what can be done for its caller."""
    return page_of(key)


@pages.post("/bookings/<uuid:key>/move")
@needs(Action.BOOKING_TAKE)
def move(key: uuid.UUID) -> ResponseReturnValue:
    """Bring a caller's booking into another window; after a failed visit, book a new one."""
    s, now, found = services(), clock.utc_now(), _found(key, Action.BOOKING_CHANGE)
    day, _, span = request.form.get("slot", "").partition(" ")
    different = request.form.get("different") == "yes"
    try:
        chosen = date.fromisoformat(day)
    except ValueError:
        return page_of(key, BadRequestError.one("no-window", N_("Choose a window."), where="window"))
    try:
        if found.state == "failed":
            key = request.form.get("key", "")
            made = booking.rebook(s.office, found, chosen, span, key, actor(), now, different)
        else:
            made = booking.move(s.office, found, chosen, span, actor(), now, why=_why(), different=different)
    except (BadRequestError, ConflictError) as error:
        return page_of(key, error)
    return redirect(url_for("clerk.page", key=made.id), code=303)


@pages.get("/bookings/<uuid:key>/amend")
@needs(Action.BOOKING_TAKE)
def amend_form(key: uuid.UUID) -> Response:
    """Show what a booking says, to be changed for its caller."""
    return amending.form_of(_found(key, Action.BOOKING_CHANGE), *_amend_ways(key))


@pages.post("/bookings/<uuid:key>/amend")
@needs(Action.BOOKING_TAKE)
def amend(key: uuid.UUID) -> ResponseReturnValue:
    """Change what a booking says for its caller."""
    found = _found(key, Action.BOOKING_CHANGE)
    try:
        wish = amending.wish_of(found, request.form)
        booking.amend(services().office, amending.seen(found, request.form), wish, actor(), clock.utc_now())
    except (BadRequestError, ConflictError) as error:
        return amending.form_of(found, *_amend_ways(key), request.form, by_field(error), error.status)
    return redirect(url_for("clerk.page", key=key), code=303)


def _amend_ways(key: uuid.UUID) -> tuple[str, str]:
    return url_for("clerk.amend", key=key), url_for("clerk.page", key=key)


@pages.post("/bookings/<uuid:key>/cancel")
@needs(Action.BOOKING_TAKE)
def cancel(key: uuid.UUID) -> ResponseReturnValue:
    """Cancel for a caller, who says why."""
    return _with_reason(key, lambda found, why: booking.cancel(services().office, found, why, actor(), clock.utc_now()))


@pages.post("/bookings/<uuid:key>/missed")
@needs(Action.BOOKING_TAKE)
def missed(key: uuid.UUID) -> ResponseReturnValue:
    """Take down that nobody came to a caller, and show the visit that makes it good."""
    return _with_reason(
        key, lambda found, why: booking.report_missed(services().office, found, actor(), clock.utc_now(), why)
    )


@pages.post("/bookings/<uuid:key>/link")
@needs(Action.BOOKING_TAKE)
def new_link(key: uuid.UUID) -> ResponseReturnValue:
    """Take back the links to a booking, when somebody else got hold of one; its resident is told the new one."""
    found = _found(key, Action.BOOKING_CHANGE)
    try:
        booking.renew_link(services().office, found, actor(), clock.utc_now())
    except ConflictError as error:
        return page_of(key, error)
    return redirect(url_for("clerk.page", key=found.id), code=303)


@pages.post("/waiting/<uuid:key>/take")
@needs(Action.BOOKING_TAKE)
def take(key: uuid.UUID) -> Response:
    """Show the page filled in with what somebody who waits for a call wished."""
    found = _waiting(key)
    wish = booking.BookingRequest.from_json(found.wish)
    return _desk({**entered_of(wish), "waiting": str(key)}, phone=found.phone)


@pages.post("/waiting/<uuid:key>/called")
@needs(Action.BOOKING_TAKE)
def done(key: uuid.UUID) -> ResponseReturnValue:
    """Note that somebody was called, and nothing was booked."""
    _waiting(key)
    called(services().office, key, actor(), clock.utc_now())
    return redirect(url_for("clerk.desk"), code=303)


@pages.post("/messages/<uuid:key>/told")
@needs(Action.BOOKING_TAKE)
def told(key: uuid.UUID) -> ResponseReturnValue:
    """Note that a clerk told somebody what no message told."""
    s = services()
    with s.database.read() as session:
        seen = counter.to_call(session, s.settings, actor(), clock.utc_now()).unreached
    if not any(one.message.id == key for one, _ in seen):
        raise NotFoundError.one("no-message", N_("There is no message of this number that still has to be told."))
    with s.database.write() as session:
        settle(session, key, actor().id)
    return redirect(url_for("clerk.desk"), code=303)


def entered_of(wish: booking.BookingRequest) -> dict[str, str]:
    """Return a request as the form's fields."""
    entered = {f"item-{code}": str(pieces) for code, pieces in wish.items.items()}
    entered |= {f"apart-{code}": "yes" for code in wish.dismantle}
    with services().database.read() as session:
        places = named(session, wish.community) if wish.community else []
    return entered | {
        "community": places[0].label if places else "",
        "lon": "" if wish.lon is None else str(wish.lon),
        "lat": "" if wish.lat is None else str(wish.lat),
        "address": wish.address,
        "floor": str(wish.floor),
        "lift": "yes" if wish.lift else "",
        "standing": wish.standing,
        "height_limit": "" if wish.height_limit is None else str(wish.height_limit),
        "scene": wish.scene,
        "trade_in": wish.trade_in,
        "contact": wish.contact,
        "phone": wish.phone.removeprefix("+86"),
        "note": wish.note,
        "language": wish.language,
        "pin": wish.pin if wish.pin in ANSWERS else "",
    }


def _desk(
    entered: Mapping[str, str] | None = None,
    *,
    phone: str = "",
    who: str = "",
    guesses: Sequence[counter.Hint] = (),
    faults: Mapping[str, list[Fault]] | None = None,
    other: Booking | None = None,
    waits: str = "",
    status: int = 200,
) -> Response:
    s, now = services(), clock.utc_now()
    known = None
    if phone:
        with s.database.write() as session:
            known = counter.caller(session, actor(), phone, now)
    with s.database.read() as session:
        area = network.the_area(session)
        calls = counter.to_call(session, s.settings, actor(), now)
        twins = photo_twins.twins_to_see(session, actor())
        open_complaints = count_open(session, actor())
    filled = dict(entered or {})
    if known and known.contact:
        filled.setdefault("contact", known.contact)
    if filled:
        filled.setdefault("language", known.history[0].language if known and known.history else LANGUAGES[0])
    things_chosen = [
        (name.removeprefix("item-"), s.catalogue.variants[name.removeprefix("item-")], pieces)
        for name, pieces in filled.items()
        if name.removeprefix("item-") in s.catalogue.variants and name.startswith("item-")
    ]
    text = render_template(
        "clerk.html", area=area, caller=known, guesses=guesses, who=who, entered=filled, faults=faults or {},
        waits=_on_list(waits) if waits else None,
        other=other, calls=calls, twins=twins, chosen=things_chosen, states=STATE_NAMES, items=s.catalogue.variants,
        wishes=WISH_NAMES, mask=mask_phone, open_complaints=open_complaints,
        scenes=SCENE_NAMES, standings=STANDING_NAMES, key=filled.get("key") or str(uuid.uuid4()),
        papers=(s.settings.clock.local(now - OLDEST_PAPER), s.settings.clock.local(now)),
    )  # fmt: skip
    return make_response(text, status)


def page_of(key: uuid.UUID, error: DomainError | None = None, complaint: Mapping[str, str] | None = None) -> Response:
    """Return a booking's page at the counter, with what was wrong with the last thing that was asked of it.

    `complaint` is what was entered of one.
    """
    s, now, found = services(), clock.utc_now(), _found(key, Action.BOOKING_READ)
    movable = found.state in ("booked", "planned", "failed")
    with s.database.read() as session:
        offers, visits = [], visits_of(session, found, lock=False)
        if movable:
            days = None if found.state == "failed" else booking.open_days(s.settings, now)  # none is moved into a plan
            need = booking.need_of_visits(s.office, visits)
            offers = booking.ranked(booking.offers(session, s.office, need, now, days, but=found.id))
        area = network.the_area(session)
        pictures = photos.photos_of(session, found)
        last_asked = asked.newest(session, found.id)
        complained = section(session, s.office, visits, now, resident=False, entered=complaint)
        partners = partners_for(session, visits, now)
        more = outgrown_of(session, s.settings, visits)
    over = found.promise_end <= now < report_until(s.office, found)
    text = render_template(
        "clerk_booking.html", area=area, booking=found, visits=visits, states=STATE_NAMES, reasons=REASONS, error=error,
        items=s.catalogue.variants, offers=offers[:MOST_WINDOWS], new=request.args.get("new") == "yes",
        can_cancel=booking.staff_can_cancel(visits, actor()), under_way=any(v.state == "on_the_way" for v in visits),
        photos=pictures, can_report=over and found.state in REPORTABLE, key=f"again-{uuid.uuid4()}", mask=mask_phone,
        asked=last_asked, wishes=WISH_NAMES, outgrown=more, **partners, **complained,
    )  # fmt: skip
    return make_response(text, error.status if error else 200)


def _with_reason(key: uuid.UUID, deed: Callable[[Booking, str], Booking]) -> ResponseReturnValue:
    found, why = _found(key, Action.BOOKING_CHANGE), _why()
    if not why:
        return page_of(key, BadRequestError.one("no-reason", N_("Enter what the caller says of it."), where="reason"))
    try:
        made = deed(found, why)
    except ConflictError as error:
        return page_of(key, error)
    return redirect(url_for("clerk.page", key=made.id), code=303)


def _found(key: uuid.UUID, action: Action) -> Booking:
    """Return a booking with its things; one of another depot is as little there as none."""
    with services().database.read() as session:
        found = booking.the_booking(session, actor(), action, key)
        head = booking.booking_of(session, found.leg_of) or found
        _ = head.lines[:]
        return head


def _waiting(key: uuid.UUID) -> Waiting:
    with services().database.read() as session:
        return the_call(session, actor(), key)


def _on_list(text: str) -> Waiting | None:
    """Return who was put on the waiting list; None for a key that says nothing any more."""
    try:
        return _waiting(_uuid(text))
    except NotFoundError:
        return None


def _paper(entered: Mapping[str, str]) -> counter.Paper | None:
    """Read number and hour of a paper form; none unless one of them is filled in."""
    number, text = entered.get("paper_number", "").strip(), entered.get("written", "").strip()
    if not number and not text:
        return None
    local = services().settings.clock
    try:
        written = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequestError.one(
            "not-an-hour", N_("Enter day and hour at which the form was filled in."), where="written"
        ) from None
    return counter.Paper(number, local.at(written.date(), written.time()))


def _why() -> str:
    return request.form.get("reason", "").strip()


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFoundError.one("no-booking", N_("There is no such booking.")) from None


def _on_desk(error: DomainError) -> dict[str, list[Fault]]:
    """Return what is wrong by the field of the desk that it stands beside."""
    faults: dict[str, list[Fault]] = {}
    for fault in error.faults:
        where = {"day": "window", "position": "community"}.get(fault.where, fault.where)
        faults.setdefault(where, []).append(fault)
    return faults
