"""Pages to sign in and out, for residents and staff, and one's own account."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from recycling import clock
from recycling.accounts import codes, people, sessions, signing_in
from recycling.accounts.actors import Role
from recycling.accounts.rights import Action
from recycling.errors import N_, BadRequestError, ConflictError, DomainError, Fault, NotFoundError, TooOftenError
from recycling.models import Account
from recycling.privacy import mask_phone
from web.preferences import local_path
from web.rights import actor, drop_secret, needs, origin, secret, set_secret, signed_in
from web.services import services

pages = Blueprint("login", __name__)
REFUSED = (BadRequestError, TooOftenError, ConflictError)
HOMES = {
    Role.CLERK: "clerk.desk",
    Role.RETAILER: "orders.listed",
    Role.PARTNER: "partner.listed",
    Role.RESIDENT: "mine.bookings",
    Role.DISPATCHER: "dispatcher.start",
    Role.DRIVER: "trucks.listed",
    Role.CENTRE: "centre.arrivals",
    Role.PLANNER: "sites.listed",
    Role.MANAGER: "dispatcher.start",
    Role.ADMIN: "dispatcher.start",
}
"""Where a role begins; the others begin at the start page."""


@pages.route("/sign-in", methods=["GET", "POST"])
@needs(Action.LOOK)
def resident() -> ResponseReturnValue:
    """Ask a resident for the phone, and send a code to it."""
    if request.method == "GET":
        return render_template("sign_in.html", faults={}, entered={}, next=_next())
    s = services()
    try:
        asked = signing_in.ask_code(
            s.database, s.settings.access, request.form.get("phone", ""), origin(), s.send, _text, clock.utc_now()
        )
    except REFUSED as error:
        page = render_template("sign_in.html", faults=_by_field(error), entered=request.form, next=_next())
        return page, error.status
    return _on_to_code(asked)


@pages.route("/staff/sign-in", methods=["GET", "POST"])
@needs(Action.LOOK)
def staff() -> ResponseReturnValue:
    """Ask staff for name and password, and send the code for the second step."""
    if request.method == "GET":
        return render_template("sign_in_staff.html", faults={}, entered={}, next=_next())
    s, form = services(), request.form
    try:
        asked = signing_in.check_password(
            s.database, s.settings.access, form.get("login", ""), form.get("password", ""), origin(), s.send, _text,
            clock.utc_now(),
        )  # fmt: skip
    except REFUSED as error:
        page = render_template("sign_in_staff.html", faults=_by_field(error), entered=form, next=_next())
        return page, error.status
    return _on_to_code(asked)


@pages.route("/sign-in/code", methods=["GET", "POST"])
@needs(Action.LOOK)
def code() -> ResponseReturnValue:
    """Ask for the code that was sent, and sign in."""
    s, now = services(), clock.utc_now()
    with s.database.read() as reading:
        row = codes.open_request(reading, s.settings.access, secret("code-request"), now)
    if request.method == "GET":
        if row is None:
            return redirect(url_for("login.resident", next=_next() or None), code=303)
        return _code_page(row.phone, row.purpose, {})
    try:
        token, role = signing_in.enter_code(
            s.database, s.settings.access, secret("code-request"), request.form.get("code", ""), origin(), now
        )
    except BadRequestError as error:
        if row is None:
            page = render_template("sign_in.html", faults={"phone": list(error.faults)}, entered={}, next=_next())
            return page, error.status
        return _code_page(row.phone, row.purpose, _by_field(error)), error.status
    return enter(token, role, _next())


@pages.post("/sign-out")
@needs(Action.ACCOUNT_OWN)
def sign_out() -> Response:
    """End this session."""
    found = _me()
    with services().database.write() as writing:
        sessions.end(writing, actor(), found.id, clock.utc_now())
    return _gone()


@pages.get("/account")
@needs(Action.ACCOUNT_OWN)
def account() -> str:
    """Show one's own account and where it is signed in."""
    return _account_page({})


@pages.post("/account/sign-out-everywhere")
@needs(Action.ACCOUNT_OWN)
def sign_out_everywhere() -> Response:
    """End all of one's own sessions, this one too."""
    found = _me()
    with services().database.write() as writing:
        sessions.end_all(writing, actor(), found.account_id, "signed out everywhere", clock.utc_now())
    return _gone()


