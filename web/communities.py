"""Reading the community that a form names: by what was typed, or by the choice that was asked for."""

from __future__ import annotations

from collections.abc import Mapping

from recycling.errors import N_, Fault, Listing
from recycling.places import meaning
from web.services import services

MOST_SAID = 5
"""Choices that a sentence names; the form shows all."""


def community_of(entered: Mapping[str, str], unknown: str, name: str = "community") -> tuple[str, Fault | None]:
    """Return the code of the community that an entry names, or nothing and a fault; nothing at all for no entry.

    What is chosen under the name with ``_choice`` counts where the entry itself leaves it open. A fault that leaves a
    choice has the labels of all that can be chosen as its value ``every``; `unknown` is the sentence where there is
    none.
    """
    text, chosen = entered.get(name, "").strip(), entered.get(f"{name}_choice", "")
    if not text:
        return "", None
    with services().database.read() as session:
        found = meaning(session, text)
    if found.code:
        return found.code, None
    picked = [place for place in found.choices if place.label == chosen]
    if len(picked) == 1:
        return picked[0].code, None
    if not found.choices:
        return "", Fault(name, "unknown-community", unknown)
    every = Listing(place.label for place in found.choices)
    values: dict[str, object] = {"choices": Listing(every[:MOST_SAID]), "every": every}
    if found.town:
        sentence = N_("%(town)s is a town. Choose one in this town, such as %(choices)s.")
        return "", Fault(name, "a-town", sentence, {"town": found.town, **values})
    sentence = N_("There are several places of this name. Choose one from the list: %(choices)s.")
    return "", Fault(name, "ambiguous-community", sentence, values)
