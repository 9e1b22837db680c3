"""Layers on their way into a scenario: kept as a draft, looked at, taken whole or forgotten."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from recycling import network
from recycling.accounts.actors import Actor
from recycling.catalogue import Catalogue
from recycling.errors import N_, BadRequestError, NotFoundError
from recycling.layers.found import Feature, FeatureFault, Found
from recycling.layers.merging import Merged, merged
from recycling.layers.points import Point, points_in
from recycling.layers.site_rows import SiteRow, sites_in
from recycling.models import Community, Scenario, ScenarioLayer, ScenarioMarket
from recycling.models.base import new_id, table_of
from recycling.settings import Settings
from recycling.sites.assumed import Assumed
from recycling.sites.facts import facts_of
from recycling.sites.markets import fill
from recycling.sites.people import layer_of
from recycling.sites.scenarios import begin_change, end_change

KEPT = timedelta(days=1)
"""How long a layer waits to be taken."""


@dataclass(frozen=True)
class Preview:
    """What a layer would bring.

    Attributes
    ----------
    kinds
        How many of each kind.
    merged
        What becomes of the scenario's sites; None for points.
    points
        All points of it; none for sites.
    outside
        Number and name of what lies outside the area.
    """

    kinds: Mapping[str, int]
    merged: Merged | None
    points: Sequence[Point]
    outside: Sequence[tuple[int, str]]

    @property
    def places(self) -> list[tuple[str, float, float]]:
        """Name and position of what would come or change and needs a road, inside the area."""
        if self.merged is not None:
            return [
                (row.name, row.lon, row.lat)
                for row in (*self.merged.added, *self.merged.changed)
                if not (isinstance(row, ScenarioMarket) and facts_of(row).way_km is not None)
            ]
        lost = {number for number, _ in self.outside}
        return [(one.name, one.lon, one.lat) for one in self.points if one.number not in lost]


def material_names(settings: Settings, catalogue: Catalogue) -> dict[str, str]:
    """Return the code of each material that sites sort by any of its names in small letters."""
    found = {code: code for code in settings.stock.brought}
    for code, material in catalogue.materials.items():
        if code in settings.stock.brought:
            found |= {material.zh.casefold(): code, material.en.casefold(): code}
    return found


def drafted(
    session: Session,
    scenario: Scenario,
    what: str,
    found: Found,
    names: Mapping[str, str],
    actor: Actor,
    now: datetime,
    beside: bool = True,
) -> tuple[ScenarioLayer | None, list[FeatureFault]]:
    """Keep what was read until it is taken; nothing is kept where anything is wrong, and that is returned.

    What the same person has waiting for this scenario, and what has waited for longer than `KEPT`, is forgotten.

    Parameters
    ----------
    names
        Of materials, as `material_names`.
    beside
        Of points: the communities of the area are counted too.
    """
    wrong = list(found.faults)
    rows: Sequence[SiteRow | Point]
    if what == "sites":
        sizes = [size.name for size in Assumed(**scenario.assumed).sizes]
        rows, more = sites_in(found.features, names, sizes)
    else:
        rows, more = points_in(found.features)
    wrong += more
    if what == "sites" and not wrong:
        wrong += merged(session, scenario, [row for row in rows if isinstance(row, SiteRow)]).faults
    if wrong:
        return None, sorted(wrong, key=lambda one: one.number)
    kept = table_of(ScenarioLayer).c
    mine = (kept.scenario_id == scenario.id) & (kept.made_by == actor.id)
    session.execute(delete(ScenarioLayer).where(~kept.taken, or_(mine, kept.made_at < now - KEPT)))
    layer = ScenarioLayer(
        id=new_id(),
        scenario_id=scenario.id,
        what=what,
        rows=[row.model_dump(mode="json") for row in rows],
        told={"crs": found.crs or "wgs84", "areas": found.areas, "unread": list(found.unread)},
        beside=beside,
        made_by=actor.id,
        made_at=now,
    )
    session.add(layer)
    session.flush()
    return layer, []


def stated_by_hand(
    session: Session,
    scenario: Scenario,
    version: int,
    code: str,
    cells: Mapping[str, str],
    names: Mapping[str, str],
    actor: Actor,
    now: datetime,
) -> None:
    """Let a site of a scenario state of itself what the cells of a layer's row say, and nothing else any more.

    Its place and size stay, and it is open as it was, unless there may not be built any more.

    Raises
    ------
    ConflictError, NotFoundError, BadRequestError
        When the scenario was changed meanwhile; for a site that is not there; with all that is wrong, by column.
    """
    begin_change(session, scenario, version)
    site = next((row for row in scenario.sites if row.code == code), None)
    if site is None:
        raise NotFoundError.one("no-such-site", N_("There is no site %(site)s in this scenario."), site=code[:20])
    stays = {"code": code, "name": site.name, "name_en": site.name_en, "ref": str((site.facts or {}).get("ref", ""))}
    rows, wrong = sites_in([Feature(1, site.lon, site.lat, {**cells, **stays})], names, ())
    if not wrong:
        both = merged(session, scenario, rows)
        wrong = list(both.faults)
    if wrong:
        raise BadRequestError(*(one.fault for one in wrong))
    _put(session, scenario, both, actor, now)


def the_draft(session: Session, scenario: Scenario, key: uuid.UUID, actor: Actor, now: datetime) -> ScenarioLayer:
    """Return a layer that waits to be taken by whoever sent it.

    Raises
    ------
    NotFoundError
        When there is none of that key, or it was taken or forgotten.
    """
    layer = session.get(ScenarioLayer, key)
    if (
        layer is None
        or layer.taken
        or layer.scenario_id != scenario.id
        or layer.made_by != actor.id
        or layer.made_at < now - KEPT
    ):
        raise NotFoundError.one(
            "no-layer", N_("This layer does not wait here any more: it was taken, or is too old. Send the file again.")
        )
    return layer


def preview(session: Session, scenario: Scenario, layer: ScenarioLayer) -> Preview:
    """Return what a layer would bring to a scenario as it is now."""
    if layer.what == "sites":
        rows = _sites(layer)
        both = merged(session, scenario, rows)
        kinds = Counter(row.kind for row in (*both.added, *both.changed))
        return Preview(kinds, both, (), [(row.number, row.name) for row in both.outside])
    area, points = network.the_area(session), _points(layer)
    outside = [(one.number, one.name) for one in points if not network.inside(area, one.lon, one.lat)]
    return Preview(Counter(one.kind for one in points), None, points, outside)


def take(
    session: Session,
    scenario: Scenario,
    version: int,
    layer: ScenarioLayer,
    leave_outside: bool,
    actor: Actor,
    now: datetime,
) -> int:
    """Take a layer into its scenario, whole; return how many places came or changed.

    Parameters
    ----------
    leave_outside
        What lies outside the area is left out; without it nothing is taken where anything lies there.

    Raises
    ------
    ConflictError
        When the scenario was changed meanwhile.
    BadRequestError
        When something lies outside, or nothing is left, or a site cannot be as the layer says.
    """
    begin_change(session, scenario, version)
    seen = preview(session, scenario, layer)
    if seen.outside and not leave_outside:
        number, name = seen.outside[0]
        raise BadRequestError.one(
            "outside-area",
            N_(
                "%(count)s places lie outside the area, such as %(name)s (%(number)s). Correct them, say what their"
                " coordinates are in, or leave them out."
            ),
            where="leave",
            count=len(seen.outside),
            name=name,
            number=number,
        )
    if seen.merged is not None:
        if seen.merged.faults:
            raise BadRequestError(*(one.fault for one in seen.merged.faults))
        count = _put(session, scenario, seen.merged, actor, now)
        session.delete(layer)
        session.flush()
        return count
    return _counted(session, scenario, layer, seen, actor, now)


def drop_points(session: Session, scenario: Scenario, version: int, actor: Actor, now: datetime) -> None:
    """Let a scenario count the communities of its area again, and no points of its own."""
    begin_change(session, scenario, version)
    layer = layer_of(session, scenario)
    if layer is not None:
        count = len(layer.rows)
        session.delete(layer)
        end_change(session, scenario, "points-dropped", {"points": count}, None, actor, now)


def forget(session: Session, layer: ScenarioLayer) -> None:
    """Forget a layer that was not taken."""
    session.delete(layer)
    session.flush()


def _put(session: Session, scenario: Scenario, both: Merged, actor: Actor, now: datetime) -> int:
    rows, markets = {row.code: row for row in scenario.sites}, {row.code: row for row in scenario.markets}
    for one in both.changed:
        if isinstance(one, ScenarioMarket):
            fill(markets[one.code], one)
            continue
        row = rows[one.code]
        row.name, row.name_en, row.lon, row.lat = one.name, one.name_en, one.lon, one.lat
        row.size, row.is_open, row.facts = one.size, one.is_open, one.facts
    for one in both.added:
        if isinstance(one, ScenarioMarket):
            one.position = 1 + max((row.position for row in scenario.markets), default=0)
            scenario.markets.append(one)
            continue
        one.position = 1 + max((row.position for row in scenario.sites), default=0)
        scenario.sites.append(one)
    if both.added or both.changed:
        told = {"added": [one.code for one in both.added], "changed": [one.code for one in both.changed]}
        end_change(session, scenario, "sites-imported", None, told, actor, now)
    return len(both.added) + len(both.changed)


def _counted(
    session: Session, scenario: Scenario, layer: ScenarioLayer, seen: Preview, actor: Actor, now: datetime
) -> int:
    """Let a scenario count the points of a layer; what the file leaves open is that of the nearest community."""
    import numpy as np

    lost = {number for number, _ in seen.outside}
    points = [one for one in seen.points if one.number not in lost]
    if not points:
        raise BadRequestError.one("nothing-left", N_("Nothing of this layer lies in the area."), where="leave")
    known = session.execute(select(table_of(Community))).all()
    at = np.array([(row.lon * 0.86, row.lat) for row in known]).reshape(-1, 2)
    rows: list[dict[str, Any]] = []
    for one in points:
        row = one.model_dump(mode="json")
        if known and not (one.county and one.town and one.urban is not None):
            near = known[int(((at - (one.lon * 0.86, one.lat)) ** 2).sum(axis=1).argmin())]
            row["county"], row["town"] = (one.county, one.town) if one.town else (near.county, near.town)
            row["county"] = row["county"] or near.county
            row["urban"] = near.urban if one.urban is None else one.urban
        rows.append(row | {"urban": bool(row["urban"])})
    earlier = layer_of(session, scenario)
    if earlier is not None:
        session.delete(earlier)
        session.flush()
    session.add(
        ScenarioLayer(
            id=new_id(), scenario_id=scenario.id, what="points", rows=rows, told=layer.told, beside=layer.beside,
            taken=True, made_by=layer.made_by, made_at=now,
        )
    )  # fmt: skip
    session.delete(layer)
    end_change(session, scenario, "points-imported", None, {"points": len(rows), "beside": layer.beside}, actor, now)
    return len(rows)


def _sites(layer: ScenarioLayer) -> list[SiteRow]:
    return [SiteRow(**row) for row in layer.rows]


def _points(layer: ScenarioLayer) -> list[Point]:
    return [Point(**row) for row in layer.rows]
