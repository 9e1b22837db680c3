"""Files of rows on the command line: reading one, and telling what became of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from recycling.intake import Report
    from recycling.intake.cells import Column
    from recycling.intake.reading import Line


def rows_of(file: Path) -> list[Line]:
    """Return the rows of a CSV or XLSX file within limits; BadRequestError as `recycling.intake.read_table`."""
    from recycling.intake import MOST_BYTES, read_table

    with file.open("rb") as source:
        return read_table(source.read(MOST_BYTES + 1))


def tell(report: Report, columns: Sequence[Column], states: Sequence[str], result: Path | None) -> None:
    """Print what is to be mended and how many rows ended how; status 1 when some have to be mended."""
    from recycling.intake import report_csv
    from recycling.intake.cells import column_name

    for one in report.refused:
        for fault in one.faults:
            click.echo(f"line {one.line}, {column_name(columns, fault.where, 'en')}: {fault}", err=True)
    if result:
        result.write_bytes(report_csv(report, columns, "en", str, str))
    counts = ((state, report.count(state)) for state in states)
    click.echo(", ".join(f"{count} {state}" for state, count in counts if count))
    if report.refused:
        raise SystemExit(1)
