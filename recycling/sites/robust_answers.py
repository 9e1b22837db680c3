"""What is kept of a choice for several scenarios of demand, as JSON takes it, and the same as files.

Money is yuan a year; where driving is counted, hours of all people, once each.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from recycling.exports.tables import Cell, csv_bytes
from recycling.robust_report import document
from recycling.sites.answer_maps import drawn_of, feature, notice_of
from recycling.sites.lying import Lying
from recycling.sites.robust_asking import RobustQuestion

if TYPE_CHECKING:
    from routing.siting.robust.choose import Choice, Robust

Answer = Mapping[str, Any]

BOTH = ("least_expected_cost", "least_worst_regret")
"""Keys of the two choices in the answer; those for a scenario alone are in ``scenarios``, as ``best_alone``."""

SITES = ("choice", "site", "name", "name_en", "lon", "lat", "size", "tonnes", "full", "roads")


def answer_of(ground: Lying, asked: RobustQuestion, found: Robust) -> dict[str, Any]:
    """Return what `recycling.robust_report.document` does, and what pages draw of each choice.

    ``drawn``: by choice in the order of `choices_in`, the number of the ``scenario`` of demand in which it is drawn,
    its flows and loads there (`recycling.sites.answer_maps.drawn_of`); sites have no room where driving is counted.
    """
    likeliest = int(found.shares.argmax())
    drawn = [_drawn(found, choice, k) for k, choice in enumerate(found.alone)]
    drawn += [_drawn(found, choice, likeliest) for choice in (found.by_cost, found.by_regret)]
    return {
        **document(ground.ground, asked.cases, found),
        "off_road": [list(one) for one in ground.off_road],
        "candidates": len(ground.ground.places),
        "people": sum(point.people for point in ground.ground.problem.points),
        "points": {code: list(place) for code, place in ground.points(asked.by == "town").items()},
        "drawn": drawn,
    }


def choices_in(answer: Answer) -> list[Answer]:
    """Return all choices: the best for each scenario alone, of least expected cost, of least worst regret."""
    return [*(one["best_alone"] for one in answer["scenarios"]), *(answer[key] for key in BOTH)]


def names_in(answer: Answer) -> list[str]:
    """Return a name for each of `choices_in`, for files."""
    return [*(f"best for {one['name']}" for one in answer["scenarios"]), *(key.replace("_", " ") for key in BOTH)]


def choices_table(answer: Answer) -> bytes:
    """Return a CSV with a row for each choice: what it costs in each scenario, its regrets, its sites."""
    names = [one["name"] for one in answer["scenarios"]]
    head = ("choice", *names, *(f"regret: {name}" for name in names), "expected", "worst_regret", "bound", "proven",
            "sites", "unit", "roads")  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (
            name, *one["values"], *one["regrets"], one["expected"], one["worst_regret"], one.get("bound"),
            str(one["proven"]) if "proven" in one else "", " ".join(one["sites"]), answer["unit"], notice_of(answer),
        )
        for name, one in zip(names_in(answer), choices_in(answer), strict=True)
    ]  # fmt: skip
    return csv_bytes(head, rows)


def sites_table(answer: Answer) -> bytes:
    """Return a CSV with a row for each site of each choice: tonnes that it takes in, share of its room."""
    rows: list[tuple[Cell, ...]] = []
    for name, code, size, place, (tonnes, full) in _sites(answer):
        at = (place["name"], place["name_en"], place["lon"], place["lat"])
        rows.append((name, code, *at, size, tonnes, full, notice_of(answer)))
    return csv_bytes(SITES, rows)


def geojson(answer: Answer) -> dict[str, Any]:
    """Return the sites of every choice as points in WGS 84."""
    features = [
        feature(
            "Point",
            [place["lon"], place["lat"]],
            {"choice": name, "code": code, "name": place["name"], "name_en": place["name_en"], "size": size,
             "tonnes": tonnes, "full": full},
        )
        for name, code, size, place, (tonnes, full) in _sites(answer)
    ]  # fmt: skip
    return {"type": "FeatureCollection", "notice": answer["notice"], "features": features}


def _sites(answer: Answer) -> list[tuple[str, str, str, Answer, tuple[float, float | None]]]:
    every = zip(names_in(answer), choices_in(answer), answer["drawn"], strict=True)
    return [
        (name, code, size, answer["places"][code], tuple(drawn["loads"].get(code, (0.0, None))))
        for name, one, drawn in every
        for code, size in one["sites"].items()
        if code in answer["places"]
    ]


def _drawn(found: Robust, choice: Choice, scenario: int) -> dict[str, Any]:
    """Return a choice as it is in one scenario; nothing flows where not everything has room."""
    from routing.siting.optimise import evaluate

    nothing = {"scenario": scenario, "flows": [], "loads": {}}
    if not choice.opened or not math.isfinite(float(choice.values[scenario])):
        return nothing
    problem = found.cases[scenario].problem
    drawn = drawn_of(problem, evaluate(problem, found.aim, choice.opened))
    if found.aim.kind != "cost":
        drawn["loads"] = {code: [tonnes, None] for code, (tonnes, _) in drawn["loads"].items()}
    return {"scenario": scenario, **drawn}
