"""Photos of a booking's things and place: a row each, and a file under a name that nobody can guess.

The name is written down first. The file is written under a name for drafts, named in the transaction that writes the
photo's row, and taken away after the one that takes that row away. Whatever a crash leaves between is a name without a
photo, which `tidy` removes with its file; there is never a photo without its file.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import delete, event, func, select
from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.db import Database, hold
from recycling.errors import N_, BadRequestError, ConflictError, NotFoundError, TooLargeError, UnavailableError
from recycling.models import Booking, Photo, PhotoFile, PhotoTwin
from recycling.models.booking import ENDED
from recycling.models.photo import PHOTO_KINDS
from recycling.pictures import Picture, own_jpeg
from recycling.settings import Settings

DRAFT = ".part"
log = structlog.get_logger()
ORPHAN_AGE = timedelta(hours=1)
"""A name without a photo that is younger may be one whose photo is being written."""


def add(
    database: Database, settings: Settings, booking: Booking, kind: str, data: bytes, actor: Actor, now: datetime
) -> Photo:
    """Add a photo of a booking's things (``item``) or of its place (``place``); the same picture again adds none.

    Raises
    ------
    BadRequestError
        When it is no picture, or of no known kind.
    TooLargeError
        When it has too many bytes.
    UnavailableError
        When the file cannot be written.
    ConflictError
        When the booking has as many photos as it may, or has ended.
    """
    rules = settings.photos
    if kind not in PHOTO_KINDS:
        raise BadRequestError.one("photo-kind", N_("Say what the photo shows: the things or the place."), where="kind")
    if len(data) > rules.most_bytes:
        raise too_large(settings)
    with database.read() as session:
        _open(session, booking)  # before the work of decoding
    picture = own_jpeg(data, rules.megapixels * 1_000_000, rules.side)
    photo = Photo(
        id=uuid.uuid4(),
        booking_id=_head(booking),
        kind=kind,
        file=f"{secrets.token_hex(16)}.jpg",
        bytes=len(picture.data),
        width=picture.width,
        height=picture.height,
        sha256=hashlib.sha256(picture.data).hexdigest(),
        uploaded_at=now,
    )
    with database.write() as session:
        session.add(PhotoFile(name=photo.file, made_at=now))
    folder = settings.photos_folder
    draft = _draft(folder, photo.file, picture)
    try:
        with database.write() as session:
            session.execute(select(Booking.id).where(Booking.id == photo.booking_id).with_for_update())
            hold(session, f"photo/{photo.sha256}")  # so that of two who send the same at once one sees the other
            twins = session.scalars(select(Photo).where(Photo.sha256 == photo.sha256)).all()
            if same := next((twin for twin in twins if twin.booking_id == photo.booking_id), None):
                return same
            _open(session, booking)
            _room(session, settings, booking)
            draft.rename(folder / photo.file)
            _sync(folder)
            session.add(photo)
            session.flush()
            _note_twins(session, photo, twins, now)
            after = {"photo": str(photo.id), "kind": kind}
            audit.record(session, actor, "photo.added", "booking", photo.booking_id, None, after, now)
    finally:  # a file that was named stays: whether its row was written is not always known
        draft.unlink(missing_ok=True)
    return photo


def too_large(settings: Settings) -> TooLargeError:
    """Return the error for a file of too many bytes."""
    return TooLargeError.one(
        "photo-too-large",
        N_("A photo may have %(most)s MB. Take it again with a lower resolution, or send another."),
        where="photo",
        most=settings.photos.megabytes,
    )


def remove(
    database: Database, settings: Settings, booking: Booking, key: uuid.UUID, actor: Actor, now: datetime
) -> None:
    """Take a photo away, with its file; one that is gone already is no error."""
    with database.write() as session:
        query = select(Photo).where(Photo.id == key, Photo.booking_id == _head(booking))
        photo = session.scalar(query.with_for_update())
        if photo is None:
            return
        before = {"photo": str(photo.id), "kind": photo.kind}
        audit.record(session, actor, "photo.removed", "booking", photo.booking_id, before, None, now)
        _take_away(session, [photo], settings.photos_folder)


def erase(session: Session, booking: Booking, folder: Path | None = None) -> int:
    """Take all photos of a booking away in the caller's transaction; returns how many there were.

    With the folder of photos the files go when the transaction is committed, else when `tidy` runs.
    """
    found = photos_of(session, booking)
    _take_away(session, found, folder)
    return len(found)


def photos_of(session: Session, booking: Booking) -> Sequence[Photo]:
    """Return a booking's photos, the oldest first."""
    query = select(Photo).where(Photo.booking_id == _head(booking))
    return session.scalars(query.order_by(Photo.uploaded_at, Photo.id)).all()


def photo_of(session: Session, booking: Booking, key: uuid.UUID) -> Photo:
    """Return one photo of a booking; NotFoundError for one that is another's, or is not there."""
    found = session.scalar(select(Photo).where(Photo.id == key, Photo.booking_id == _head(booking)))
    if found is None:
        raise _gone()
    return found


