"""OpenStreetMap ways as the road layer keeps them: columns of small numbers, each word held once."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from routing.roads.osm import tags as meaning
from routing.roads.osm.ferry import FERRY_KMH, hours

TEXTS = ("highway", "name", "ref", "hgv", "access")
LIMITS = ("maxheight", "maxweight", "maxwidth", "maxlength")
FERRY = "ferry"


class Words:
    """Texts of one column: each is kept once and stands in the rows by its number."""

    def __init__(self) -> None:
        self.codes = array("i")
        self._number: dict[str | None, int] = {}

    def append(self, word: str | None) -> None:
        """Add a row."""
        self.codes.append(self._number.setdefault(word, len(self._number)))

    @property
    def words(self) -> list[str | None]:
        """The text of each number."""
        return list(self._number)


@dataclass
class Ways:
    """Ways in the order of the file, about 70 bytes each and their words.

    Attributes
    ----------
    way_id, kmh
        Ids; km/h along and against the nodes, two entries a way, 0 where not allowed.
    text, limits
        Columns of words and of limits (m or t, NaN where there is none), named as in the layer.
    limited
        Whether a numeric ``maxspeed`` was tagged.
    crossing
        Hours that a ferry takes, by row; a ferry that does not say is not in it.
    """

    way_id: array[int] = field(default_factory=lambda: array("q"))
    kmh: array[int] = field(default_factory=lambda: array("h"))
    text: dict[str, Words] = field(default_factory=lambda: {name: Words() for name in TEXTS})
    limits: dict[str, array[float]] = field(default_factory=lambda: {name: array("d") for name in LIMITS})
    limited: array[int] = field(default_factory=lambda: array("b"))
    crossing: dict[int, float] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.way_id)

    def append(self, way_id: int, tags: Mapping[str, str]) -> None:
        """Read the tags of a way that was let in."""
        ferry = "highway" not in tags
        if ferry:
            way = meaning.direction(tags)
            forward, backward, tagged = FERRY_KMH * (way != -1), FERRY_KMH * (way != 1), False
            if (time := hours(tags.get("duration"))) is not None:
                self.crossing[len(self)] = time
        else:
            forward, backward, tagged = meaning.speeds(tags)
        self.way_id.append(way_id)
        self.kmh.extend((forward, backward))
        self.limited.append(tagged)
        self.text["highway"].append(FERRY if ferry else tags["highway"])
        for name in ("name", "ref", "hgv"):
            self.text[name].append(tags.get(name))
        self.text["access"].append(meaning.access_of(tags))
        for name, limit in zip(LIMITS, meaning.limits(tags), strict=True):
            self.limits[name].append(limit)

    def speeds(self) -> NDArray[np.int16]:
        """Give km/h (w, 2) along and against the nodes."""
        return np.array(self.kmh, np.int16).reshape(-1, 2)

    def texts(self, name: str, rows: NDArray[np.int64]) -> list[str | None]:
        """Give one column of words for these rows."""
        words: Sequence[str | None] = self.text[name].words
        codes = np.frombuffer(self.text[name].codes, np.int32)[rows]
        return [words[code] for code in codes.tolist()]
