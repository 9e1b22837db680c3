"""Networks in the form of the 9th DIMACS Implementation Challenge (shortest paths, 2006).

Three text files, gzipped or not: ``FILE-t.NAME.gr`` (travel times), ``FILE-d.NAME.gr`` (lengths), both with a line
``p sp NODES ARCS`` and one line ``a TAIL HEAD WEIGHT`` an arc, and ``FILE-d.NAME.co`` with ``p aux sp co NODES`` and
``v NODE LONGITUDE LATITUDE``. Nodes count from 1; lines that begin with c are comments.

Assumption: the files state no units. Times are taken as hundredths of a second and lengths as tenths of a metre (which
agrees with the coordinates of the New York file); coordinates are millionths of a degree.
"""

from __future__ import annotations

import gzip
import re
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.arcs import Arcs
from routing.errors import InputError

SECOND, METRE, DEGREE = 100.0, 10.0, 1e6
LARGEST = 200_000_000
"""The largest weight: milliseconds of it still fit 32 bits."""

_NAME = re.compile(r"(?P<set>.+)-[td]\.(?P<name>.+)\.(gr|co)(\.gz)?", re.DOTALL)


@dataclass(frozen=True)
class Files:
    """The three files of one network."""

    name: str
    times: Path
    lengths: Path
    places: Path


def files_of(path: Path) -> Files | None:
    """Find the network that a file belongs to by its name; None for a name of another kind.

    Raises
    ------
    InputError
        When one of the three is not beside it.
    """
    match = _NAME.fullmatch(path.name)
    if match is None:
        return None
    found = []
    for middle, end in (("-t", "gr"), ("-d", "gr"), ("-d", "co")):
        name = f"{match['set']}{middle}.{match['name']}.{end}"
        beside = [path.with_name(name + gz) for gz in ("", ".gz") if path.with_name(name + gz).is_file()]
        if not beside:
            raise InputError(
                "dimacs-missing",
                "%(file)s is one of three files; %(missing)s or %(missing)s.gz is not beside it.",
                file=path.name,
                missing=name,
            )
        found.append(beside[0])
    return Files(match["name"], *found)


def read(files: Files) -> Arcs:
    """Read a network. Arcs from a node to itself are left out: no fastest way uses them.

    Raises
    ------
    InputError
        When a file is damaged or not of this form, or the three do not belong together; the sentence names file
        and line.
    """
    times, nodes = _read_arcs(files.times)
    lengths, same = _read_arcs(files.lengths)
    if (nodes, len(times.values)) != (same, len(lengths.values)):
        raise InputError(
            "dimacs-other-network",
            "%(a)s has %(n)s nodes and %(m)s arcs, %(b)s has %(k)s and %(l)s. They must be of one network.",
            a=files.times.name,
            n=nodes,
            m=len(times.values),
            b=files.lengths.name,
            k=same,
            l=len(lengths.values),
        )
    other = (times.values[:, :2] != lengths.values[:, :2]).any(axis=1)
    if other.any():
        row = int(other.argmax())
        raise InputError(
            "dimacs-other-network",
            "%(a)s, line %(i)s: another arc than in %(b)s, line %(j)s. Both must list the arcs in one order.",
            a=files.times.name,
            i=times.line(row),
            b=files.lengths.name,
            j=lengths.line(row),
        )
    lonlat = _read_places(files.places, nodes)
    keep = times.values[:, 0] != times.values[:, 1]
    ends = times.values[keep, :2].astype(np.int32) - 1
    return Arcs(
        np.ascontiguousarray(ends[:, 0]),
        np.ascontiguousarray(ends[:, 1]),
        times.values[keep, 2] / SECOND,
        lengths.values[keep, 2] / METRE,
        lonlat,
    )


@dataclass(frozen=True)
class _Lines:
    """The numbers (n, 3) of the lines that begin with a letter, in their order."""

    path: Path
    text: bytes
    letter: bytes
    values: NDArray[np.int64]

    def line(self, row: int) -> int:
        """Give the number, from 1, of the line a row stands on; slow, for sentences only."""
        of_kind = (i for i, line in enumerate(self.text.split(b"\n"), 1) if line.split()[:1] == [self.letter])
        return next(i for k, i in enumerate(of_kind) if k == row)

    def refuse(self, bad: NDArray[np.bool_], wrong: str) -> None:
        """Raise a sentence about the first row that is bad, if any is."""
        if bad.any():
            raise _wrong(self.path, self.line(int(bad.argmax())), wrong)


def _read_arcs(path: Path) -> tuple[_Lines, int]:
    lines, (nodes, arcs) = _read(path, b"a", rb"p\s+sp\s+(\d+)\s+(\d+)", "p sp NODES ARCS")
    if len(lines.values) != arcs:
        raise _count(path, arcs, len(lines.values), "arcs")
    ends, weight = lines.values[:, :2], lines.values[:, 2]
    lines.refuse(((ends < 1) | (ends > nodes)).any(axis=1), f"this arc ends at a node that is not one of 1..{nodes}.")
    lines.refuse(weight < 0, "the weight is negative.")
    lines.refuse(weight > LARGEST, f"the weight is above {LARGEST}.")
    return lines, nodes


