"""Whether travel times agree with the reference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.arcs import Arcs
from benchmarks.cases import Case, then
from benchmarks.turns import TurnNetwork

CHECKED = 10
"""Rows of a matrix whose travel times with forbidden turns are checked; each costs a search over all turns."""

_BLOCK = 4_000_000


class Judge:
    """Holds the answers of one network's engines against what they must be.

    Attributes
    ----------
    reference
        Files with scipy's milliseconds by the name of the case; empty until there are any.
    """

    def __init__(self, arcs: Arcs, cases: Sequence[Case], turns: TurnNetwork | None) -> None:
        self.arcs, self.turns = arcs, turns
        self.cases = {name: case for case in cases for name in (case.name, then(case))}
        self.reference: dict[str, str] = {}

    def judge(self, engine: str, name: str, file: str) -> tuple[int | None, str]:
        """Count an engine's disagreements in a case, None where nothing can be said, and say more."""
        if engine == "scipy":
            return None, ""
        found, case = np.load(file, mmap_mode="r"), self.cases[name]
        if engine == "ours-turns":
            return self._with_turns(case, found)
        if name not in self.reference:
            return None, ""
        reference, keep, more = np.load(self.reference[name], mmap_mode="r"), None, ""
        if len(case.closed):  # places that a closure cuts off are on the road elsewhere for who looks for them
            whole = self.arcs.largest_part(case.closed)
            keep = np.isin(case.sources, whole), np.isin(case.targets, whole)
            more = "" if keep[0].all() else f"{keep[0].sum()} points stay connected"
        wrong, how = disagreements(found, reference, engine == "ours", keep)
        return wrong, "; ".join(filter(None, (how, more)))

    def _with_turns(self, case: Case, found: NDArray[Any]) -> tuple[int | None, str]:
        if self.turns is None or len(case.closed):
            return None, ""
        if self.turns.longer:
            return None, f"not checked: {self.turns.longer} restrictions over several roads"
        sources = case.sources[:CHECKED]
        keep = ~self.turns.bound(sources), ~self.turns.bound(case.targets)
        wrong, how = disagreements(found[: len(sources)], self.turns.fastest(sources, case.targets), True, keep)
        return wrong, "; ".join(filter(None, (how, f"{keep[0].sum()} rows checked")))


def disagreements(found: NDArray[Any], reference: NDArray[Any], seconds: bool, keep: Any = None) -> tuple[int, str]:
    """Count the pairs whose travel time is another than the reference's, and say how far they are off.

    Parameters
    ----------
    found, reference
        Milliseconds, -1 where there is no way; ``found`` whole seconds, rounded up, when ``seconds`` says so.
    keep
        (rows, columns) to be compared, boolean; all if not given.
    """
    count, pairs, off = 0, 0, []
    step = max(1, _BLOCK // max(1, reference.shape[1]))
    columns = slice(None) if keep is None else keep[1]
    for at in range(0, len(reference), step):
        rows = np.arange(at, min(at + step, len(reference)))
        rows = rows if keep is None else rows[keep[0][rows]]
        true, have = reference[rows][:, columns].astype(np.int64), found[rows][:, columns].astype(np.int64)
        expected = np.where(true < 0, -1, -(-true // 1000)) if seconds else true
        wrong = have != expected
        count, pairs = count + int(wrong.sum()), pairs + wrong.size
        both = (have >= 0) & (expected > 0)
        off.append(np.abs(have - expected)[both] / expected[both])
    if not count:
        return 0, ""
    relative = np.concatenate(off)
    median, high = 100 * np.percentile(relative, [50, 99]) if len(relative) else (0.0, 0.0)
    return count, f"of {pairs} pairs; times differ by median {median:.2g} %, p99 {high:.2g} %"
