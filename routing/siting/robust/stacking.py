"""All cases as one location problem: who goes where is decided in each case, which sites are open once for all.

A case is to the search what a material is: it has clients and room of its own at every site, and costs its share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.siting.problem import Aim
from routing.siting.robust.cases import Case, aim_for
from routing.siting.tables import Table, table_of
from routing.siting.transport import assign, cheapest

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Cases:
    """The tables of all cases, over the same options.

    Attributes
    ----------
    sizes
        Site and size of each option.
    kept
        (sites) which of them stay.
    """

    tables: tuple[Table, ...]
    sizes: tuple[tuple[str, str], ...]
    kept: NDArray[np.bool_]

    def values(self, options: Whole) -> Floats:
        """Return what options cost in each case; infinity where not everything has room and a way."""
        return np.array([assign(table, options)[0] for table in self.tables])

    def hopes(self, options: Whole) -> Floats:
        """Return what they cost in each case at least."""
        return np.array([cheapest(table, options) for table in self.tables])

    def opened(self, options: Whole) -> dict[str, str]:
        """Return size by site."""
        return {self.sizes[o][0]: self.sizes[o][1] for o in options}

    def options(self, opened: dict[str, str]) -> Whole:
        """Return the options of open sites in their sizes."""
        number = {pair: o for o, pair in enumerate(self.sizes)}
        return np.array(sorted(number[pair] for pair in opened.items()), dtype=np.int64)


def cases_of(cases: Sequence[Case], aim: Aim) -> Cases:
    """Return the tables of cases; the aim is of kind ``cost`` or ``p-median``."""
    first = cases[0].problem
    sizes = [(c.id, s.name) for c in first.candidates for s in (c.sizes if aim.kind == "cost" else c.sizes[:1])]
    kept = np.array([candidate.status == "kept" for candidate in first.candidates], dtype=bool)
    tables = tuple(table_of(case.problem, aim_for(case.problem, aim))[0] for case in cases)
    return Cases(tables, tuple(sizes), kept)


def stacked(cases: Cases, shares: Floats) -> Table:
    """Return one table whose cost is the sum of the cases' costs by their shares, which are 1 in sum."""
    tables = cases.tables
    begin = [0]
    for table in tables:
        begin += (begin[-1] + table.begin[1:]).tolist()
    return Table(
        cost=np.ascontiguousarray(np.hstack([_shared(t.cost, float(w)) for t, w in zip(tables, shares, strict=True)])),
        weight=np.concatenate([table.weight for table in tables]),
        begin=np.array(begin, dtype=np.int64),
        room=np.ascontiguousarray(np.hstack([table.room for table in tables])),
        fixed=tables[0].fixed,
        invest=tables[0].invest,
        first=tables[0].first,
        least=max(table.least for table in tables),
        most=tables[0].most,
        budget=tables[0].budget,
    )


def _shared(cost: Floats, share: float) -> Floats:
    """Return a cost by its share; what cannot be stays so, whatever the share."""
    return np.where(np.isfinite(cost), np.where(np.isfinite(cost), cost, 0.0) * share, np.inf)
