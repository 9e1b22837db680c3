"""Rows of a layer as points at which things are brought: communities, and municipal waste points of the one network."""

from __future__ import annotations

from collections.abc import Sequence

from recycling.errors import N_, Fault
from recycling.layers.cells import amount_in, one_of, text_in, yes_or_no
from recycling.layers.columns import POINT_KINDS
from recycling.layers.found import Feature, FeatureFault
from recycling.settings.base import Section

MOST_PEOPLE = 1_000_000


class Point(Section):
    """A point of a layer.

    Attributes
    ----------
    number
        Of its feature in the file.
    county, town, urban
        Empty or None where the file leaves them open; they are those of the nearest community when it is taken.
    people
        Who bring as much as the rates expect of them.
    kg_week
        What is brought there by its own statement, instead.
    """

    number: int
    code: str
    name: str
    county: str
    town: str
    kind: str
    urban: bool | None
    people: float | None
    kg_week: float | None
    operator: str
    note: str
    lon: float
    lat: float


def points_in(features: Sequence[Feature]) -> tuple[list[Point], list[FeatureFault]]:
    """Return the points of a layer, and what is wrong; a point without a code gets one of its number."""
    found, wrong, codes = list[Point](), list[FeatureFault](), set[str]()
    for one in features:
        row, faults = _point(one)
        if row.code in codes:
            faults.append(
                Fault("code", "code-twice", N_("The code %(code)s stands in the file twice."), {"code": row.code})
            )
        codes.add(row.code)
        wrong += [FeatureFault(one.number, fault) for fault in faults]
        found.append(row)
    return found, wrong


def _point(one: Feature) -> tuple[Point, list[Fault]]:
    cells, faults = one.cells, list[Fault]()
    name = text_in(cells, "name", faults)
    if not name and not any(fault.where == "name" for fault in faults):
        faults.append(Fault("name", "no-name", N_("Give the place a name."), {}))
    people, kg = amount_in(cells, "people", faults), amount_in(cells, "kg_week", faults)
    if people is None and kg is None and not any(fault.where in ("people", "kg_week") for fault in faults):
        faults.append(
            Fault(
                "people", "nothing-brought", N_("Say how many people live there, or what it brings a week in kg."), {}
            )
        )
    if people is not None and people > MOST_PEOPLE:
        values: dict[str, object] = {"most": MOST_PEOPLE}
        faults.append(Fault("people", "too-many-people", N_("Write at most %(most)s people for one point."), values))
    point = Point(
        number=one.number,
        code=text_in(cells, "code", faults) or f"W{one.number}",
        name=name,
        county=text_in(cells, "county", faults),
        town=text_in(cells, "town", faults),
        kind=one_of(cells, "kind", POINT_KINDS, faults) or ("community" if people else "waste-point"),
        urban=yes_or_no(cells, "urban", faults),
        people=people,
        kg_week=kg,
        operator=text_in(cells, "operator", faults),
        note=text_in(cells, "note", faults),
        lon=one.lon,
        lat=one.lat,
    )
    return point, faults
