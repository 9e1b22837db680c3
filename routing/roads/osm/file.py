"""The door for files from outside: is it an OpenStreetMap file, is it whole, how far has it been read."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from routing.errors import InputError

LARGE = 400_000_000
"""Bytes above which node places are kept in a temporary file instead of memory (16 bytes a node)."""

NODE_KEYS = ("barrier", "maxheight", "maxheight:physical", "maxweight", "maxweightrating", "maxwidth")
"""Nodes without any of these keys give their place to ways and never become Python objects."""

PAUSE = 0.1
"""Seconds between two reports of how far the file has been read."""


def format_of(path: Path) -> str:
    """Tell the OSM file format from the first bytes, whatever the file is called.

    Raises
    ------
    InputError
        When the file is missing, empty or no OpenStreetMap file.
    """
    if not path.is_file():
        raise InputError("osm-missing", "There is no file %(file)s. Check the name and the folder.", file=path.name)
    with path.open("rb") as file:
        head = file.read(2048)
    if not head:
        raise InputError("osm-empty", "%(file)s is empty (0 bytes). Download it again.", file=path.name)
    text = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if head[4:6] == b"\x0a\x09" and head[6:15] == b"OSMHeader":
        return "pbf"
    if head[:2] == b"\x1f\x8b":
        return "osm.gz"
    if head[:3] == b"BZh":
        return "osm.bz2"
    if head[4:8] == b"o5m2":
        return "o5m"
    if text.startswith((b"<?xml", b"<osm")) and b"<osm" in text:
        return "osm"
    if text.startswith((b"<!doctype html", b"<html")) or b"<html" in text:
        raise InputError(
            "not-osm",
            "%(file)s is a web page, not an OpenStreetMap file. Download the .osm.pbf again.",
            file=path.name,
        )
    raise InputError(
        "not-osm",
        "%(file)s is not an OpenStreetMap file. Give an extract that ends in .osm.pbf or .osm.",
        file=path.name,
    )


def objects(path: Path, tell: Callable[[float], None] | None = None) -> Iterator[Any]:
    """Stream what roads are made of, osmium's nodes, ways and relations: each is valid only until the next one.

    Nodes are those with one of `NODE_KEYS`, ways those with a ``highway`` or ``route`` tag and with the places of
    their nodes, relations those with ``type=restriction``. Node places are held by osmium, 16 bytes each, never as
    Python objects; on disk for files above `LARGE`.

    Parameters
    ----------
    tell
        Called now and then with the share of the file's bytes that was read.

    Raises
    ------
    InputError
        When the file is none of OpenStreetMap, or ends in the middle.
    """
    kind = format_of(path)
    import osmium
    from osmium.filter import KeyFilter, TagFilter

    nodes, ways, turns = KeyFilter(*NODE_KEYS), KeyFilter("highway", "route"), TagFilter(("type", "restriction"))
    nodes.enable_for(osmium.osm.NODE)
    ways.enable_for(osmium.osm.WAY)
    turns.enable_for(osmium.osm.RELATION)
    reach = _Reach(path)
    with tempfile.TemporaryDirectory() as folder:
        large = path.stat().st_size > LARGE
        storage = f"sparse_file_array,{folder}/nodes" if large else _memory(osmium.index.map_types())
        stream = (
            osmium.FileProcessor(osmium.io.File(path, kind))
            .with_locations(storage)
            .with_filter(nodes)
            .with_filter(ways)
            .with_filter(turns)
        )
        due = time.monotonic() + PAUSE
        try:
            for found in stream:
                if tell is not None and time.monotonic() >= due:
                    due = time.monotonic() + PAUSE
                    tell(reach.share())
                yield found
        except (RuntimeError, ValueError, OSError) as error:
            raise InputError(
                "osm-damaged",
                "%(file)s ends in the middle or is damaged (%(detail)s). Download it again.",
                file=path.name,
                detail=str(error).splitlines()[0] if str(error) else type(error).__name__,
            ) from error


def _memory(kinds: list[str]) -> str:
    """Choose the store that grows in place: the common one doubles, and holds two copies while it does."""
    return "sparse_mmap_array" if "sparse_mmap_array" in kinds else "flex_mem"


class _Reach:
    """How far a file has been read: osmium does not tell, but the file that it opened has a position."""

    def __init__(self, path: Path) -> None:
        self._file = path.stat()
        self._before = set(self._opened())
        self._share = 0.0

    def share(self) -> float:
        """Give the share of the bytes; once osmium has closed the file, all of it."""
        now = [number for number in self._opened() if number not in self._before]
        if now:
            with suppress(OSError):  # osmium's thread may close it at any time
                self._share = max(self._share, min(os.lseek(now[0], 0, os.SEEK_CUR) / self._file.st_size, 1.0))
        elif self._share:
            self._share = 1.0
        return self._share

    def _opened(self) -> Iterator[int]:
        """Give the numbers under which this process has the file open; none on Windows, which has no such list."""
        try:
            numbers = [int(name) for name in os.listdir("/dev/fd")]
        except OSError:
            return
        for number in numbers:
            try:
                seen = os.fstat(number)
            except OSError:
                continue
            if (seen.st_dev, seen.st_ino) == (self._file.st_dev, self._file.st_ino):
                yield number
