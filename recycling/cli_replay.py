"""`recycling replay`: a past day from a spreadsheet, planned anew beside what was driven."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recycling.cli_bookings import DAY, the_office
from recycling.cli_tables import rows_of

if TYPE_CHECKING:
    from recycling.replay import Figures, Replay

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("replay")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False)
@click.option("--depot", default="", help="Whose vehicles drive; the one nearest to the visits if left out.")
@click.option("--day", type=DAY, help="The day that it was, for closures and bans of that day; today if left out.")
@click.option("--seconds", type=click.FloatRange(0.5, 3600), help="Search; the default is planning.seconds.")
@click.option("--plan", "plan_file", type=FILE, help="Write the planned routes here, one visit a row (CSV).")
@click.option("--json", "json_file", type=FILE, help="Write the figures here.")
@click.option("--template", type=FILE, help="Write an empty table to fill in (XLSX), and nothing else.")
def replay_day(
    file: Path | None,
    depot: str,
    day: datetime | None,
    seconds: float | None,
    plan_file: Path | None,
    json_file: Path | None,
    template: Path | None,
) -> None:
    """Plan a past day from FILE, a CSV or XLSX table, and hold the plan against what was driven.

    Each row is a visit: where (a community, or a position), what was collected or brought (things of the catalogue, or
    kilograms and litres), in which hours; and if that is known, by which vehicle, as which stop and when it was driven.
    Both are measured over the same roads. Nothing is written into the record. See docs/planners.md.

    \b
      recycling replay --template yesterday.xlsx
      recycling replay yesterday.xlsx --seconds 20 --plan routes.csv
    """
    from recycling import clock
    from recycling import replay as past
    from recycling.exports.tables import csv_bytes
    from recycling.progress import bar
    from recycling.replay.comparing import stated_job
    from recycling.replay.files import HEAD, as_data, routes_of
    from recycling.replay.visits import depot_of
    from routing.day import load_loops, plan_day, stated

    office = the_office()
    if template is not None:
        from recycling.exports.tables import xlsx_bytes

        template.write_bytes(xlsx_bytes("day", *past.template_rows(office.catalogue)))
        click.echo(f"written to {template}")
        return
    if file is None:
        raise click.UsageError("Name the file of the day, or --template.")
    on = day.date() if day else office.clock.today(clock.utc_now())
    with office.database.read() as session:
        visits = past.visits_of(session, office, rows_of(file))
        depot = depot or depot_of(session, visits)
        job = stated_job(session, office, depot, on, visits)
    if seconds is not None:
        job = replace(job, seconds=seconds)
    load_loops()
    with bar("planning", ticking=False) as update:

        def told(share: float, cost: int | None) -> None:
            update(share, "" if cost is None else f"{cost / 100:,.2f} yuan")

        result = plan_day(job, told)
    found = past.replay(office.settings, depot, on, visits, stated(job), result)
    for line in summary(found):
        click.echo(line)
    if plan_file is not None:
        plan_file.write_bytes(csv_bytes(HEAD, routes_of(found, visits)))
        click.echo(f"written to {plan_file}")
    if json_file is not None:
        json_file.write_text(
            json.dumps(as_data(found), ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8"
        )
        click.echo(f"written to {json_file}")


def summary(found: Replay) -> list[str]:
    """Return the comparison as lines."""
    planned, driven = found.planned, found.driven
    lines = [f"{found.visits} visits, depot {found.depot}, {found.day}"]
    rows = [("", "planned", "driven" if driven else "")]
    for name in ("vehicles", "served", "km", "hours"):
        rows.append((name, _said(getattr(planned, name)), _said(getattr(driven, name)) if driven else ""))
    rows.append(("promises kept", f"{planned.kept} of {planned.promised}", _kept(driven) if driven else ""))
    lines += [f"{a:<14}{b:>14}{c:>14}".rstrip() for a, b, c in rows]
    if driven is not None and driven.served == planned.served and driven.bare_km:
        lines.append(
            f"planned against driven: {planned.bare_km / driven.bare_km - 1:+.1%} km between the visits; besides, the"
            f" plan drives {planned.km - planned.bare_km:.1f} km to unload (times: {found.unloads}), which the file"
            " does not name"
        )
    elif driven is not None:
        lines.append(
            f"planned and driven are not the same visits ({planned.served} and {driven.served} of {found.visits}), so"
            " their kilometres cannot be held against each other; name the vehicle of each row"
        )
    reasons: dict[str, list[str]] = {}
    for visit, reason in found.left_out.items():
        reasons.setdefault(reason, []).append(visit)
    lines += [f"left out, {reason}: {', '.join(visits[:10])}" for reason, visits in sorted(reasons.items())]
    if found.notice:
        lines.append(" / ".join(found.notice.values()))
    return lines


def _said(value: float) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def _kept(figures: Figures) -> str:
    return f"{figures.kept} of {figures.promised}" if figures.promised else "not known"