@pages.post("/account/password")
@needs(Action.ACCOUNT_OWN)
def password() -> ResponseReturnValue:
    """Change one's own password."""
    s, form, found = services(), request.form, _me()
    try:
        with s.database.write() as writing:
            people.change_password(
                writing, s.settings.access, actor(), writing.get_one(Account, found.account_id),
                form.get("current", ""), form.get("password", ""), found.id, clock.utc_now(),
            )  # fmt: skip
    except BadRequestError as error:
        return _account_page(_by_field(error)), error.status
    return redirect(url_for("login.account", changed=1), code=303)


@pages.route("/welcome/<token>", methods=["GET", "POST"])
@needs(Action.LOOK)
def welcome(token: str) -> ResponseReturnValue:
    """Let somebody who holds a one-time link choose name and password; sign in comes after it."""
    s, form, now = services(), request.form, clock.utc_now()
    faults: dict[str, list[Fault]] = {}
    status = 200
    if request.method == "POST":
        try:
            with s.database.write() as writing:
                people.accept(
                    writing, s.settings.access, token, form.get("login", ""), form.get("phone", ""),
                    form.get("password", ""), now,
                )  # fmt: skip
        except NotFoundError:
            raise
        except REFUSED as error:
            faults, status = _by_field(error), error.status
        else:
            return redirect(url_for("login.staff", welcome=1), code=303)
    with s.database.read() as reading:
        link = people.the_link(reading, token, now)
    page = render_template("welcome.html", link=link, faults=faults, entered=form, role=role_name(link.role))
    return make_response(page, status)


def enter(token: str, role: Role, target: str) -> Response:
    """Give the browser its new session, and end and forget whatever it held before."""
    before = signed_in()
    if before is not None:
        with services().database.write() as writing:
            sessions.end(writing, before.actor, before.id, clock.utc_now())
    session.clear()  # the form tokens of before, too
    longest = services().settings.access.longest_hours.of(role)
    response = cast(Response, redirect(target or url_for(HOMES.get(role, "resident.start")), code=303))
    set_secret(response, "sign-in", token, longest * 3600)
    drop_secret(response, "code-request")
    return response


ROLE_NAMES = {
    Role.RESIDENT: N_("Resident"),
    Role.CLERK: N_("Counter clerk"),
    Role.DISPATCHER: N_("Dispatcher"),
    Role.DRIVER: N_("Driver"),
    Role.CENTRE: N_("Sorting centre"),
    Role.RETAILER: N_("Retailer"),
    Role.PARTNER: N_("Partner recycler"),
    Role.PLANNER: N_("Planner"),
    Role.MANAGER: N_("Manager"),
    Role.ADMIN: N_("Administrator"),
}


def role_name(role: str) -> str:
    """Say a role in the page's language."""
    return gettext(ROLE_NAMES[Role(role)])


def _on_to_code(asked: str) -> Response:
    response = cast(Response, redirect(url_for("login.code", next=_next() or None), code=303))
    set_secret(response, "code-request", asked, services().settings.access.code_minutes * 60)
    return response


def _code_page(phone: str, purpose: str, faults: dict[str, list[Fault]]) -> str:
    minutes = services().settings.access.code_minutes
    again = url_for("login.resident" if purpose == "resident" else "login.staff", next=_next() or None)
    return render_template(
        "sign_in_code.html", phone=mask_phone(phone), minutes=minutes, faults=faults, again=again, next=_next()
    )


def _account_page(faults: dict[str, list[Fault]]) -> str:
    s, found, now = services(), _me(), clock.utc_now()
    with s.database.read() as reading:
        me = reading.get_one(Account, found.account_id)
        there = sessions.open_sessions(reading, s.settings.access, me, now)
    return render_template(
        "account.html", account=me, role=role_name(me.role), phone=mask_phone(me.phone), sessions=there,
        this=found.id, faults=faults, changed="changed" in request.args,
    )  # fmt: skip


def _me() -> sessions.SignedIn:
    found = signed_in()
    if found is None:  # a right to one's own account without a session cannot be
        raise RuntimeError("nobody is signed in")
    return found


def _gone() -> Response:
    session.clear()
    response = cast(Response, redirect(url_for("resident.start"), code=303))
    drop_secret(response, "sign-in")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _next() -> str:
    target = request.values.get("next", "")
    return local_path(target) if target else ""


def _by_field(error: DomainError) -> dict[str, list[Fault]]:
    faults: dict[str, list[Fault]] = {}
    for fault in error.faults:
        faults.setdefault(fault.where or "form", []).append(fault)
    return faults


def _text(digits: str) -> str:
    """Say a code as a message."""
    minutes = services().settings.access.code_minutes
    return gettext(
        "%(code)s is your code for Recycling, good for %(minutes)s minutes. We never ask you for it.",
        code=digits,
        minutes=minutes,
    )
