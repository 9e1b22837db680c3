"""Deliveries on the crew's page: brought, with the old thing or without it, or not brought."""

from __future__ import annotations

import uuid
from datetime import date

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from recycling import clock
from recycling.accounts.rights import Action
from recycling.deliveries import outcome
from recycling.errors import N_, BadRequestError, ConflictError, NotFoundError
from web.marking import Marked
from web.rights import actor, needs
from web.services import services
from web.trucks import own_truck, show_truck

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
                seen = outcome.number(session, s.office, key, plate, actor(), clock.utc_now())
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
    return show_truck(plate, day, marked=Marked(said, undo, order=True)), 200
