"""Deliveries on the crew's page: brought, with the old thing or without it, or not brought."""

from __future__ import annotations

import uuid
from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from recycling import clock
from recycling.accounts.rights import Action
from recycling.deliveries import fetching, outcome
from recycling.errors import N_, BadRequestError, ConflictError, NotFoundError
from web.marking import Marked
from web.rights import actor, needs
from web.services import services
from web.trucks import own_truck, show_truck

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

pages = Blueprint("crew_deliveries", __name__, url_prefix="/crew/<plate>/<day:day>")


@pages.post("/order")
@needs(Action.VISIT_MARK)
def marked(plate: str, day: date) -> ResponseReturnValue:
    """Take down what the crew says of a delivery on its route, or show it the number to call there."""
    s, form = services(), request.form
    own_truck(plate, day)
    undo: uuid.UUID | None = None
    try:
        try:
            key = uuid.UUID(form.get("order", ""))
        except ValueError:
            raise NotFoundError.one("no-order", N_("There is no such order on this route.")) from None
        with s.database.write() as session:
            if form.get("word") == "number":
                second = form.get("fetch") == "1"
                seen = outcome.number(session, s.office, key, plate, actor(), clock.utc_now(), second)
            elif form.get("fetch") == "1":
                said, undo = _fetch(session, key, plate)
            elif form.get("word") == "delivered":
                order = outcome.delivered(session, s.office, key, plate, form.get("old", ""), actor(), clock.utc_now())
                said = gettext("%(number)s: delivered.", number=order.external_id)
            elif form.get("word") == "set_off":
                order = outcome.set_off(session, s.office, key, plate, actor(), clock.utc_now())
                said = gettext(
                    "%(number)s: the crew is on its way. The customer is told in a minute; till then it can be undone.",
                    number=order.external_id,
                )
                undo = key
            elif form.get("word") == "turned_back":
                order = outcome.turned_back(session, s.office, key, plate, actor(), clock.utc_now())
                said = gettext("%(number)s: taken back. The customer is told nothing.", number=order.external_id)
            else:
                reason = form.get("reason", "")
                order = outcome.not_delivered(session, s.office, key, plate, reason, actor(), clock.utc_now())
                said = gettext("%(number)s: not delivered. The shop sees it with the reason.", number=order.external_id)
    except (BadRequestError, ConflictError, NotFoundError) as refused:
        return show_truck(plate, day, error=refused), refused.status
    if form.get("word") == "number":
        return show_truck(plate, day, number=(key, seen)), 200
    return show_truck(plate, day, marked=Marked(said, undo, order=True, fetch=form.get("fetch") == "1")), 200


def _fetch(session: Session, key: uuid.UUID, plate: str) -> tuple[str, uuid.UUID | None]:
    """Take down what the crew says of a second visit; return what to answer, and the order where it can be undone."""
    s, form, now = services(), request.form, clock.utc_now()
    word = form.get("word")
    if word == "fetched":
        order = fetching.fetched(session, s.office, key, plate, form.get("old", ""), actor(), now)
        return gettext("%(number)s: fetched. It is on the truck now.", number=order.external_id), None
    if word == "set_off":
        order = fetching.set_off(session, s.office, key, plate, actor(), now)
        text = "%(number)s: the crew is on its way. The customer is told in a minute; till then it can be undone."
        return gettext(text, number=order.external_id), key
    if word == "turned_back":
        order = fetching.turned_back(session, s.office, key, plate, actor(), now)
        return gettext("%(number)s: taken back. The customer is told nothing.", number=order.external_id), None
    order = fetching.not_fetched(session, s.office, key, plate, form.get("reason", ""), actor(), now)
    return gettext("%(number)s: not fetched. The shop sees it with the reason.", number=order.external_id), None
