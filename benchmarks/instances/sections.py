"""Text files of VRPLIB's form: lines ``KEY : VALUE``, then ``NAME_SECTION`` with rows of numbers, then ``EOF``.

Knows the form and not what the keys mean. Blank lines and lines that begin with # are left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from routing.errors import InputError

Numbers = NDArray[np.float64]

_SECTION = re.compile(r"(?P<name>[A-Z][A-Z0-9_]*)_SECTION\s*:?")
_SPECIFICATION = re.compile(r"(?P<key>[A-Za-z][A-Za-z0-9_]*)\s*:\s*(?P<value>.*)")


@dataclass(frozen=True)
class Section:
    """A section: the line it begins on, and its rows with theirs."""

    line: int
    lines: list[int] = field(default_factory=list)
    rows: list[list[float]] = field(default_factory=list)


@dataclass(frozen=True)
class Sections:
    """A file.

    Attributes
    ----------
    path
        Where it is.
    words
        Values of the keys, with their lines.
    sections
        Sections by their names, without ``_SECTION``.
    """

    path: Path
    words: dict[str, tuple[int, str]]
    sections: dict[str, Section]

    def __contains__(self, name: str) -> bool:
        return name in self.words or name in self.sections

    def line_of(self, name: str) -> int:
        """Give the line on which a key or a section stands; 1 for one that is not there."""
        if name in self.sections:
            return self.sections[name].line
        return self.words.get(name, (1, ""))[0]

    def wrong(self, line: int, wrong: str) -> InputError:
        """Make an error of a sentence about a line."""
        return wrong_line(self.path, line, wrong)

    def word(self, key: str) -> str:
        """Give the value of a key, "" for one that is not there."""
        return self.words.get(key, (0, ""))[1]

    def number(self, key: str) -> float:
        """Give the value of a key that must be there and be a number."""
        if key not in self.words:
            raise InputError("instance-key", "%(file)s has no line '%(key)s : ..'.", file=self.path.name, key=key)
        line, text = self.words[key]
        value = _number(text)
        if value is None:
            raise self.wrong(line, f"{key} is a number, not '{text}'.")
        return value

    def count(self, key: str) -> int:
        """Give the value of a key that must be there and be a whole number from 1 up."""
        value = self.number(key)
        if value < 1 or value != int(value):
            raise self.wrong(self.line_of(key), f"{key} is a whole number from 1 up.")
        return int(value)

    def rows(self, name: str, size: int, of: str) -> list[list[float]]:
        """Give the rows of a section without their numbers, which must count from 1 to ``size``, the ``of`` value."""
        section = self.sections[name]
        for i, (line, row) in enumerate(zip(section.lines, section.rows, strict=True)):
            if i >= size:
                raise self.wrong(line, f"{name}_SECTION has more rows than the {size} that {of} promises.")
            if row[0] != i + 1:
                raise self.wrong(line, f"row {i + 1} of {name}_SECTION is expected here.")
        if len(section.rows) < size:
            has = len(section.rows)
            raise self.wrong(section.line, f"{name}_SECTION has {has} rows, {of} promises {size}. Is the file whole?")
        return [row[1:] for row in section.rows]

    def table(self, name: str, size: int, of: str, width: int) -> Numbers:
        """Give a section that has so many numbers in each row, as an array (size, width)."""
        rows = self.rows(name, size, of)
        for line, row in zip(self.sections[name].lines, rows, strict=True):
            if len(row) != width:
                raise self.wrong(line, f"{width + 1} numbers are expected here, there are {len(row) + 1}.")
        return np.array(rows, float).reshape(size, width)

    def column(self, name: str, size: int, of: str, default: float) -> Numbers:
        """Give one number a row: from a section, or the same for all from a key, or a default."""
        if name in self.sections:
            return self.table(name, size, of, 1)[:, 0]
        return np.full(size, self.number(name) if name in self.words else default)


def read_sections(path: Path) -> Sections:
    """Read a file.

    Raises
    ------
    InputError
        When it cannot be read or is not of this form; the sentence names file and line.
    """
    words: dict[str, tuple[int, str]] = {}
    sections: dict[str, Section] = {}
    now: Section | None = None
    for line, raw in enumerate(text_of(path).splitlines(), 1):
        text = raw.strip()
        if not text or text.startswith("#"):
            continue
        if text == "EOF":
            break
        if match := _SECTION.fullmatch(text):
            name = match["name"]
            if name in sections or name in words:
                raise wrong_line(path, line, f"{name} is there twice.")
            now = sections[name] = Section(line)
        elif match := _SPECIFICATION.fullmatch(text):
            key = match["key"].upper()
            if key in words or key in sections:
                raise wrong_line(path, line, f"{key} is there twice.")
            words[key] = (line, match["value"].strip())
        elif now is not None:
            now.lines.append(line)
            now.rows.append(_row(path, line, text))
        else:
            raise wrong_line(path, line, "'KEY : VALUE' or 'NAME_SECTION' is expected here.")
    return Sections(path, words, sections)


def text_of(path: Path) -> str:
    """Read a text file.

    Raises
    ------
    InputError
        When it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError("no-file", "%(file)s cannot be read.", file=path) from error


def wrong_line(path: Path, line: int, wrong: str) -> InputError:
    """Make an error of a sentence about a line of a file."""
    return InputError("instance-line", "%(file)s, line %(line)s: %(wrong)s", file=path.name, line=line, wrong=wrong)


def _row(path: Path, line: int, text: str) -> list[float]:
    values: Sequence[float | None] = [_number(word) for word in re.split(r"\s*,\s*|\s+", text)]
    row = [value for value in values if value is not None]
    if len(row) < len(values):
        raise wrong_line(path, line, "numbers are expected here.")
    return row


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
