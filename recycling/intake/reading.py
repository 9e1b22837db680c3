"""A file of bookings as rows of text: CSV or XLSX, told by its content and not by its name, within limits."""

from __future__ import annotations

import csv
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from recycling.errors import N_, BadRequestError

MOST_BYTES = 2 * 1024 * 1024
MOST_UNPACKED = 40 * 1024 * 1024
MOST_PARTS = 200
MOST_ROWS = 5000
MOST_LINES = 10_000
"""Lines of a sheet in which rows may stand, empty ones between them too."""
MOST_COLUMNS = 40
MOST_SIGNS = 500
"""Signs of a cell that are read; `recycling.intake.columns` refuses what is longer."""
ZIP = b"PK\x03\x04"
NOT_UTF_8 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<", b"\0\0\0<", b"\0\0\xfe\xff")
"""How XML in UTF-16 or UTF-32 begins, in which a document type would not be seen."""
TORN = (
    *(zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError),
    *(zlib.error, lzma.LZMAError, struct.error),
)
"""What reading the parts of a file that is none, or was torn on its way, may raise."""

SEEN_IN = (b"utf-8", b"us-ascii", b"iso-8859-1")


@dataclass(frozen=True)
class Line:
    """A row of the file: its number as a spreadsheet counts it, and its cells as text."""

    number: int
    cells: Sequence[str]


def read_table(data: bytes) -> list[Line]:
    """Return the rows that are not empty, the head first.

    Raises
    ------
    BadRequestError
        When it is no table that can be read, or a larger one than is taken; the sentence says what to do.
    """
    if len(data) > MOST_BYTES:
        raise BadRequestError.one(
            "too-large",
            N_("The file has more than %(most)s MB. Send it in parts."),
            where="file",
            most=MOST_BYTES // 1024**2,
        )
    if not data.strip():
        raise BadRequestError.one("empty", N_("The file is empty. Fill in the template and send that."), where="file")
    return _within_limits(_sheet(data) if data.startswith(ZIP) else _text(data))


def _within_limits(rows: Iterable[tuple[int, Sequence[str]]]) -> list[Line]:
    found: list[Line] = []
    for number, all_cells in rows:
        filled = max((k + 1 for k, cell in enumerate(all_cells) if cell), default=0)
        cells = all_cells[:filled]
        if not cells:
            continue
        if len(cells) > MOST_COLUMNS:
            raise BadRequestError.one(
                "too-wide",
                N_("Line %(line)s has more than %(most)s columns. Use the columns of the template."),
                where="file",
                line=number,
                most=MOST_COLUMNS,
            )
        if len(found) > MOST_ROWS:
            raise BadRequestError.one(
                "too-long", N_("The file has more than %(most)s rows. Send it in parts."), where="file", most=MOST_ROWS
            )
        found.append(Line(number, [cell[: MOST_SIGNS + 1] for cell in cells]))
    return found


def _text(data: bytes) -> Iterable[tuple[int, Sequence[str]]]:
    text = _decoded(data)
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadRequestError.one(
            "bad-csv",
            N_("Line %(line)s cannot be read as CSV: %(why)s. Save the table as CSV or XLSX again."),
            where="file",
            line=reader.line_num,
            why=str(error),
        ) from error


def _decoded(data: bytes) -> str:
    if b"\0" not in data:
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                continue
    raise BadRequestError.one(
        "no-table", N_("This is neither a CSV nor an XLSX file. Save the table as one of them."), where="file"
    )


def _sheet(data: bytes) -> Iterable[tuple[int, Sequence[str]]]:
    """Return the rows of the first sheet; values, never formulas."""
    _refuse_bombs(data)
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        page = book.worksheets[0]
        page.reset_dimensions()
        rows, below = [], list[int]()
        for number, cells in enumerate(page.iter_rows(values_only=True, max_col=MOST_COLUMNS + 1), 1):
            said = [_said(cell) for cell in cells]
            if number <= MOST_LINES:
                rows.append((number, said))
            elif any(said):
                below.append(number)
        if below:
            raise BadRequestError.one(
                "too-far-down",
                N_(
                    "Rows may stand in the first %(most)s lines of the sheet. Rows below that: %(count)s, the first in"
                    " line %(line)s. Move them up, or send them in a file of their own."
                ),
                where="file",
                most=MOST_LINES,
                count=len(below),
                line=below[0],
            )
        return rows
    except BadRequestError:
        raise
    except Exception as error:  # openpyxl says a dozen kinds of error of a broken file
        raise _broken() from error


def _refuse_bombs(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = packed.infolist()
            names = {part.filename for part in parts}
            if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
                raise _broken()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise BadRequestError.one(
                    "too-large-inside", N_("The table is too large when unpacked. Send it in parts."), where="file"
                )
            if not all(_without_document_type(packed.read(part)) for part in parts):
                raise _broken()
    except TORN as error:
        raise _broken() from error


def _without_document_type(part: bytes) -> bool:
    """Tell whether a part holds no document type, by which few bytes become many; whatever the part is called."""
    if part.startswith(NOT_UTF_8) or b"<!DOCTYPE" in part.upper():
        return False
    named = re.match(rb"""(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']*)""", part[:400])
    return named is None or named[1].lower() in SEEN_IN


def _broken() -> BadRequestError:
    return BadRequestError.one(
        "broken-xlsx", N_("This XLSX file cannot be read. Save the table again, or as CSV."), where="file"
    )


def _said(cell: object) -> str:
    """Return a cell as a person would write it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
