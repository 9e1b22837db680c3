"""The interface for programs, /api/v1: described by OpenAPI 3.1, its errors problem documents (RFC 9457)."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import BaseConverter

from web.api import asking, bookings, goods, handovers, orders, photos, plans, rounds, trips, waiting, windows
from web.api.blueprint import KEY_SHAPE, api
from web.api.description import LINK_SHAPE, describe
from web.api.limits import set_up_limits

__all__ = ["api", "set_up_api", "set_up_limits"]
OPERATIONS = (goods, windows, bookings, asking, photos, waiting, rounds, orders, handovers, trips, plans)
"""Where the operations stand; each registers its own."""


class TokenConverter(BaseConverter):
    """The token of a booking or of a place on the waiting list."""

    regex = LINK_SHAPE


class KeyConverter(BaseConverter):
    """A key that a program made."""

    regex = KEY_SHAPE


def set_up_api(app: Flask) -> None:
    """Register the operations, their description and its page."""
    app.url_map.converters.update(token=TokenConverter, program_key=KeyConverter)
    describe(app)
