"""What taking a booking needs: the record, the settings, the goods and the vehicles."""

from __future__ import annotations

from dataclasses import dataclass

from recycling.catalogue import Catalogue
from recycling.clock import ServiceClock
from recycling.db import Database
from recycling.fleet import Fleet
from recycling.settings import Settings


@dataclass(frozen=True)
class Office:
    """The counter at which bookings are made and changed, whatever channel they come by."""

    database: Database
    settings: Settings
    catalogue: Catalogue
    fleet: Fleet

    @property
    def clock(self) -> ServiceClock:
        """The depot's clock."""
        return self.settings.clock
