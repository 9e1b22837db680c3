"""The answer for stations and centres together that a scenario was opened from: what its whole chain is worth."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import String, cast, or_, select
from sqlalchemy.orm import Session

from recycling.models import Scenario, SiteSearch

STATIONS, CENTRES = 0, 1


@dataclass(frozen=True)
class Behind:
    """An answer, or a point of a front (from 1), with what is counted of it there.

    Attributes
    ----------
    measures, parts
        A year's figures over the whole chain, as `recycling.sites.tier_answers` keeps them.
    stations, centres
        How many it has open in its last year.
    years
        Over how many years the figures are the mean.
    as_found
        Whether the scenario's open sites are still the answer's centres.
    copy_of
        What the scenario was called that this one is a copy of, at that time; empty where it is none.
    """

    search: uuid.UUID
    point: int | None
    measures: Mapping[str, float | None]
    parts: Mapping[str, float]
    stations: int
    centres: int
    years: int
    as_found: bool
    copy_of: str = ""


def answer_behind(session: Session, scenario: Scenario) -> Behind | None:
    """Return the answer that a scenario, or what it is a copy of, was opened from; None where there is none."""
    known = scenario.behind or _found(session, scenario)
    if not known:
        return None
    opened = {row.code for row in scenario.sites if row.is_open}
    return Behind(
        uuid.UUID(known["search"]),
        known["point"],
        known["measures"],
        known["parts"],
        known["stations"],
        len(known["centres"]),
        known["years"],
        opened == set(known["centres"]),
        known.get("copy_of", ""),
    )


def kept_for_copy(session: Session, scenario: Scenario) -> dict[str, Any] | None:
    """Return what a copy of a scenario keeps of the answer behind it; None where there is none."""
    if scenario.behind:
        return scenario.behind
    found = _found(session, scenario)
    return found | {"copy_of": scenario.name} if found else None


def _found(session: Session, scenario: Scenario) -> dict[str, Any]:
    """Return what is known of the answer that a scenario was opened from; nothing where it was not."""
    key = str(scenario.id)
    rows = session.scalars(
        select(SiteSearch).where(
            SiteSearch.kind.in_(("tiers", "front")),
            or_(SiteSearch.made_id == scenario.id, cast(SiteSearch.answer, String).contains(f'"{key}"')),
        )
    )
    for search in rows:
        answer: dict[str, Any] = search.answer or {}
        points = [(None, answer)] if search.kind == "tiers" else list(enumerate(answer.get("rows", []), start=1))
        for number, point in points:
            if point.get("made") == key:
                opened = point["opened"][-1]
                return {
                    "search": str(search.id),
                    "point": number,
                    "measures": point["measures"],
                    "parts": point["parts"],
                    "stations": len(opened[STATIONS]),
                    "centres": sorted(opened[CENTRES]),
                    "years": len(answer["years"]),
                }
    return {}
