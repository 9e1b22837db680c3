"""A road that a planner closes to see what a scenario is worth then: by a closure, by its name, or by a position."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from recycling.errors import N_, BadRequestError
from recycling.fleet import Fleet
from recycling.road_changes import road_changes
from recycling.settings import Settings
from recycling.sites.looking import Look
from recycling.sites.ways import Lonlat, WaysDesk, question
from recycling.sites.worth import worth

if TYPE_CHECKING:
    from routing.roads.changes import Where


@dataclass(frozen=True)
class Cut:
    """Roads that nobody drives, and what they are called."""

    name: str
    where: Where


@dataclass(frozen=True)
class Known:
    """A closure that somebody made, or that config/roads.toml has; ``now``: it holds on the day, and ways avoid it."""

    name: str
    where: Where
    now: bool


def closures_of(layer: str, day: date) -> list[Known]:
    """Return the closures of a layer, past and coming ones too, by name."""
    from routing.roads.changes import Closure

    found = [change for change in road_changes(layer) if isinstance(change, Closure)]
    return sorted((Known(one.name, one.where, one.when.on(day)) for one in found), key=lambda one: one.name)


def road_names(layer: Path) -> list[str]:
    """Return the names and numbers of a layer's roads, as its file has them; none where it cannot be read so."""
    try:
        with closing(sqlite3.connect(f"file:{layer.resolve()}?mode=ro", uri=True)) as file:
            tables = [
                name for (name,) in file.execute("SELECT table_name FROM gpkg_contents WHERE data_type = 'features'")
            ]
            names: set[str] = set()
            for table in tables:
                quoted = '"' + str(table).replace('"', '""') + '"'
                columns = {row[1] for row in file.execute(f"PRAGMA table_info({quoted})")}
                for column in ("name", "ref"):
                    if column in columns:
                        asked = f"SELECT DISTINCT {column} FROM {quoted}"  # noqa: S608 - a name that the file itself gives, quoted
                        names |= {str(one) for (one,) in file.execute(asked) if one}
    except sqlite3.Error:
        return []
    return sorted(names)


def cut_of(
    known: Sequence[Known], names: Sequence[str], closure: str = "", road: str = "", near: Lonlat | None = None
) -> Cut | None:
    """Return the cut that is asked for, by a closure, else by a road's name, else by a position; None for none of them.

    Raises
    ------
    BadRequestError
        For a closure or a road that there is not.
    """
    from routing.roads.changes import Where

    if closure:
        found = next((one for one in known if one.name == closure), None)
        if found is None:
            raise BadRequestError.one(
                "no-closure", N_("There is no such closure. It may have been opened."), where="closure"
            )
        return Cut(found.name, found.where)
    if road:
        if names and road not in names:
            raise BadRequestError.one(
                "no-road",
                N_("No road is called '%(name)s'. Choose one from the list, or mark its position on the map."),
                where="road",
                name=road[:40],
            )
        return Cut(road, Where(roads=(road,)))
    if near is not None:
        return Cut(f"{near[0]:.5f}, {near[1]:.5f}", Where(near=(near,)))
    return None


def around(
    session: Session, settings: Settings, fleet: Fleet, desk: WaysDesk, found: Look, cut: Cut, day: date, wait: float
) -> Look | None:
    """Look at a scenario while roads are cut, beside the same scenario with them open; None while ways are being found.

    Raises
    ------
    UnavailableError, BadRequestError
        When ways cannot be found now, and where there is no such road.
    """
    roads = question(session, settings, fleet, found.people, found.assumed.vehicle, day, cut.where)
    ways = desk.ways(roads, [(row.lon, row.lat) for row in found.opened], wait)
    if any((row.lon, row.lat) not in ways for row in found.opened):
        return None
    hurt = worth(found.people, found.scenario.depot_code, found.assumed, found.opened, ways)
    return replace(found, worth=hurt, base=found.worth, ways=ways)