def photo_counts(session: Session, bookings: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Return how many photos each of some bookings has; those without any are left out."""
    query = select(Photo.booking_id, func.count()).where(Photo.booking_id.in_(bookings)).group_by(Photo.booking_id)
    return {row[0]: row[1] for row in session.execute(query)}


def content(settings: Settings, photo: Photo) -> bytes:
    """Return a photo's file; NotFoundError where it is gone."""
    try:
        return (settings.photos_folder / photo.file).read_bytes()
    except FileNotFoundError as error:
        raise _gone() from error


def tidy(database: Database, settings: Settings, now: datetime) -> tuple[int, int]:
    """Remove photos of visits that are long over, and names without a photo with their files; returns both counts."""
    last = settings.clock.today(now) - timedelta(days=settings.photos.keep_days)
    old = select(Photo).join(Booking, Booking.id == Photo.booking_id).where(Booking.service_day < last)
    with database.read() as session:
        due = session.scalar(select(Photo.id).where(Photo.id.in_(old.with_only_columns(Photo.id))).limit(1))
    removed = 0
    if due is not None:
        with database.write() as session:
            found = session.scalars(old).all()
            _take_away(session, found, settings.photos_folder)
            removed = len(found)
    return removed, _sweep(database, settings.photos_folder, now)


def _sweep(database: Database, folder: Path, now: datetime) -> int:
    """Remove the files of names that no photo has, and then the names."""
    orphans = select(PhotoFile.name).where(
        PhotoFile.made_at < now - ORPHAN_AGE, ~select(Photo.id).where(Photo.file == PhotoFile.name).exists()
    )
    with database.read() as session:
        names = session.scalars(orphans).all()
    for name in names:
        (folder / name).unlink(missing_ok=True)
        (folder / (name + DRAFT)).unlink(missing_ok=True)
    if names:
        with database.write() as session:
            session.execute(delete(PhotoFile).where(PhotoFile.name.in_(names)))
    return len(names)


def _head(booking: Booking) -> uuid.UUID:
    return booking.leg_of or booking.id


def _open(session: Session, booking: Booking) -> None:
    """Refuse photos of a booking that is over."""
    now_there = session.get(Booking, _head(booking), populate_existing=True)
    if now_there is None or now_there.state in ENDED:
        raise ConflictError.one(
            "photos-over", N_("This booking is over. Photos can be added until the things are collected.")
        )


def _room(session: Session, settings: Settings, booking: Booking) -> None:
    """Refuse a photo more of a booking that has as many as it may."""
    most = settings.photos.most
    count = session.scalar(select(func.count()).where(Photo.booking_id == _head(booking))) or 0
    if count >= most:
        raise ConflictError.one(
            "too-many-photos",
            N_("A booking may have %(most)s photos. Remove one first."),
            where="photo",
            most=most,
        )


def _note_twins(session: Session, photo: Photo, twins: Sequence[Photo], now: datetime) -> None:
    """Write down for staff that the same photo stands at bookings of other telephone numbers."""
    mine = session.get_one(Booking, photo.booking_id)
    for twin in twins:
        other = session.get_one(Booking, twin.booking_id)
        if other.phone != mine.phone:
            session.add(PhotoTwin(photo_id=photo.id, other_id=twin.id, found_at=now))


def _take_away(session: Session, found: Sequence[Photo], folder: Path | None) -> None:
    """Delete rows now and their files once that is committed."""
    keys, files = [photo.id for photo in found], [photo.file for photo in found]
    if not keys:
        return
    session.execute(delete(PhotoTwin).where(PhotoTwin.photo_id.in_(keys) | PhotoTwin.other_id.in_(keys)))
    session.execute(delete(Photo).where(Photo.id.in_(keys)))
    if (
        folder is None or session.in_nested_transaction()
    ):  # one that may be undone by itself: `tidy` sees what came of it
        return

    @event.listens_for(session, "after_commit")
    def _(of: Session) -> None:
        if not of.in_nested_transaction():
            for name in files:
                (folder / name).unlink(missing_ok=True)


def _draft(folder: Path, name: str, picture: Picture) -> Path:
    """Write a picture whole under a name for drafts, readable by nobody else."""
    draft = folder / (name + DRAFT)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(picture.data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        draft.unlink(missing_ok=True)
        log.error("a photo could not be written", folder=str(folder), why=error.strerror)
        raise UnavailableError.one(
            "photos-unavailable",
            N_("Photos cannot be kept just now. Your booking stands; add the photo later."),
            where="photo",
        ) from error
    return draft


def _sync(folder: Path) -> None:
    """Make the new name last."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _gone() -> NotFoundError:
    return NotFoundError.one("no-photo", N_("There is no such photo. It was removed, or the link is wrong."))
