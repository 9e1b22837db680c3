"""Visits on the dispatcher's page: the crew set off, or the visit came to nothing."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from recycling.accounts.rights import Action
from recycling.errors import BadRequestError, ConflictError, NotFoundError
from web.dispatcher import show_day
from web.marking import Marked, mark
from web.rights import needs

pages = Blueprint("visits", __name__, url_prefix="/dispatch/<depot>/<day:day>")


@pages.post("/visit")
@needs(Action.DAY_PLAN, depot="depot")
def marked(depot: str, day: date) -> ResponseReturnValue:
    """Take down what is said of a visit."""
    error: BadRequestError | ConflictError | NotFoundError | None = None
    answer: Marked | None = None
    try:
        answer = mark()
    except (BadRequestError, ConflictError, NotFoundError) as refused:
        error = refused
    page = show_day("schedule.html", depot, day, error=error, plate=request.form.get("plate", ""), marked=answer)
    return page, error.status if error else 200
