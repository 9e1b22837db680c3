"""The ways of a route: whether there are any, their figures, and how far a battery carries."""

from __future__ import annotations

from routing.check.drive import Drive, Fault
from routing.problem import UnloadSite


def leg_faults(drive: Drive, fault: Fault) -> None:
    """Judge the ways."""
    vehicle, route = drive.vehicle, drive.route
    for visit in drive.unknown:
        fault(visit.id, "unknown service", 1)
    bound = vehicle.range if vehicle.charge is None else vehicle.charge
    driven = 0
    for (visit, place), leg in zip(drive.calls, drive.legs[:-1], strict=True):
        fault(visit.id, "no way there", leg is None)
        driven += leg.metres if leg else 0
        if isinstance(place, UnloadSite) and place.charges:
            fault(visit.id, "farther than its charge", 0 if bound is None else max(0, driven - bound))
            bound, driven = vehicle.range, 0
    home = drive.legs[-1]
    fault("", "no way home", home is None)
    driven += home.metres if home else 0
    fault("", "farther than its charge", 0 if bound is None else max(0, driven - bound))
    fault("", "distance", route.distance - drive.metres())
    fault("", "driving time", route.driving - sum(leg.seconds for leg in drive.legs if leg))
