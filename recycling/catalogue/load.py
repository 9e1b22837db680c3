"""Reading the catalogue: every fault of the file at once, each with its line."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from itertools import pairwise
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from recycling.catalogue.prices import Price
from recycling.catalogue.whole import Catalogue
from recycling.settings import configuration_error, home, read_toml


def load_catalogue(path: Path | None = None) -> Catalogue:
    """Read the catalogue; ConfigurationError names the line of whatever is wrong in it."""
    path = path or home() / "config" / "catalogue.toml"
    data = read_toml(path)
    try:
        catalogue = Catalogue(**data)
        faults = [*_unknown_codes(catalogue), *_unusable(catalogue)]
        if faults:
            raise ValidationError.from_exception_data("Catalogue", faults)
    except ValidationError as error:
        raise configuration_error([path], error, Catalogue) from error
    return catalogue


def _unknown_codes(catalogue: Catalogue) -> Iterator[InitErrorDetails]:
    """Find every code that one table takes from another that does not hold it."""
    streams, compartments = catalogue.streams, catalogue.compartments
    for code, stream in streams.items():
        yield from _missing(("streams", code, "rides_with"), stream.rides_with, streams, "stream")
    for code, material in catalogue.materials.items():
        yield from _missing(("materials", code, "compartment"), [material.compartment], compartments, "compartment")
        yield from _missing(("materials", code, "stream"), [material.stream], streams, "stream")
    for code, item in catalogue.items.items():
        here: tuple[str, ...] = ("items", code)
        yield from _missing((*here, "material"), [item.material], catalogue.materials, "material")
        yield from _missing((*here, "compartment"), [item.compartment or None], compartments, "compartment")
        yield from _missing((*here, "stream"), [item.stream or None], streams, "stream")
        yield from _missing((*here, "tools"), item.tools, catalogue.tools, "tool")
        if item.dismantling:
            yield from _missing((*here, "dismantling", "tools"), item.dismantling.tools, catalogue.tools, "tool")
        yield from _missing((*here, "hazards"), item.hazards, catalogue.hazards, "hazard")
        yield from _missing((*here, "unless"), item.unless, catalogue.not_taken, "entry of not_taken")


def _unusable(catalogue: Catalogue) -> Iterator[InitErrorDetails]:
    """Find codes of items and sizes that cannot be told apart, and prices out of their order."""
    for code, item in catalogue.items.items():
        here = ("items", code)
        yield from _bad_code(here, code)
        yield from _out_of_order((*here, "prices"), item.prices)
        for name, size in item.sizes.items():
            place = (*here, "sizes", name)
            yield from _bad_code(place, name)
            yield from _out_of_order((*place, "prices"), size.prices)


def _bad_code(place: tuple[str, ...], code: str) -> Iterator[InitErrorDetails]:
    if "." in code or not code:
        yield _fault(place, code, "a code is a word without a dot")


def _out_of_order(place: tuple[str, ...], prices: tuple[Price, ...]) -> Iterator[InitErrorDetails]:
    for number, (earlier, later) in enumerate(pairwise(prices), 1):
        if later.starts <= earlier.starts:
            message = f"the price before it begins on {earlier.starts}; prices follow each other by date"
            yield _fault((*place, number, "from"), later.starts.isoformat(), message)


def _missing(
    place: tuple[str, ...], wanted: Collection[str | None], known: Collection[str], kind: str
) -> Iterator[InitErrorDetails]:
    for code in wanted:
        if code is not None and code not in known:
            near = difflib.get_close_matches(code, known, n=1)
            remedy = f"the nearest is {near[0]!r}" if near else f"there are: {', '.join(known)}"
            yield _fault(place, code, f"there is no {kind} of that code; {remedy}")


def _fault(place: tuple[str | int, ...], value: str, message: str) -> InitErrorDetails:
    return InitErrorDetails(type=PydanticCustomError("reference", "{what}", {"what": message}), loc=place, input=value)
