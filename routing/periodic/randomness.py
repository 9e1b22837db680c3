"""Random numbers of a search: its own state, so that a seed means the same everywhere."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from routing.periodic.compiling import inlined

States = NDArray[np.uint64]

_TWELVE, _TWENTY_FIVE, _TWENTY_SEVEN, _ELEVEN = (np.uint64(n) for n in (12, 25, 27, 11))
_ODD = np.uint64(0x2545F4914F6CDD1D)


@inlined
def random(state: States) -> float:
    """A number from 0 up to 1."""
    x = state[0]
    x ^= x >> _TWELVE
    x ^= x << _TWENTY_FIVE
    x ^= x >> _TWENTY_SEVEN
    state[0] = x
    return np.float64((x * _ODD) >> _ELEVEN) * (1.0 / 9007199254740992.0)


@inlined
def below(state: States, n: int) -> int:
    """A whole number from 0 up to n."""
    return min(n - 1, int(random(state) * n))


@inlined
def chance(state: States, share: float) -> bool:
    """True with this probability."""
    return random(state) < share


@inlined
def heat(state: States, temperature: float) -> float:
    """How much dearer the annealing may become now."""
    return -temperature * math.log(max(1e-300, random(state)))
