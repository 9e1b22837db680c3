"""Why communities have no call, as far as it is proven, and what would help: found beside a search, kept with its run.

A row is what is kept: kind, communities, figures and remedies, without any name. Sentences are made where it is shown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.errors import N_, Fault
from recycling.fleet import Fleet
from recycling.models import Community, Site, TimetableRun
from recycling.timetable.demand import MOST_A_WEEK, people_missed
from routing.periodic.problem import TimetableProblem

MOST = 10
"""So many sets are kept."""

MINUTE = 60

Row = dict[str, Any]


def always() -> bool:
    """Go on however long it takes."""
    return True


def hindrances(
    problem: TimetableProblem, off_road: Sequence[str], fleet: Fleet, going_on: Callable[[], bool] = always
) -> list[Row]:
    """Return what stands in the way of communities, each smallest set as a row with its remedies.

    ``going_on`` is asked again and again; once it answers false, what is proven by then is returned.
    """
    from routing.periodic.impossible import proven
    from routing.periodic.least import fewest_vehicles
    from routing.periodic.missed import least_missed
    from routing.periodic.remedies import remedies  # loads the solver, which only a process of its own may hold

    rows: list[Row] = []
    if off_road:
        rows.append({"kind": "road", "points": list(off_road), "remedies": [{"change": "position", "values": {}}]})
    least, there = fewest_vehicles(problem), len(problem.vehicles)
    if least > there:
        rows.append({"kind": "fewest", "points": [], "least": least, "there": there, "remedies": []})
    counted = all(point.missed is not None for point in problem.points)
    if counted and (people := people_missed(least_missed(problem, going_on))):
        rows.append({"kind": "people", "points": [], "people": people, "remedies": []})
    for one in proven(problem, going_on)[:MOST]:
        helps: list[Row] = []
        for remedy in remedies(problem, one, going_on):
            values = dict(remedy.values)
            if remedy.change == "calls" and int(values["count"]) > MOST_A_WEEK * max(1, problem.days // 7):
                continue  # there are never so many
            if remedy.change == "holds":
                values |= _larger(problem, fleet, int(values["amount"]), str(values["dimension"]))
            if remedy.change == "without" and "point" in values:
                fewest = next(point for point in problem.points if point.id == values["point"])
                values["people"] = people_missed(problem.missing(fewest))
            helps.append({"change": remedy.change, "values": values})
        row = asdict(one) | {"remedies": helps, "there": len(problem.vehicles)}
        rows.append(row | {name: list(row[name]) for name in ("points", "sites", "span")})
    return rows


def _larger(problem: TimetableProblem, fleet: Fleet, amount: int, dimension: str) -> dict[str, str]:
    """Return the smallest type of the fleet file that holds so much and is not in the timetable yet, if any."""
    used = {vehicle.type for vehicle in problem.vehicles}
    sizes = {code: getattr(kind, dimension, 0) for code, kind in fleet.types.items() if code not in used}
    fitting = [code for code, size in sizes.items() if size >= amount]
    return {"type": min(fitting, key=lambda code: sizes[code])} if fitting else {}


# -- in words ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TypeName:
    """A type of vehicle, which a page says in its reader's language."""

    code: str
    fleet: Fleet

    def __str__(self) -> str:
        return self.text("en")

    def text(self, language: str) -> str:
        """Say it; a type that the fleet no longer has by its code."""
        kind = self.fleet.types.get(self.code)
        return self.code if kind is None else kind.zh if language.startswith("zh") else kind.en


@dataclass(frozen=True)
class Hindrance:
    """A set of communities, by name, why they cannot all have their calls, and what would change that."""

    communities: tuple[str, ...]
    why: Fault
    remedies: tuple[Fault, ...]


WHY = {
    "road": N_("No road that the vehicles may use leads there."),
    "fewest": N_("At least %(least)s vehicles are needed for all their calls; %(there)s are there."),
    "people": N_("Whatever the timetable, at least %(people)s people have no call."),
    "room": N_("One call brings %(amount)s %(dimension)s more than any vehicle holds."),
    "time": N_(
        "All their calls and the ways there take %(minutes)s min more than the shifts of the vehicles last (vehicles:"
        " %(there)s, days: %(days)s)."
    ),
    "steps": N_(
        "Calls begin each %(step)s min: all their calls, the ways there and the waits for the next beginning take"
        " %(minutes)s min more than the shifts of the vehicles last (vehicles: %(there)s, days: %(days)s)."
    ),
    "site": N_("They bring %(tonnes)s t more than is taken there (days: %(days)s): %(sites)s."),
    "hours": N_(
        "Between %(first)s and %(last)s no vehicle can make two of their calls on one day. Vehicles: %(vehicles)s; "
        "calls without one: %(count)s."
    ),
    "together": N_("Time, fixed hours and what centres take suffice each by itself, but not all of them together."),
}
"""Why communities cannot all have their calls, by the kind of the proof."""

