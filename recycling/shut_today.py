"""What is out or closed on a day that is being driven: kept with its plan, in force whenever the day is searched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from recycling.in_force import in_force
from recycling.models import Plan
from routing.problem import Stop, TimeWindow, UnloadSite

if TYPE_CHECKING:
    from routing.day import DayJob


@dataclass(frozen=True)
class Shut:
    """Vehicles that can do no more on a day; sites that take nothing more, or ("HH:MM") nothing before an hour."""

    out: frozenset[str] = frozenset()
    closed: Mapping[str, str] = field(default_factory=dict)

    def kept(self) -> dict[str, Any]:
        """Return it as a plan keeps it; nothing where nothing is shut."""
        return {"out": sorted(self.out), "closed": dict(self.closed)} if self.out or self.closed else {}


def shut_by(plan: Plan | None) -> Shut:
    """Return what is shut by what happened before a plan, or led to it."""
    happened = plan.happened if plan is not None else {}
    return Shut(frozenset(happened.get("out", ())), dict(happened.get("closed", {})))


def shut_on(session: Session, depot: str, day: date) -> Shut:
    """Return what is shut on a depot's day by its plan in force."""
    return shut_by(session.scalar(in_force(depot, day)))


def second_of(hour: str) -> int:
    """Return the second of the day of an hour written as in 09:30."""
    return 3600 * int(hour[:2]) + 60 * int(hour[3:])


def without_shut(job: DayJob, shut: Shut) -> DayJob:
    """Return a day without what is shut; calls of a vehicle that is out may be driven to by any."""
    closed = shut.closed
    if not shut.out and not closed:
        return job
    return replace(
        job,
        vehicles=tuple(vehicle for vehicle in job.vehicles if vehicle.id not in shut.out),
        unload_sites=tuple(
            _opening(site, closed.get(site.id, "")) for site in job.unload_sites if closed.get(site.id) != ""
        ),
        stops=tuple(_freed(stop, shut.out) for stop in job.stops),
    )


def _opening(site: UnloadSite, hour: str) -> UnloadSite:
    if not hour:
        return site
    return replace(site, hours=TimeWindow(min(max(site.hours.start, second_of(hour)), site.hours.end), site.hours.end))


def _freed(stop: Stop, out: frozenset[str]) -> Stop:
    if stop.vehicles is None or not stop.vehicles & out:
        return stop
    return replace(stop, vehicles=(stop.vehicles - out) or None)
