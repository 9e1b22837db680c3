"""The places among which a search chooses, as a siting problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recycling.models import Scenario, ScenarioSite
from recycling.sites.assumed import STANDING, Assumed
from recycling.sites.facts import capacity_of, facts_of, tonne_yuan_of, usable, yuan_of
from recycling.sites.people import People
from recycling.sites.scenarios import copied
from recycling.sites.worth import brought

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from routing.siting.problem import SitingProblem

MATERIAL = "recyclables"
FEN = 100


def candidates_of(scenario: Scenario, people: People, towns: int) -> list[ScenarioSite]:
    """Return the sites of a scenario, open or not, and the largest communities of so many towns with most people.

    Sites on land that may not be built on are left out.
    """
    import numpy as np

    rows = [copied(row) for row in scenario.sites if usable(row)]
    known = {row.code for row in scenario.sites}
    mine = people.of(scenario.depot_code)
    heads = np.bincount(people.town[mine], people.people[mine], minlength=len(people.towns))
    order = sorted(range(len(people.towns)), key=lambda t: (-heads[t], people.towns[t]))
    size = Assumed(**scenario.assumed).smallest
    for town in order[:towns]:
        inside = np.flatnonzero(mine & (people.town == town))
        if not len(inside):
            break
        seat = max(inside.tolist(), key=lambda k: (people.people[k], people.codes[k]))
        if people.codes[seat] not in known:
            name = f"{people.towns[town][1]} {people.names[seat]}"
            lon, lat = (round(degrees, 6) for degrees in people.lonlat[seat])
            rows.append(
                ScenarioSite(
                    code=people.codes[seat], position=0, kind="town", name=name, name_en=name, lon=lon, lat=lat,
                    size=size, is_open=False,
                )
            )  # fmt: skip
    return rows


def problem_of(
    people: People,
    depot: str | None,
    assumed: Assumed,
    rows: Sequence[ScenarioSite],
    ways: Mapping[tuple[float, float], NDArray[np.int32]],
    keep: bool,
) -> SitingProblem:
    """Return the problem; communities that no candidate is reached from, and candidates without a road, are left out.

    Centres that stand may be closed, or stay if ``keep`` says so. All others can have every size of the scenario, but
    a site that states what it costs or can sort is taken as it is.
    """
    import numpy as np

    from routing.siting.problem import Candidate, DemandPoint, SitingProblem, Size

    running = assumed.yuan_a_tonne * FEN
    new = tuple(Size(s.name, s.yuan * FEN, running, (s.tonnes,), s.yuan * FEN) for s in assumed.sizes)
    reached = [row for row in rows if (ways[row.lon, row.lat][0] >= 0).any()]
    table = np.stack([ways[row.lon, row.lat] for row in reached]) if reached else np.zeros((0, 2, len(people.codes)))
    points = np.flatnonzero(people.of(depot) & (table[:, 0] >= 0).any(axis=0))
    seconds, metres = table[:, 0, points].T.astype(np.int32), table[:, 1, points].T
    fen = 2 * (metres * assumed.cost_per_km / 1000 + seconds * assumed.cost_per_hour / 3600) / assumed.load_tonnes
    fen *= assumed.routes_share
    tonnes = brought(people, assumed)

    def candidate(row: ScenarioSite) -> Any:
        known, own = facts_of(row), tonne_yuan_of(row, assumed) * FEN
        room, yuan = (capacity_of(row, assumed),), yuan_of(row, assumed) * FEN
        if row.kind == "standing":
            return Candidate(row.code, (Size(STANDING, yuan, own, room),), "kept" if keep else "closable")
        if known.yuan is not None or known.capacity is not None:
            return Candidate(row.code, (Size(row.size, yuan, own, room, yuan),))
        if known.tonne_yuan is not None:
            return Candidate(row.code, tuple(replace(size, running=own) for size in new))
        return Candidate(row.code, new)

    return SitingProblem(
        points=tuple(DemandPoint(people.codes[k], float(people.people[k]), (float(tonnes[k]),)) for k in points),
        candidates=tuple(candidate(row) for row in reached),
        seconds=np.ascontiguousarray(seconds),
        costs=np.asarray(np.where(seconds < 0, -1.0, fen)),
        materials=(MATERIAL,),
    )
