"""The network's places, ready to be searched while a person types."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from recycling.places.matching import Match, Readings, beginnings, reach
from recycling.places.near import Neighbours
from recycling.places.spelling import is_letter, needs_reading, parts_of, ways_to_type, without_tones

ENDINGS = (
    "社区居民委员会",
    "村民委员会",
    "民族乡",
    "街道办事处",
    "社区",
    "街道",
    "村",
    "镇",
    "乡",
)
"""Words at the end of a name that people leave out."""

EXACT, PREFIX, INITIALS, INSIDE, INSIDE_INITIALS = range(5)
Rank = tuple[int, bool, bool, int]
_Start = tuple[int, int]  # number of a place, and of the sign of its name

MOST_SIGNS = 24
"""Signs of a name that is not known which are looked at for others that are like it."""

KEY = 3
"""Letters of a query by which names are looked up before they are compared."""

KEPT_QUERIES = 4096
"""Answers that are kept; people type the same first letters."""


@dataclass(frozen=True)
class Place:
    """A community, or a town with all its communities; population decides between equals."""

    kind: str
    code: str
    name: str
    town: str
    county: str
    lon: float
    lat: float
    population: int

    @property
    def label(self) -> str:
        """The name with the next larger unit: community with town, town with county."""
        return f"{self.name} · {self.county if self.kind == 'town' else self.town}"


@dataclass(frozen=True)
class _Spelled:
    place: Place
    signs: str
    stem: int


class PlaceIndex:
    """All places of a network by how every part of their names begins, in signs and in letters.

    Parameters
    ----------
    communities
        Each as a `Place`; towns are made of them.
    readings
        For each Chinese sign of the names its pinyin, the usual one first.
    """

    def __init__(self, communities: Iterable[Place], readings: Readings) -> None:
        members: dict[tuple[str, str], list[Place]] = defaultdict(list)
        for place in communities:
            members[place.county, place.town].append(place)
        towns = {key: _town(key, found) for key, found in members.items()}
        self.places: list[Place] = sorted(
            [*towns.values(), *(c for found in members.values() for c in found)], key=lambda p: (-p.population, p.code)
        )
        self.neighbours = Neighbours((p.code, p.lon, p.lat) for p in self.places if p.kind == "community")
        self.readings = {sign: ways_to_type(found) for sign, found in readings.items()}
        self._spelled = [_spelled(place) for place in self.places]
        self._of_town: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._by_sign: dict[str, list[_Start]] = defaultdict(list)
        self._by_letters: dict[str, list[_Start]] = defaultdict(list)
        for number, spelled in enumerate(self._spelled):
            if spelled.place.kind == "community":
                self._of_town[spelled.place.county, spelled.place.town].append(number)
            for start in range(spelled.stem):
                self._by_sign[spelled.signs[start]].append((number, start))
                for letters in self._first_letters(spelled, start):
                    self._by_letters[letters].append((number, start))
        self._found = lru_cache(KEPT_QUERIES)(self._find)

    def find(self, text: str, limit: int) -> list[Place]:
        """Return the places that a text means, the best first: exact, prefix, initials, inside; then the larger ones.

        Words may be signs, pinyin, initials and mixtures; of several words one names the place and the others its
        town or county. After them come the communities of a town that was named.
        """
        words = tuple(parts_of(text))
        return list(self._found(words, limit)) if words and limit > 0 else []

    def named(self, text: str) -> list[Place]:
        """Return the places whose label, name or code is exactly this text."""
        text = text.strip()
        return [place for place in self.places if text in (place.label, place.name, place.code)] if text else []

    def spelled(self, text: str) -> list[Place]:
        """Return the places whose whole name this text is in signs, pinyin or initials, the larger ones first.

        The word at the end of a name, such as 社区, may be missing; a name that goes on after the text is none of them.
        """
        words = parts_of(text)
        ranks = self._all_ranks(words) if words else {}
        return [self.places[n] for n in sorted(ranks) if ranks[n][0] in (EXACT, INITIALS) and not ranks[n][1]]

    def alike(self, text: str, limit: int) -> list[Place]:
        """Return communities that a text may mean which names none, the best first; none where nothing is alike.

        It may be written with other signs of the same sound, or have something before or behind the name: the county,
        居委会, or a word too many.
        """
        inside = [place for place in self.places if place.kind == "community" and place.name in text]
        if inside:
            return sorted(inside, key=lambda place: (place.town not in text, -len(place.name)))[:limit]
        signs = "".join(parts_of(text))[:MOST_SIGNS]
        sounds = [(self.readings.get(sign) or (sign if is_letter(sign) else "",))[0] for sign in signs]
        least = max(2, (len(signs) + 1) // 2)
        shorter = (part for k in range(1, len(signs) - least + 1) for part in (signs[k:], signs[:-k]))
        for query in (text, "".join(sounds) if all(sounds) else "", *shorter):
            found = [place for place in self.find(query, 2 * limit) if place.kind == "community"]
            if found:
                return found[:limit]
        return []

    def within(self, town: Place) -> list[Place]:
        """Return a town's communities, the larger ones first."""
        return [self.places[number] for number in self._of_town.get((town.county, town.name), ())]

    def _find(self, words: tuple[str, ...], limit: int) -> tuple[Place, ...]:
        ranks = self._all_ranks(words)
        best = sorted(ranks, key=lambda number: ranks[number])[:limit]
        if len(best) < limit:
            best += self._neighbours(best, ranks, limit - len(best))
        return tuple(self.places[number] for number in best)

    def _all_ranks(self, words: Sequence[str]) -> dict[int, Rank]:
        return self._ranks(words) or self._ranks([without_tones(word) for word in words])

    def _first_letters(self, spelled: _Spelled, start: int) -> set[str]:
        """Return what a query of letters that means this part of a name can begin with, up to `KEY` letters.

        Where a town's name is over before that, its key is followed by "*": a community's name can follow.
        """
        ways = set(beginnings(spelled.signs, self.readings, start, KEY))
        keys = {way[:length] for way in ways for length in range(1, KEY + 1)}
        if spelled.place.kind == "town" and start == 0:
            for end in {spelled.stem, len(spelled.signs)}:
                whole = beginnings(spelled.signs[:end], self.readings, 0, KEY)
                keys |= {f"{way}*" for way in whole if len(way) < KEY}
        return keys

    def _candidates(self, query: str) -> Iterable[_Start]:
        """Return the parts of names that a query can mean."""
        if not is_letter(query[0]):
            return self._by_sign.get(query[0], ())
        head = next((k for k, sign in enumerate(query[:KEY]) if not is_letter(sign)), min(KEY, len(query)))
        shorter = (f"{query[:k]}*" for k in range(1, KEY))
        found = (self._by_letters.get(key, ()) for key in (query[:head], *shorter))
        return dict.fromkeys(start for starts in found for start in starts)

    def _ranks(self, words: Sequence[str]) -> dict[int, Rank]:
        found = self._matches("".join(words))
        if len(words) > 1:
            alone = [self._matches(word) for word in words]
            for word, matches in enumerate(alone):
                others = [w for k, w in enumerate(words) if k != word]
                for number, rank in matches.items():
                    if self._lies_in(number, others):
                        _keep_best(found, number, rank)
        return found

    def _matches(self, query: str) -> dict[int, Rank]:
        """Return how well one word meets each place that it meets."""
        found: dict[int, Rank] = {}
        plain = [sign for sign in query if needs_reading(sign)]
        for number, start in self._candidates(query):
            spelled = self._spelled[number]
            if plain and spelled.place.kind == "community" and plain[0] not in spelled.signs:
                continue
            match, rest = reach(spelled.signs, spelled.stem, self.readings, query, start)
            if match:
                _keep_best(found, number, _rank(match, start, number))
            if start == 0 and rest and spelled.place.kind == "town":
                self._beyond(spelled.place, query, rest, found)
        return found

    def _beyond(self, town: Place, query: str, rest: Iterable[int], found: dict[int, Rank]) -> None:
        """Take the rest of a query that began with a town as the name of one of its communities."""
        for position in rest:
            for number in self._of_town[town.county, town.name]:
                spelled = self._spelled[number]
                match = reach(spelled.signs, spelled.stem, self.readings, query[position:]).match
                if match:
                    _keep_best(found, number, _rank(match, 0, number))

    def _lies_in(self, number: int, words: Sequence[str]) -> bool:
        place = self.places[number]
        units = [place.county] if place.kind == "town" else [place.town, place.county]
        spelled = ["".join(parts_of(unit)) for unit in units]
        return all(any(reach(unit, 0, self.readings, word).match for unit in spelled) for word in words)

    def _neighbours(self, best: Sequence[int], ranks: dict[int, Rank], count: int) -> list[int]:
        """Return communities of the towns that were named from their beginning."""
        towns = [self.places[n] for n in best if self.places[n].kind == "town" and ranks[n][0] <= INITIALS]
        taken = set(best)
        others = (n for town in towns for n in self._of_town[town.county, town.name] if n not in taken)
        return [number for number, _ in zip(others, range(count), strict=False)]


