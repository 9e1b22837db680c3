"""OpenStreetMap extract to road layer: `extract` reads and imports, the other files are its parts."""

from __future__ import annotations

from routing.roads.osm.extract import NAME, Progress, import_extract, read_extract

__all__ = ["NAME", "Progress", "import_extract", "read_extract"]
