"""`recycling bookings`: bringing in a file of bookings."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def bookings() -> None:
    """Bring in bookings from files."""


@bookings.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--from", "sender", required=True, help="Who sends it; the numbers of its rows are told apart by that.")
@click.option("--dry-run", is_flag=True, help="Only check; nothing is booked.")
@click.option("--all-or-nothing", is_flag=True, help="Book nothing if one row has to be mended.")
@click.option("--result", type=click.Path(path_type=Path, dir_okay=False), help="Write what became of each row here.")
def import_file(file: Path, sender: str, dry_run: bool, all_or_nothing: bool, result: Path | None) -> None:
    """Book the rows of FILE, a CSV or XLSX table with named columns; see docs/clerks.md.

    The same file again changes nothing. Status 1 when rows have to be mended.
    """
    from recycling import clock
    from recycling.accounts.actors import system
    from recycling.booking import Office
    from recycling.catalogue import load_catalogue
    from recycling.db import Database
    from recycling.fleet import load_fleet
    from recycling.intake import MOST_BYTES, read_table, report_csv, take_in
    from recycling.intake.columns import column_name
    from recycling.settings import load_settings

    settings = load_settings()
    database = Database(settings.database_url)
    database.check()
    office = Office(database, settings, load_catalogue(), load_fleet())
    with file.open("rb") as source:
        lines = read_table(source.read(MOST_BYTES + 1))
    report = take_in(office, lines, sender, system("bookings import"), clock.utc_now(), all_or_nothing, dry_run)
    for one in report.refused:
        for fault in one.faults:
            click.echo(f"line {one.line}, {column_name(fault.where, 'en')}: {fault}", err=True)
    if result:
        result.write_bytes(report_csv(report, "en", str, str))
    counts = ((state, report.count(state)) for state in ("booked", "known", "sound", "left", "refused"))
    click.echo(", ".join(f"{count} {state}" for state, count in counts if count))
    if report.refused:
        raise SystemExit(1)
