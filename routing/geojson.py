"""GeoJSON of others, read within limits: bytes, nesting, features and corners, so that no file takes the machine."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from routing.errors import InputError

MOST_BYTES = 64_000_000
"""Of the text in UTF-8; a road layer is read otherwise."""

MOST_NESTED = 16
"""Lists and objects in each other; a multipolygon in a collection of features takes nine."""

MOST_FEATURES = 100_000
MOST_CORNERS = 2_000_000


def check_size(path: Path) -> None:
    """Raise InputError for a file of more bytes than the limit, before anything of it is read."""
    _within("bytes", path.stat().st_size, MOST_BYTES, path.name)


def read_geojson(text: str, file: str) -> Any:
    """Return parsed GeoJSON; ``file`` names its origin in errors.

    Raises
    ------
    InputError
        When it is no JSON, goes beyond a limit, or holds a coordinate that is no finite number.
    """
    size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    _within("bytes", size, MOST_BYTES, file)
    try:
        found = json.loads(text, parse_constant=_not_finite)
    except RecursionError as error:
        raise _beyond("lists and objects in each other", MOST_NESTED, file) from error
    except ValueError as error:
        raise InputError(
            "not-json", "%(file)s is not GeoJSON: %(why)s. Save it as GeoJSON in WGS 84.", file=file, why=str(error)
        ) from error
    _measure(found, file)
    return found


def _measure(found: Any, file: str) -> None:
    """Refuse what goes beyond a limit, without going down by calls."""
    features = corners = 0
    level = [found]
    for depth in range(MOST_NESTED + 1):
        deeper: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                features += value.get("type") == "Feature"
                deeper += [part for part in value.values() if isinstance(part, dict | list)]
            elif value and not isinstance(value[0], dict | list):
                corners += 1
                if any(isinstance(number, float) and not math.isfinite(number) for number in value):
                    raise InputError(
                        "not-finite",
                        "%(file)s holds a coordinate that is no finite number. Save it as GeoJSON in WGS 84.",
                        file=file,
                    )
            else:
                deeper += [part for part in value if isinstance(part, dict | list)]
        _within("features", features, MOST_FEATURES, file)
        _within("corners", corners, MOST_CORNERS, file)
        level = deeper
        if not level:
            return
        if depth == MOST_NESTED:
            break
    raise _beyond("lists and objects in each other", MOST_NESTED, file)


def _not_finite(word: str) -> float:
    raise ValueError(f"{word} is no number")


def _within(what: str, count: int, most: int, file: str) -> None:
    if count > most:
        raise _beyond(what, most, file)


def _beyond(what: str, most: int, file: str) -> InputError:
    return InputError(
        "geojson-too-large",
        "%(file)s holds more than %(most)s %(what)s. Simplify it, or cut it into several files.",
        file=file,
        most=most,
        what=what,
    )
