"""Who is asking, and whether they may. Each page declares its action; one that declares none opens for nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from recycling import audit, clock
from recycling.accounts import people, sessions
from recycling.accounts.actors import ANONYMOUS, Actor
from recycling.accounts.rights import Action, Subject, demand, may
from recycling.errors import N_, ForbiddenError, SignInNeededError
from web.programs import asked_by_program, refuse_bad_key
from web.services import services

View = TypeVar("View", bound=Callable[..., Any])
OPEN = {"static"}
"""Endpoints of the framework itself: our own style sheets, scripts and pictures."""

UNPERSONAL = OPEN | {"assets.vendor", "layers.roads", "layers.area", "call_map.trucks"}
"""Endpoints that look the same for everybody, so nobody is looked up for them."""


def needs(action: Action, depot: str = "") -> Callable[[View], View]:
    """Declare the action that a view is; `depot` names the part of its address that says the depot it is about."""

    def declare(view: View) -> View:
        view.__dict__["needs"] = (action, depot)
        return view

    return declare


def needed(app: Flask, endpoint: str, method: str) -> tuple[Action, str] | None:
    """Return what a route declares: on its function, on its class's method, or on its class."""
    if endpoint in OPEN:
        return Action.LOOK, ""
    view = app.view_functions[endpoint]
    of_class = getattr(view, "view_class", None)
    for place in (view, getattr(of_class, method.lower(), None), of_class):
        declared: tuple[Action, str] | None = getattr(place, "__dict__", {}).get("needs")
        if declared is not None:
            return declared
    return None


def actor() -> Actor:
    """Return who asks; somebody unknown while that was not looked up."""
    found: Actor = g.get("actor", ANONYMOUS)
    return found


def signed_in() -> sessions.SignedIn | None:
    """Return the session of who asks."""
    found: sessions.SignedIn | None = g.get("signed_in")
    return found


def origin() -> str:
    """Return the address that the request came from."""
    return request.remote_addr or ""


def counted_from() -> str:
    """Return the address of which it is counted how much is asked for; empty for staff and for programs with a key."""
    return "" if actor().is_staff or actor().kind == "key" else origin()


def cookie_name(app: Flask, name: str) -> str:
    """Return a cookie's name; over https with the prefix that binds it to this host."""
    return f"__Host-{name}" if app.config["HTTPS"] else name


def set_secret(response: Response, name: str, value: str, seconds: int) -> None:
    """Give the browser a secret that no script reads and no other site sends."""
    app = current_app
    response.set_cookie(
        cookie_name(app, name),
        value,
        max_age=seconds,
        httponly=True,
        samesite="Lax",
        secure=app.config["HTTPS"],
        path="/",
    )


def drop_secret(response: Response, name: str) -> None:
    """Take a secret from the browser."""
    app = current_app
    response.delete_cookie(cookie_name(app, name), httponly=True, samesite="Lax", secure=app.config["HTTPS"], path="/")


def secret(name: str) -> str:
    """Return a secret that the browser holds, or nothing."""
    return request.cookies.get(cookie_name(current_app, name), "")


def set_up_rights(app: Flask) -> None:
    """Ask before every view; comes after the check of forms."""

    @app.before_request
    def guard() -> None:
        if request.endpoint is None:
            return
        if asked_by_program():
            refuse_bad_key()
        elif request.endpoint not in UNPERSONAL:
            _look_up()
        declared = needed(app, request.endpoint, "get" if request.method in ("HEAD", "OPTIONS") else request.method)
        if declared is None:
            raise ForbiddenError.one("undeclared", N_("This page is open for nobody: it does not say who may see it."))
        action, part = declared
        values = request.view_args or {}
        subject = Subject(depot=str(values[part])) if part else None
        if not may(actor(), action, subject):
            _note_refusal(action)
        demand(actor(), action, subject)

    app.register_error_handler(SignInNeededError, _to_sign_in)
    app.jinja_env.globals.update(actor=actor, may=may, Action=Action, signed_in=signed_in)


def _look_up() -> None:
    s, now, token = services(), clock.utc_now(), secret("sign-in")
    g.actor = Actor("anonymous", origin=origin())
    if not token:
        return
    with s.database.read() as session:
        found = sessions.find(session, s.settings.access, token, origin(), now)
    if found is None:
        return
    g.signed_in, g.actor = found, found.actor
    if found.stale:
        with s.database.write() as session:
            sessions.touch(session, found.id, now)


def _note_refusal(action: Action) -> None:
    found = signed_in()
    if found is None:
        return
    with services().database.write() as session:
        if people.is_known(session, found.account_id):
            after = {"action": action.value, "endpoint": request.endpoint}
            audit.record(session, actor(), "refused", "account", found.account_id, None, after, clock.utc_now())


def _to_sign_in(error: SignInNeededError) -> ResponseReturnValue:
    """Lead a person to the page to sign in, and from there back; a program gets the sentence."""
    from web.app import domain_error

    program = request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    if request.method != "GET" or program or asked_by_program():
        return domain_error(error)
    target = request.full_path.rstrip("?")
    if services().demonstration:
        return redirect(url_for("demonstration.choose", next=target), code=303)
    staff = not (request.endpoint or "").startswith("mine.")
    return redirect(url_for("login.staff" if staff else "login.resident", next=target), code=303)
