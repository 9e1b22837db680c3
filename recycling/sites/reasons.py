"""Why a search came to nothing, in parts that a page says in its reader's language.

A part is a sentence with named places and what fills them. Fillings that are more than numbers say what they are:
``{"zh": .., "en": ..}`` is the name of a place, ``{"materials": [..]}`` are codes of the catalogue, ``{"word": ..}`` is
a word for the translators, a list names several of these.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from recycling.apart import why_lost
from recycling.errors import N_, DomainError
from routing.errors import FEW, InputError, Money, Names, Together

if TYPE_CHECKING:
    from routing.siting.chain.changes import Change

FEN = 100
KG_A_TONNE = 1000

TIER_WORDS = {"stations": N_("stations"), "centres": N_("centres"), "markets": N_("markets")}

SEARCH_ENDS = {
    "too-slow": N_("The search did not end in time and was ended. Allow fewer candidates or fewer years."),
    "memory": N_("The search needed more than %(megabytes)s MB of memory. Allow fewer candidates or fewer years."),
    "solver-died": N_("The searching process ended without an answer. Search again."),
    "fault": N_("The search failed; the log of the server says why."),
}

Names2 = Mapping[str, Mapping[str, str]]
"""Names of places by language, by code."""


@dataclass(frozen=True)
class Asked:
    """What is known of a question when its refusal is put into words.

    Attributes
    ----------
    names
        Of places, by code and language.
    years, people
        How many years are planned, and for whom: sums over years are told a year, people in percent.
    besides
        Yuan a year that are told with a cost, and not in that of the models.
    """

    names: Names2 = field(default_factory=dict)
    years: int = 1
    people: float = 1.0
    besides: float = 0.0


def parts_of(error: Exception, memory_mb: int, asked: Asked | None = None) -> list[dict[str, Any]]:
    """Return the parts of a reason as JSON takes them; several where single changes would do."""
    asked = asked or Asked()
    if isinstance(error, DomainError):
        return [_part(fault.template, fault.values, asked) for fault in error.faults]
    if isinstance(error, InputError):
        from routing.siting.chain.changes import Changes

        changes = error.values.get("changes")
        if isinstance(changes, Changes):
            sentence = N_("No choice of sites keeps all rules together. Each of these changes alone would do:")
            return [_part(sentence, {}, asked), *(change_part(change, asked) for change in changes)]
        return [{**_part(error.template, error.values, asked), "code": error.code}]
    code, _ = why_lost(error, memory_mb)
    values: dict[str, object] = {"megabytes": memory_mb} if code == "memory" else {}
    return [_part(SEARCH_ENDS.get(code, SEARCH_ENDS["fault"]), values, asked)]


@contextmanager
def told_in_yuan(asked: Asked | None = None) -> Iterator[None]:
    """Let a command tell what cannot be in the units in which planners ask."""
    try:
        yield
    except InputError as error:
        raise InputError(error.code, in_english(parts_of(error, 0, asked))) from error


def change_part(change: Change, asked: Asked) -> dict[str, Any]:
    """Return a change that alone would do, in the units in which planners ask; numbers are rounded so that it does."""
    values: dict[str, object]
    if change.kind == "room":
        places: list[object] = [
            _part(
                N_("%(tonnes)s t of %(material)s at %(site)s"),
                {"tonnes": f"{tonnes:,.1f}", "material": materials, "site": Names((site,))},
                asked,
            )
            for tonnes, materials, site in change.places[:FEW]
        ]
        return _part(
            N_("room for %(tonnes)s t more (%(places)s)"),
            {"tonnes": f"{change.amount:,.1f}", "places": places},
            asked,
        )
    if change.kind == "budget":
        sentence = N_("a budget of %(value)s yuan instead of %(limit)s")
        if asked.years > 1:
            sentence = N_("a budget of %(value)s yuan in all years, not bound to single ones, instead of %(limit)s")
        return _part(sentence, {"value": _most(change.amount / FEN), "limit": _most(change.limit / FEN)}, asked)
    if change.kind == "sites":
        values = {"value": _most(change.amount), "limit": _most(change.limit)}
        return _part(N_("%(value)s sites instead of %(limit)s"), values, asked)
    if change.kind.startswith("most:"):
        sentence = (
            N_("%(value)s stations instead of %(limit)s")
            if change.kind == "most:0"
            else N_("%(value)s centres instead of %(limit)s")
        )
        return _part(sentence, {"value": _most(change.amount), "limit": _most(change.limit)}, asked)
    if change.kind == "within":
        share, limit = (100 * value / max(1.0, asked.people) for value in (change.amount, change.limit))
        return _part(
            N_("%(value)s %% of the people within reach instead of %(limit)s %%"),
            {"value": f"{math.floor(100 * share + 1e-6) / 100:.2f}", "limit": f"{limit:.2f}"},
            asked,
        )
    sentence, unit = {
        "cost": (N_("%(value)s yuan a year instead of %(limit)s"), FEN * asked.years),
        "carbon": (N_("%(value)s t of carbon dioxide a year instead of %(limit)s"), KG_A_TONNE * asked.years),
        "worst-town": (N_("%(value)s minutes in every town instead of %(limit)s"), 60),
    }.get(change.kind, (change.words.replace("%", "%%"), 1))
    digits = 0 if change.kind == "cost" else 1
    more = asked.besides if change.kind == "cost" else 0.0
    values = {"value": _most(change.amount / unit + more, digits), "limit": _most(change.limit / unit + more, digits)}
    return _part(sentence, values, asked)


def _most(value: float, digits: int = 0) -> str:
    """Return a number rounded up, so that it is enough as a limit."""
    return f"{math.ceil(value * 10**digits - 1e-6) / 10**digits:,.{digits}f}"


def in_english(parts: Sequence[Mapping[str, Any]]) -> str:
    """Return the reason as the record and the log keep it."""
    first, *others = (sentence(part, str, _english) for part in parts)
    return f"{first} {'; '.join(others)}." if others else first


def sentence(part: Mapping[str, Any], say: Callable[[str], str], named: Callable[[Any], str], comma: str = ", ") -> str:
    """Put a part together: ``say`` translates sentences and words, ``named`` says names and materials."""

    def filled(value: Any) -> object:
        if isinstance(value, list):
            return comma.join(str(filled(one)) for one in value)
        if isinstance(value, dict):
            if "template" in value:
                return sentence(value, say, named, comma)
            return say(value["word"]) if "word" in value else named(value)
        return value

    values = {name: filled(value) for name, value in part["values"].items()}
    return say(part["template"]) % values if values else say(part["template"]).replace("%%", "%")


def _english(value: Any) -> str:
    return " and ".join(value["materials"]) if "materials" in value else str(value["en"])


def _part(template: str, values: Mapping[str, object], asked: Asked) -> dict[str, Any]:
    return {"template": template, "values": {name: _kept(name, value, asked) for name, value in values.items()}}


def _kept(name: str, value: object, asked: Asked) -> Any:
    """Return a filling as JSON takes it."""
    if isinstance(value, Money):
        return f"{value / FEN:,.0f}"
    if isinstance(value, Together):
        return {"materials": list(value)}
    if isinstance(value, Names):
        names = [dict(asked.names.get(code, {"zh": code, "en": code})) for code in value[:FEW]]
        return [*names, {"zh": "…", "en": ".."}] if len(value) > FEW else names
    if name == "tier" and value in TIER_WORDS:
        return {"word": TIER_WORDS[str(value)]}
    if name == "material" and isinstance(value, str):
        return {"materials": [value]}
    if isinstance(value, list) or value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)
