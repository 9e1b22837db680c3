"""How much of a difference between two scenarios may be chance: what each place brings is known only roughly.

Both scenarios get the same draws (common random numbers), so that what moves both alike moves no difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from recycling.sites.assumed import Assumed
from recycling.sites.people import People
from recycling.sites.worth import Worth, brought

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DRAWS, SEED = 400, 20240701
TOWN, COMMUNITY = 0.15, 0.30
"""Standard deviation of what a town, and a community in it, brings, as a share of what is expected. Assumptions."""

SURE = 0.95
"""Share of the draws in which a difference must have the same sign to be one."""


def unsure(first: Worth, second: Worth, people: People, one: Assumed, other: Assumed) -> frozenset[str]:
    """Return the codes of figures whose difference may be chance; figures that demand does not touch are never in it.

    Where the two assume different demand, that difference is no chance and stays in every draw.
    """
    import numpy as np

    drawn = draws(people)
    found = set()
    before, after = (figures_drawn(w, people, a, drawn) for w, a in ((first, one), (second, other)))
    for code, values in before.items():
        change = after[code] - values
        if not np.any(change):
            continue
        same = max(float(np.mean(change > 0)), float(np.mean(change < 0)))
        if same < SURE:
            found.add(code)
    return frozenset(found)


def draws(people: People) -> NDArray[np.float64]:
    """Return (draws, communities): by what share each brings more or less than expected, always the same draws."""
    import numpy as np

    random = np.random.default_rng(SEED)
    towns = random.normal(1.0, TOWN, (DRAWS, len(people.towns)))[:, people.town]
    return np.maximum(0.0, towns * random.normal(1.0, COMMUNITY, (DRAWS, len(people.codes))))


def figures_drawn(
    found: Worth, people: People, assumed: Assumed, drawn: NDArray[np.float64]
) -> Mapping[str, NDArray[np.float64]]:
    """Return the figures that hang on what is brought, for each of the `draws`: (draws) each, by their codes."""
    import numpy as np

    reached = found.site >= 0
    tonnes = np.where(reached, brought(people, assumed), 0.0)
    trips = tonnes / assumed.load_tonnes
    far, long = (2 * np.where(reached, one, 0) for one in (found.metres / 1000, found.seconds / 3600))
    each = np.stack([tonnes, tonnes * found.sorting_rates, trips * far, trips * long])
    total, sorting, km, hours = np.einsum("dc,kc->kd", drawn, each)
    transport = assumed.transport((km * assumed.cost_per_km + hours * assumed.cost_per_hour) / 100)
    yuan = found.fixed + sorting + transport
    return {
        "yuan": yuan,
        "transport": transport,
        "yuan-a-tonne": yuan / np.maximum(1e-9, total),
        "km": km,
        "hours": hours,
        "carbon": km * assumed.grams_co2_per_km / 1e6,
    }
