"""Why no choice keeps all rules, and which single change would do: the least of each kind, by the same models."""

from __future__ import annotations

from dataclasses import dataclass

from routing.errors import N_, InputError, Together
from routing.siting.chain.building import Floats
from routing.siting.chain.model import made
from routing.siting.chain.parts import ChainModel
from routing.siting.chain.problem import Chain, ChainAim, Measure
from routing.siting.chain.solving import Sifting

SOME = 1e-6
"""Tonnes beyond a capacity that are none."""

NAMED = 4
"""Sites that a sentence names."""

WORDS: dict[Measure, tuple[str, float]] = {
    "cost": ("a cost of {value:,.0f} instead of {limit:,.0f}", 1.0),
    "carbon": ("{value:,.0f} kg of carbon dioxide instead of {limit:,.0f}", 1.0),
    "within": ("{value:,.0f} people within reach instead of {limit:,.0f}", 1.0),
    "worst-town": ("{value:,.1f} minutes for the worst-served town instead of {limit:,.1f}", 60.0),
    "driving": ("{value:,.0f} person-minutes instead of {limit:,.0f}", 60.0),
}


@dataclass(frozen=True)
class Change:
    """A change that alone would do.

    Attributes
    ----------
    kind
        The rule: ``budget``, ``most:`` with the number of the tier, a measure; or ``room``.
    amount, limit
        What would do, and what was asked for, in the units of the question.
    words
        The same as a part of a sentence.
    places
        Where room is lacking: tonnes, materials and site, the most first.
    """

    kind: str
    amount: float
    words: str
    limit: float = 0.0
    places: tuple[tuple[float, Together, str], ...] = ()


class Changes(tuple[Change, ...]):
    """Changes as a sentence names them."""

    def __str__(self) -> str:
        return "; ".join(change.words for change in self)


def cheapest_changes(chain: Chain, aim: ChainAim, seconds: float = 60.0) -> list[Change]:
    """Return for every rule the least change that alone makes an answer possible; none for rules that do not help."""
    rules = ["budget"] if any(year.budget is not None for year in chain.years) else []
    rules += [f"most:{n}" for n, tier in enumerate(chain.tiers) if tier.most is not None]
    rules += list(aim.limits)
    each = max(5.0, seconds / (len(rules) + 1))
    found = [_without(chain, aim, rule, each) for rule in rules]
    return [change for change in (*found, _more_room(chain, aim, each)) if change is not None]


def no_answer(chain: Chain, aim: ChainAim, seconds: float) -> InputError:
    """Say that no choice keeps all rules, although each alone can be kept, and what would do."""
    changes = cheapest_changes(chain, aim, seconds)
    if not changes:
        return InputError(
            "no-answer",
            N_(
                "No choice of sites keeps all rules together, and no single change of a budget, a number of sites, a"
                " limit or a capacity would do. Loosen several of them."
            ),
        )
    return InputError(
        "no-answer",
        N_("No choice of sites keeps all rules together. Each of these changes alone would do: %(changes)s."),
        changes=Changes(changes),
    )


def _without(chain: Chain, aim: ChainAim, rule: str, seconds: float) -> Change | None:
    """Leave a rule out, and return how little of it is enough."""
    name = "invested" if rule == "budget" else f"count:{rule[5:]}" if rule.startswith("most:") else rule
    model = made(chain, aim, frozenset({rule}))
    sign = -1.0 if rule == "within" else 1.0
    best = Sifting(model, name, seconds).run()
    if best.x is None:
        return None
    value = sign * best.value
    if rule == "budget":
        allowed = sum(year.budget or 0.0 for year in chain.years)
        whole = "" if len(chain.years) == 1 else " in all years, not bound to single ones,"
        return Change(rule, value, f"a budget of {value:,.0f}{whole} instead of {allowed:,.0f}", allowed)
    if rule.startswith("most:"):
        tier = chain.tiers[int(rule[5:])]
        return Change(rule, round(value), f"{round(value)} sites of {tier.name} instead of {tier.most}", tier.most or 0)
    measure: Measure = next(one for one in WORDS if one == rule)
    words, unit = WORDS[measure]
    limit = aim.limits[measure]
    return Change(rule, value, words.format(value=value / unit, limit=limit / unit), limit)


def _more_room(chain: Chain, aim: ChainAim, seconds: float) -> Change | None:
    """Let open sites take more than they can, and return the least tonnes with the sites and materials."""
    model = made(chain, aim, elastic=True)
    if "beyond" not in model.counts:
        return None
    best = Sifting(model, "beyond", seconds).run()
    if best.x is None:
        return None
    places = _beyond(model, best.x)
    said = ", ".join(f"{tonnes:,.1f} t of {material} at {site}" for tonnes, material, site in places[:NAMED])
    more = " .." if len(places) > NAMED else ""
    return Change("room", best.value, f"room for {best.value:,.1f} t more ({said}{more})", places=tuple(places))


def _beyond(model: ChainModel, columns: Floats) -> list[tuple[float, Together, str]]:
    found = []
    for one in model.extra:
        tier = model.chain.tiers[one.tier]
        for column, opening in zip(one.column, one.opening, strict=True):
            if columns[column] > SOME:
                site = tier.sites[model.sizes[one.tier][opening][0]].id
                material = Together(model.chain.materials[m] for m in one.group)
                found.append((float(columns[column]), material, site))
    return sorted(found, reverse=True)
