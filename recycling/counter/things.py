"""Finding an item of the catalogue by what a clerk types: code, Chinese, pinyin or its initials, English."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from sqlalchemy import select

from recycling.catalogue import Catalogue
from recycling.catalogue.items import Item
from recycling.db import Database
from recycling.models import SignReading
from recycling.places.index import signs_of
from recycling.places.matching import reach
from recycling.places.spelling import parts_of, readings_of, ways_to_type

NO_MATCH = 99
_readings: WeakKeyDictionary[Database, dict[str, tuple[str, ...]]] = WeakKeyDictionary()
_reading = threading.Lock()


@dataclass(frozen=True)
class Thing:
    """An item, or an item in one of its sizes, under its code."""

    code: str
    item: Item


def find_things(database: Database, catalogue: Catalogue, text: str, limit: int = 8) -> list[Thing]:
    """Return the items that a text may mean, the best first: code, name, its beginning, initials, inside.

    Of equals the common ones come first, then those without a size.
    """
    query = "".join(parts_of(text))
    if not query:
        return []
    readings = item_readings(database, catalogue)
    ranked = []
    for number, (code, item) in enumerate(catalogue.variants.items()):
        rank = _rank(code, item, query, readings)
        if rank < NO_MATCH:
            ranked.append((rank, "." in code, not item.common, number, Thing(code, item)))
    return [entry[-1] for entry in sorted(ranked, key=lambda entry: entry[:-1])[:limit]]


def item_readings(database: Database, catalogue: Catalogue) -> Mapping[str, tuple[str, ...]]:
    """Return the ways to type the signs of all names; readings are kept in the record once they were looked up."""
    with _reading:
        known = _readings.get(database)
        if known is None:
            wanted = signs_of(item.zh for item in catalogue.variants.values())
            with database.read() as session:
                kept = {row.sign: tuple(row.readings.split()) for row in session.scalars(select(SignReading))}
            missing = readings_of(sorted(wanted - set(kept)))
            if missing:
                with database.write() as session:
                    for sign, found in missing.items():
                        session.merge(SignReading(sign=sign, readings=" ".join(found)))
            both = {**kept, **missing}
            known = {sign: ways_to_type(both[sign]) for sign in wanted}
            _readings[database] = known
        return known


def _rank(code: str, item: Item, query: str, readings: Mapping[str, tuple[str, ...]]) -> int:
    plain = "".join(parts_of(code))
    english, signs = "".join(parts_of(item.en)), "".join(parts_of(item.zh))
    if query in (plain, signs, english):
        return 0
    if plain.startswith(query) or signs.startswith(query):
        return 1
    if english.startswith(query):
        return 2
    for start in range(len(signs)):
        match = reach(signs, 0, readings, query, start).match
        if match is not None:
            return 3 + 2 * match.abbreviated + (4 if start else 0)
    return 12 if query in english and len(query) > 2 else NO_MATCH
