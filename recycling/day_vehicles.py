"""A depot's vehicles, and the sites where they unload, as a day's problem has them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from recycling.clock import Span, parse_hour
from recycling.day_stops import seconds_of, skills_for
from recycling.fleet import Fleet
from recycling.models import Site
from recycling.overnight import keeps_stock
from recycling.settings import Settings
from routing.problem import Pause, TimeWindow, Vehicle
from routing.roads.changes import Change, DrivingBan
from routing.roads.profile import VehicleProfile


def site_hours(settings: Settings, day: date, site: Site) -> TimeWindow:
    """Hours in which unloading may begin: it must be over when the site closes."""
    opens, closes = (settings.clock.at(day, parse_hour(h)) for h in (site.opens, site.closes))
    window = seconds_of(settings, day, opens, closes)
    return TimeWindow(window.start, max(window.start, window.end - site.unload_minutes * 60))


def vehicles_of_day(
    settings: Settings, fleet: Fleet, depot: str, day: date, changes: Sequence[Change]
) -> tuple[list[Vehicle], dict[str, VehicleProfile]]:
    """Return a depot's vehicles as a day's problem has them, and how each kind of them finds its way, by name.

    Where a change of roads names plates, each vehicle has a way of its own.
    """
    service, clock = settings.service, settings.clock
    shift, rest = Span.parse(service.shift), Span.parse(service.break_begins)

    def window(span: Span) -> TimeWindow:
        return seconds_of(settings, day, clock.at(day, span.start), clock.at(day, span.end))

    vehicles, profiles = [], {}
    by_plate = any(isinstance(change, DrivingBan) for change in changes)
    for plate, code, kind in fleet.at(depot):
        profile = f"{code} {plate}" if by_plate else code
        profiles[profile] = fleet.road_profile(plate, code)
        vehicles.append(
            Vehicle(
                id=plate,
                type=code,
                capacity=(kind.kg, kind.litres),
                start=0,
                end=0,
                shift=window(shift),
                pauses=(Pause(window(rest), service.break_minutes * 60),) if service.break_minutes else (),
                profile=profile,
                fixed_cost=kind.fixed_cost,
                cost_per_km=kind.cost_per_km,
                cost_per_hour=kind.cost_per_hour,
                keeps_stock=keeps_stock(settings),
                range=1000 * kind.range_km if kind.range_km else None,
                skills=fleet.skills_of(plate).union(*(skills_for(n, kind.tail_lift) for n in range(1, kind.crew + 1))),
            )
        )
    return vehicles, profiles
