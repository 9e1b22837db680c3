"""The files of VRPSPDTW: deliver and collect at the same door, with time windows, vehicles and driving to be paid.

After keys like VRPLIB's come ``NODE_SECTION`` with rows ``id, delivery, pickup, ready, due, service``, node 0 being the
depot, and ``DISTANCETIME_SECTION`` with rows ``from, to, distance, time`` for each ordered pair. The objective is
DISPATCHINGCOST for each vehicle used and UNITCOST for each unit of distance. Costs are counted in thousandths, loads
in millionths.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.instances.instance import HUGE, LARGEST, Instance
from benchmarks.instances.sections import Sections, read_sections
from routing.problem import Matrix, Problem, Stop, TimeWindow, Vehicle

SCALE = 1000
LOADS = 1_000_000
PROFILE = "road"


def read_spdtw(path: Path) -> Instance:
    """Read a file.

    Raises
    ------
    InputError
        When it is damaged; the sentence names file and line.
    """
    text = read_sections(path)
    size = text.count("DIMENSION")
    delivery, pickup, *times = _nodes(text, size).T
    windows = [TimeWindow(start, end) for start, end in zip(*(_whole(text, part) for part in times[:2]), strict=True)]
    service = _whole(text, times[2])
    brought, taken = (_whole(text, part, LOADS) for part in (delivery, pickup))
    stops = [
        Stop(
            id=str(at),
            location=at,
            windows=(windows[at],),
            service=service[at],
            delivery=(brought[at],),
            pickup=(taken[at],),
            prize=HUGE,
            required=True,
        )
        for at in range(1, size)
    ]
    vehicles = text.count("VEHICLES")
    capacity, fixed, unit = (text.number(key) for key in ("CAPACITY", "DISPATCHINGCOST", "UNITCOST"))
    fleet = [
        Vehicle(
            id=str(place),
            type="1",
            capacity=(round(capacity * LOADS),),
            start=0,
            end=0,
            shift=windows[0],
            profile=PROFILE,
            fixed_cost=round(fixed * SCALE),
            cost_per_km=round(unit * SCALE * 1000),
            cost_per_hour=0,
            keeps_stock=True,
        )
        for place in range(1, min(vehicles, len(stops)) + 1)
    ]
    problem = Problem(("load",), tuple(stops), tuple(fleet), (), {PROFILE: _ways(text, size)})
    return Instance(problem, ("1",) * vehicles, SCALE, "cost in thousandths")


def _nodes(text: Sections, size: int) -> NDArray[np.float64]:
    section = text.sections.get("NODE")
    if section is None or len(section.rows) != size:
        raise text.wrong(text.line_of("NODE"), f"DIMENSION promises a NODE_SECTION of {size} rows. Is the file whole?")
    for i, (line, row) in enumerate(zip(section.lines, section.rows, strict=True)):
        if len(row) != 6 or row[0] != i:
            raise text.wrong(line, f"'{i}, DELIVERY, PICKUP, READY, DUE, SERVICE' is expected here.")
        if min(row) < 0 or row[3] > row[4]:
            raise text.wrong(line, "a number is negative, or the window ends before it starts.")
    return np.array(section.rows)[:, 1:]


def _whole(text: Sections, values: NDArray[np.float64], scale: int = 1) -> list[int]:
    whole = np.round(values * scale).astype(np.int64)
    if whole.max(initial=0) > LARGEST:
        raise text.wrong(text.line_of("NODE"), f"a number, times {scale}, is above {LARGEST}.")
    return whole.tolist()


def _ways(text: Sections, size: int) -> Matrix:
    section = text.sections.get("DISTANCETIME")
    pairs = size * (size - 1)
    if section is None or len(section.rows) != pairs:
        line = text.line_of("DISTANCETIME")
        raise text.wrong(line, f"a DISTANCETIME_SECTION of {pairs} rows is expected. Is the file whole?")
    for line, row in zip(section.lines, section.rows, strict=True):
        if len(row) != 4 or not all(0 <= value <= LARGEST and value.is_integer() for value in row):
            raise text.wrong(line, "'FROM, TO, DISTANCE, TIME', whole numbers, is expected here.")
        if max(row[:2]) >= size or row[0] == row[1]:
            raise text.wrong(line, "this is no way between two different nodes.")
    here, there, metres, minutes = np.array(section.rows).reshape(pairs, 4).astype(np.int32).T
    first = np.zeros(pairs, bool)
    first[np.unique(here * size + there, return_index=True)[1]] = True
    if not first.all():
        raise text.wrong(section.lines[int(np.argmin(first))], "this way is there already.")
    distances = np.zeros((size, size), np.int32)
    durations = np.zeros((size, size), np.int32)
    distances[here, there], durations[here, there] = metres, minutes
    return Matrix(durations, distances)
