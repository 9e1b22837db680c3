"""Which sites of each tier are open in which year, what flows between them, and how good that is known to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from routing.siting.answer import PROVEN, gap_of
from routing.siting.chain.problem import UNITS, ChainAim, Measure

Opened = Mapping[str, str]


@dataclass(frozen=True)
class ChainFlow:
    """Tonnes of a material that go in a year from a point, or a site, to a site of a tier (by number)."""

    year: int
    tier: int
    source: str
    site: str
    material: str
    tonnes: float


@dataclass(frozen=True)
class ChainAnswer:
    """An answer to an aim.

    Attributes
    ----------
    opened
        By year, then tier: size by site.
    flows
        What goes where.
    value, bound
        What the aim counts, and what no answer can be better than.
    measures
        Everything that this answer is worth, asked for or not.
    parts
        Of the cost: ``fixed``, ``running``, ``transport`` and ``fees`` (below 0 where others pay us).
    """

    aim: ChainAim
    opened: tuple[tuple[Opened, ...], ...]
    flows: tuple[ChainFlow, ...]
    value: float
    bound: float
    measures: Mapping[Measure, float]
    parts: Mapping[str, float]

    @property
    def gap(self) -> float:
        """Share of the value by which another answer may be better; 0 for none."""
        return gap_of(self.value, self.bound, self.aim.maximises)

    @property
    def proven(self) -> bool:
        """Whether no answer is better."""
        return self.gap <= PROVEN

    @property
    def unit(self) -> str:
        """What the value counts."""
        return UNITS[self.aim.best]
