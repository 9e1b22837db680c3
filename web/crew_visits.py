"""Visits on the crew's page: set off, not collected, and the number to call, shown on demand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from recycling import clock, visiting
from recycling.accounts.rights import Action
from recycling.errors import BadRequestError, ConflictError, NotFoundError
from web.marking import mark, the_key
from web.rights import actor, needs
from web.services import services
from web.trucks import own_truck, show_truck

pages = Blueprint("crew_visits", __name__, url_prefix="/crew/<plate>/<day:day>")


@pages.post("/visit")
@needs(Action.VISIT_MARK)
def marked(plate: str, day: date) -> ResponseReturnValue:
    """Take down what the crew says of a visit on its route."""
    return _answered(plate, day, lambda: {"marked": mark()})


@pages.post("/number")
@needs(Action.VISIT_MARK)
def number(plate: str, day: date) -> ResponseReturnValue:
    """Show the number to call at a door on the route, and write down who saw it."""
    s = services()

    def seen() -> dict[str, Any]:
        key = the_key()
        return {"number": (key, visiting.number(s.database, s.settings, key, actor(), clock.utc_now()))}

    return _answered(plate, day, seen)


def _answered(plate: str, day: date, deed: Callable[[], dict[str, Any]]) -> ResponseReturnValue:
    s, vehicle = services(), own_truck(plate, day)
    try:
        with s.database.read() as session:
            visiting.must_be_on_route(session, vehicle.depot, day, plate, the_key())
        answer: dict[str, Any] = deed()
    except (BadRequestError, ConflictError, NotFoundError) as refused:
        return show_truck(plate, day, error=refused), refused.status
    return show_truck(plate, day, **answer), 200
