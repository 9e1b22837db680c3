"""Programs that ask: by a key in the header, never by a cookie; their part of the addresses, and who they are."""

from __future__ import annotations

from flask import Flask, g, request

from recycling import clock
from recycling.accounts.actors import Actor
from recycling.accounts.keys import key_actor
from recycling.errors import N_, SignInNeededError
from web.services import services

API = "/api/v1"
DOCUMENTATION = "api-docs.page"
"""The one page below /api that is for people."""


def asked_by_program() -> bool:
    """Tell whether the request is for the interface of programs, even where nothing stands at its address."""
    below = request.path == "/api" or request.path.startswith("/api/")
    return below and request.endpoint != DOCUMENTATION


def set_up_programs(app: Flask) -> None:
    """Find out which program asks, before anything else is asked."""

    @app.before_request
    def look_up() -> None:
        if not asked_by_program():
            return
        g.actor = Actor("anonymous", origin=request.remote_addr or "")
        try:
            g.actor = _with_key(request.headers.get("Authorization")) or g.actor
        except SignInNeededError as error:
            g.refused_key = error  # raised after the call was counted


def refuse_bad_key() -> None:
    """Raise what was wrong with the key that the request carries."""
    error: SignInNeededError | None = g.get("refused_key")
    if error is not None:
        raise error


def _with_key(header: str | None) -> Actor | None:
    if header is None:
        return None
    scheme, _, presented = header.strip().partition(" ")
    if scheme.lower() != "bearer" or not presented.strip().isascii():
        raise SignInNeededError.one("bad-key", N_("Send the key as 'Authorization: Bearer KEY', or send none."))
    with services().database.read() as session:
        return key_actor(session, presented.strip(), clock.utc_now(), request.remote_addr or "")
