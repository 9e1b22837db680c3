"""Where a truck is during its round: shown to everybody on a grid, where its driver agrees, and not kept."""

from recycling.whereabouts.grid import STEP, Cell, snapped
from recycling.whereabouts.seen import FRESH, Seen, seen_trucks
from recycling.whereabouts.sharing import (
    CONSENT,
    EVERY_SECONDS,
    Shared,
    erase_over,
    hours_of,
    shared_now,
    switch_off,
    switch_on,
    take_position,
)

__all__ = [
    "CONSENT",
    "EVERY_SECONDS",
    "FRESH",
    "STEP",
    "Cell",
    "Seen",
    "Shared",
    "erase_over",
    "hours_of",
    "seen_trucks",
    "shared_now",
    "snapped",
    "switch_off",
    "switch_on",
    "take_position",
]
