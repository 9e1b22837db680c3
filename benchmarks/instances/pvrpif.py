"""Periodic routing with intermediate facilities (iolab-uniud/pvrpif-instances): GeoJSON with minutes by road."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from routing.periodic.problem import CallHour, CallPoint, DayPattern, TimetableProblem
from routing.periodic.timetable import Round, Timetable
from routing.problem import Matrix, TimeWindow, UnloadSite, Vehicle

MINUTE = 60
DAY = 100_000


def read_pvrpif(path: Path) -> TimetableProblem:
    """Return the instance as a timetable problem whose fen are seconds of driving.

    Raises
    ------
    KeyError, ValueError
        For a file of another kind, with what is missing.
    """
    document = json.loads(path.read_text(encoding="utf-8"))
    info, features = document["info"], [feature["properties"] for feature in document["features"]]
    durations = np.rint(np.asarray(document["duration"], dtype=np.float64) * MINUTE).astype(np.int32)
    if durations.shape != (len(features), len(features)):
        raise ValueError(f"{path.name}: duration has shape {durations.shape}, but there are {len(features)} places")
    days, capacity = int(info["planningHorizon"]), int(info["maxCapacity"])
    depot = next(k for k, place in enumerate(features) if place["type"] == "depot")
    vehicles = tuple(
        Vehicle(
            id=f"v{number}",
            type="truck",
            capacity=(capacity,),
            start=depot,
            end=depot,
            shift=TimeWindow(0, int(info["maxDuration"] * MINUTE)),
            profile="road",
            fixed_cost=0,
            cost_per_km=0,
            cost_per_hour=3600,
        )
        for number in range(int(info["numVehicles"]))
    )
    points = tuple(
        CallPoint(str(place["id"]), k, _patterns(place, days), (CallHour(TimeWindow(0, DAY)),))
        for k, place in enumerate(features)
        if place["type"] == "customer"
    )
    sites = tuple(
        UnloadSite(str(place["id"]), k, TimeWindow(0, DAY), round(place["service"] * MINUTE))
        for k, place in enumerate(features)
        if place["type"] == "intermediateFacility"
    )
    matrix = Matrix(durations, np.zeros_like(durations))
    return TimetableProblem(days, ("load",), points, vehicles, sites, {"road": matrix})


def _patterns(place: dict[str, Any], days: int) -> tuple[DayPattern, ...]:
    often = int(place["frequency"])
    load, dwell = (round(place["demand"]),), round(place["service"] * MINUTE)
    step = days // often
    sets = [tuple(range(first, days, step)) for first in range(step)]
    known = {frozenset(chosen) for chosen in combinations(range(days), often)}
    return tuple(DayPattern(chosen, load, dwell) for chosen in sets if frozenset(chosen) in known)


def read_solution(path: Path, problem: TimetableProblem) -> tuple[Timetable, float]:
    """Return the authors' solution and the minutes that they say it takes."""
    text = path.read_text(encoding="utf-8")
    first = re.search(r"with cost ([\d.]+)", text)
    if first is None:
        raise ValueError(f"{path.name}: no line says its cost")
    said = float(first[1])
    number = {point.location: point for point in problem.points}
    sites = {site.location: site.id for site in problem.unload_sites}
    rounds: list[Round] = []
    seen: dict[str, list[int]] = {}
    for day, vehicle, path_row in re.findall(r"Day: (\d+): Vehicle:(\d+) .*?\n.*?\npath +([\d. ]+)", text):
        services: list[tuple[str, str]] = []
        for place in (int(float(word)) for word in path_row.split()):
            if place in number:
                services.append(("call", number[place].id))
                seen.setdefault(number[place].id, []).append(int(day))
            elif place in sites:
                services.append(("unload", sites[place]))
        rounds.append(Round(int(day), f"v{vehicle}", tuple(services)))
    chosen = {}
    for point in problem.points:
        days = tuple(sorted(seen.get(point.id, [])))
        chosen[point.id] = (next(k for k, pattern in enumerate(point.patterns) if pattern.days == days), 0)
    return Timetable(chosen, tuple(rounds), round(said * MINUTE)), said
