"""The network on the ground: the area with its roads, communities, and the sites of the recycling network."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, event, update
from sqlalchemy.orm import Mapped, Session, UOWTransaction, mapped_column

from recycling.models.base import Base


def new_edition() -> str:
    """Return a name that no other state of a network has."""
    return uuid.uuid4().hex


class Area(Base):
    """The one area that this database serves, and the road layer that its days are planned on.

    ``outline`` is a GeoJSON polygon inside which a booking may lie, read only where it is asked for. ``notice_zh`` and
    ``notice_en`` are what every map, export and plan made on these roads must carry; empty on real roads. ``edition``
    becomes another one with every change of the network, so that what was made of it elsewhere can be made anew.
    """

    __tablename__ = "area"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    name: Mapped[str]
    name_en: Mapped[str]
    roads: Mapped[str]
    roads_path: Mapped[str]
    attribution: Mapped[str]
    notice_zh: Mapped[str] = mapped_column(default="")
    notice_en: Mapped[str] = mapped_column(default="")
    lon: Mapped[float]
    lat: Mapped[float]
    outline: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    edition: Mapped[str] = mapped_column(default=new_edition)

    @property
    def notice(self) -> dict[str, str] | None:
        """The notice by language, None on real roads."""
        return {"zh": self.notice_zh, "en": self.notice_en} if self.notice_zh else None


class Site(Base):
    """A fixed place of the network: depot, collection station, comprehensive or specialised sorting centre."""

    __tablename__ = "site"
    __table_args__ = (
        CheckConstraint("kind IN ('depot', 'station', 'comprehensive', 'specialised')", name="kind"),
        CheckConstraint("lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name="position"),
        CheckConstraint("unload_minutes >= 0", name="unload_minutes"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str]
    kind: Mapped[str]
    lon: Mapped[float]
    lat: Mapped[float]
    materials: Mapped[str] = mapped_column(default="")
    opens: Mapped[str]
    closes: Mapped[str]
    unload_minutes: Mapped[int] = mapped_column(default=0)
    tonnes_per_day: Mapped[float] = mapped_column(default=0)
    ownership: Mapped[str] = mapped_column(default="own")
    status: Mapped[str]

    def label(self, language: str) -> str:
        """Return the name in a language."""
        return self.name if language.startswith("zh") else self.name_en


class Community(Base):
    """A village or an urban community: where people live, and what a booking names."""

    __tablename__ = "community"
    __table_args__ = (
        CheckConstraint("lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name="position"),
        CheckConstraint("population >= 0", name="population"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    town: Mapped[str]
    county: Mapped[str]
    urban: Mapped[bool]
    population: Mapped[int]
    lon: Mapped[float]
    lat: Mapped[float]
    status: Mapped[str]
    depot_code: Mapped[str] = mapped_column(ForeignKey("site.code"))


@event.listens_for(Session, "after_flush")
def _change_edition(session: Session, _: UOWTransaction) -> None:
    changed = (*session.new, *session.deleted, *(row for row in session.dirty if session.is_modified(row)))
    if any(isinstance(row, (Area, Community, Site)) for row in changed):
        session.execute(update(Area).values(edition=new_edition()))
        session.info.clear()
