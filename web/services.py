"""What every page needs, made once when the application starts."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import current_app, request

from recycling.accounts.sending import Send, to_console
from recycling.board.desk import BoardDesk
from recycling.booking import Office
from recycling.booking.office import PlannedDays
from recycling.catalogue import Catalogue
from recycling.db import Database
from recycling.fleet import Fleet
from recycling.replay.desk import ReplayDesk
from recycling.runs import Worker
from recycling.settings import Settings
from recycling.sites.ways import WaysDesk

KEY = "recycling"


@dataclass(frozen=True)
class Services:
    """The rooms below, as the pages use them. Without a worker a run waits until another process takes it.

    ``send`` takes one-time codes to phones; ``demonstration`` lets anyone on this machine try the roles of a made-up
    record; ``planned`` answers for days whose routes are made, ``ways`` how far it is to a place; ``timetables`` makes
    timetables that were asked for, ``board`` says what changes to a day's routes come to, ``replays`` plans past days.
    """

    database: Database
    settings: Settings
    catalogue: Catalogue
    fleet: Fleet
    worker: Worker | None = None
    send: Send = to_console
    demonstration: bool = False
    planned: PlannedDays | None = None
    timetables: Worker | None = None
    board: BoardDesk | None = None
    ways: WaysDesk = field(default_factory=WaysDesk)
    replays: ReplayDesk = field(default_factory=ReplayDesk)

    @property
    def office(self) -> Office:
        """The counter at which bookings are made."""
        return Office(self.database, self.settings, self.catalogue, self.fleet, self.planned)


def services() -> Services:
    """Return the services of the application that answers this request."""
    found: Services = current_app.extensions[KEY]
    return found


def whole_address(path: str) -> str:
    """Return a path with the address of the pages before it: the one of the settings, else the one that was asked."""
    return (services().settings.messages.site or request.host_url).rstrip("/") + path
