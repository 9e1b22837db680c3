"""A scenario looked at: what its open sites are worth, beside the network as it stands."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from recycling import network
from recycling.errors import N_, BadRequestError
from recycling.fleet import Fleet
from recycling.models import Scenario, ScenarioSite
from recycling.settings import Settings
from recycling.sites.assumed import Assumed
from recycling.sites.editing import inside_area
from recycling.sites.people import People, people_for
from recycling.sites.scenarios import as_it_stands
from recycling.sites.ways import WaysDesk, question
from recycling.sites.worth import Worth, worth

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Look:
    """What there is to be seen of a scenario.

    Attributes
    ----------
    worth, base
        Of its open sites, and of the centres that stand under the same assumptions; None while ways are being found.
    waiting
        Open sites whose ways are being found.
    off_road
        Open sites to which no road leads; they are not counted.
    ways
        What is known of the ways to open sites, by position.
    """

    scenario: Scenario
    assumed: Assumed
    people: People
    worth: Worth | None
    base: Worth | None
    waiting: tuple[ScenarioSite, ...]
    off_road: tuple[ScenarioSite, ...]
    ways: Mapping[tuple[float, float], NDArray[np.int32]]

    @property
    def opened(self) -> list[ScenarioSite]:
        """The open sites in the order of ``worth.sites``."""
        lost = {row.code for row in self.off_road}
        return [row for row in self.scenario.sites if row.is_open and row.code not in lost]


def look(
    session: Session, settings: Settings, fleet: Fleet, desk: WaysDesk, scenario: Scenario, day: date, wait: float = 0.0
) -> Look:
    """Look at a scenario, over the roads of a day; wait so many seconds for ways that are not known yet.

    Raises
    ------
    UnavailableError
        When ways cannot be found now.
    """
    people, assumed = people_for(session, scenario), Assumed(**scenario.assumed)
    asked = question(session, settings, fleet, people, assumed.vehicle, day)
    standing = as_it_stands(network.sites(session), assumed)
    standing = [row for row in standing if row.is_open]
    known = {row.code: row.facts for row in scenario.sites}
    for row in standing:
        row.facts = known.get(row.code) or {}
    opened = [row for row in scenario.sites if row.is_open]
    ways = desk.ways(asked, [(row.lon, row.lat) for row in (*opened, *standing)], wait)
    waiting = _without(ways, opened)
    off_road = tuple(row for row in opened if (row.lon, row.lat) in ways and not (ways[row.lon, row.lat][0] >= 0).any())
    if waiting or _without(ways, standing):
        return Look(scenario, assumed, people, None, None, waiting, off_road, ways)
    depot = scenario.depot_code
    counted = [row for row in opened if row not in off_road]
    return Look(
        scenario,
        assumed,
        people,
        worth(people, depot, assumed, counted, ways),
        worth(people, depot, assumed, standing, ways),
        (),
        off_road,
        ways,
    )


def have_roads_loaded(
    session: Session, settings: Settings, fleet: Fleet, desk: WaysDesk, scenario: Scenario, day: date
) -> None:
    """Have the roads of a scenario loaded, because somebody looks at it and may put a place on the map."""
    people, assumed = people_for(session, scenario), Assumed(**scenario.assumed)
    desk.warm(question(session, settings, fleet, people, assumed.vehicle, day))


def _without(ways: Container[tuple[float, float]], rows: Sequence[ScenarioSite]) -> tuple[ScenarioSite, ...]:
    return tuple(row for row in rows if (row.lon, row.lat) not in ways)


def require_road(
    session: Session,
    settings: Settings,
    fleet: Fleet,
    desk: WaysDesk,
    scenario: Scenario,
    lonlat: tuple[float, float],
    day: date,
    wait: float,
) -> None:
    """Refuse a place to which no road leads; where that is not known within so many seconds, it is let be.

    Raises
    ------
    BadRequestError
        Outside the area, and with how near a road has to be.
    """
    lonlat = inside_area(session, lonlat)
    vehicle = Assumed(**scenario.assumed).vehicle
    asked = question(session, settings, fleet, people_for(session, scenario), vehicle, day)
    for ways in desk.ways(asked, [lonlat], wait).values():
        if not (ways[0] >= 0).any():
            raise BadRequestError.one(
                "no-road-here",
                N_("No road that a truck may use leads here within %(metres)s metres. Put it nearer to a road."),
                where="position",
                metres=round(settings.roads.snap_metres),
            )
