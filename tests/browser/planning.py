"""A planner's room that a test serves: a scenario of the small town, and searches that have ended."""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from serving import served

from recycling import clock
from recycling.accounts.actors import system
from recycling.models import SiteSearch
from recycling.sites.scenarios import make
from recycling.sites.ways import WaysDesk
from web.app import create_app
from web.services import Services

WHO = system("test")


@dataclass(frozen=True)
class Room:
    """Address of the server, a planner's cookie, the keys of the scenario and of the searches."""

    base: str
    token: str
    scenario: UUID
    searches: tuple[UUID, ...]


@contextmanager
def planning(record, settings, catalogue, fleet, signed_in, *ended):
    """Serve a room with the scenario 现状, and a search for each kind, question and answer that has ``ended``."""
    now, desk = clock.utc_now(), WaysDesk()
    with record.write() as session:
        scenario = make(session, settings, fleet, "现状", None, WHO, now)
        searches = [
            SiteSearch(
                scenario_id=scenario.id, kind=kind, asked=asked, answer=answer, state="done", asked_by="", asked_at=now
            )
            for kind, asked, answer in ended
        ]
        session.add_all(searches)
        session.flush()
        keys = (scenario.id, tuple(one.id for one in searches))
    app = create_app(Services(record, settings, catalogue, fleet, ways=desk))
    planner = signed_in(app, "planner", at=now - timedelta(minutes=1))
    try:
        with served(app) as base:
            yield Room(base, planner.get_cookie("sign-in").value, *keys)
    finally:
        desk.close()


def open_all(page):
    """Open everything that is folded, so that all of it is looked at."""
    page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")


def map_drawn(page):
    """Wait until the map and its roads are there."""
    page.locator(".folium-map[data-drawn]").wait_for()
    page.locator(".folium-map.roads-drawn").wait_for()
