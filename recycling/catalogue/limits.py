"""How much of a thing one booking may hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from recycling.catalogue.whole import Catalogue
from recycling.errors import N_, Fault


def over_limit(catalogue: Catalogue, items: Mapping[str, int], agreed: Mapping[str, int] | None = None) -> list[Fault]:
    """Return a fault for each item of which there are more pieces, all sizes together, than one booking may hold.

    As many as were `agreed` with somebody who works here are no fault.
    """
    known: Counter[str] = Counter()
    for code, count in (agreed or {}).items():
        known[code.split(".")[0]] += count
    pieces: Counter[str] = Counter()
    for code, count in items.items():
        pieces[code.split(".")[0]] += count
    return [
        Fault(
            "items",
            "over-limit",
            N_("One booking holds at most %(most)s × %(item)s. Book the rest for another day."),
            {"item": catalogue.items[code], "most": catalogue.items[code].most},
        )
        for code, count in pieces.items()
        if code in catalogue.items and count > max(catalogue.items[code].most, known[code])
    ]