def _rank(match: Match, start: int, number: int) -> Rank:
    """Rank a match; of equals the place that comes first in the index is the larger one."""
    if start:
        return (INSIDE_INITIALS if match.abbreviated else INSIDE), False, match.unusual, number
    if match.abbreviated:
        return INITIALS, match.partial, match.unusual, number
    return (PREFIX if match.partial else EXACT), False, match.unusual, number


def _keep_best(found: dict[int, Rank], number: int, rank: Rank) -> None:
    if number not in found or rank < found[number]:
        found[number] = rank


def _spelled(place: Place) -> _Spelled:
    signs = "".join(parts_of(place.name))
    ending = next((e for e in ENDINGS if place.name.endswith(e) and len(signs) > len(e)), "")
    return _Spelled(place, signs, len(signs) - len(ending))


def _town(key: tuple[str, str], communities: Sequence[Place]) -> Place:
    """Make a town of its communities: it lies where the largest of them lies."""
    county, name = key
    largest = min(communities, key=lambda c: (-c.population, c.code))
    codes = {c.code[:9] for c in communities if len(c.code) == 12 and c.code.isdecimal()}
    people = sum(c.population for c in communities)
    code = codes.pop() if len(codes) == 1 else ""
    return Place("town", code, name, name, county, largest.lon, largest.lat, people)


def signs_of(names: Iterable[str]) -> set[str]:
    """Return the signs of names that need a reading."""
    return {sign for name in names for word in parts_of(name) for sign in word if needs_reading(sign)}
