"""A planner's scenarios: which sites are open, where, and under what assumptions; and searches for better ones."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from recycling.models.base import Base, new_id
from recycling.models.booking import one_of

SITE_KINDS = ("standing", "station", "town", "own")
MARKET_KINDS = ("market", "dismantler")
LAYERS = ("sites", "points")
SEARCH_STATES = ("queued", "running", "done", "stopped", "failed")


class Scenario(Base):
    """Sorting centres as somebody imagines them, for the communities of a depot or (None) of the whole area.

    ``assumed`` is what `recycling.sites.assumed.Assumed` keeps: costs, rates and the reach as they were when the
    scenario was made, so that it says the same after the configuration has changed. ``version`` counts its changes.
    ``behind`` is, of a copy, what `recycling.sites.behind` keeps of the answer that its original was opened from.
    """

    __tablename__ = "scenario"
    __table_args__ = (
        CheckConstraint("name <> ''", name="name"),
        CheckConstraint("version >= 1", name="version"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)
    depot_code: Mapped[str | None] = mapped_column(ForeignKey("site.code"))
    assumed: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    changed_at: Mapped[datetime]
    behind: Mapped[dict[str, Any] | None]

    sites: Mapped[list[ScenarioSite]] = relationship(
        back_populates="scenario", cascade="all, delete-orphan", order_by="ScenarioSite.position"
    )
    markets: Mapped[list[ScenarioMarket]] = relationship(
        back_populates="scenario", cascade="all, delete-orphan", order_by="ScenarioMarket.position", lazy="selectin"
    )


class ScenarioSite(Base):
    """A place of a scenario, open or closed.

    ``kind`` is ``standing`` (a sorting centre of the network), ``station``, ``town`` (the position of a community,
    whose code it bears), or ``own`` (put on the map by the planner). ``size`` names one of the scenario's sizes,
    "standing" for a centre that stands. ``facts`` is what `recycling.sites.facts.SiteFacts` keeps.
    """

    __tablename__ = "scenario_site"
    __table_args__ = (
        CheckConstraint(one_of("kind", SITE_KINDS), name="kind"),
        CheckConstraint("lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name="position"),
    )

    scenario_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("scenario.id", ondelete="CASCADE"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    kind: Mapped[str]
    name: Mapped[str]
    name_en: Mapped[str]
    lon: Mapped[float]
    lat: Mapped[float]
    size: Mapped[str]
    is_open: Mapped[bool]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")

    scenario: Mapped[Scenario] = relationship(back_populates="sites")

    def label(self, language: str) -> str:
        """Return the name in a language."""
        return self.name if language.startswith("zh") else self.name_en


class ScenarioMarket(Base):
    """Who takes what is sorted, in the area or far outside it: a ``market`` or a ``dismantler``.

    A scenario without any sells to those of the configuration. ``facts`` is what `recycling.sites.facts.SiteFacts`
    keeps, prices and the stated way among it.
    """

    __tablename__ = "scenario_market"
    __table_args__ = (
        CheckConstraint(one_of("kind", MARKET_KINDS), name="kind"),
        CheckConstraint("lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name="position"),
    )

    scenario_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("scenario.id", ondelete="CASCADE"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    kind: Mapped[str]
    name: Mapped[str]
    name_en: Mapped[str]
    lon: Mapped[float]
    lat: Mapped[float]
    is_open: Mapped[bool]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")

    scenario: Mapped[Scenario] = relationship(back_populates="markets")

    def label(self, language: str) -> str:
        """Return the name in a language."""
        return self.name if language.startswith("zh") else self.name_en


class ScenarioLayer(Base):
    """Places that came from a file for a scenario: sites, or the points at which things are brought.

    ``rows`` are `recycling.layers.site_rows` or `recycling.layers.points` as JSON. What is not ``taken`` yet waits for
    whoever sent it to look at it. Points that are taken are what the scenario counts, instead of the communities of its
    area or ``beside`` them; a scenario has one such layer at most, and a taken layer is never changed. ``told`` is how
    the file was read: ``crs``, ``areas`` and ``unread`` as `recycling.layers.found.Found` has them.
    """

    __tablename__ = "scenario_layer"
    __table_args__ = (
        CheckConstraint(one_of("what", LAYERS), name="what"),
        CheckConstraint("NOT taken OR what = 'points'", name="taken"),
        Index("ix_scenario_layer_made_at", "made_at"),
        Index(
            "uq_scenario_layer_taken",
            "scenario_id",
            unique=True,
            sqlite_where=text("taken"),
            postgresql_where=text("taken"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    scenario_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("scenario.id", ondelete="CASCADE"))
    what: Mapped[str]
    rows: Mapped[list[Any]] = mapped_column(deferred=True)
    told: Mapped[dict[str, Any]]
    beside: Mapped[bool] = mapped_column(default=False)
    taken: Mapped[bool] = mapped_column(default=False)
    made_by: Mapped[str]
    made_at: Mapped[datetime]


class SiteSearch(Base):
    """A search for the best sites, begun from a scenario; what it finds becomes a scenario of its own.

    ``kind`` says what was asked: ``sites`` (`recycling.sites.searching.Question`), stations and centres together
    (``tiers``), what two aims cost each other (``front``, both `recycling.sites.tier_asking.TierQuestion`), one choice
    for several demands (``robust``, `recycling.sites.robust_asking.RobustQuestion`), sites and rounds together
    (``located``, `recycling.sites.located_asking.LocatedQuestion`), or variants (``sweep``, of which the answer is a
    table: `recycling.sites.sweep_runs.Question`).
    ``asked`` is the question, ``answer`` what was found. ``error`` says in English why nothing was, ``faults`` the same
    in parts that a page translates (`recycling.sites.reasons`). ``lease_until`` passes when whoever searches is gone.
    """

    __tablename__ = "site_search"
    __table_args__ = (
        CheckConstraint(one_of("state", SEARCH_STATES), name="state"),
        CheckConstraint("progress BETWEEN 0 AND 1", name="progress"),
        Index("ix_site_search_state", "state", "asked_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    scenario_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("scenario.id", ondelete="SET NULL"))
    made_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("scenario.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(default="sites", server_default="sites")
    asked: Mapped[dict[str, Any]]
    answer: Mapped[dict[str, Any] | None]
    state: Mapped[str] = mapped_column(default="queued")
    progress: Mapped[float] = mapped_column(default=0)
    stop_asked: Mapped[bool] = mapped_column(default=False)
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")
    faults: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
