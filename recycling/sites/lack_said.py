"""What a scenario lacks in sentences, the same ones on its page and on the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from recycling.errors import N_
from recycling.sites.lacking import Lack, Mend

NAMED = 5
"""Places that a sentence names."""

SIZES = {"small": N_("small"), "large": N_("large"), "standing": N_("as it stands")}


def in_english(value: float, digits: int, signed: bool = False) -> str:
    """Write a number for the command line."""
    return f"{value:{'+' if signed else ''},.{digits}f}"


@dataclass(frozen=True)
class Words:
    """How sentences are said: translated, what sites and materials are called by code, how numbers are written."""

    site: Callable[[str], str]
    material: Callable[[str], str]
    say: Callable[[str], str] = str
    number: Callable[[float, int, bool], str] = in_english
    comma: str = ", "


def lacks(lack: Lack, words: Words) -> list[str]:
    """Return a sentence for each thing that is lacking."""

    def tonnes(value: float) -> str:
        return words.number(value, 1, False)

    found = []
    if lack.closed:
        sentence = N_("No site is open: %(people)s people have nowhere to bring their things.")
        found.append(words.say(sentence) % {"people": words.number(lack.people, 0, False)})
    elif lack.places:
        places = words.comma.join(lack.places[:NAMED]) + (" …" if len(lack.places) > NAMED else "")
        found.append(words.say(N_("No way leads to an open site from %(places)s.")) % {"places": places})
    for code, amount in lack.nowhere.items():
        sentence = N_("No open site takes %(material)s: %(tonnes)s t a year have no room.")
        found.append(words.say(sentence) % {"material": words.material(code), "tonnes": tonnes(amount)})
    for one in lack.short:
        sentence = N_("%(site)s gets %(tonnes)s t a year more than it can sort.")
        values = {"site": words.site(one.code), "tonnes": tonnes(one.tonnes)}
        if one.material:
            sentence = N_("%(site)s gets %(tonnes)s t a year of %(material)s more than it has room for.")
            values["material"] = words.material(one.material)
        found.append(words.say(sentence) % values)
    return found


def mends(lack: Lack, words: Words) -> str:
    """Return what would mend it all, or help most; nothing while ways are missing that it may depend on."""
    if lack.mend is not None:
        return _mend(lack.mend, words)
    if lack.waiting:
        return ""
    sentence = N_(
        "No single site of this scenario that is opened or made larger mends it. Put a place on the map, or search for"
        " better sites."
    )
    return words.say(sentence)


def _mend(mend: Mend, words: Words) -> str:
    values = {
        "site": words.site(mend.code),
        "size": words.say(SIZES.get(mend.size, mend.size)),
        "yuan": words.number(mend.yuan, 0, True),
    }
    if mend.whole and mend.deed == "open":
        sentence = N_(
            "The cheapest single change that mends it all: open %(site)s (%(size)s). The year’s cost changes by"
            " %(yuan)s yuan."
        )
    elif mend.whole:
        sentence = N_(
            "The cheapest single change that mends it all: make %(site)s larger (%(size)s). The year’s cost changes by"
            " %(yuan)s yuan."
        )
    else:
        sentence = N_(
            "No single site that is opened or made larger mends it all. %(site)s (%(size)s) helps most: %(tonnes)s t a"
            " year are without room then, and %(people)s people without a way. The year’s cost changes by %(yuan)s"
            " yuan."
        )
        values["tonnes"], values["people"] = words.number(mend.tonnes, 1, False), words.number(mend.people, 0, False)
    return words.say(sentence) % values
