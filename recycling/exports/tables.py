"""Tables as CSV and XLSX files that a spreadsheet opens without running anything.

A text that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV injection); control
characters are left out. Numbers stay numbers. CSV is UTF-8 with the mark that Excel needs to see that it is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime

Cell = str | int | float | date | None
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe(cell: Cell) -> Cell:
    """Return a cell as it may stand in a file: numbers and days as they are, text without formula and control signs."""
    if not isinstance(cell, str):
        return cell.isoformat(sep=" ", timespec="seconds") if isinstance(cell, datetime) else cell
    text = "".join(" " if c in "\r\n\t" else c for c in cell if c.isprintable() or c in "\r\n\t")
    risky = any(t.startswith(FORMULA) or t.lstrip(" '\"").startswith(FORMULA) for t in (cell, text))
    return f"'{text}" if risky else text


def csv_bytes(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a CSV file (RFC 4180)."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([safe(name) for name in head])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def xlsx_bytes(sheet: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return an Excel file of one sheet; text is kept as text, whatever it begins with."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    page = book.create_sheet(sheet)
    page.freeze_panes = "A2"
    titles = []
    for name in head:
        title = WriteOnlyCell(page, value=safe(name))
        title.font = Font(bold=True)
        titles.append(title)
    page.append(titles)
    for row in rows:
        page.append([safe(cell) for cell in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
