"""Photos of a booking: adding and removing them on its page, and showing them to its resident and to staff."""

from __future__ import annotations

import uuid

from flask import Blueprint, Flask, Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from recycling import booking, clock, photo_twins, photos
from recycling.accounts.rights import Action, link_to
from recycling.errors import N_, BadRequestError, ConflictError, DomainError, Fault
from recycling.models import Booking, Photo
from web import status
from web.rights import actor, needs, origin
from web.services import services

pages = Blueprint("photos", __name__)

WITH_FORM = 64 * 1024
OF_SEVERAL, OF_ONE = "photos.add", "api.add_photo"


def allow_photos(app: Flask) -> None:
    """Let photos make a request larger than others; comes before whatever reads the request."""

    @app.before_request
    def allow() -> None:
        if request.endpoint not in (OF_SEVERAL, OF_ONE):
            return
        settings = services().settings
        count = settings.photos.most if request.endpoint == OF_SEVERAL else 1
        request.max_content_length = count * settings.photos.most_bytes + WITH_FORM


@pages.post("/b/<token>/photos")
@needs(Action.BOOKING_OPEN)
def add(token: str) -> ResponseReturnValue:
    """Add the photos that were sent; those that are sound are kept when others are not."""
    s, found = services(), _by_token(token)
    sent = [file for file in request.files.getlist("photos") if file.filename]
    refused: list[tuple[int, Fault]] = []
    error: DomainError | None = None
    if not sent:
        error = BadRequestError.one("no-photo-chosen", N_("Choose a photo first."), where="photo")
        refused = [(0, error.faults[0])]
    for number, file in enumerate(sent, 1):
        data = file.stream.read(s.settings.photos.most_bytes + 1)
        kind = request.form.get("kind", "item")
        try:
            photos.add(s.database, s.settings, found, kind, data, link_to(found, origin()), clock.utc_now())
        except DomainError as one:
            error = error or one
            refused.append((number if len(sent) > 1 else 0, one.faults[0]))
            if isinstance(one, ConflictError):
                break  # those after it would be told the same
    if error is not None:
        return status.page_of(token, photo_faults=refused, code=error.status)
    return redirect(url_for("status.page", token=token, _anchor="photos"), code=303)


@pages.get("/b/<token>/photos/<uuid:photo>")
@needs(Action.BOOKING_OPEN)
def show(token: str, photo: uuid.UUID) -> Response:
    """Show a photo to whoever holds its booking's link."""
    return picture(_by_token(token), photo)


@pages.post("/b/<token>/photos/<uuid:photo>/remove")
@needs(Action.BOOKING_OPEN)
def remove(token: str, photo: uuid.UUID) -> ResponseReturnValue:
    """Take a photo away."""
    s, found = services(), _by_token(token)
    photos.remove(s.database, s.settings, found, photo, link_to(found, origin()), clock.utc_now())
    return redirect(url_for("status.page", token=token, _anchor="photos"), code=303)


@pages.get("/clerk/bookings/<uuid:key>/photos/<uuid:photo>")
@needs(Action.BOOKING_READ)
def show_staff(key: uuid.UUID, photo: uuid.UUID) -> Response:
    """Show a photo to those who may read its booking."""
    with services().database.read() as session:
        found = booking.the_booking(session, actor(), Action.BOOKING_READ, key)
    return picture(found, photo)


@pages.post("/clerk/photos/<uuid:key>/seen")
@needs(Action.BOOKING_TAKE)
def seen(key: uuid.UUID) -> ResponseReturnValue:
    """Note that somebody looked at a photo that stands at two bookings."""
    with services().database.write() as session:
        photo_twins.seen(session, key, actor(), clock.utc_now())
    return redirect(url_for("clerk.desk"), code=303)


def picture(found: Booking, key: uuid.UUID) -> Response:
    """Return a photo of a booking, which nobody on the way may keep."""
    s = services()
    with s.database.read() as session:
        photo = photos.photo_of(session, found, key)
    response = make_response(photos.content(s.settings, photo))
    response.headers["Content-Type"] = "image/jpeg"
    response.headers["Content-Disposition"] = f'inline; filename="{_name(found, photo)}"'
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _name(found: Booking, photo: Photo) -> str:
    return f"{found.reference}-{photo.kind}.jpg"


def _by_token(token: str) -> Booking:
    s = services()
    with s.database.read() as session:
        return booking.booking_by_token(session, s.office, token, clock.utc_now())
