"""How long people work at a door: pieces, floors, lift, where the things stand, taking them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, field_validator

from recycling.catalogue.entries import Entry, Name
from recycling.settings import VisitSettings

if TYPE_CHECKING:
    from recycling.catalogue.whole import Catalogue

Where = Literal["flat", "hallway", "gate"]
PLACES: tuple[Where, ...] = ("flat", "hallway", "gate")


class Place(Name):
    """Where the things stand when the crew comes.

    ``handling`` multiplies the handling of each piece; with ``carried`` false they stand on the ground outside, so
    that neither stairs nor lift count.
    """

    handling: Annotated[float, Field(gt=0, le=5)]
    carried: bool


class ServiceRule(Entry):
    """Minutes of one person's work.

    Attributes
    ----------
    stair_minutes
        For a usual piece and a floor without lift.
    lift_minutes
        For a usual piece that comes down by lift.
    data_bearing_minutes
        For taking down the serial of a piece that holds data, and sealing it.
    where
        By the place where things stand: ``flat``, ``hallway`` and ``gate``.
    """

    stair_minutes: Annotated[float, Field(ge=0, le=30)]
    lift_minutes: Annotated[float, Field(ge=0, le=30)]
    data_bearing_minutes: Annotated[float, Field(ge=0, le=30)]
    where: dict[Where, Place]

    @field_validator("where")
    @classmethod
    def _all_places(cls, value: dict[Where, Place]) -> dict[Where, Place]:
        missing = [place for place in PLACES if place not in value]
        if missing:
            raise ValueError(f"the table of {', '.join(missing)} is missing")
        return value


def minutes_of(
    catalogue: Catalogue,
    code: str,
    pieces: int,
    floor: int = 1,
    lift: bool = False,
    where: Where = "flat",
    dismantle: bool = False,
) -> float:
    """Return the minutes of one person's work for so many pieces of an item.

    The ground floor is 1, the first basement -1; both -1 and 2 are a floor away. A crew shares the minutes, see
    `visit_minutes`. `dismantle` counts only for items that can be taken apart.

    Raises
    ------
    BadRequestError
        For an item that is not known.
    """
    item, rule = catalogue.find(code), catalogue.service
    place = rule.where[where]
    each = item.minutes * place.handling
    floors = abs(floor) - (1 if floor > 0 else 0)
    if place.carried and floors > 0:
        each += rule.lift_minutes * item.lift_factor if lift else rule.stair_minutes * item.floor_factor * floors
    if dismantle and item.dismantling:
        each += item.dismantling.minutes
    if item.data_bearing:
        each += rule.data_bearing_minutes
    return each * pieces


def visit_minutes(visit: VisitSettings, work: float, crew: int, scene: str = "home") -> float:
    """Return the minutes of a visit: parking, and the work shared by the crew; never more than the longest there."""
    return min(visit.longest(scene), visit.parking_minutes + work / max(1, crew))
