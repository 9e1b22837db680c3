"""Who takes what is sorted: markets and dismantlers as the last tier of a network, also where no road of ours leads."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recycling.settings import Settings
from recycling.siting import FEN, Place
from routing.siting.problem import Candidate, Size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KM_AN_HOUR = 60.0
"""How fast a truck is on a way that is stated in kilometres alone."""


@dataclass(frozen=True)
class Beyond:
    """A way that is stated because no road of ours leads there, one direction.

    ``alone``: it is the whole way, the same from each centre; else it follows the roads to the place itself.
    """

    metres: float
    seconds: float
    alone: bool

    @classmethod
    def of(cls, km: float, minutes: float | None, alone: bool) -> Beyond:
        """Return the way of so many kilometres, at `KM_AN_HOUR` where no minutes are stated."""
        return cls(km * 1000, km / KM_AN_HOUR * 3600 if minutes is None else minutes * 60, alone)


@dataclass(frozen=True)
class Buyer:
    """A market or a dismantler.

    Attributes
    ----------
    prices
        Yuan that it pays for a tonne of each material that it takes; below 0 it wants to be paid.
    tonnes
        A year at most of a material, or (by "") of all together, divided as they are brought; what is not named has no
        bound.
    yuan, tonne_yuan
        What it costs a year besides, and for a tonne.
    beyond
        Its stated way; None where roads lead to it.
    """

    place: Place
    prices: Mapping[str, float]
    tonnes: Mapping[str, float] = field(default_factory=dict)
    yuan: float = 0.0
    tonne_yuan: float = 0.0
    beyond: Beyond | None = None

    def candidate(self, brought: Mapping[str, float]) -> Candidate:
        """Return it as a site that is open whatever is chosen; ``brought`` are shares of the materials."""
        takes = {material: share for material, share in brought.items() if material in self.prices}
        every = self.tonnes.get("", math.inf)
        room = tuple(
            min(every * share / sum(takes.values()), self.tonnes.get(material, math.inf)) if material in takes else 0.0
            for material, share in brought.items()
        )
        return Candidate(
            self.place.id, (Size(fixed=self.yuan * FEN, running=self.tonne_yuan * FEN, capacity=room),), "kept"
        )


def configured(settings: Settings) -> tuple[Buyer, ...]:
    """Return the markets of the configuration."""
    return tuple(
        Buyer(
            Place(m.code, m.zh, m.en, m.lon, m.lat),
            m.yuan_a_tonne,
            beyond=None if m.way_km is None else Beyond.of(m.way_km, m.way_minutes, m.way_alone),
        )
        for m in settings.siting.tiers.markets
    )


def fees(buyers: Sequence[Buyer], brought: Mapping[str, float]) -> NDArray[np.float64]:
    """Return (markets, materials) what is paid for a tonne, below 0 where they pay us; 0 for what they do not take."""
    import numpy as np

    return np.array([[-one.prices.get(material, 0.0) * FEN for material in brought] for one in buyers])


def with_stated(
    codes: Sequence[str],
    beyond: Mapping[str, Beyond],
    seconds: NDArray[np.int32],
    metres: NDArray[np.int32],
) -> None:
    """Put stated ways into (centres, markets) ways by road; ``codes`` of the markets in their order."""
    for column, code in enumerate(codes):
        way = beyond.get(code)
        if way is None:
            continue
        for table, more in ((seconds, way.seconds), (metres, way.metres)):
            if way.alone:
                table[:, column] = round(more)
            else:
                reached = table[:, column] >= 0
                table[reached, column] += round(more)
