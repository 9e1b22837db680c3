"""Groups for everybody who holds a code: opening one, joining, changing what one brings, leaving. No account."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from recycling import booking, clock, network
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action
from recycling.booking import groups
from recycling.booking.groups.opening import LONGEST_DAYS
from recycling.errors import N_, BadRequestError, ConflictError, Fault, NotFoundError, TooOftenError
from recycling.exports.qr import qr_svg
from recycling.models import Group, GroupMember
from recycling.places import named
from web.entries import Entries, by_field
from web.goods import goods
from web.resident import SCENE_NAMES, STANDING_NAMES, blank_form, read_request
from web.rights import needs, origin
from web.services import services

pages = Blueprint("groups", __name__, url_prefix="/g")

UNIT_NAMES = {"households": N_("households"), "kg": N_("kilograms"), "litres": N_("litres")}
AMOUNTS = {
    "households": N_("%(have)s of %(quorum)s households"),
    "kg": N_("%(have)s of %(quorum)s kg"),
    "litres": N_("%(have)s of %(quorum)s litres"),
}


@pages.get("")
@needs(Action.BOOKING_MAKE)
def start() -> ResponseReturnValue:
    """Ask for a group's code, or show the form that opens one."""
    code = "".join(request.args.get("code", "").split()).upper()
    if not code:
        return _start({}, {})
    try:
        with services().database.read() as session:
            groups.group_by_code(session, code)
    except NotFoundError as error:
        return _start({"code": code}, {"code": error.faults}, error.status)
    return redirect(url_for("groups.page", code=code), code=303)


@pages.post("")
@needs(Action.BOOKING_MAKE)
def open_one() -> ResponseReturnValue:
    """Open a group for a building or a village."""
    try:
        made = groups.open_group(
            services().office, read_wish(request.form), request.form.get("key", ""), clock.utc_now(), _anybody()
        )
    except groups.GroupThereError as error:
        return redirect(url_for("groups.page", code=error.other.code, said="there"), code=303)
    except (BadRequestError, TooOftenError) as error:
        return _start(request.form, by_field(error), error.status)
    return redirect(url_for("groups.page", code=made.code, said="opened"), code=303)


@pages.get("/<code>")
@needs(Action.BOOKING_OPEN)
def page(code: str) -> Response:
    """Show how far a group is, and the form to join it."""
    return _page(code, {}, {})


@pages.post("/<code>")
@needs(Action.BOOKING_OPEN)
def join(code: str) -> ResponseReturnValue:
    """Join a group, or change what was entered under the same number."""
    s, now = services(), clock.utc_now()
    try:
        found = groups.join(s.office, code, read_request(request.form), request.form.get("key", ""), now, _anybody())
    except (BadRequestError, ConflictError) as error:
        return _page(code, request.form, by_field(error), error.status)
    groups.form(s.office, found.member.group_id, now)
    if found.new:
        return redirect(url_for("groups.mine", code=code, token=found.member.token), code=303)
    return redirect(url_for("groups.page", code=code, said="changed"), code=303)


@pages.get("/<code>/<token>")
@needs(Action.BOOKING_OPEN)
def mine(code: str, token: str) -> Response:
    """Show a household what it brings, to whoever holds its link."""
    return _mine(code, token)


@pages.post("/<code>/<token>")
@needs(Action.BOOKING_OPEN)
def change(code: str, token: str) -> ResponseReturnValue:
    """Change what a household brings."""
    s, now, member = services(), clock.utc_now(), _member(code, token)
    try:
        groups.change_entry(s.office, code, token, read_request(request.form), now, _holder(member))
    except (BadRequestError, ConflictError) as error:
        return _mine(code, token, request.form, by_field(error), error.status)
    groups.form(s.office, member.group_id, now)
    return redirect(url_for("groups.mine", code=code, token=token, said="changed"), code=303)


@pages.post("/<code>/<token>/leave")
@needs(Action.BOOKING_OPEN)
def leave(code: str, token: str) -> ResponseReturnValue:
    """Leave a group."""
    try:
        groups.leave(services().office, code, token, clock.utc_now(), _holder(_member(code, token)))
    except ConflictError as error:
        return _mine(code, token, None, by_field(error), error.status)
    return redirect(url_for("groups.mine", code=code, token=token), code=303)


