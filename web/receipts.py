"""Where providers of messages report what became of them; each report is signed."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from recycling import clock, notify
from recycling.accounts.rights import Action
from recycling.errors import N_, BadRequestError
from recycling.notify.receipts import check_signature
from web.rights import needs
from web.services import services

pages = Blueprint("receipts", __name__)


@pages.post("/messages/receipts")
@needs(Action.LOOK)
def report() -> Response:
    """Take ``{"message": id, "state": "delivered" | "failed"}`` from the channel named by ``?channel=``.

    ``X-Timestamp`` is the moment in seconds since 1970, ``X-Signature`` the HMAC-SHA-256 of it, a dot and the body.
    """
    s, now = services(), clock.utc_now()
    channel, headers = request.args.get("channel", ""), request.headers
    moment, signed = headers.get("X-Timestamp", ""), headers.get("X-Signature", "")
    check_signature(s.settings.messages.receipt_keys, channel, moment, signed, request.get_data(), now)
    said = request.get_json(force=True, silent=True)
    message, state = (said.get("message"), said.get("state")) if isinstance(said, dict) else (None, None)
    if not (isinstance(message, str) and isinstance(state, str)):
        raise BadRequestError.one("receipt-body", N_("A report is an object with the texts message and state."))
    with s.database.write() as session:
        changed = notify.receipt(session, s.settings.messages, channel, message, state, now)
    return jsonify({"noted": changed})