def _read_places(path: Path, expected: int) -> NDArray[np.float64]:
    lines, (nodes,) = _read(path, b"v", rb"p\s+aux\s+sp\s+co\s+(\d+)", "p aux sp co NODES")
    if nodes != expected:
        raise InputError(
            "dimacs-other-network",
            "%(file)s has coordinates of %(n)s nodes, the arcs are of %(m)s. They must be of one network.",
            file=path.name,
            n=nodes,
            m=expected,
        )
    if len(lines.values) != nodes:
        raise _count(path, nodes, len(lines.values), "nodes")
    node, degrees = lines.values[:, 0], lines.values[:, 1:] / DEGREE
    lines.refuse((node < 1) | (node > nodes), f"this node is not one of 1..{nodes}.")
    lines.refuse((np.abs(degrees) > (180.0, 90.0)).any(axis=1), "this is no longitude and latitude.")
    first = np.unique(node, return_index=True)[1]
    again = np.ones(nodes, bool)
    again[first] = False
    lines.refuse(again, "this node has coordinates already.")
    lonlat = np.empty((nodes, 2))
    lonlat[node - 1] = degrees
    return lonlat


def _read(path: Path, letter: bytes, header: bytes, form: str) -> tuple[_Lines, tuple[int, ...]]:
    text = _text(path)
    found = re.search(rb"^p\b[^\n]*$", text, re.MULTILINE)
    first = re.search(rb"^" + letter + rb"\s", text, re.MULTILINE)
    if found is None or (first is not None and first.start() < found.start()):
        raise InputError("dimacs-header", "%(file)s has no line '%(form)s' before its data.", file=path.name, form=form)
    sizes = re.fullmatch(header, found.group().strip())
    if sizes is None:
        raise _wrong(path, text.count(b"\n", 0, found.start()) + 1, f"'{form}' is expected here.")
    start = first.start() if first else len(text)
    values = _fast(text[start:], letter) if _only_comments(text[found.end() : start]) else None
    if values is None:
        values = _slow(path, text, letter)
    return _Lines(path, text, letter, values), tuple(map(int, sizes.groups()))


def _text(path: Path) -> bytes:
    try:
        text = path.read_bytes()
        if text.startswith(b"\x1f\x8b"):
            text = gzip.decompress(text)
    except OSError as error:
        if isinstance(error, gzip.BadGzipFile):
            raise _damaged(path) from error
        raise InputError("dimacs-missing", "%(file)s cannot be read.", file=path.name) from error
    except (EOFError, zlib.error) as error:
        raise _damaged(path) from error
    return text.replace(b"\r\n", b"\n") if b"\r" in text else text


def _only_comments(text: bytes) -> bool:
    return all(line.startswith(b"c") for line in text.split(b"\n") if line.strip())


def _fast(text: bytes, letter: bytes) -> NDArray[np.int64] | None:
    """Read lines that all look like ``a 1 2 3``; None when any does not."""
    text = text.rstrip()
    raw = np.frombuffer(text, np.uint8)
    ends = np.r_[np.flatnonzero(raw == ord("\n")), len(raw)]
    blanks = np.diff(np.searchsorted(np.flatnonzero(raw == ord(" ")), ends), prepend=0)
    starts = np.r_[0, ends[:-1] + 1]
    regular = (blanks == 3).all() and (raw[starts] == ord(letter)).all() and text.count(letter) == len(ends)
    if not len(raw) or not regular or not (raw[starts + 1] == ord(" ")).all():
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            values = np.fromstring(text.translate(None, letter), np.int64, sep=" ")
        except (DeprecationWarning, ValueError):
            return None
    return values.reshape(-1, 3) if len(values) == 3 * len(ends) else None


def _slow(path: Path, text: bytes, letter: bytes) -> NDArray[np.int64]:
    rows = []
    for number, line in enumerate(text.split(b"\n"), 1):
        words = line.split()
        if not words or words[0].startswith((b"c", b"p")):
            continue
        if words[0] != letter or len(words) != 4 or not all(re.fullmatch(rb"[+-]?\d{1,18}", w) for w in words[1:]):
            raise _wrong(path, number, f"'{letter.decode()}' and three whole numbers are expected here.")
        rows.append([int(word) for word in words[1:]])
    return np.array(rows, np.int64).reshape(-1, 3)


def _wrong(path: Path, line: int, wrong: str) -> InputError:
    return InputError("dimacs-line", "%(file)s, line %(line)s: %(wrong)s", file=path.name, line=line, wrong=wrong)


def _count(path: Path, told: int, found: int, what: str) -> InputError:
    return InputError(
        "dimacs-count",
        "%(file)s promises %(told)s %(what)s in its line p and has %(found)s. Is the file whole?",
        file=path.name,
        told=told,
        what=what,
        found=found,
    )


def _damaged(path: Path) -> InputError:
    return InputError("dimacs-damaged", "%(file)s is damaged or was cut short. Fetch it again.", file=path.name)
