"""Where people bring their things from: a town with its communities, or each community by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from recycling.models import Community
from recycling.settings import Settings
from recycling.siting import WEEKS_A_YEAR

Lonlat = tuple[float, float]


@dataclass(frozen=True)
class Member:
    """A community of a source: people, and tonnes a year of all materials together."""

    code: str
    name: str
    people: float
    tonnes: float
    lonlat: Lonlat


@dataclass(frozen=True)
class Source:
    """A place that brings, tonnes a year of each material, and the town that it is of.

    ``members`` are its communities, itself alone where it is one. It is shown where its largest community is.
    """

    code: str
    name: str
    town: str
    people: float
    tonnes: tuple[float, ...]
    lonlat: Lonlat
    members: tuple[Member, ...]


def towns_of(communities: Sequence[Community]) -> list[tuple[Community, list[Community]]]:
    """Return the largest community and all communities of each town, the towns with most people first."""
    towns: dict[tuple[str, str], list[Community]] = {}
    for community in communities:
        towns.setdefault((community.county, community.town), []).append(community)
    order = sorted(towns.items(), key=lambda item: (-sum(c.population for c in item[1]), item[0]))
    return [(max(inside, key=lambda c: (c.population, c.code)), inside) for _, inside in order]


def town_sources(
    settings: Settings, towns: Sequence[tuple[Community, list[Community]]], kg: Mapping[str, float]
) -> tuple[Source, ...]:
    """Return a source for each town; ``kg`` a week of the communities that state them, by code."""
    return tuple(_source(settings, seat, inside, seat.town, kg) for seat, inside in towns)


def community_sources(
    settings: Settings, communities: Sequence[Community], kg: Mapping[str, float]
) -> tuple[Source, ...]:
    """Return a source for each community."""
    return tuple(_source(settings, one, [one], f"{one.town} {one.name}", kg) for one in communities)


def on_roads(sources: Sequence[Source], off: Collection[str]) -> list[Source]:
    """Return the sources without the communities of these codes, and without those that have none then."""
    kept = []
    for source in sources:
        members = tuple(one for one in source.members if one.code not in off)
        if len(members) == len(source.members):
            kept.append(source)
        elif members:
            before = sum(one.tonnes for one in source.members)
            share = sum(one.tonnes for one in members) / before if before > 0 else 0.0
            kept.append(
                replace(
                    source,
                    members=members,
                    people=sum(one.people for one in members),
                    tonnes=tuple(tonnes * share for tonnes in source.tonnes),
                )
            )
    return kept


def _source(
    settings: Settings, seat: Community, inside: Sequence[Community], name: str, kg: Mapping[str, float]
) -> Source:
    tonnes = [_tonnes(settings, community, kg) for community in inside]
    return Source(
        seat.code,
        name,
        f"{seat.county} {seat.town}",
        float(sum(community.population for community in inside)),
        tuple(sum(tonnes) * share for share in settings.stock.brought.values()),
        (seat.lon, seat.lat),
        tuple(
            Member(one.code, f"{one.town} {one.name}", float(one.population), brought, (one.lon, one.lat))
            for one, brought in zip(inside, tonnes, strict=True)
        ),
    )


def _tonnes(settings: Settings, community: Community, kg: Mapping[str, float]) -> float:
    """Return the tonnes a year that a community states, or the timetable's rates expect of it."""
    rules = settings.timetable
    grams = rules.grams_a_week_urban if community.urban else rules.grams_a_week_rural
    return kg.get(community.code, community.population * grams / 1000) * WEEKS_A_YEAR / 1000