AT_ONE_HOUR = N_(
    "All their calls are at %(first)s, and a vehicle makes one of them a day. Vehicles: %(vehicles)s; calls"
    " without one: %(count)s."
)

HELP = {
    "position": N_("Move their positions onto a road, or look whether the road there is closed or too narrow."),
    "vehicles": N_("%(count)s more of this vehicle: %(type)s (each is there %(minutes)s min a day)."),
    "shift": N_("Shifts that are %(minutes)s min longer for each vehicle (service.shift)."),
    "fewer": N_("One call a week fewer at %(place)s: that frees about %(minutes)s min, but each call takes longer."),
    "holds": N_("A vehicle that holds %(amount)s %(dimension)s (timetable.other_types)."),
    "calls": N_("%(count)s calls in the cycle at %(place)s, so that each brings %(amount)s %(dimension)s."),
    "takes": N_("%(tonnes)s t more each day (days: %(days)s) at one of these: %(sites)s."),
    "step": N_("Calls that begin each %(minutes)s min (timetable.hour_step_minutes)."),
    "hour": N_("Another hour for any one of them (timetable.fixed_hours)."),
    "without": N_("Any one of them without a call."),
}
"""What would help, by the change."""

WITHOUT_ONE = N_("Any one of them without a call; fewest people lose theirs at %(place)s (%(people)s people).")

HOLDS_TYPE = N_("A vehicle that holds %(amount)s %(dimension)s, such as this one: %(type)s (timetable.other_types).")


def said(rows: Sequence[Mapping[str, Any]], names: Mapping[str, str], fleet: Fleet) -> list[Hindrance]:
    """Return what stands in the way, in words; ``names`` are those of communities and sites, by code."""
    return [
        Hindrance(
            tuple(names.get(code, code) for code in row["points"]),
            Fault("", str(row["kind"]), _why(row), _values(row, names)),
            tuple(_help(row, remedy, names, fleet) for remedy in row["remedies"]),
        )
        for row in rows
    ]


def _why(row: Mapping[str, Any]) -> str:
    one_hour = row["kind"] == "hours" and row["span"][0] == row["span"][1]
    return AT_ONE_HOUR if one_hour else WHY[row["kind"]]


def in_the_way(session: Session, fleet: Fleet, run: TimetableRun, language: str) -> list[Hindrance]:
    """Return what a run that has ended proved to stand in the way of communities, with their names."""
    if run.state != "done":
        return []
    codes = {code for row in run.hindrances for code in row["points"]}
    names = {one.code: one.name for one in session.scalars(select(Community).where(Community.code.in_(codes)))}
    places = {code for row in run.hindrances for code in row.get("sites", ())}
    names |= {one.code: one.label(language) for one in session.scalars(select(Site).where(Site.code.in_(places)))}
    return said(run.hindrances, names, fleet)


def _values(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, object]:
    if row["kind"] == "people":
        return {"people": f"{row['people']:,}"}
    if row["kind"] in ("road", "fewest"):
        return {name: row[name] for name in ("least", "there") if name in row}
    first, last = row["span"]
    return {
        "amount": f"{math.ceil(row['lacking']):,}",
        "dimension": _unit(row["dimension"]),
        "minutes": f"{math.ceil(row['lacking'] / MINUTE):,}",
        "there": row["there"],
        "days": row["days"],
        "tonnes": _tonnes(row["lacking"]),
        "sites": " · ".join(names.get(code, code) for code in row["sites"]),
        "step": last // MINUTE,
        "first": _clock(first),
        "last": _clock(last),
        "vehicles": row["vehicles"],
        "count": math.ceil(row["lacking"]),
    }


def _help(row: Mapping[str, Any], remedy: Mapping[str, Any], names: Mapping[str, str], fleet: Fleet) -> Fault:
    values: dict[str, object] = dict(remedy["values"])
    template = HELP[remedy["change"]]
    if remedy["change"] == "holds" and "type" in values:
        template = HOLDS_TYPE
    if remedy["change"] == "without" and "people" in values:
        template, values["people"] = WITHOUT_ONE, f"{values['people']:,}"
    if "type" in values:
        values["type"] = TypeName(str(values["type"]), fleet)
    if "point" in values:
        values["place"] = names.get(str(values["point"]), values["point"])
    if remedy["change"] == "takes":
        values["tonnes"] = _tonnes(remedy["values"]["amount"])
        values["sites"] = " · ".join(names.get(code, code) for code in row["sites"])
    if "amount" in values:
        values["amount"] = f"{remedy['values']['amount']:,}"
        values["dimension"] = _unit(str(values["dimension"]))
    return Fault("", str(remedy["change"]), template, values)


def _unit(dimension: str) -> str:
    return dimension.replace("litres", "l")


def _tonnes(kg: float) -> str:
    return f"{math.ceil(kg / 10) / 100:,.2f}"


def _clock(second: int) -> str:
    return f"{second // 3600:02d}:{second // MINUTE % 60:02d}"
