"""What the commands ask of the room of the pages, which registers itself as an entry point and is not imported here."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import Any


def of_pages(name: str) -> Any:
    """Return a function of the module that serves the pages: they alone have the words of each language."""
    (found,) = entry_points(group="recycling.pages", name="serve")
    return getattr(import_module(found.module), name)
