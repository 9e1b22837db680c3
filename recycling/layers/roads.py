"""Which places of a layer no road leads to, before it is taken."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from recycling.fleet import Fleet
from recycling.layers.keeping import Preview
from recycling.models import Scenario, ScenarioLayer
from recycling.settings import Settings
from recycling.sites.assumed import Assumed
from recycling.sites.people import people_for, people_with
from recycling.sites.ways import WaysDesk, question


def without_road(
    session: Session,
    settings: Settings,
    fleet: Fleet,
    desk: WaysDesk,
    scenario: Scenario,
    layer: ScenarioLayer,
    seen: Preview,
    day: date,
    wait: float,
) -> list[str] | None:
    """Return the names of places inside the area that no way leads to; None where that is not known in that time.

    A site is looked at from all people that the scenario counts, a point from the scenario's open sites.

    Raises
    ------
    UnavailableError
        When ways cannot be found now.
    """
    vehicle = Assumed(**scenario.assumed).vehicle
    if layer.what == "sites":
        people = people_for(session, scenario)
        asked = question(session, settings, fleet, people, vehicle, day)
        ways = desk.ways(asked, [(lon, lat) for _, lon, lat in seen.places], wait)
        if any((lon, lat) not in ways for _, lon, lat in seen.places):
            return None
        return [name for name, lon, lat in seen.places if not (ways[lon, lat][0] >= 0).any()]
    lost = {number for number, _ in seen.outside}
    rows = [one.model_dump(mode="json") for one in seen.points if one.number not in lost]
    if not rows:
        return []
    people = people_with(session, rows, layer.beside)
    opened = [(row.lon, row.lat) for row in scenario.sites if row.is_open]
    ways = desk.ways(question(session, settings, fleet, people, vehicle, day), opened, wait)
    if not opened or any(place not in ways for place in opened):
        return None
    number = {code: k for k, code in enumerate(people.codes)}
    reached = [any(ways[place][0, number[row["code"]]] >= 0 for place in opened) for row in rows]
    return [row["name"] for row, fine in zip(rows, reached, strict=True) if not fine]
