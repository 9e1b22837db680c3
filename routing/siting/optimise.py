"""The best sites for an aim with a proven bound, the runner-up, and what given sites are worth."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from routing.errors import N_, InputError
from routing.siting.answer import Flow, SitingAnswer
from routing.siting.asking import no_answer, require_sound
from routing.siting.highs import never
from routing.siting.problem import Aim, Candidate, SitingProblem

if TYPE_CHECKING:
    from routing.siting.covering import Covered, Rules

Whole = NDArray[np.int64]
GENTLE = 10.0
"""Seconds for choosing among equal answers."""

NEGLIGIBLE = 1e-9
"""A share that is none."""


def optimise(
    problem: SitingProblem,
    aim: Aim,
    seconds: float = 60.0,
    without: Sequence[Mapping[str, str]] = (),
    stopped: Callable[[], bool] = never,
) -> SitingAnswer:
    """Return the best answer, or the best that was found within the seconds with the bound that was proven by then.

    ``without`` are answers, open sites with their sizes, that are not wanted: the best that differs from each of them
    in one site at least.
    ``stopped`` ends a search before its time, as the end of its seconds does: the best so far counts.

    Raises
    ------
    InputError
        When the aim cannot be reached; the sentence says which material, point or number is in the way.
    """
    require_sound(problem, aim)
    column = {candidate.id: j for j, candidate in enumerate(problem.candidates)}
    banned = [frozenset(column[site] for site in opened if site in column) for opened in without]
    if aim.kind in ("p-median", "cost"):
        return _by_bound(problem, aim, seconds, banned, without[-1] if without else None, stopped)
    return _by_cover(problem, aim, seconds, banned, stopped)


def runner_up(problem: SitingProblem, answer: SitingAnswer, seconds: float = 60.0) -> SitingAnswer | None:
    """Return the best answer that differs from this one in one site at least; None where no other is there."""
    try:
        return optimise(problem, answer.aim, seconds, [answer.opened])
    except InputError:
        return None


def evaluate(problem: SitingProblem, aim: Aim, opened: Mapping[str, str], seconds: float = 60.0) -> SitingAnswer:
    """Return what given sites are worth, in the sizes named or ("") the best; all goes where the aim likes it best.

    The bound is that of these sites, not of all choices.

    Raises
    ------
    InputError
        For an unknown site or size, and where these sites cannot serve everybody.
    """
    candidates = []
    for candidate in problem.candidates:
        if candidate.id in opened:
            name = opened[candidate.id]
            sizes = tuple(s for s in candidate.sizes if name in ("", s.name))
            if not sizes:
                raise _unknown(f"{candidate.id} of size {name}")
            candidates.append(replace(candidate, sizes=sizes, status="kept"))
    missing = set(opened) - {candidate.id for candidate in candidates}
    if missing:
        raise _unknown(", ".join(sorted(missing)))
    columns = [j for j, candidate in enumerate(problem.candidates) if candidate.id in opened]
    small = replace(
        problem,
        candidates=tuple(candidates),
        seconds=problem.seconds[:, columns],
        costs=problem.costs[:, columns],
    )
    return optimise(small, replace(aim, most=len(candidates) or None, budget=None), seconds)


def _unknown(what: str) -> InputError:
    return InputError("no-site", N_("There is no candidate %(site)s. Choose among the candidates."), site=what)


def _mended(problem: SitingProblem, aim: Aim, seconds: float) -> InputError | None:
    """Say which single change would do, where rules clash only together."""
    from routing.siting.mending import clashing

    return clashing(problem, aim, seconds) if aim.kind == "cost" else None


def _by_bound(
    problem: SitingProblem,
    aim: Aim,
    seconds: float,
    banned: Sequence[frozenset[int]],
    near: Mapping[str, str] | None = None,
    stopped: Callable[[], bool] = never,
) -> SitingAnswer:
    from routing.siting.branching import solve
    from routing.siting.tables import table_of

    table, points, materials = table_of(problem, aim)
    kept = np.array([candidate.status == "kept" for candidate in problem.candidates])
    sizes = [(c, size) for c in problem.candidates for size in (c.sizes if aim.kind == "cost" else c.sizes[:1])]
    begin = [o for o, (c, size) in enumerate(sizes) if near and near.get(c.id) == size.name]
    found = solve(table, kept, banned, seconds, np.array(begin, dtype=np.int64) if begin else None, stopped)
    if found.options is None or found.shares is None:
        if found.bound != np.inf:
            raise _no_time(seconds)
        raise (_mended(problem, aim, seconds) if not banned else None) or no_answer(aim)
    opened = {sizes[o][0].id: sizes[o][1].name for o in found.options}
    flows = []
    for o, shares in zip(found.options, found.shares, strict=True):
        for k in np.flatnonzero(shares > NEGLIGIBLE):
            material = problem.materials[materials[k]] if aim.kind == "cost" else ""
            flows.append(Flow(problem.points[points[k]].id, sizes[o][0].id, material, float(shares[k])))
    parts = {}
    if aim.kind == "cost":
        running = sum(
            float((shares * table.weight).sum()) * sizes[o][1].running
            for o, shares in zip(found.options, found.shares, strict=True)
        )
        fixed = float(table.fixed[found.options].sum())
        parts = {"fixed": fixed, "running": running, "transport": found.value - fixed - running}
    return SitingAnswer(aim, opened, tuple(flows), found.value, found.bound, parts, found.nodes)


def _by_cover(
    problem: SitingProblem, aim: Aim, seconds: float, banned: Sequence[frozenset[int]], stopped: Callable[[], bool]
) -> SitingAnswer:
    from routing.siting.covering import Rules, fewest_sites, most_people, shortest_reach

    kept = np.array([candidate.status == "kept" for candidate in problem.candidates])
    most = len(kept) if aim.most is None else aim.most
    rules = Rules(kept, most, banned, time.monotonic() + seconds, stopped)
    reached = (problem.seconds >= 0) & (problem.seconds <= aim.within)
    if aim.kind == "p-centre":
        found = shortest_reach(problem.seconds, rules)
        if found.sites is not None:
            found = _gentlest(problem, found, rules)
    elif aim.kind == "cover":
        found = most_people(reached, np.array([point.people for point in problem.points], dtype=float), rules)
    else:
        found = fewest_sites(reached, rules)
    if aim.kind == "set-cover" and found.bound > most:
        raise _too_few(aim, found.bound, most)
    if found.sites is None or len(found.sites) > most:
        raise no_answer(aim) if found.bound in (np.inf, -np.inf) else _no_time(seconds)
    near = np.any(reached[:, found.sites], axis=1)
    wanted = [bool(near[i]) or aim.kind != "cover" for i in range(len(problem.points))]
    flows = _nearest(problem, found.sites, wanted)
    opened = {problem.candidates[j].id: _smallest(problem.candidates[j]) for j in found.sites}
    return SitingAnswer(aim, opened, tuple(flows), found.value, found.bound, {}, found.solved)


def _gentlest(problem: SitingProblem, found: Covered, rules: Rules) -> Covered:
    """Of all choices with this farthest way, take the one with least driving of all people, or nearly."""
    from routing.siting.branching import solve
    from routing.siting.tables import table_of

    near = np.where(problem.seconds <= found.value, problem.seconds, -1)
    table, _, _ = table_of(replace(problem, seconds=near), Aim("p-median", rules.most))
    better = solve(table, rules.kept, rules.banned, min(GENTLE, rules.left), stopped=rules.stopped)
    if better.options is None:
        return found
    sites = np.sort(better.options)
    ways = np.where(near < 0, np.iinfo(np.int32).max, near)[:, sites]
    return replace(found, sites=sites, value=float(ways.min(axis=1).max(initial=0)))


def _smallest(candidate: Candidate) -> str:
    return candidate.sizes[0].name


def _nearest(problem: SitingProblem, sites: Whole, wanted: list[bool]) -> list[Flow]:
    """Send each of the points to the site that it reaches soonest."""
    if len(sites) == 0:
        return []
    ways = np.where(problem.seconds[:, sites] < 0, np.iinfo(np.int32).max, problem.seconds[:, sites])
    nearest = ways.argmin(axis=1)
    return [
        Flow(point.id, problem.candidates[sites[nearest[i]]].id, "", 1.0)
        for i, point in enumerate(problem.points)
        if wanted[i]
    ]


def _too_few(aim: Aim, needed: float, most: int) -> InputError:
    minutes = round(aim.within / 60, 1)
    if not np.isfinite(needed):
        return InputError(
            "too-few-sites",
            N_(
                "More than %(most)s sites are needed so that everybody is within %(minutes)s minutes. Allow more sites."
            ),
            minutes=minutes,
            most=most,
        )
    return InputError(
        "too-few-sites",
        N_(
            "%(needed)s sites are needed so that everybody is within %(minutes)s minutes, %(more)s more than the"
            " %(most)s allowed."
        ),
        needed=round(needed),
        minutes=minutes,
        more=round(needed - most),
        most=most,
    )


def _no_time(seconds: float) -> InputError:
    return InputError(
        "no-time",
        N_("No answer was found within %(seconds)s seconds, nor was it proven that there is none. Allow more seconds."),
        seconds=round(seconds),
    )
