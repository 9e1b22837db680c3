"""Type-ahead over the places of the record."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.kept_network import kept_network
from recycling.models import Community
from recycling.places.index import Place, PlaceIndex
from recycling.places.readings import kept_readings
from recycling.places.saved import saved_places

KEPT = 4
"""Editions of networks whose index is kept at once."""

_indexes: OrderedDict[str, PlaceIndex] = OrderedDict()
_building = threading.Lock()


@dataclass(frozen=True)
class Suggestion:
    """A place that may be meant.

    Attributes
    ----------
    label
        What the list shows; exactly this text means the place again, see `named`.
    kind
        ``community``, ``town``, or ``saved`` for a place that the person used before.
    code
        Of the community; of a town its nine digits, empty where there are none; of a saved place its booking's id.
    lon, lat
        WGS 84; a town's are those of its largest community.
    """

    label: str
    kind: str
    code: str
    town: str
    lon: float
    lat: float


@dataclass(frozen=True)
class Meaning:
    """What a text means that stands for a community.

    Attributes
    ----------
    code
        Of the community; empty where it is not clear.
    choices
        Communities that may be meant, none where nothing is known by the text.
    town
        Name of the town that the text means instead of a community.
    """

    code: str
    choices: tuple[Suggestion, ...]
    town: str = ""


def suggest(session: Session, text: str, limit: int = 12, phone: str | None = None) -> list[Suggestion]:
    """Return the places that a text may mean, the best first; nothing for no text.

    `phone`, in E.164, is that of a person who has proved it: places used under it come first. With it, no text
    returns these places only.
    """
    index = place_index(session)
    own = saved_places(session, phone, limit) if phone else []
    found = index.find(text, limit)
    if text.strip():
        names = {place.code for place in found}
        own = [s for s in own if s.community in names or text.strip() in s.address]
    saved = [Suggestion(s.label, "saved", s.key, s.town, s.lon, s.lat) for s in own]
    return [*saved, *map(_suggestion, found)][:limit]


def named(session: Session, text: str) -> list[Suggestion]:
    """Return the communities and towns whose label, name or code is exactly this text, the larger ones first."""
    return [_suggestion(place) for place in place_index(session).named(text)]


def meaning(session: Session, text: str) -> Meaning:
    """Return which community a text means, or between which one has to be chosen.

    A label, name or code is taken before pinyin and initials; these mean a community where they fit no other place.
    """
    index = place_index(session)
    exact = index.named(text)
    found = exact or index.spelled(text)
    communities = [place for place in found if place.kind == "community"]
    towns = [place for place in found if place.kind == "town"]
    if len(communities) == 1 and (exact or not towns):
        return Meaning(communities[0].code, (_suggestion(communities[0]),))
    choices = {place.code: place for place in [*communities, *(c for town in towns for c in index.within(town))]}
    only_towns = towns[0].name if towns and not communities else ""
    return Meaning("", tuple(map(_suggestion, choices.values())), only_towns)


def alike(session: Session, text: str, limit: int = 3) -> list[Suggestion]:
    """Return communities that a text may mean which names none, the best first; none where nothing is alike."""
    return [_suggestion(place) for place in place_index(session).alike(text, limit)]


def communities_of(session: Session, label: str) -> list[Suggestion]:
    """Return the communities of the town of this label, the larger ones first; none for any other text."""
    index = place_index(session)
    towns = [place for place in index.named(label) if place.kind == "town" and place.label == label.strip()]
    return [_suggestion(place) for town in towns for place in index.within(town)]


def place_index(session: Session) -> PlaceIndex:
    """Return the index of the record's present network; it is built once for each edition of the network."""
    area = kept_network(session).area
    edition = area.edition if area is not None else ""
    index = _indexes.get(edition)
    if index is None:
        with _building:
            index = _indexes.get(edition) or _build(session)
            _indexes[edition] = index
            while len(_indexes) > KEPT:
                _indexes.popitem(last=False)
    return index


def _build(session: Session) -> PlaceIndex:
    places = [
        Place("community", c.code, c.name, c.town, c.county, c.lon, c.lat, c.population)
        for c in session.execute(
            select(
                Community.code,
                Community.name,
                Community.town,
                Community.county,
                Community.lon,
                Community.lat,
                Community.population,
            )
        )
    ]
    names = (name for p in places for name in (p.name, p.town, p.county))
    return PlaceIndex(places, kept_readings(session, names))


def _suggestion(place: Place) -> Suggestion:
    return Suggestion(place.label, place.kind, place.code, place.town, place.lon, place.lat)
