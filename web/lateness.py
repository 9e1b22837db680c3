"""The dispatcher's word on the day's page: when a crew comes to a door, and by how much a route is behind."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from recycling import clock, lateness
from recycling.accounts.rights import Action
from recycling.clock import parse_hour
from recycling.errors import N_, BadRequestError, ConflictError, NotFoundError
from web.dispatcher import show_day
from web.rights import actor, needs
from web.services import services

pages = Blueprint("lateness", __name__, url_prefix="/dispatch/<depot>/<day:day>")


@pages.post("/expected")
@needs(Action.DAY_PLAN, depot="depot")
def expected(depot: str, day: date) -> ResponseReturnValue:
    """Say when the crew comes to one door; an empty hour takes the word back."""
    s = services()
    return _answered(
        depot,
        day,
        lambda: lateness.expect(s.database, s.settings, depot, day, _booking(), _moment(day), actor(), clock.utc_now()),
    )


@pages.post("/behind")
@needs(Action.DAY_PLAN, depot="depot")
def behind(depot: str, day: date) -> ResponseReturnValue:
    """Say by how many minutes a vehicle's route is behind its plan."""
    s = services()
    return _answered(
        depot,
        day,
        lambda: lateness.behind(
            s.database, s.settings, depot, day, request.form.get("plate", ""), _minutes(), actor(), clock.utc_now()
        ),
    )


def _answered(depot: str, day: date, deed: Callable[[], lateness.Said]) -> ResponseReturnValue:
    try:
        said, error = deed(), None
    except (BadRequestError, ConflictError, NotFoundError) as refused:
        said, error = None, refused
    page = show_day("schedule.html", depot, day, said=said, error=error, plate=request.form.get("plate", ""))
    return page, error.status if error else 200


def _booking() -> uuid.UUID:
    try:
        return uuid.UUID(request.form.get("booking", ""))
    except ValueError:
        raise NotFoundError.one("no-booking", N_("There is no such booking.")) from None


def _moment(day: date) -> datetime | None:
    text = request.form.get("at", "").strip()
    try:
        return services().settings.clock.at(day, parse_hour(text)) if text else None
    except ValueError:
        raise BadRequestError.one(
            "not-an-hour", N_("%(text)s is no hour such as 08:30."), where="at", text=text[:20]
        ) from None


def _minutes() -> int:
    text = request.form.get("minutes", "").strip()
    try:
        return int(text)
    except ValueError:
        raise BadRequestError.one(
            "not-a-number", N_("%(text)s is not a whole number."), where="minutes", text=text[:20]
        ) from None
