"""What a word of the command line names: an extract, a road layer, a DIMACS network, or a folder of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import dimacs
from routing.errors import InputError

EXTRACTS = (".osm.pbf", ".osm", ".osm.gz", ".osm.bz2", ".o5m")
LAYER = ".gpkg"


@dataclass(frozen=True)
class Source:
    """A network to be measured; either files of DIMACS, or an extract, or a layer."""

    name: str
    bytes: int
    arcs: dimacs.Files | None = None
    extract: Path | None = None
    layer: Path | None = None


def find(paths: Sequence[Path], limit: int | None = None) -> list[Source]:
    """Find the networks, smallest first, each once; at most ``limit`` of them, spread over sizes.

    Raises
    ------
    InputError
        For something that is not there or no network, and for a folder without any.
    """
    found: dict[Source, None] = {}
    for path in paths:
        if path.is_dir():
            inside = [source for source in map(_source, sorted(path.iterdir())) if source]
            if not inside:
                raise InputError("no-networks", "The folder %(folder)s has no road networks.", folder=path.name)
            found |= dict.fromkeys(inside)
        elif path.is_file():
            source = _source(path)
            if source is None:
                raise InputError(
                    "not-a-network",
                    "%(file)s is no road network. Give .osm.pbf, .gpkg or the DIMACS files -t.NAME.gr, -d.NAME.gr, "
                    "-d.NAME.co, gzipped or not, or a folder of them.",
                    file=path.name,
                )
            found[source] = None
        else:
            raise InputError("no-file", "There is no file or folder %(path)s.", path=path)
    ordered = sorted(found, key=lambda source: (source.bytes, source.name))
    return _spread(ordered, limit)


def _spread(ordered: list[Source], limit: int | None) -> list[Source]:
    if limit is None or limit >= len(ordered):
        return ordered
    if limit == 1:
        return [ordered[len(ordered) // 2]]
    return [ordered[round(i * (len(ordered) - 1) / (limit - 1))] for i in range(limit)]


def _source(path: Path) -> Source | None:
    if not path.is_file():
        return None
    files = dimacs.files_of(path)
    if files is not None:
        return Source(files.name, _bytes([files.times, files.lengths, files.places]), arcs=files)
    for end in EXTRACTS:
        if path.name.endswith(end):
            return Source(path.name.removesuffix(end), _bytes([path]), extract=path)
    if path.suffix == LAYER:
        return Source(path.stem, _bytes([path]), layer=path)
    return None


def _bytes(paths: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in paths)
