"""The judge of answers: shares no code with the models, recomputes every rule and the value."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from routing.siting.answer import SitingAnswer
from routing.siting.problem import SitingProblem, Size

SLACK = 1e-6
"""Share of a bound by which sums of floats may be beyond it."""


@dataclass(frozen=True)
class SitingFault:
    """A rule that an answer breaks: at a site, for a point, of a material ("" where none), and by how much."""

    rule: str
    site: str = ""
    point: str = ""
    material: str = ""
    amount: float = 1.0


def check_siting(problem: SitingProblem, answer: SitingAnswer) -> list[SitingFault]:
    """Return every rule that an answer breaks, and its value or bound when they cannot be what they say."""
    found: list[SitingFault] = []
    sizes = _opened(problem, answer, found)
    aim = answer.aim
    if aim.most is not None and len(answer.opened) > aim.most:
        found.append(SitingFault("more sites than asked for", amount=len(answer.opened) - aim.most))
    invested = sum(size.investment for size in sizes.values())
    if aim.budget is not None and invested > aim.budget * (1 + SLACK):
        found.append(SitingFault("beyond the budget", amount=invested - aim.budget))
    column = {candidate.id: j for j, candidate in enumerate(problem.candidates)}
    row = {point.id: i for i, point in enumerate(problem.points)}
    for flow in answer.flows:
        if flow.point not in row or flow.site not in sizes:
            found.append(SitingFault("goes to what is not open", flow.site, flow.point, flow.material))
        elif flow.share < -SLACK:
            found.append(SitingFault("negative share", flow.site, flow.point, flow.material, -flow.share))
        elif (problem.costs if aim.kind == "cost" else problem.seconds)[row[flow.point], column[flow.site]] < 0:
            found.append(SitingFault("no way", flow.site, flow.point, flow.material))
    if found:
        return found
    if aim.kind == "cost":
        value = _cost(problem, answer, sizes, row, column, found)
    else:
        value = _reach(problem, answer, row, column, found)
    tolerance = SLACK * max(1.0, abs(value))
    if abs(value - answer.value) > tolerance:
        found.append(SitingFault("value is not what it says", amount=answer.value - value))
    beyond = answer.value - answer.bound if aim.maximises else answer.bound - answer.value
    if not beyond <= tolerance:  # NaN too
        found.append(SitingFault("better than its own bound", amount=beyond))
    return found


def _opened(problem: SitingProblem, answer: SitingAnswer, found: list[SitingFault]) -> dict[str, Size]:
    sizes = {}
    known = {candidate.id: candidate for candidate in problem.candidates}
    for site, name in answer.opened.items():
        size = next((s for s in known[site].sizes if s.name == name), None) if site in known else None
        if size is None:
            found.append(SitingFault("no such site or size", site))
        else:
            sizes[site] = size
    for candidate in problem.candidates:
        if candidate.status == "kept" and candidate.id not in answer.opened:
            found.append(SitingFault("closed, though it is kept", candidate.id))
    return sizes


def _cost(
    problem: SitingProblem,
    answer: SitingAnswer,
    sizes: dict[str, Size],
    row: dict[str, int],
    column: dict[str, int],
    found: list[SitingFault],
) -> float:
    """Return the money of an answer, and add faults of shares and capacities."""
    materials = {material: m for m, material in enumerate(problem.materials)}
    shares: dict[tuple[str, str], float] = defaultdict(float)
    taken: dict[tuple[str, str], float] = defaultdict(float)
    cost = sum(size.fixed for size in sizes.values())
    for flow in answer.flows:
        tonnes = problem.points[row[flow.point]].tonnes[materials[flow.material]] * flow.share
        cost += tonnes * (problem.costs[row[flow.point], column[flow.site]] + sizes[flow.site].running)
        shares[flow.point, flow.material] += flow.share
        taken[flow.site, flow.material] += tonnes
    for point in problem.points:
        for material, tonnes in zip(problem.materials, point.tonnes, strict=True):
            missing = 1 - shares[point.id, material]
            if tonnes > 0 and abs(missing) > SLACK:
                found.append(SitingFault("not all of it goes somewhere", "", point.id, material, missing))
    for (site, material), tonnes in taken.items():
        capacity = sizes[site].capacity
        over = tonnes - capacity[materials[material]] if capacity else 0.0
        if over > SLACK * max(1.0, tonnes):
            found.append(SitingFault("more than its capacity", site, "", material, over))
    return float(cost)


def _reach(
    problem: SitingProblem,
    answer: SitingAnswer,
    row: dict[str, int],
    column: dict[str, int],
    found: list[SitingFault],
) -> float:
    """Return what an answer is worth in seconds, people or sites, and add faults of who goes nowhere or too far."""
    aim = answer.aim
    shares: dict[str, float] = defaultdict(float)
    driving, longest, people = 0.0, 0, 0.0
    for flow in answer.flows:
        seconds = int(problem.seconds[row[flow.point], column[flow.site]])
        shares[flow.point] += flow.share
        here = problem.points[row[flow.point]].people * flow.share
        driving, longest, people = driving + seconds * here, max(longest, seconds), people + here
        if aim.kind in ("cover", "set-cover") and seconds > aim.within:
            found.append(SitingFault("out of reach", flow.site, flow.point, amount=seconds - aim.within))
    for point in problem.points:
        missing = 1 - shares[point.id]
        if missing < -SLACK or (aim.kind != "cover" and missing > SLACK):
            found.append(SitingFault("not all of it goes somewhere", "", point.id, amount=missing))
    worth = {"p-median": driving, "p-centre": longest, "cover": people, "set-cover": len(answer.opened)}
    return float(worth[aim.kind])
