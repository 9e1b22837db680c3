"""What is kept of sites and rounds decided together, as JSON takes it, and the same as files. Money is yuan a year."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from recycling.exports.tables import Cell, csv_bytes
from recycling.located_report import OVER, document
from recycling.sites.answer_maps import drawn_of, feature, notice_of
from recycling.sites.located_asking import LocatedQuestion
from recycling.sites.lying import Lying

if TYPE_CHECKING:
    from routing.siting.located.search import Located, Routed
    from routing.siting.problem import SitingProblem

Answer = Mapping[str, Any]

ANSWERS = ("rank", "with_rounds", "model", "corrected", "turn", "left_out", "trucks", "km", "days", "sites", "roads")
SITES = ("rank", "site", "name", "name_en", "lon", "lat", "size", "share", "tonnes", "full", "roads")


def answer_of(ground: Lying, asked: LocatedQuestion, problem: SitingProblem, found: Located) -> dict[str, Any]:
    """Return what `recycling.located_report.document` does, and what pages draw of each answer.

    ``drawn``: by answer its flows as the model has them, and its ``loads`` as rounds have them: by site tonnes a year
    and the share of its room. ``over``: sites of the best answer that get more by rounds than they can sort.
    """
    drawn = [{**drawn_of(problem, one.answer), "loads": _loads(problem, one)} for one in found.answers]
    best = drawn[0]["loads"]
    return {
        **document(ground.ground, found),
        "tonnes": round(sum(sum(point.tonnes) for point in problem.points), 1),
        "days": asked.days,
        "off_road": [list(one) for one in ground.off_road],
        "candidates": len(ground.ground.places),
        "people": sum(point.people for point in ground.ground.problem.points),
        "points": {code: list(place) for code, place in ground.points(asked.by == "town").items()},
        "drawn": drawn,
        "over": sorted(code for code, (_, full) in best.items() if full is not None and full > OVER),
    }


def _loads(problem: SitingProblem, one: Routed) -> dict[str, list[float | None]]:
    tonnes = sum(sum(point.tonnes) for point in problem.points)
    sizes = {(c.id, size.name): size.capacity for c in problem.candidates for size in c.sizes}
    found: dict[str, list[float | None]] = {}
    for code, size in one.answer.opened.items():
        room = sum(sizes[code, size]) or math.inf
        gets = one.taken[code] * tonnes
        found[code] = [round(gets, 1), round(gets / room, 4) if math.isfinite(room) else None]
    return found


def answers_table(answer: Answer) -> bytes:
    """Return a CSV with a row for each answer that was driven, the cheapest with its rounds first."""
    rows: list[tuple[Cell, ...]] = [
        (
            rank, one["routed"], one["model"], one["corrected"], one["turn"], one["left_out"], one["trucks"], one["km"],
            " ".join(str(day) for day in one["days"]), " ".join(one["sites"]), notice_of(answer),
        )
        for rank, one in enumerate(answer["answers"], 1)
    ]  # fmt: skip
    return csv_bytes(ANSWERS, rows)


def sites_table(answer: Answer) -> bytes:
    """Return a CSV with a row for each site of each answer: its share of the goods by rounds, and of its room."""
    rows: list[tuple[Cell, ...]] = []
    for rank, code, size, place, told in _sites(answer):
        at = (place["name"], place["name_en"], place["lon"], place["lat"])
        rows.append((rank, code, *at, size, told["share"], told["tonnes"], told["full"], notice_of(answer)))
    return csv_bytes(SITES, rows)


def geojson(answer: Answer) -> dict[str, Any]:
    """Return the sites of every answer as points in WGS 84."""
    features = [
        feature(
            "Point",
            [place["lon"], place["lat"]],
            {"rank": rank, "code": code, "name": place["name"], "name_en": place["name_en"], "size": size, **told},
        )
        for rank, code, size, place, told in _sites(answer)
    ]
    return {"type": "FeatureCollection", "notice": answer["notice"], "features": features}


def _sites(answer: Answer) -> list[tuple[int, str, str, Answer, dict[str, Any]]]:
    found = []
    for rank, (one, drawn) in enumerate(zip(answer["answers"], answer["drawn"], strict=True), 1):
        for code, size in one["sites"].items():
            tonnes, full = drawn["loads"][code]
            told = {"share": one["taken"][code], "tonnes": tonnes, "full": full}
            found.append((rank, code, size, answer["places"][code], told))
    return found
