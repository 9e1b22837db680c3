"""The vehicle as the road sees it."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class VehicleProfile:
    """What decides which roads a vehicle may use; 0 or "" where something is not known or does not matter.

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
    ferries
        Whether it may board a ferry.
    plate
        Its number; the last digit decides in bans by odd and even numbers.
    plate_colour, energy
        Words that driving bans use, such as ``blue``, ``yellow``, ``green`` and ``diesel``, ``petrol``, ``electric``.
    kind
        What it is licensed as, such as ``sanitation``; a recycling truck is not one by itself.
    permits
        Passes that it carries.
    """

    name: str
    height: float = 0.0
    weight: float = 0.0
    width: float = 0.0
    length: float = 0.0
    hgv: bool = False
    ferries: bool = True
    plate: str = ""
    plate_colour: str = ""
    energy: str = ""
    kind: str = ""
    permits: frozenset[str] = frozenset()

    @property
    def last_digit(self) -> int | None:
        """The last digit of the plate, None without one."""
        digits = re.findall(r"\d", self.plate)
        return int(digits[-1]) if digits else None