@pages.get("/<code>/<token>/book")
@needs(Action.BOOKING_OPEN)
def alone(code: str, token: str) -> Response:
    """Show the booking form, filled in with what the household wanted to bring."""
    with services().database.read() as session:
        member = groups.member_by_token(session, code, token)
        wish = groups.wish_of_member(member)
        places = named(session, wish.community)
    entered = _entered(member) | {
        "community": places[0].label if places else "",
        "address": wish.address or member.group.address,
        "scene": wish.scene,
    }
    return make_response(blank_form(MultiDict(entered)))


def read_wish(entered: Mapping[str, str]) -> groups.GroupWish:
    """Read the form that opens a group."""
    fields = Entries(entered)
    return groups.GroupWish(
        community=fields.community(),
        address=fields.text("address"),
        last_day=fields.day("last_day"),
        unit=fields.text("unit") or "households",
        quorum=fields.whole("quorum"),
        wished_day=fields.day("wished_day"),
        wished_window=fields.text("wished_window"),
        scene=fields.text("scene") or "home",
        unreadable=fields.faults,
    )


def opening_form() -> dict[str, object]:
    """Return what the form that opens a group needs: the days and windows that can be entered."""
    s, now = services(), clock.utc_now()
    today = s.settings.clock.today(now)
    return {
        "first_day": next(iter(booking.open_days(s.settings, now)), today),
        "farthest": today + timedelta(days=LONGEST_DAYS),
        "windows": s.settings.service.windows,
        "usual": s.settings.booking.group_households,
        "units": UNIT_NAMES,
        "scenes": SCENE_NAMES,
        "key": request.form.get("key") or f"group-{uuid.uuid4()}",
    }


def group_qr(group: Group) -> str:
    """Return the code that opens a group's page when it is scanned."""
    link = services().settings.messages.site.rstrip("/") + url_for("groups.page", code=group.code)
    return qr_svg(link, gettext("The code of this group's page"))


def _start(entered: Mapping[str, str], faults: Mapping[str, Sequence[Fault]], status: int = 200) -> Response:
    with services().database.read() as session:
        area = network.the_area(session)
    text = render_template("group_open.html", area=area, entered=entered, faults=faults, **opening_form())
    return make_response(text, status)


def _page(code: str, entered: Mapping[str, str], faults: Mapping[str, Sequence[Fault]], status: int = 200) -> Response:
    s = services()
    with s.database.read() as session:
        group = groups.group_by_code(session, code)
        area = network.the_area(session)
    text = render_template(
        "group.html", group=group, area=area, entered=entered, faults=faults, goods=goods(), amounts=AMOUNTS,
        there=groups.progress_of(s.catalogue, group), standings=STANDING_NAMES, code=group_qr(group),
        gathers=groups.closes(s.office, group) > clock.utc_now() and group.ended_at is None,
        said=request.args.get("said", ""), key=entered.get("key") or str(uuid.uuid4()),
    )  # fmt: skip
    return make_response(text, status)


def _mine(
    code: str,
    token: str,
    entered: Mapping[str, str] | None = None,
    faults: Mapping[str, Sequence[Fault]] | None = None,
    status: int = 200,
) -> Response:
    s = services()
    with s.database.read() as session:
        member = groups.member_by_token(session, code, token)
        group = member.group
        booked = booking.booking_of(session, member.booking_id)
        area = network.the_area(session)
    text = render_template(
        "group_member.html", group=group, member=member, booked=booked, area=area, goods=goods(), amounts=AMOUNTS,
        entered=entered or _entered(member), faults=faults or {}, standings=STANDING_NAMES,
        there=groups.progress_of(s.catalogue, group), items=s.catalogue.variants,
        gathers=groups.closes(s.office, group) > clock.utc_now() and group.ended_at is None,
        said=request.args.get("said", ""),
    )  # fmt: skip
    return make_response(text, status)


def _entered(member: GroupMember) -> dict[str, str]:
    """Return a household's entries as the form's fields."""
    return {f"item-{line.item}": str(line.pieces) for line in member.lines} | {
        "address": member.door,
        "floor": str(member.floor),
        "lift": "yes" if member.lift else "",
        "standing": member.standing,
        "contact": member.contact,
        "phone": member.phone.removeprefix("+86"),
        "note": member.note,
    }


def _member(code: str, token: str) -> GroupMember:
    with services().database.read() as session:
        return groups.member_by_token(session, code, token)


def _anybody() -> Actor:
    return Actor("anonymous", origin=origin())


def _holder(member: GroupMember) -> Actor:
    """Return whoever holds a household's link, as the audit log knows them."""
    return Actor("link", str(member.id), origin=origin())
