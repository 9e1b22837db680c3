"""Places as people name them: how signs are read, and what people said about pins that looked wrong."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from recycling.models.base import Base


class SignReading(Base):
    """How one Chinese sign of the network's names is read.

    ``readings`` are pinyin syllables without tones, ``v`` for ü, the usual one first, with a space between.
    """

    __tablename__ = "sign_reading"

    sign: Mapped[str] = mapped_column(primary_key=True)
    readings: Mapped[str]


class PinAnswer(Base):
    """What a person answered when the pin of an address looked wrong, so that it is asked once.

    ``given_lon``, ``given_lat`` is the pin that was doubted, ``lon``, ``lat`` the place that was agreed on; both are
    the same when the person said that the pin was right. ``community_code`` is empty where none was named.
    """

    __tablename__ = "pin_answer"
    __table_args__ = (
        CheckConstraint("lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name="position"),
        CheckConstraint("given_lon BETWEEN -180 AND 180 AND given_lat BETWEEN -90 AND 90", name="given"),
    )

    phone: Mapped[str] = mapped_column(primary_key=True)
    community_code: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True)
    given_lon: Mapped[float]
    given_lat: Mapped[float]
    lon: Mapped[float]
    lat: Mapped[float]
    answered_at: Mapped[datetime]
