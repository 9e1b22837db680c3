"""The communities of an area as arrays: who lives where; read once for each edition of the network."""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import network
from recycling.errors import N_, BadRequestError
from recycling.kept_network import edition
from recycling.models import Community, Scenario, ScenarioLayer
from recycling.models.base import table_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EDITIONS = 4
"""Editions that are kept: of the network, and of the layers that scenarios have instead of it or beside it."""


@dataclass(frozen=True, eq=False)
class People:
    """Communities with people, and other points at which things are brought, by code.

    Attributes
    ----------
    codes, names, depots
        One for each community.
    town, towns
        Number of each community's town, and county and name of the towns.
    people, urban
        (communities) float and bool.
    lonlat
        Degrees, WGS 84.
    key
        Another one when codes or positions are others.
    kg_a_week
        (communities) what a point brings by its own statement, NaN for what the rates expect; None: none states it.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    depots: tuple[str, ...]
    town: NDArray[np.int64]
    towns: tuple[tuple[str, str], ...]
    people: NDArray[np.float64]
    urban: NDArray[np.bool_]
    lonlat: tuple[tuple[float, float], ...]
    key: str
    kg_a_week: NDArray[np.float64] | None = None

    def of(self, depot: str | None) -> NDArray[np.bool_]:
        """Return which communities are a depot's; all of them for None."""
        import numpy as np

        return np.array([depot in (None, code) for code in self.depots], dtype=bool)

    def same_as(self, other: People) -> bool:
        """Tell whether others are the same communities, with as many people who bring as much."""
        import numpy as np

        own, theirs = ((one.kg_a_week if one.kg_a_week is not None else np.array([])) for one in (self, other))
        same = self.key == other.key and np.array_equal(self.people, other.people)
        return same and np.array_equal(self.urban, other.urban) and np.array_equal(own, theirs, equal_nan=True)


_kept: OrderedDict[str, People] = OrderedDict()
_lock = Lock()


def people_of(session: Session) -> People:
    """Return the communities of the area in which anybody lives.

    Raises
    ------
    BadRequestError
        When there are none.
    """
    return _known(edition(session), lambda: _arrays(_communities(session)))


def layer_of(session: Session, scenario: Scenario) -> ScenarioLayer | None:
    """Return the layer of points that a scenario counts; None where it counts the communities of the area."""
    kept = table_of(ScenarioLayer).c
    return session.scalar(select(ScenarioLayer).where(kept.scenario_id == scenario.id, kept.taken))


def people_for(session: Session, scenario: Scenario) -> People:
    """Return whom a scenario counts: the points of its layer, beside the communities where it says so, or these alone.

    Raises
    ------
    BadRequestError
        As `people_of`.
    """
    layer = layer_of(session, scenario)
    if layer is None:
        return people_of(session)
    return _known(f"{edition(session)}/{layer.id}", lambda: people_with(session, layer.rows, layer.beside))


def same_people(session: Session, one: Scenario, other: Scenario) -> None:
    """Refuse two scenarios that count other people: their figures say nothing beside each other.

    Raises
    ------
    BadRequestError
        With the name of a scenario that has points of its own.
    """
    first, second = people_for(session, one), people_for(session, other)
    if first.same_as(second):
        return
    own = one if layer_of(session, one) is not None else other
    raise BadRequestError.one(
        "other-people",
        N_("%(name)s counts points of its own, and the other scenario does not count these. Copy %(name)s, and compare"
           " it with the copy."),
        where="a",
        name=own.name,
    )  # fmt: skip


def people_with(session: Session, points: Sequence[Mapping[str, Any]], beside: bool) -> People:
    """Return points (`recycling.layers.points.Point` as JSON) as arrays, beside the communities that they do not name.

    A point belongs to the depot of the community whose code it bears, else to that which lies nearest.
    """
    depots, communities = network.depots(session), _communities(session)
    depot_of = {row.code: row.depot_code for row in communities}
    found = [
        _Row(
            point["code"], point["name"], point["town"], point["county"], point["urban"], float(point["people"] or 0),
            point["lon"], point["lat"],
            depot_of.get(point["code"]) or network.nearest(depots, point["lon"], point["lat"]).code, point["kg_week"],
        )
        for point in points
    ]  # fmt: skip
    named = {row.code for row in found}
    others = [row for row in communities if row.code not in named] if beside else []
    return _arrays(sorted([*others, *found], key=lambda row: row.code))


def _known(name: str, read: Callable[[], People]) -> People:
    with _lock:
        found = _kept.get(name)
    if found is None:
        found = read()
        with _lock:
            _kept[name] = found
            while len(_kept) > EDITIONS:
                _kept.popitem(last=False)
    return found


class _Row(NamedTuple):
    code: str
    name: str
    town: str
    county: str
    urban: bool
    population: float
    lon: float
    lat: float
    depot_code: str
    kg_week: float | None = None


def _communities(session: Session) -> list[_Row]:
    table = table_of(Community)
    rows = session.execute(select(table).where(table.c.population > 0).order_by(table.c.code)).all()
    if not rows:
        raise BadRequestError.one("nobody-there", N_("There are no communities with people. Load a network first."))
    return [
        _Row(r.code, r.name, r.town, r.county, r.urban, float(r.population), r.lon, r.lat, r.depot_code) for r in rows
    ]


def _arrays(rows: Sequence[_Row]) -> People:
    import numpy as np

    towns = sorted({(row.county, row.town) for row in rows})
    number = {town: k for k, town in enumerate(towns)}
    text = "\n".join(f"{row.code} {row.lon:.6f} {row.lat:.6f}" for row in rows)
    return People(
        codes=tuple(row.code for row in rows),
        names=tuple(row.name for row in rows),
        depots=tuple(row.depot_code for row in rows),
        town=np.array([number[row.county, row.town] for row in rows], dtype=np.int64),
        towns=tuple(towns),
        people=np.array([row.population for row in rows], dtype=float),
        urban=np.array([row.urban for row in rows], dtype=bool),
        lonlat=tuple((row.lon, row.lat) for row in rows),
        key=hashlib.sha256(text.encode()).hexdigest()[:16],
        kg_a_week=np.array([math.nan if row.kg_week is None else row.kg_week for row in rows])
        if any(row.kg_week is not None for row in rows)
        else None,
    )
