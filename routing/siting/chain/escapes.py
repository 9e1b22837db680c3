"""What the ways that a model leaves out could be worth at best: one column for each client that has such ways."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.siting.chain.building import Floats, Whole
from routing.siting.chain.parts import ChainModel


class Escapes:
    """Escapes of a model with this cost, which counts ``objective`` in units of ``scale``."""

    def __init__(self, model: ChainModel, cost: Floats, rows: int, objective: str, scale: float) -> None:
        self.client, self.rows = model.client, rows
        onward = model.onward.get(objective)
        self.worth = cost if onward is None else cost + onward / scale
        self.limits = [
            (row, (model.counts[measure] + model.onward.get(measure, np.zeros(len(cost)))) / scaled)
            for measure, (row, scaled) in model.limited.items()
        ]
        self.town_row, self.town_value = np.full(len(cost), -1), np.zeros(len(cost))
        column, row, value = model.town
        self.town_row[column], self.town_value[column] = row, value

    def of(self, use: NDArray[np.bool_]) -> tuple[Whole, Floats, Any]:
        """Return clients with ways that are not used, what the best of them is worth, and its (rows, clients)."""
        from scipy.sparse import coo_array

        out = np.flatnonzero((self.client >= 0) & ~use)
        clients, which = np.unique(self.client[out], return_inverse=True)
        which = which.reshape(-1)
        number = len(clients)
        each = np.arange(number)
        row, column, value = [clients], [each], [np.ones(number)]
        for limit, counted in self.limits:
            row.append(np.full(number, limit))
            column.append(each)
            value.append(self._least(counted[out], which, number))
        town = np.full(number, -1)
        town[which] = self.town_row[out]
        some = np.flatnonzero(town >= 0)
        row.append(town[some])
        column.append(some)
        value.append(self._least(self.town_value[out], which, number)[some])
        entries = coo_array(
            (np.concatenate(value), (np.concatenate(row), np.concatenate(column))), shape=(self.rows, number)
        )
        return clients, self._least(self.worth[out], which, number), entries.tocsr()

    def _least(self, values: Floats, which: Whole, number: int) -> Floats:
        least = np.full(number, np.inf)
        np.minimum.at(least, which, values)
        return least
