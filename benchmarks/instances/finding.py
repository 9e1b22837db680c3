"""Which instances a word of the command line names, and what is best known of each.

A folder is a family, or has families as its folders. ``best_known.tsv``, in the family's folder or the one above it,
has the columns family, instance, rounding and upper.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.instances.instance import Instance
from benchmarks.instances.rounding import CONVENTIONS, usual
from benchmarks.instances.sections import text_of, wrong_line
from benchmarks.instances.spdtw import read_spdtw
from benchmarks.instances.vrplib import read_vrplib
from routing.errors import InputError

VRPLIB, SPDTW = (".vrp",), (".vrpsdptw", ".vrpspdtw")
BEST = "best_known.tsv"


@dataclass(frozen=True)
class Source:
    """An instance's file.

    Attributes
    ----------
    family, name
        The names of its folder and of the file.
    path
        Where it is.
    rounding
        The convention of `benchmarks.instances.rounding` by which it is read.
    best
        Best known value in the integers of that convention; None where none is told.
    size
        Locations, as its line DIMENSION says; 0 where it does not.
    """

    family: str
    name: str
    path: Path
    rounding: str
    best: int | None
    size: int


def load(path: Path, rounding: str) -> Instance:
    """Read the instance of a file, VRPLIB's dialect or VRPSPDTW by its name.

    Raises
    ------
    InputError
        When the file is damaged.
    """
    return read_spdtw(path) if path.suffix in SPDTW else read_vrplib(path, rounding)


def find(paths: Sequence[Path], limit: int | None = None) -> list[Source]:
    """Find the instances, a family after the other, smallest first, at most ``limit`` of a family spread over sizes.

    Raises
    ------
    InputError
        For something that is not there or no instance, a folder without any, and a damaged list of best values.
    """
    families: dict[Path, dict[Path, None]] = {}
    for path in paths:
        files = _files(path)
        if not files:
            raise InputError(
                "no-instances",
                "%(path)s has no instances. Give a file that ends with %(ends)s, a folder of such files, or a folder "
                "of such folders.",
                path=path,
                ends=" or ".join(VRPLIB + SPDTW),
            )
        for file in files:
            families.setdefault(file.absolute().parent, {})[file.absolute()] = None
    found = []
    for folder, files_of_it in families.items():
        best = {**_best_known(folder.parent / BEST), **_best_known(folder / BEST)}
        sources = [_source(file, best) for file in files_of_it]
        found += spread(sorted(sources, key=lambda source: (source.size, source.name)), limit)
    return found


def spread(ordered: list[Source], limit: int | None) -> list[Source]:
    """Take at most so many, evenly from first to last; one alone from the middle."""
    if limit is None or limit >= len(ordered):
        return ordered
    if limit == 1:
        return [ordered[len(ordered) // 2]]
    return [ordered[round(i * (len(ordered) - 1) / (limit - 1))] for i in range(limit)]


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path] if path.suffix in VRPLIB + SPDTW else []
    if not path.is_dir():
        raise InputError("no-file", "There is no file or folder %(path)s.", path=path)
    inside = sorted(path.iterdir())
    here = [file for file in inside if file.is_file() and file.suffix in VRPLIB + SPDTW]
    return here or [file for folder in inside if folder.is_dir() for file in _files_in(folder)]


def _files_in(folder: Path) -> list[Path]:
    return [file for file in sorted(folder.iterdir()) if file.is_file() and file.suffix in VRPLIB + SPDTW]


def _source(path: Path, best: dict[tuple[str, str], tuple[str, int | None]]) -> Source:
    head = {}
    for line in text_of(path).splitlines():
        key, colon, value = line.partition(":")
        if not colon:
            break
        head[key.strip()] = value.strip()
    size = head.get("DIMENSION", "")
    family = path.parent.name
    rounding, value = best.get((family, path.stem)) or (usual(head.get("TYPE", "")), None)
    return Source(family, path.stem, path, rounding, value, int(size) if size.isdecimal() else 0)


def _best_known(path: Path) -> dict[tuple[str, str], tuple[str, int | None]]:
    if not path.is_file():
        return {}
    found: dict[tuple[str, str], tuple[str, int | None]] = {}
    rows = csv.DictReader(text_of(path).splitlines(), delimiter="\t")
    for row in rows:
        if any(row.get(name) is None for name in ("family", "instance", "rounding", "upper")):
            raise wrong_line(path, rows.line_num, "the columns family, instance, rounding, upper are expected.")
        if row["rounding"] not in CONVENTIONS:
            continue  # a family of another benchmark
        value = row["upper"].strip()
        if value and not value.isdecimal():
            raise wrong_line(path, rows.line_num, f"upper is a whole number, not '{value}'.")
        found[row["family"], row["instance"]] = (row["rounding"], int(value) if value else None)
    return found
