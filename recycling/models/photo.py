"""Photos that residents add to their bookings, and those that turned up twice."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from recycling.models.base import Base, new_id
from recycling.models.booking import one_of

PHOTO_KINDS = ("item", "place")


class PhotoFile(Base):
    """A name in the folder of photos that this record gave out, written before the file is.

    One that no photo has is to be removed with its file. Files whose names do not stand here are another record's.
    """

    __tablename__ = "photo_file"

    name: Mapped[str] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]


class Photo(Base):
    """A photo of things or of the place of a booking; ``file`` is its name in the folder of photos.

    ``sha256`` and ``bytes`` are those of the file, which is one of our own making.
    """

    __tablename__ = "photo"
    __table_args__ = (
        CheckConstraint(one_of("kind", PHOTO_KINDS), name="kind"),
        CheckConstraint("bytes > 0 AND width > 0 AND height > 0", name="sizes"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    booking_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("booking.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    file: Mapped[str] = mapped_column(ForeignKey("photo_file.name"), unique=True)
    bytes: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    sha256: Mapped[str] = mapped_column(index=True)
    uploaded_at: Mapped[datetime]


class PhotoTwin(Base):
    """The same photo at bookings of two telephone numbers: somebody should look, and nothing happens by itself."""

    __tablename__ = "photo_twin"
    __table_args__ = (UniqueConstraint("photo_id", "other_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    photo_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("photo.id", ondelete="CASCADE"))
    other_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("photo.id", ondelete="CASCADE"), index=True)
    found_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    seen_by: Mapped[str] = mapped_column(default="")
