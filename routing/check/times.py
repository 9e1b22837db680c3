"""The clock of a route: ways, windows, closed zones, releases, shift."""

from __future__ import annotations

from routing.check.drive import Drive, Fault, Trip
from routing.plan import Visit
from routing.problem import Stop, TimeWindow, UnloadSite


def time_faults(drive: Drive, fault: Fault) -> None:
    """Judge all times but those of breaks."""
    vehicle, route = drive.vehicle, drive.route
    fault("", "leaves before the shift", max(0, vehicle.shift.start - route.start))
    fault("", "leaves after the shift", max(0, route.start - vehicle.shift.end))
    fault("", "comes home after the shift", max(0, route.end - vehicle.shift.end - vehicle.overtime))
    longest = vehicle.max_duration
    fault("", "lasts too long", 0 if longest is None else max(0, route.end - route.start - longest))
    for trip in drive.trips():
        _release_faults(drive, trip, fault)
    free = route.start
    for (visit, place), leg in zip(drive.calls, drive.legs[:-1], strict=True):
        there = leg.arrival if leg else free
        fault(visit.id, "arrives too soon", max(0, there + _rested(drive, free, visit.arrival) - visit.arrival))
        fault(visit.id, "begins before arriving", max(0, visit.arrival - visit.start))
        fault(visit.id, "no time for the break", max(0, there + _rested(drive, free, visit.start) - visit.start))
        _service_faults(drive, visit, place, fault)
        free = visit.end
    home = drive.legs[-1].arrival if drive.legs[-1] else free
    fault("", "home too soon", max(0, home + _rested(drive, free, route.end) - route.end))


def _rested(drive: Drive, start: int, end: int) -> int:
    return sum(max(0, min(rest.end, end) - max(rest.start, start)) for rest in drive.route.rests)


def _release_faults(drive: Drive, trip: Trip, fault: Fault) -> None:
    ready = max((stop.release for stop in trip.stops()), default=0)
    if trip.loading is None:
        fault("", "leaves before the goods are ready", max(0, ready - drive.route.start))
    else:
        fault(trip.loading.id, "loads before the goods are ready", max(0, ready - trip.loading.start))


def _service_faults(drive: Drive, visit: Visit, place: Stop | UnloadSite, fault: Fault) -> None:
    if isinstance(place, Stop):
        fault(visit.id, "service time", visit.end - visit.start - place.duration(drive.vehicle.crew))
        fault(visit.id, "outside its windows", min(outside(window, visit.start) for window in place.windows))
    else:
        fault(visit.id, "service time", visit.end - visit.start - place.duration)
        fault(visit.id, "outside its hours", outside(place.hours, visit.start))
    for zone in drive.vehicle.closed:
        inside = min(visit.start - zone.hours.start, zone.hours.end - visit.start) + 1
        if place.location in zone.locations:
            fault(visit.id, "begins in a closed zone", max(0, inside))


def outside(window: TimeWindow, second: int) -> int:
    """Return the seconds to a window."""
    return max(0, window.start - second) + max(0, second - window.end)
