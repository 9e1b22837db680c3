"""The vehicle as the road sees it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class VehicleProfile:
    """Measures that decide which roads a vehicle may use; 0 where a measure is not known or does not matter.

    Attributes
    ----------
    name
        For people.
    height, width, length
        Metres.
    weight
        Tonnes, loaded.
    hgv
        Whether it is a heavy goods vehicle (more than 3.5 t), so that ``hgv=no`` holds for it.
    """

    name: str
    height: float = 0.0
    weight: float = 0.0
    width: float = 0.0
    length: float = 0.0
    hgv: bool = False
