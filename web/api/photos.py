"""Photos of a booking: sent one a call, listed, read and removed by the booking's token."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, request, url_for

from recycling import booking, clock, photos
from recycling.accounts.rights import Action
from recycling.errors import N_, BadRequestError, Fault
from recycling.models import Booking, Photo
from recycling.models.photo import PHOTO_KINDS
from web.api.blueprint import api
from web.api.bookings import holder
from web.api.fields import UNKNOWN
from web.api.problems import WrongTypeError
from web.api.schemas import PhotoAnswer, PhotosAnswer
from web.photos import picture
from web.services import services

PHOTOS = "photos"
FORM = "multipart/form-data"
SENT = {
    "required": True,
    "content": {
        FORM: {
            "schema": {
                "type": "object",
                "additionalProperties": False,
                "required": ["photo"],
                "properties": {
                    "photo": {
                        "type": "string",
                        "format": "binary",
                        "description": N_("The picture as JPEG, PNG or WebP; only its pixels are kept."),
                    },
                    "kind": {
                        "type": "string",
                        "enum": list(PHOTO_KINDS),
                        "default": PHOTO_KINDS[0],
                        "description": N_("What it shows: the things (item) or the place and the way to it (place)."),
                    },
                },
            }
        }
    },
}
PICTURE = {"200": {"description": "OK", "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}}


@api.operation("GET", "/bookings/<token:token>/photos", Action.BOOKING_OPEN, N_("The photos of a booking"), PHOTOS)
@api.response(200, PhotosAnswer)
def photos_of_booking(token: str) -> dict[str, Any]:
    """Return the photos, the oldest first."""
    return _all(token, _found(token))


@api.operation(
    "POST",
    "/bookings/<token:token>/photos",
    Action.BOOKING_OPEN,
    N_("Add a photo of the things or the place"),
    PHOTOS,
    requestBody=SENT,
)
@api.response(201, PhotoAnswer)
def add_photo(token: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Add one photo; the same picture sent again is the same photo."""
    s, found = services(), _found(token)
    data, kind = _sent(s.settings.photos.most_bytes)
    made = photos.add(s.database, s.settings, found, kind, data, holder(found), clock.utc_now())
    told = _told(token, made)
    return told, 201, {"Location": told["href"]}


@api.operation(
    "GET",
    "/bookings/<token:token>/photos/<uuid:photo>",
    Action.BOOKING_OPEN,
    N_("One photo as JPEG"),
    PHOTOS,
    responses=PICTURE,
)
def photo(token: str, photo: uuid.UUID) -> Response:
    """Return the picture itself."""
    return picture(_found(token), photo)


@api.operation(
    "DELETE", "/bookings/<token:token>/photos/<uuid:photo>", Action.BOOKING_OPEN, N_("Remove a photo"), PHOTOS
)
@api.response(200, PhotosAnswer)
def remove_photo(token: str, photo: uuid.UUID) -> dict[str, Any]:
    """Remove a photo and return those that are left; one that is gone already stays so."""
    s, found = services(), _found(token)
    photos.remove(s.database, s.settings, found, photo, holder(found), clock.utc_now())
    return _all(token, found)


def _sent(most: int) -> tuple[bytes, str]:
    """Return the picture that was sent, and what it is said to show; nothing else may be sent with it."""
    if request.mimetype != FORM:
        raise WrongTypeError.one("http-415", N_("Send the photo as 'Content-Type: multipart/form-data'."))
    (unknown,) = UNKNOWN
    names = {*request.form, *request.files}
    faults = [Fault(f"body:/{n[:60]}", unknown.code, unknown.template) for n in sorted(names - {"photo", "kind"})]
    pictures, kinds = request.files.getlist("photo"), request.form.getlist("kind") or [PHOTO_KINDS[0]]
    if len(pictures) != 1 or "photo" in request.form or "kind" in request.files or len(kinds) > 1:
        faults.append(Fault("body:/photo", "one-photo", N_("Send one file as photo, and at most one kind.")))
    if faults:
        raise BadRequestError(*faults)
    return pictures[0].stream.read(most + 1), kinds[0]


def _all(token: str, found: Booking) -> dict[str, Any]:
    with services().database.read() as session:
        return {"photos": [_told(token, one) for one in photos.photos_of(session, found)]}


def _told(token: str, one: Photo) -> dict[str, Any]:
    names = ("kind", "bytes", "width", "height", "sha256")
    return {
        **{name: getattr(one, name) for name in names},
        "id": one.id,
        "uploaded_at": services().settings.clock.local(one.uploaded_at),
        "href": url_for("api.photo", token=token, photo=one.id),
    }


def _found(token: str) -> Booking:
    s = services()
    with s.database.read() as session:
        return booking.booking_by_token(session, s.office, token, clock.utc_now())
