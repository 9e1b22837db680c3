"""What an answer for the network of tiers says, as sentences for the command line, and as JSON and CSV."""

from __future__ import annotations

import csv
import io
import math
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from recycling.tiers import TIERS, Tiered

if TYPE_CHECKING:
    from routing.siting.chain.answer import ChainAnswer
    from routing.siting.chain.front import Front
    from routing.siting.chain.problem import Measure

FEN = 100
HEADS: dict[str, str] = {
    "cost": "yuan a year",
    "carbon": "t CO2 a year",
    "within": "people within",
    "worst-town": "worst town, min",
    "driving": "mean min",
}


def shown(ground: Tiered, measure: Measure, value: float) -> float:
    """Return a measure as planners read it: yuan, tonnes of carbon dioxide, people, minutes."""
    return shown_change(ground, measure, value) + (ground.besides / FEN if measure == "cost" else 0.0)


def shown_change(ground: Tiered, measure: Measure, value: float) -> float:
    """Return the difference between two values of a measure in the same units."""
    if measure == "driving":
        return value / 60 / max(1.0, sum(point.people for point in ground.chain.points))
    years = len(ground.chain.years)
    divisors: dict[str, float] = {"cost": FEN * years, "carbon": 1000 * years, "within": 1, "worst-town": 60}
    return value / divisors[measure]


def told(ground: Tiered, measure: Measure, value: float, change: bool = False) -> str:
    """Return a measure in words, or the difference between two of its values."""
    number = (shown_change if change else shown)(ground, measure, value)
    if math.isinf(number):
        return (
            f"{HEADS[measure]}: somebody has no way to an open station"
            if measure in ("worst-town", "driving")
            else "none"
        )
    mean = " in the mean of the years" if len(ground.chain.years) > 1 else ""
    return {
        "cost": f"{number:,.0f} yuan a year{mean}",
        "carbon": f"{number:,.1f} t of carbon dioxide a year{mean}",
        "within": f"{number:,.0f} people within reach of a station",
        "worst-town": f"{number:.1f} minutes in the mean for the worst-served town",
        "driving": f"{number:.1f} minutes to a station in the mean of all people",
    }[measure]


def lines(ground: Tiered, answer: ChainAnswer) -> Iterator[str]:
    """Give what is open in each year, what it takes in, and what the whole is worth."""
    sums: dict[tuple[int, int, str], float] = defaultdict(float)
    for flow in answer.flows:
        sums[flow.year, flow.tier, flow.site] += flow.tonnes
    before: set[tuple[int, str]] = set()
    for y, year in enumerate(ground.chain.years):
        now = {(n, code) for n, opened in enumerate(answer.opened[y]) for code in opened}
        if len(ground.chain.years) > 1:
            new = len(now - before) if y else len(now)
            closed = len(before - now)
            yield f"{year.name}: {new} {'more ' if y else ''}open" + (f", {closed} closed" if closed else "")
        for n, code in sorted(now if y == 0 else now - before):
            size = answer.opened[y][n][code]
            word = f" ({size})" if size else ""
            yield f"{TIERS[n][:-1]} {code}  {ground.places[n][code].name_en}{word}: {sums[y, n, code]:,.0f} t"
        for n, code in sorted(before - now):
            yield f"closes: {TIERS[n][:-1]} {code}  {ground.places[n][code].name_en}"
        before = now
    for measure, value in answer.measures.items():
        yield told(ground, measure, value)
    words = {"fixed": "sites", "running": "sorting", "transport": "transport", "fees": "markets"}
    yield "of the cost " + ", ".join(f"{words[name]} {yuan:,.0f}" for name, yuan in parts(ground, answer).items())
    for measure, value in ground.by_community(answer.opened[-1][0], answer.aim.within).items():
        yield f"counted community by community: {told(ground, measure, value)}"


def parts(ground: Tiered, answer: ChainAnswer) -> dict[str, float]:
    """Return the parts of the cost, yuan a year; what routes cost besides ways is transport."""
    years = len(ground.chain.years)
    besides = {"transport": ground.besides / FEN}
    return {name: fen / FEN / years + besides.get(name, 0.0) for name, fen in answer.parts.items()}


def beyond(ground: Tiered, answer: ChainAnswer) -> float | None:
    """Return what no choice can be better than for communities, where towns are points; None where they are not."""
    loss = ground.losses(answer.aim.within).get(answer.aim.best)
    if loss is None:
        return None
    return answer.bound + loss if answer.aim.maximises else answer.bound - loss


