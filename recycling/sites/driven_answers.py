"""What is kept of driven scenarios, as JSON takes it, and as CSV. Money is yuan a year."""

from __future__ import annotations

import math
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recycling.exports.tables import Cell, csv_bytes
from recycling.sites.lying import Lying
from recycling.siting import FEN

if TYPE_CHECKING:
    from routing.siting.answer import SitingAnswer
    from routing.siting.located.given import Outing
    from routing.siting.problem import SitingProblem

Answer = Mapping[str, Any]
HEAD = (
    "scenario", "estimate", "with_rounds", "difference", "of_it_ways", "of_it_rounds", "share", "share_error",
    "besides",
    "ways_km", "rounds_km", "ways_t_co2", "rounds_t_co2", "trucks", "left_out", "sites", "roads",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Driven:
    """A driven scenario: its problem and who goes where, what its sites can sort, and the year of its rounds."""

    key: uuid.UUID
    name: str
    lying: Lying
    problem: SitingProblem
    answer: SitingAnswer
    room: Mapping[str, float]
    points_of: Mapping[str, frozenset[str]]
    outing: Outing


def answer_of(found: Sequence[Driven], days: int) -> dict[str, Any]:
    """Return a row for each scenario, and for each but the first how it differs from the first.

    ``estimate`` of a row is what its page says now, ``ways`` what its ways cost there and back, ``slope`` and ``base``
    what its routes teach: that these cost ``slope`` times its ways, and ``base`` besides.
    """
    from routing.siting.located.given import difference

    rows = [_row(one) for one in found]
    first = found[0]
    apart = []
    for one, row in zip(found[1:], rows[1:], strict=True):
        own = _sites(one) - _sites(first)
        dearer, noise = difference(first.outing.year.days, one.outing.year.days)
        apart.append(
            {
                "estimate": row["estimate"] - rows[0]["estimate"],
                "rounds": _yuan(own + dearer),
                "noise": _yuan(noise),
                "same": abs(own + dearer) <= noise,
            }
        )
    notice = first.lying.ground.notice
    return {
        "notice": dict(notice) if notice else None,
        "days": days,
        "rows": rows,
        "differences": apart,
        "off_road": [list(one) for one in first.lying.off_road],
    }


def table(answer: Answer) -> bytes:
    """Return a CSV with a row for each scenario, its sites with their shares of the goods in one cell."""
    notice = answer["notice"]
    word = f"{notice['zh']} / {notice['en']}" if notice else ""
    rows: list[tuple[Cell, ...]] = [
        (
            row["name"], row["estimate"], row["yuan"], row["yuan"] - row["estimate"], row["ways"], row["rounds"],
            row["slope"], row["slope_error"], row["base"], row["ways_km"], row["km"], row["ways_t_co2"], row["t_co2"],
            row["trucks"], row["left_out"],
            " ".join(f"{code}={100 * taken:.0f}%" for code, _, _, taken, _, _ in row["sites"]), word,
        )
        for row in answer["rows"]
    ]  # fmt: skip
    return csv_bytes(HEAD, rows)


def _sites(one: Driven) -> float:
    return one.answer.parts["fixed"] + one.answer.parts["running"]


def _row(one: Driven) -> dict[str, Any]:
    assumed, year = one.lying.assumed, one.outing.year
    sites, ways = _sites(one), one.answer.parts["transport"]
    km, ways_km = year.metres / 1000, _ways_km(one)
    grams = assumed.grams_co2_per_km / 1e6
    sure = math.isfinite(one.outing.slope_error)
    return {
        "scenario": str(one.key),
        "name": one.name,
        "estimate": _yuan(sites) + round(assumed.transport(ways / FEN)),
        "sites_yuan": _yuan(sites),
        "ways": _yuan(ways),
        "rounds": _yuan(one.outing.rounds),
        "km_yuan": round(km * assumed.cost_per_km / FEN),
        "trucks_yuan": _yuan(year.hired),
        "hours_yuan": _yuan(one.outing.rounds - year.hired) - round(km * assumed.cost_per_km / FEN),
        "yuan": _yuan(sites + one.outing.rounds),
        "ways_km": round(ways_km),
        "km": round(km),
        "ways_t_co2": round(ways_km * grams, 1),
        "t_co2": round(km * grams, 1),
        "trucks": round(year.trucks, 1),
        "left_out": year.left_out,
        "slope": round(one.outing.slope, 4),
        "slope_error": round(one.outing.slope_error, 4) if sure else None,
        "base": _yuan(one.outing.rounds - round(one.outing.slope, 4) * ways),
        "sites": _taken(one),
        "depots": _depots(one),
    }


def _ways_km(one: Driven) -> float:
    """Return the kilometres of everybody's ways there and back, as the scenario's page has them."""
    ground, assumed = one.lying.ground, one.lying.assumed
    row = {point.id: i for i, point in enumerate(ground.problem.points)}
    column = {candidate.id: j for j, candidate in enumerate(ground.problem.candidates)}
    tonnes = {point.id: sum(point.tonnes) for point in one.problem.points}
    metres = sum(
        tonnes[flow.point] * float(ground.metres[row[flow.point], column[flow.site]]) for flow in one.answer.flows
    )
    return 2 * metres / 1000 / assumed.load_tonnes


def _taken(one: Driven) -> list[list[Any]]:
    """Return code, name, share of the goods by the model and by rounds, tonnes by rounds, and what can be sorted."""
    tonnes = {point.id: sum(point.tonnes) for point in one.problem.points}
    whole = max(1e-9, sum(tonnes.values()))
    model: dict[str, float] = defaultdict(float)
    for flow in one.answer.flows:
        model[flow.site] += tonnes[flow.point] / whole
    names = {place.id: [place.name, place.name_en] for place in one.lying.ground.places}
    return [
        [code, names[code], round(model[code], 4), round(taken, 4), round(taken * whole, 1), round(one.room[code], 1)]
        for code, taken in sorted(one.outing.year.taken.items())
    ]


def _depots(one: Driven) -> list[list[Any]]:
    """Return code, yuan of its ways there and back, and yuan of its rounds, of each depot."""
    row = {point.id: i for i, point in enumerate(one.problem.points)}
    column = {candidate.id: j for j, candidate in enumerate(one.problem.candidates)}
    at = {flow.point: column[flow.site] for flow in one.answer.flows}
    found = []
    for depot, money in sorted(one.outing.year.depots.items()):
        ways = sum(
            sum(one.problem.points[row[code]].tonnes) * float(one.problem.costs[row[code], at[code]])
            for code in one.points_of[depot]
        )
        found.append([depot, _yuan(ways), _yuan(money)])
    return found


def _yuan(fen: float) -> int:
    return round(fen / FEN)
