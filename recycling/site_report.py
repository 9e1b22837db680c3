"""What sites mean for people: minutes, reach, the worst-served town; as figures and as GeoJSON."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recycling.siting import Ground

if TYPE_CHECKING:
    from routing.siting.answer import SitingAnswer


@dataclass(frozen=True)
class Reach:
    """People and their ways to the nearest open site.

    Attributes
    ----------
    minutes, metres
        Mean over people.
    within, people
        People within the reach, and all that are counted.
    town, town_minutes
        The town whose people have the longest way in the mean.
    unreached
        People without a way to any open site; they count in ``people`` and not in the means.
    """

    minutes: float
    metres: float
    within: float
    people: float
    town: str
    town_minutes: float
    unreached: float


def reach(ground: Ground, opened: dict[str, str], within: int) -> Reach:
    """Return how far people have it, with so many seconds as the reach."""
    columns = [j for j, place in enumerate(ground.places) if place.id in opened]
    total, near, away = 0.0, 0.0, 0.0
    seconds, metres = 0.0, 0.0
    towns: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for i, community in enumerate(ground.communities):
        people = community.population
        total += people
        ways = [j for j in columns if ground.problem.seconds[i, j] >= 0]
        if not ways:
            away += people
            continue
        best = min(ways, key=lambda j: int(ground.problem.seconds[i, j]))
        took = int(ground.problem.seconds[i, best])
        seconds += people * took
        metres += people * int(ground.metres[i, best])
        near += people if took <= within else 0.0
        sums = towns[f"{community.county} {community.town}"]
        sums[0] += people
        sums[1] += people * took
    reached = max(1.0, total - away)
    worst = max(towns, key=lambda name: towns[name][1] / towns[name][0], default="")
    slowest = towns[worst][1] / towns[worst][0] / 60 if worst else 0.0
    return Reach(seconds / reached / 60, metres / reached, near, total, worst, slowest, away)


def taken(ground: Ground, answer: SitingAnswer) -> dict[str, tuple[float, float]]:
    """Return people and tonnes a year that each open site serves."""
    points = {point.id: point for point in ground.problem.points}
    sums = {site: [0.0, 0.0] for site in answer.opened}
    for flow in answer.flows:
        sums[flow.site][0] += points[flow.point].people * flow.share
        sums[flow.site][1] += sum(points[flow.point].tonnes) * flow.share
    return {site: (people, tonnes) for site, (people, tonnes) in sums.items()}


def geojson(ground: Ground, answer: SitingAnswer) -> dict[str, Any]:
    """Return open sites and communities as points, with who goes where and the notice of the roads."""
    places = {place.id: (j, place) for j, place in enumerate(ground.places)}
    served = taken(ground, answer)
    features = []
    for site, size in answer.opened.items():
        place = places[site][1]
        people, tonnes = served[site]
        told: dict[str, Any] = {
            "kind": "site",
            "code": site,
            "name": place.name,
            "name_en": place.name_en,
            "size": size,
        }
        features.append(_point(place.lon, place.lat, {**told, "people": round(people), "tonnes": round(tonnes, 1)}))
    goes: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for flow in answer.flows:
        goes[flow.point].append((flow.share, flow.site))
    for i, community in enumerate(ground.communities):
        shares = sorted(goes[community.code], reverse=True)
        told = {"kind": "community", "code": community.code, "name": community.name, "people": community.population}
        if shares:
            column = places[shares[0][1]][0]
            seconds = int(ground.problem.seconds[i, column])
            told |= {"site": shares[0][1], "share": round(shares[0][0], 4), "minutes": round(seconds / 60, 1)}
        features.append(_point(community.lon, community.lat, told))
    return {
        "type": "FeatureCollection",
        "notice": dict(ground.notice) if ground.notice else None,
        "model": answer.aim.kind,
        "value": answer.value,
        "bound": answer.bound,
        "proven": answer.proven,
        "features": features,
    }


def _point(lon: float, lat: float, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]},
    }
