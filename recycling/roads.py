"""Road layers by name, and the drawing of one: made once in a process of its own, kept beside the record."""

from __future__ import annotations

import threading
from pathlib import Path

import structlog
from pebble import ProcessExpired

from recycling.apart import apart
from recycling.errors import N_, NotFoundError, UnavailableError
from recycling.settings import Settings, home
from routing.roads.drawing import write_drawing

LONGEST = 60.0
"""Seconds that drawing a layer may take; it takes one or two, and a process that does not get there is given up."""

TRIES = 2

_one_draws = threading.Lock()
log = structlog.get_logger()

SHIPPED = "dazhou"
"""Name of the layer in data/geo."""


def layer_file(settings: Settings, name: str) -> Path:
    """Return the file of the shipped layer or of an imported one."""
    return home() / "data" / "geo" / "roads.gpkg" if name == SHIPPED else imported_layer(settings, name)


def imported_layer(settings: Settings, name: str) -> Path:
    """Return the file of an imported road layer; NotFoundError names the ones that there are."""
    folder = settings.roads_folder
    known = sorted(p.stem for p in folder.glob("*.gpkg") if not p.name.startswith("."))
    if name not in known:
        raise NotFoundError.one(
            "no-roads",
            N_("No roads have been imported under the name %(name)s. %(known)s Run: recycling roads import FILE"),
            name=name,
            known=f"There are: {', '.join(known)}." if known else "There are none yet.",
        )
    return folder / f"{name}.gpkg"


def drawing(layer: Path) -> tuple[bytes, str]:
    """Return the roads of a layer as gzipped GeoJSON, and a tag that changes with the layer.

    Whoever asks while it is being drawn waits for that drawing. UnavailableError when it can not be drawn now.
    """
    state = layer.stat()
    tag = f"{layer.stem}-{state.st_size:x}-{state.st_mtime_ns:x}"
    cached = home() / "var" / "cache" / f"{tag}.json.gz"
    if not cached.is_file():
        with _one_draws:
            if not cached.is_file():
                _draw(layer, cached)
    return cached.read_bytes(), tag


def _draw(layer: Path, cached: Path) -> None:
    cached.parent.mkdir(parents=True, exist_ok=True)
    for _ in range(TRIES):
        try:
            apart(write_drawing, LONGEST)(layer, cached).result()
        except (TimeoutError, ProcessExpired) as error:
            log.warning("the roads were not drawn", layer=layer.name, why=f"{type(error).__name__}: {error}")
        else:
            return
    raise UnavailableError.one(
        "roads-not-drawn",
        N_("The roads of this map could not be drawn just now: the machine is very busy. Load the page again soon."),
    )
