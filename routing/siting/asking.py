"""What cannot be asked, or has no answer, told in the planner's words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from routing.errors import N_, InputError, Money, Names
from routing.siting.problem import Aim, SitingProblem


def require_sound(problem: SitingProblem, aim: Aim) -> None:
    """Raise InputError for an aim that cannot be reached, and say which material, point or site lacks how much."""
    sites = len(problem.candidates)
    shape = (len(problem.points), sites)
    for name, table in (("seconds", problem.seconds), ("costs", problem.costs)):
        if table.shape != shape:
            raise InputError(
                "bad-table",
                N_("%(name)s has %(have)s rows and columns, where %(points)s points and %(sites)s candidates are."),
                name=name,
                have=table.shape,
                points=shape[0],
                sites=sites,
            )
    if sites == 0:
        raise InputError("no-candidates", N_("There is no candidate for a site. Give one at least."))
    if aim.most is None and aim.kind in ("p-median", "p-centre", "cover"):
        raise InputError("no-count", N_("%(kind)s needs the number of sites."), kind=aim.kind)
    if aim.most is not None and not 1 <= aim.most <= sites:
        raise InputError(
            "bad-count",
            N_(
                "%(most)s sites cannot be chosen: there are %(sites)s candidates. Ask for 1 to %(sites)s, or give"
                " %(more)s more candidates."
            ),
            most=aim.most,
            sites=sites,
            more=max(0, aim.most - sites),
        )
    kept = sum(candidate.status == "kept" for candidate in problem.candidates)
    if aim.most is not None and kept > aim.most:
        raise InputError(
            "too-many-kept",
            N_(
                "%(kept)s sites stay, %(over)s more than the %(most)s asked for. Ask for %(kept)s, or let some be"
                " closed."
            ),
            kept=kept,
            over=kept - aim.most,
            most=aim.most,
        )
    if aim.kind == "cost":
        _require_room(problem, aim)
        _require_money(problem, aim)
    _require_ways(problem, aim)


def without_far(problem: SitingProblem, aim: Aim) -> tuple[SitingProblem, tuple[int, ...]]:
    """Leave out points that no candidate is within reach of, which ``set-cover`` cannot have; return their rows."""
    near = np.any((problem.seconds >= 0) & (problem.seconds <= aim.within), axis=1)
    rows = np.flatnonzero(near)
    left = replace(
        problem,
        points=tuple(problem.points[i] for i in rows),
        seconds=problem.seconds[rows],
        costs=problem.costs[rows],
    )
    return left, tuple(int(i) for i in np.flatnonzero(~near))


def no_answer(aim: Aim) -> InputError:
    """Say that no choice of sites keeps all rules, although each rule alone can be kept."""
    if aim.kind == "cost":
        return InputError(
            "no-answer",
            N_(
                "No choice of sites takes everything with these capacities, ways, numbers and budget together. Allow"
                " more sites, a larger budget or larger sizes."
            ),
        )
    return InputError(
        "no-answer", N_("No other choice of at most %(most)s sites reaches everybody. Allow more sites."), most=aim.most
    )


def _require_ways(problem: SitingProblem, aim: Aim) -> None:
    """Everybody, and all that is brought, must have a way to a site that may take it."""
    if aim.kind == "cover":
        return
    if aim.kind != "cost":
        reached: Any = problem.seconds >= 0
        if aim.kind == "set-cover":
            reached = reached & (problem.seconds <= aim.within)
        lost = [p.id for p, good in zip(problem.points, np.any(reached, axis=1).tolist(), strict=True) if not good]
        if lost and aim.kind == "set-cover":
            raise InputError(
                "out-of-reach",
                N_(
                    "No candidate is within %(minutes)s minutes of %(count)s places: %(places)s. Allow more minutes, or"
                    " give candidates nearer to them."
                ),
                minutes=round(aim.within / 60, 1),
                count=len(lost),
                places=Names(lost),
            )
        if lost:
            raise _no_way(lost)
        return
    for m, material in enumerate(problem.materials):
        takes = np.array([any(not s.capacity or s.capacity[m] > 0 for s in c.sizes) for c in problem.candidates])
        reached_any = ((problem.costs >= 0) & takes[None]).any(axis=1)
        lost = [p.id for p, good in zip(problem.points, reached_any, strict=True) if p.tonnes[m] > 0 and not good]
        if lost:
            raise _no_way(lost, material)


def _no_way(lost: list[str], material: str = "") -> InputError:
    if material:
        return InputError(
            "no-way",
            N_(
                "No road leads from %(count)s places to any site that takes %(material)s: %(places)s. Move their"
                " positions, or give a candidate that they reach."
            ),
            count=len(lost),
            material=material,
            places=Names(lost),
        )
    return InputError(
        "no-way",
        N_(
            "No road leads from %(count)s places to any site: %(places)s. Move their positions, or give a candidate"
            " that they reach."
        ),
        count=len(lost),
        places=Names(lost),
    )


def _require_room(problem: SitingProblem, aim: Aim) -> None:
    """The largest sizes of as many sites as there may be must take what comes of each material."""
    for m, material in enumerate(problem.materials):
        tonnes = sum(point.tonnes[m] for point in problem.points)
        rooms = sorted(
            (
                (c.status == "kept", max(s.capacity[m] if s.capacity else np.inf for s in c.sizes))
                for c in problem.candidates
            ),
            reverse=True,
        )
        most = len(rooms) if aim.most is None else aim.most
        room = sum(r for _, r in rooms[:most])
        if room < tonnes * (1 - 1e-9):
            raise InputError(
                "too-little-room",
                N_(
                    "%(sites)s sites take at most %(room)s t of %(material)s a year, %(missing)s t less than the"
                    " %(tonnes)s t that come. Allow more sites or larger ones."
                ),
                sites=most,
                room=f"{room:,.0f}",
                material=material,
                missing=f"{tonnes - room:,.1f}",
                tonnes=f"{tonnes:,.0f}",
            )


def _require_money(problem: SitingProblem, aim: Aim) -> None:
    kept = [min(s.investment for s in c.sizes) for c in problem.candidates if c.status == "kept"]
    if aim.budget is not None and sum(kept) > aim.budget:
        raise InputError(
            "budget-too-small",
            N_("The sites that stay take %(sum)s, %(missing)s more than the budget of %(budget)s. Raise it."),
            sum=Money(sum(kept)),
            missing=Money(sum(kept) - aim.budget),
            budget=Money(aim.budget),
        )