def joint_lines(ground: Tiered, answer: ChainAnswer) -> Iterator[str]:
    """Say how far the proof holds for communities where towns are points."""
    bound = beyond(ground, answer)
    if bound is not None:
        yield (
            "A town goes one way as a whole here. Were its communities to go different ways, no choice could do better "
            f"than {told(ground, answer.aim.best, bound)}: --by community counts each by itself"
        )


def joint_front_lines(ground: Tiered, found: Front) -> Iterator[str]:
    """Say how far the points of a front hold for communities where towns are points."""
    losses = ground.losses(found.points[0].answer.aim.within) if found.points else {}
    if losses:
        first, second = (told(ground, measure, losses[measure], True) for measure in found.measures)
        yield (
            "A town goes one way as a whole here. Were its communities to go different ways, a point could be better "
            f"by {first}, or by {second}, at most: --by community counts each by itself"
        )


def document(ground: Tiered, answer: ChainAnswer) -> dict[str, Any]:
    """Return an answer for programs: openings by year and tier, flows in tonnes, measures in planners' units."""
    bound = beyond(ground, answer)
    return {
        "notice": dict(ground.notice) if ground.notice else None,
        "best": answer.aim.best,
        "value": shown(ground, answer.aim.best, answer.value),
        "bound": finite(shown(ground, answer.aim.best, answer.bound)),
        "proven": answer.proven,
        "measures": {measure: finite(shown(ground, measure, value)) for measure, value in answer.measures.items()},
        "by_community": {
            measure: finite(shown(ground, measure, value))
            for measure, value in ground.by_community(answer.opened[-1][0], answer.aim.within).items()
        },
        "bound_by_community": None if bound is None else finite(shown(ground, answer.aim.best, bound)),
        "years": [
            {"year": year.name, **{TIERS[n]: dict(opened) for n, opened in enumerate(answer.opened[y])}}
            for y, year in enumerate(ground.chain.years)
        ],
        "flows": [
            {
                "year": ground.chain.years[flow.year].name,
                "to": TIERS[flow.tier],
                "source": flow.source,
                "site": flow.site,
                "material": flow.material,
                "tonnes": round(flow.tonnes, 3),
            }
            for flow in answer.flows
        ],
    }


def front_rows(ground: Tiered, found: Front) -> list[dict[str, Any]]:
    """Return a row for each point of a front, in planners' units."""
    first, second = found.measures
    return [
        {
            first: finite(shown(ground, first, point.first)),
            second: finite(shown(ground, second, point.second)),
            "bound": finite(shown(ground, first, point.bound)),
            "gap": finite(point.gap, 6),
            "held": point.held,
            "proven": point.proven,
            "stations": len(point.answer.opened[-1][0]),
            "centres": len(point.answer.opened[-1][1]),
            "opened": " ".join(sorted(code for opened in point.answer.opened[-1][:2] for code in opened)),
        }
        for point in found.points
    ]


def finite(value: float, digits: int = 3) -> float | None:
    """Return what tables and JSON take; None where somebody has no way."""
    return round(value, digits) if math.isfinite(value) else None


def front_table(ground: Tiered, found: Front) -> Iterator[str]:
    """Give a front as a table, and what is known of what lies beside its points."""
    first, second = found.measures
    yield f"{HEADS[first]:>16} {HEADS[second]:>16} {'stations':>9} {'centres':>8} {'bound':>16}  proven"
    for row in front_rows(ground, found):
        digits = [1 if measure in ("carbon", "worst-town", "driving") else 0 for measure in found.measures]
        one, other = (
            "no way" if row[measure] is None else f"{row[measure]:,.{digit}f}"
            for measure, digit in zip(found.measures, digits, strict=True)
        )
        bound = "none" if row["bound"] is None else f"{row['bound']:,.{digits[0]}f}"
        left = "no" if row["gap"] is None else f"no: {100 * row['gap']:.2f} % better at most"
        said = "yes" if row["proven"] else f"of {HEADS[first]} alone" if row["held"] else left
        yield f"{one:>16} {other:>16} {row['stations']:>9} {row['centres']:>8} {bound:>16}  {said}"
    if found.complete:
        yield "complete: no other choice lies on the front"
        return
    yield "what is worse than a point in both is beaten; what is better than the bound of the point before cannot be"
    if math.isfinite(found.unknown):
        yield (
            f"in between there may be more, better than the next point by {100 * found.unknown:.2f} % at most: "
            "raise --points or --seconds"
        )
    else:
        yield "in between there may be more: raise --points or --seconds"


def front_csv(ground: Tiered, found: Front) -> str:
    """Return a front as CSV, with the roads' notice in its first line where there is one."""
    text = io.StringIO()
    if ground.notice:
        text.write(f"# {ground.notice['zh']} / {ground.notice['en']}\n")
    rows = front_rows(ground, found)
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
