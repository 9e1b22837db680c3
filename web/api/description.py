"""The interface's description (OpenAPI 3.1), and the page that shows it to people."""

from __future__ import annotations

import http
from threading import Lock
from typing import Any

from flask import Blueprint, Flask, Response, current_app, json, render_template, request
from flask_smorest import Api
from flask_smorest.utils import prepare_response

from recycling.accounts.rights import Action
from recycling.errors import N_
from web.api.blueprint import KEY_SHAPE, api
from web.api.examples import shown
from web.api.problems import MEDIA_TYPE, NAMED
from web.api.schemas import Problem
from web.programs import API
from web.rights import needs

VERSION = "1.0.0"
TITLE = N_("Recycling collections")
INTRODUCTION = N_(
    "Book door pickups from a program. Without a key a program may do what a resident's browser may; with a key, sent"
    " as 'Authorization: Bearer KEY', what the key's scopes say. Positions are in WGS 84 unless crs says otherwise."
)
TAGS = {
    "catalogue": N_("What is collected, what it brings, and where"),
    "windows": N_("Windows"),
    "bookings": N_("Bookings"),
    "photos": N_("Photos of a booking"),
    "waiting": N_("The waiting list"),
    "rounds": N_("Village rounds: waiting until enough have asked"),
    "orders": N_("Orders of shops: deliver new, collect old"),
    "handovers": N_("Pickups that partner recyclers collect"),
    "trips": N_("Trips of partners with room to spare"),
    "plans": N_("Planning a day"),
}
LINK_SHAPE = r"[A-Za-z0-9_-]{1,64}"
EXTENSION = "api-description"
pages = Blueprint("api-docs", __name__)


class Described(Api):
    """flask-smorest's interface with our own errors and our own page, described when somebody asks for it.

    To put the description together takes longer than all else of an application's start, and most never show it.
    """

    ERROR_SCHEMA = Problem

    def __init__(self, app: Flask) -> None:
        self._turn = Lock()
        super().__init__(app)

    def register_blueprint(self, blueprint: Any, **options: Any) -> None:
        """Register the operations; `whole` describes them."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blueprint.name] = self
        self._app.register_blueprint(blueprint, **options)

    def whole(self) -> dict[str, Any]:
        """Return the description as plain values, which are the caller's own."""
        with self._turn:
            if self.spec is None:
                self._put_together()
        said: dict[str, Any] = self.spec.to_dict()
        return said

    def _put_together(self) -> None:
        super()._init_spec(
            info={"description": INTRODUCTION},
            tags=[{"name": name, "description": text} for name, text in TAGS.items()],
            security=[{}, {"key": []}],
        )
        self.spec.components.security_scheme("key", {"type": "http", "scheme": "bearer"})
        api.register_views_in_doc(self, self._app, self.spec, name=api.name, parameters=None)

    def _init_spec(self, **_: Any) -> None:
        """Leave the description until it is asked for."""

    def _register_error_handlers(self) -> None:
        """Leave errors to the application, which writes problem documents."""

    def _register_responses(self) -> None:
        """Describe every error as a problem document."""
        shape = self.ERROR_SCHEMA()  # one for all of them: making one takes a while
        said = {status.name: status.phrase for status in http.HTTPStatus} | {"DEFAULT_ERROR": "A problem document"}
        for name, phrase in said.items():
            response = {"description": phrase, "schema": shape}
            prepare_response(response, self.spec, MEDIA_TYPE)
            self.spec.components.response(name, response, lazy=True)


def describe(app: Flask) -> None:
    """Register the operations with their description."""
    app.config.update(API_TITLE=TITLE, API_VERSION=VERSION, OPENAPI_VERSION="3.1.0", OPENAPI_URL_PREFIX=None)
    described = Described(app)
    for name, shape in (("token", LINK_SHAPE), ("program_key", KEY_SHAPE)):
        pattern = {"type": "string", "pattern": f"^{shape}$"}
        described.register_converter(app.url_map.converters[name], lambda _, pattern=pattern: dict(pattern))
    described.register_blueprint(api)
    app.extensions[EXTENSION] = described
    app.register_blueprint(pages)


def description() -> dict[str, Any]:
    """Return the description as plain values."""
    described: Described = current_app.extensions[EXTENSION]
    return described.whole()


@pages.get(f"{API}/openapi.json")
@needs(Action.LOOK)
def openapi() -> Response:
    """Return the description for programs."""
    return Response(json.dumps(description(), ensure_ascii=False), content_type="application/json")


@pages.get("/api/docs")
@needs(Action.LOOK)
def page() -> str:
    """Show the description to people."""
    whole = description()
    return render_template(
        "api.html",
        title=TITLE,
        introduction=INTRODUCTION,
        description=whole,
        tags=TAGS,
        operations=shown(whole, request.host_url.rstrip("/")),
        problems=NAMED,
    )
