"""How much a group has gathered of what it needs."""

from __future__ import annotations

from dataclasses import dataclass

from recycling.booking.groups.finding import present
from recycling.catalogue import Catalogue
from recycling.models import Group


@dataclass(frozen=True)
class Progress:
    """What a group's households bring together, and how much of ``unit`` is needed."""

    households: int
    kg: int
    litres: int
    unit: str
    quorum: int

    @property
    def have(self) -> int:
        """What there is, in the unit of the quorum."""
        return {"households": self.households, "kg": self.kg, "litres": self.litres}[self.unit]

    @property
    def enough(self) -> bool:
        """Whether the quorum is there."""
        return self.have >= self.quorum

    @property
    def missing(self) -> int:
        """What is missing, in the unit of the quorum."""
        return max(0, self.quorum - self.have)


def progress_of(catalogue: Catalogue, group: Group) -> Progress:
    """Return how far a group is; a thing that the catalogue knows no longer weighs nothing."""
    households = present(group)
    known = catalogue.variants
    lines = [line for member in households for line in member.lines if line.item in known]
    return Progress(
        households=len(households),
        kg=sum(known[line.item].kg * line.pieces for line in lines),
        litres=sum(known[line.item].litres * line.pieces for line in lines),
        unit=group.unit,
        quorum=group.quorum,
    )
