"""Headers of every answer: no foreign host, no inline script without this answer's nonce, nothing framed."""

from __future__ import annotations

import secrets
import uuid

import secure
from flask import Flask, Response, g, request

YEAR = 365 * 24 * 3600
OPENS = frozenset({"token", "code"})
"""Parts of an address that open something for whoever knows them."""

_NONCE = "NONCE"
"""Stands for the nonce in the policy, which is put together once."""


def nonce() -> str:
    """Return the nonce that scripts of this answer carry."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(18)
    value: str = g.nonce
    return value


def protect(app: Flask) -> None:
    """Put the headers on every answer of the application."""
    fixed = secure.Secure(
        coop=secure.CrossOriginOpenerPolicy().same_origin(),
        corp=secure.CrossOriginResourcePolicy().same_origin(),
        referrer=secure.ReferrerPolicy().same_origin(),
        permissions=secure.PermissionsPolicy().geolocation("self").microphone().camera(),
        xcto=secure.XContentTypeOptions().nosniff(),
        xfo=secure.XFrameOptions().deny(),
    ).headers
    policy = _policy()

    @app.before_request
    def number_request() -> None:
        g.request_number = uuid.uuid4().hex[:12]

    @app.after_request
    def add_headers(response: Response) -> Response:
        if OPENS & (request.view_args or {}).keys():  # no other place learns it, and no search engine shows it
            response.headers["Referrer-Policy"] = "no-referrer"
            response.headers["X-Robots-Tag"] = "noindex"
        for name, value in fixed.items():
            response.headers.setdefault(name, value)
        response.headers["Content-Security-Policy"] = policy.replace(_NONCE, nonce())
        if app.config["HTTPS"]:
            response.headers["Strict-Transport-Security"] = f"max-age={YEAR}"
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    app.jinja_env.globals["csp_nonce"] = nonce


def _policy() -> str:
    """Return the policy, for any nonce; styles may stand in elements, because the map library sets them there."""
    own = "'self'"
    return (
        secure.ContentSecurityPolicy()
        .default_src(own)
        .script_src(own, f"'nonce-{_NONCE}'")
        .style_src(own, "'unsafe-inline'")
        .img_src(own, "data:")
        .connect_src(own)
        .object_src("'none'")
        .base_uri(own)
        .form_action(own)
        .frame_ancestors("'none'")
        .header_value
    )
