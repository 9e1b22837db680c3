"""Which sites are open, who goes where, and how good that is known to be."""

from __future__ import annotations

from dataclasses import dataclass

from routing.siting.problem import UNITS, Aim

PROVEN = 1e-6
"""A gap, as a share of the value, below which an answer counts as proven."""


@dataclass(frozen=True)
class Flow:
    """The share of a point's material ("" where the aim counts people) that goes to a site."""

    point: str
    site: str
    material: str
    share: float


@dataclass(frozen=True)
class SitingAnswer:
    """An answer to an aim.

    Attributes
    ----------
    opened
        Size by candidate, of those that are open.
    flows
        Who goes where; under ``cover`` only who is within reach.
    value, bound
        What the aim counts (`routing.siting.problem.UNITS`), and what no answer can be better than.
    parts
        Of a cost: fixed, running, transport.
    nodes
        How many parts of the search the proof took.
    """

    aim: Aim
    opened: dict[str, str]
    flows: tuple[Flow, ...]
    value: float
    bound: float
    parts: dict[str, float]
    nodes: int = 0

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
        return UNITS[self.aim.kind]


def gap_of(value: float, bound: float, maximises: bool) -> float:
    """Return the share of a value by which another answer may be better; 0 for none."""
    distance = bound - value if maximises else value - bound
    return max(0.0, distance / max(1.0, abs(value)))
