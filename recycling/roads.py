"""The drawing of a road layer: made once in a process of its own, kept beside the record."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

from pebble import concurrent

from recycling.settings import home
from routing.roads.drawing import write_drawing

LONGEST = 120.0
"""Seconds that drawing a layer may take."""


def drawing(layer: Path) -> tuple[bytes, str]:
    """Return the roads of a layer as gzipped GeoJSON, and a tag that changes with the layer."""
    state = layer.stat()
    tag = f"{layer.stem}-{state.st_size:x}-{state.st_mtime_ns:x}"
    cached = home() / "var" / "cache" / f"{tag}.json.gz"
    if not cached.is_file():
        cached.parent.mkdir(parents=True, exist_ok=True)
        run = concurrent.process(timeout=LONGEST, mp_context=multiprocessing.get_context("spawn"))
        run(write_drawing)(layer, cached).result()
    return cached.read_bytes(), tag
