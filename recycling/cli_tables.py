"""Files of rows on the command line: reading one, and telling what became of its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from recycling.booking import Office
    from recycling.intake import Report
    from recycling.intake.cells import Column
    from recycling.intake.reading import Line


Command = Callable[..., None]
WEEK = 7


def takes_a_table(sender: str, done: str, verb: str) -> Callable[[Command], Command]:
    """Give a command the file and the options of bringing in a table.

    Parameters
    ----------
    sender
        What its help says of ``--from``.
    done, verb
        What becomes of its rows: ``booked`` and ``Book``.
    """
    path = click.Path(path_type=Path, dir_okay=False)
    options = (
        click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False)),
        click.option("--from", "sender", required=True, help=sender),
        click.option("--dry-run", is_flag=True, help=f"Only check; nothing is {done}."),
        click.option("--all-or-nothing", is_flag=True, help=f"{verb} nothing if one row has to be mended."),
        click.option("--result", type=path, help="Write what became of each row here."),
    )

    def given(command: Command) -> Command:
        return reduce(lambda inner, option: option(inner), reversed(options), command)

    return given


def days_asked(office: Office, day: datetime | None) -> tuple[date, date]:
    """Return the first and the last day of a list: the one that is asked for, or today and the six days after it."""
    from recycling import clock

    if day is not None:
        return day.date(), day.date()
    today = office.clock.today(clock.utc_now())
    return today, today + timedelta(days=WEEK - 1)


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
