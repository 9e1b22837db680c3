"""The application: blueprints, languages, protection, error pages. Imports nothing heavy."""

from __future__ import annotations

import secrets
from datetime import date

import structlog
from flask import Flask, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, ValidationError

from recycling.errors import N_, DomainError, Fault
from recycling.money.terms import load_terms
from recycling.partner_companies import demand_known_codes
from web import (
    asking,
    assets,
    call_map,
    call_watch,
    calls,
    centre,
    clerk,
    clerk_groups,
    clerk_quotes,
    closed_days,
    complaints,
    contracts,
    crew_deliveries,
    crew_visits,
    day_board,
    demonstration,
    dispatcher,
    fills,
    groups,
    handovers,
    importing,
    lateness,
    layers,
    live_place,
    login,
    mine,
    order_events,
    orders,
    partner,
    partner_corrections,
    photos,
    points,
    quotes,
    reach,
    receipts,
    replays,
    resident,
    round_desk,
    rounds,
    sellers,
    sheets,
    site_answers,
    site_compare,
    site_cuts,
    site_driven,
    site_exports,
    site_layers,
    site_located,
    site_markets,
    site_places,
    site_robust,
    site_searches,
    site_sweeps,
    site_tiers,
    sites,
    spare_trips,
    status,
    timetable_runs,
    timetables,
    tracking,
    truck_hand_in,
    truck_moves,
    trucks,
    under_way,
    visits,
    waiting,
    week_board,
    weighing,
    windows,
)
from web.api import api, set_up_api, set_up_limits
from web.api.problems import of_http, problem
from web.headers import protect
from web.language import set_up_languages
from web.preferences import preferences
from web.programs import asked_by_program, set_up_programs
from web.rights import set_up_rights
from web.services import KEY, Services
from web.uploads import allow_files

LARGEST_REQUEST = 256 * 1024
log = structlog.get_logger()


class DayConverter(BaseConverter):
    """A service day in an address: 2026-11-25."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        """Return the day, or no match for one that no calendar has."""
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise ValidationError from error

    def to_url(self, value: date | str) -> str:
        """Return the day as it stands in addresses."""
        return str(value)


def create_app(services: Services, secret_key: str | None = None) -> Flask:
    """Return the application over these services."""
    app, https = Flask(__name__), services.settings.access.https
    app.config.update(
        SECRET_KEY=secret_key or secrets.token_hex(32),
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST,
        HTTPS=https,
        SESSION_COOKIE_NAME="__Host-form" if https else "form",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.extensions[KEY] = services
    demand_known_codes(services.settings.partners, services.catalogue.materials, services.catalogue.variants)
    app.extensions[points.TERMS] = load_terms(services.catalogue)
    app.url_map.converters["day"] = DayConverter
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    allow_files(app)
    photos.allow_photos(app)
    protection = CSRFProtect(app)
    protection.exempt(receipts.pages)  # providers sign what they send
    protection.exempt(api)  # nothing there looks at a cookie
    set_up_languages(app)
    protect(app)
    set_up_programs(app)
    call_map.limit(set_up_limits(app))
    set_up_rights(app)
    shown = (
        resident,
        windows,
        waiting,
        rounds,
        round_desk,
        status,
        photos,
        asking,
        complaints,
        tracking,
        calls,
        call_map,
        call_watch,
        dispatcher,
        sheets,
        replays,
        lateness,
        visits,
        timetables,
        timetable_runs,
        week_board,
        day_board,
        under_way,
        closed_days,
        layers,
        login,
        mine,
        points,
        receipts,
        clerk,
        weighing,
        sellers,
        contracts,
        importing,
        orders,
        order_events,
        handovers,
        partner,
        partner_corrections,
        spare_trips,
        groups,
        clerk_groups,
        quotes,
        clerk_quotes,
        trucks,
        crew_deliveries,
        crew_visits,
        live_place,
        truck_hand_in,
        truck_moves,
        centre,
        fills,
        reach,
        sites,
        site_answers,
        site_compare,
        site_cuts,
        site_driven,
        site_exports,
        site_layers,
        site_located,
        site_markets,
        site_places,
        site_robust,
        site_searches,
        site_sweeps,
        site_tiers,
    )
    for blueprint in (assets.pages, preferences, *(room.pages for room in shown)):
        app.register_blueprint(blueprint)
    set_up_api(app)
    app.jinja_env.globals["demonstration"] = services.demonstration
    if services.demonstration:
        app.register_blueprint(demonstration.pages)
    app.register_error_handler(DomainError, domain_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CSRFError, _form_expired)
    app.register_error_handler(Exception, _unforeseen)
    return app


# -- when something is wrong -------------------------------------------------------------------------------

_SENTENCES = {
    404: N_("There is no such page. Go back, or begin at the start page."),
    405: N_("This address cannot be used in this way. Begin at the start page."),
    429: N_("Asked for too often from your address. Wait a minute; then it works again."),
    413: N_("What was sent is too large. Send less at once."),
    500: N_(
        "Something went wrong on our side; nothing was changed. Try again, or name the number below when you call."
    ),
}


def _page(status: int, *faults: Fault) -> ResponseReturnValue:
    if asked_by_program():
        return problem(status, faults)
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return jsonify(
            {"status": status, "errors": [{"code": f.code, "where": f.where, "text": str(f)} for f in faults]}
        ), status
    return render_template("error.html", faults=faults, status=status, number=g.get("request_number", "")), status


def domain_error(error: DomainError) -> ResponseReturnValue:
    """Show what was wrong, in the page's language or as JSON."""
    return _page(error.status, *error.faults)


def _http_error(error: HTTPException) -> ResponseReturnValue | HTTPException:
    status = error.code or 500
    if status < 400 or error.response is not None:
        return error
    if asked_by_program():
        return of_http(error)
    text = _SENTENCES.get(status, _SENTENCES[404] if status < 500 else _SENTENCES[500])
    return _page(status, Fault("", f"http-{status}", text))


def _form_expired(_: CSRFError) -> ResponseReturnValue:
    return _page(400, Fault("", "form-expired", N_("This form has expired. Load the page again; nothing was changed.")))


def _unforeseen(error: Exception) -> ResponseReturnValue:
    path = request.url_rule.rule if request.url_rule else ""  # the pattern: an address may hold a link's key
    log.error("request failed", request=g.get("request_number"), path=path, exc_info=error)
    return _page(500, Fault("", "fault", _SENTENCES[500]))
