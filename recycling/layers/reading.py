"""A file of places, told by its content and read in a process of its own, with limits of memory and time."""

from __future__ import annotations

import threading
from concurrent.futures import Future

import structlog
from pebble import ProcessExpired

from recycling.apart import apart
from recycling.errors import N_, BadRequestError, TooOftenError
from recycling.layers import geojson, geopackage, packed, seeming, tables
from recycling.layers.datum import word_of
from recycling.layers.found import MOST_BYTES, Found
from routing.memory import limit_memory

SECONDS = 60.0
MEMORY_MB = 1000
AT_ONCE = 2
LONGEST_WAIT = 20.0
"""Seconds that a file waits for others to be read."""

log = structlog.get_logger()
_room = threading.BoundedSemaphore(AT_ONCE)


def read_apart(data: bytes, what: str, crs: str, name: str = "") -> Found:
    """Read a layer of ``sites`` or ``points`` in a process of its own.

    Parameters
    ----------
    crs
        What its coordinates are in, as people say it; empty for what the file says itself.
    name
        What the file is called: its content says what it is, and a name that promises something else is told.

    Raises
    ------
    BadRequestError
        For what cannot be read, with the remedy.
    TooOftenError
        When too many files are being read.
    """
    if len(data) > MOST_BYTES:
        raise BadRequestError.one(
            "too-large",
            N_("The file has more than %(most)s MB. Send it in parts."),
            where="file",
            most=MOST_BYTES // 1024**2,
        )
    word = word_of(crs)
    if not _room.acquire(timeout=LONGEST_WAIT):
        raise TooOftenError.one("layers-busy", N_("Other files are being read just now. Send yours again in a minute."))
    try:
        begun: Future[Found] = apart(_in_child, SECONDS)(data, what, word, name)
        return begun.result()
    except (TimeoutError, MemoryError, ProcessExpired) as error:
        log.warning("a layer could not be read", why=type(error).__name__)
        raise BadRequestError.one(
            "too-hard",
            N_("The file takes more time or memory than it may. Simplify its areas, or send it in parts."),
            where="file",
        ) from error
    finally:
        _room.release()


def read(data: bytes, what: str, crs: str = "", name: str = "") -> Found:
    """Read a layer in this process; ``crs`` is a word of `recycling.layers.datum.word_of`.

    Raises
    ------
    BadRequestError
        As `read_apart`.
    """
    if not data.strip():
        raise BadRequestError.one("empty", N_("The file is empty. Fill in the template and send that."), where="file")
    match seeming.told(data, name):
        case "gpkg":
            return geopackage.read(data, what, crs)
        case "zip":
            return packed.read(data, what, crs)
        case "geojson":
            return geojson.read(data, what, crs)
    return tables.read(data, what, crs)


def _in_child(data: bytes, what: str, crs: str, name: str) -> Found:
    limit_memory(MEMORY_MB)
    try:
        return read(data, what, crs, name)
    except (BadRequestError, MemoryError):
        raise
    except Exception as error:  # what a broken file makes of the libraries that read it, nobody can list
        raise BadRequestError.one(
            "unreadable", N_("This file cannot be read. Export the layer anew."), where="file"
        ) from error
