"""The catalogue as a whole: all its tables, and finding an item by its code."""

from __future__ import annotations

from functools import cached_property

from pydantic import Field

from recycling.catalogue.entries import Entry, Name
from recycling.catalogue.items import Item
from recycling.catalogue.service import ServiceRule
from recycling.catalogue.streams import Stream
from recycling.errors import N_, BadRequestError


class Material(Name):
    """A family of goods; low-value ones are always taken, on their own tariff."""

    low_value: bool = False
    compartment: str
    stream: str


class Hazard(Name):
    """What is dangerous in a thing that we take, and what the crew does about it."""

    care: Name


class Refused(Name):
    """What is not taken: why, where it goes instead, and other words that people use for it."""

    why: Name
    instead: Name
    words: tuple[str, ...] = ()


class Catalogue(Entry):
    """All tables by code, in the order of the file.

    ``items`` holds what a page lists; a size of an item has the code ``item.size``, such as ``fridge.large``, and is
    found by `find`.
    """

    compartments: dict[str, Name]
    streams: dict[str, Stream]
    tools: dict[str, Name] = Field(default_factory=dict)
    hazards: dict[str, Hazard] = Field(default_factory=dict)
    service: ServiceRule
    materials: dict[str, Material]
    items: dict[str, Item]
    not_taken: dict[str, Refused] = Field(default_factory=dict)

    @cached_property
    def variants(self) -> dict[str, Item]:
        """All items and all their sizes by code."""
        found: dict[str, Item] = {}
        for code, item in self.items.items():
            found[code] = item
            found.update({f"{code}.{size}": item.sized(size) for size in item.sizes})
        return found

    def find(self, code: str) -> Item:
        """Return an item, or an item in one of its sizes.

        Raises
        ------
        BadRequestError
            When there is none of that code.
        """
        item = self.variants.get(code)
        if item is None:
            raise BadRequestError.one(
                "unknown-item",
                N_("We do not know the item %(item)s. Choose one from the list."),
                where="items",
                item=code[:40],
            )
        return item

    def compartment_of(self, item: Item) -> str:
        """Return the code of the compartment that an item lies in."""
        return item.compartment or self.materials[item.material].compartment

    def stream_of(self, item: Item) -> str:
        """Return the code of the stream that an item goes into."""
        return item.stream or self.materials[item.material].stream

    def refused_like(self, text: str) -> list[Refused]:
        """Return what is not taken and has the text in its name or its other words, in either language."""
        wanted = text.strip().lower()
        return [
            refused
            for refused in self.not_taken.values()
            if wanted and any(wanted in word.lower() for word in (refused.zh, refused.en, *refused.words))
        ]
