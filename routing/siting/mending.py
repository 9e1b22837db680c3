"""What would mend a question without an answer: the least change of each rule alone, and what to open besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from routing.errors import N_, InputError
from routing.siting.answer import SitingAnswer
from routing.siting.problem import Aim, SitingProblem

LONGEST = 10.0
"""Seconds that are spent on changes at most."""

NO_ROOM = ("too-little-room", "no-way", "no-answer")
"""Refusals that other sites, or larger ones, may mend."""


def clashing(problem: SitingProblem, aim: Aim, seconds: float) -> InputError | None:
    """Say which change of the budget, of the number of sites or of room would alone do; None where none is found.

    Of ``cost``, by the models of a network with one tier.
    """
    from routing.siting.chain.changes import Changes, cheapest_changes
    from routing.siting.chain.problem import Chain, ChainAim, Tier, Year

    tier = Tier("sites", problem.candidates, problem.costs, most=aim.most)
    chain = Chain(problem.points, (tier,), problem.seconds, problem.materials, years=(Year(budget=aim.budget),))
    found = [
        replace(change, kind="sites", words=f"{change.amount:.0f} sites instead of {change.limit:.0f}")
        if change.kind == "most:0"
        else change
        for change in cheapest_changes(chain, ChainAim("cost"), min(LONGEST, seconds))
    ]
    if not found:
        return None
    return InputError(
        "no-answer",
        N_("No choice of sites keeps all rules together. Each of these changes alone would do: %(changes)s."),
        changes=Changes(found),
    )


def with_more(problem: SitingProblem, opened: Mapping[str, str], seconds: float) -> SitingAnswer | None:
    """Return the cheapest network that keeps these sites open, in the sizes named or larger ones; None for none.

    ``opened``: size by candidate, "" for any.
    """
    from routing.siting.optimise import optimise

    candidates = []
    for candidate in problem.candidates:
        if candidate.id in opened:
            named = [size for size in candidate.sizes if size.name == opened[candidate.id]]
            least = sum(named[0].capacity) if named else 0.0
            sizes = tuple(size for size in candidate.sizes if not size.capacity or sum(size.capacity) >= least)
            candidates.append(replace(candidate, sizes=sizes, status="kept"))
        else:
            candidates.append(candidate)
    try:
        return optimise(replace(problem, candidates=tuple(candidates)), Aim("cost"), seconds)
    except InputError:
        return None
