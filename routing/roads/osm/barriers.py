"""Which barriers on a road stop a truck.

Words and their default access: https://wiki.openstreetmap.org/wiki/Key:barrier. What the wiki leaves open is decided
for the truck: no way is planned through something that may stop it.
"""

from __future__ import annotations

from collections.abc import Mapping

from routing.roads.osm.tags import CLOSED, access_of

PASSABLE = frozenset(
    {"border_control", "bump_gate", "cattle_grid", "checkpoint", "coupure", "entrance", "height_restrictor"}
    | {"kerb", "no", "sally_port", "speed_bump", "speed_cushion", "speed_hump", "speed_table", "toll_booth"}
    | {"weight_restrictor", "width_restrictor"}
)
"""Let a truck through unless a tag forbids it: what they do to a tall or wide one is in their limits."""

GATES = frozenset(
    {"gate", "gates", "hampshire_gate", "lift_gate", "sliding_beam", "sliding_gate", "swing_gate", "wire_gate"}
)
"""Open unless a tag closes them, or says that they are locked."""

_PERMITTED = frozenset({"yes", "designated", "permissive", "destination", "delivery", "customers", "official"})


def stops_a_truck(tags: Mapping[str, str]) -> bool:
    """Tell whether a node tagged ``barrier`` cuts the road.

    Words that are neither `PASSABLE` nor `GATES` cut it: bollard, block, chain, jersey_barrier, log, debris, stile,
    turnstile, cycle_barrier, ``yes``, and every word not known. A tag for vehicles (``motor_vehicle``, ``vehicle``)
    that permits opens all of them; a bare ``access=yes`` on a bollard does not, it is mostly meant for walkers.
    """
    barrier = tags["barrier"]
    if any(tags.get(key) in _PERMITTED for key in ("motor_vehicle", "vehicle")):
        return False
    if barrier not in PASSABLE and barrier not in GATES:
        return True
    if (access_of(tags) or "") in CLOSED:
        return True
    return barrier in GATES and tags.get("locked") == "yes" and access_of(tags) not in _PERMITTED
