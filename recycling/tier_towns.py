"""A town as one point: mean ways of its communities, what an answer is for each of them, how far proofs hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recycling.tier_sources import Source

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from routing.siting.chain.problem import Measure


@dataclass(frozen=True, eq=False)
class Joint:
    """The communities of points, those that a road leads to, and their ways to each station.

    Attributes
    ----------
    point
        Number of each community's point.
    seconds, costs, carbon
        (communities, stations), as `routing.siting.chain.problem` has them of points; -1 where there is no way.
    """

    point: NDArray[np.int64]
    people: NDArray[np.float64]
    tonnes: NDArray[np.float64]
    seconds: NDArray[np.int32]
    costs: NDArray[np.float64]
    carbon: NDArray[np.float64]

    @property
    def count(self) -> int:
        """Points."""
        return int(self.point.max(initial=-1)) + 1

    def mean_seconds(self) -> NDArray[np.int32]:
        """Return (points, stations) whole seconds, the mean by people."""
        import numpy as np

        from routing.siting.joining import mean_ways

        return np.rint(mean_ways(self.point, self.people, self.seconds, self.count)).astype(np.int32)

    def mean_costs(self) -> NDArray[np.float64]:
        """Return (points, stations) money for a tonne, the mean by tonnes."""
        from routing.siting.joining import mean_ways

        return mean_ways(self.point, self.tonnes, self.costs, self.count)

    def mean_carbon(self) -> NDArray[np.float64]:
        """Return (points, stations) kilograms for a tonne, the mean by tonnes."""
        import numpy as np

        from routing.siting.joining import mean_ways

        return np.maximum(mean_ways(self.point, self.tonnes, self.carbon, self.count), 0.0)

    def by_community(self, stations: Sequence[int], within: int) -> dict[Measure, float]:
        """Return people within reach, the worst town's mean seconds and all people's driving, each to its nearest."""
        import numpy as np

        from routing.siting.joining import sums

        ways = np.where(self.seconds < 0, np.inf, self.seconds)[:, list(stations)].min(axis=1, initial=np.inf)
        driven = np.where(self.people > 0, ways * np.maximum(self.people, 1e-9), 0.0)
        people = sums(self.point, self.people, self.count)
        towns = sums(self.point, driven, self.count)[people > 0] / people[people > 0]
        return {
            "within": float(self.people[ways <= within].sum()),
            "worst-town": float(towns.max(initial=0.0)),
            "driving": float(driven.sum()),
        }

    def losses(self, within: int, demand: float) -> dict[Measure, float]:
        """Return by how much a choice may be better by community than is proven by town, for each measure.

        Parameters
        ----------
        demand
            Of all years, as multiples of the tonnes.
        """
        import numpy as np

        from routing.siting.joining import loss, missed, nearer, sums

        carbon = np.where(self.costs < 0, -1.0, self.carbon)
        seconds = self.mean_seconds().astype(float)
        gains = np.where(self.people > 0, nearer(self.point, self.seconds, seconds), 0.0) * self.people
        people = sums(self.point, self.people, self.count)
        return {
            "cost": demand * loss(self.point, self.tonnes, self.costs, self.mean_costs()),
            "carbon": demand * loss(self.point, self.tonnes, carbon, self.mean_carbon()),
            "within": missed(self.point, self.people, self.seconds, seconds, within),
            "worst-town": float((sums(self.point, gains, self.count)[people > 0] / people[people > 0]).max(initial=0)),
            "driving": float(gains.sum()),
        }


def joint_of(
    sources: Sequence[Source], seconds: NDArray[np.int32], costs: NDArray[np.float64], carbon: NDArray[np.float64]
) -> Joint:
    """Return the communities of sources, in their order, with (communities, stations) ways."""
    import numpy as np

    members = [(n, one) for n, source in enumerate(sources) for one in source.members]
    return Joint(
        np.array([n for n, _ in members], dtype=np.int64),
        np.array([one.people for _, one in members]),
        np.array([one.tonnes for _, one in members]),
        seconds,
        costs,
        carbon,
    )
