"""`recycling site scenarios sweep`: every combination of scenarios and of what may change, evaluated at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recycling.progress import bar
from recycling.stopping import stoppable

if TYPE_CHECKING:
    from datetime import date

    from recycling.settings import Settings
    from recycling.sites.cuts import Cut
    from recycling.sites.sweep import Line, Plan

SHOWN = 60
"""Lines that are printed; all are in the files."""

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--demand", default="100", show_default=True, help="Percents of what each scenario assumes, with commas.")
@click.option(
    "--assume",
    "assumed",
    multiple=True,
    metavar="CODE=PERCENTS",
    help="fuel, wages, land, sorting, load or roads (driving times), such as fuel=80,120; may be given again.",
)
@click.option("--closed", default="", help="Codes of sites that are out, one at a time, with commas; each: every one.")
@click.option(
    "--cut", "cuts", multiple=True, help="LON,LAT (WGS 84), a closure, or a road by its name; may be given again."
)
@click.option("--csv", "csv_file", type=FILE, help="Write all variants here, a row each.")
@click.option("--json", "json_file", type=FILE, help="Write all variants here as JSON.")
def sweep(
    names: tuple[str, ...],
    demand: str,
    assumed: tuple[str, ...],
    closed: str,
    cuts: tuple[str, ...],
    csv_file: Path | None,
    json_file: Path | None,
) -> None:
    """Evaluate every combination of scenarios NAME... with what may change.

    Sites that are out, and roads that are cut, are one at a time, beside none. The range behind a cost is where nine in
    ten draws lie of what places bring, which is known only roughly.

    \b
    Three demands, every site out once, a dearer kilometre, two roads:
      recycling site scenarios sweep "As it stands" "One more" --demand 80,100,130 --closed each \\
        --assume fuel=100,130 --cut 107.47,31.21 --cut 107.5,31.2 --csv variants.csv

    Many variants are evaluated by `planning.cores` processes, or by the cluster that `planning.executor` names; a
    worker that dies costs none of them. Ctrl-C ends it: what was evaluated until then is printed and written.
    """
    from recycling import clock, network
    from recycling.db import Database
    from recycling.fleet import load_fleet
    from recycling.settings import load_settings
    from recycling.sites.scenarios import named
    from recycling.sites.sweep import plan
    from recycling.sites.variants import Asked
    from recycling.sites.ways import WaysDesk

    asked = Asked(
        demand=_percents(demand, "--demand"),
        assumed=dict(_assumed(one) for one in assumed),
        closed=tuple(word.strip() for word in closed.split(",") if word.strip()),
    )
    for file in (csv_file, json_file):
        if file is not None and not file.absolute().parent.is_dir():
            raise click.BadParameter(f"there is no folder for {file}; make it first")
    settings, fleet = load_settings(), load_fleet()
    database = Database(settings.database_url)
    database.check()
    today = settings.clock.today(clock.utc_now())
    with database.read() as session:
        area = network.the_area(session)
        roads = _cuts(area.roads, network.roads_path(area), cuts, today)
        scenarios = [named(session, name) for name in dict.fromkeys(names)]
        wanted = plan(session, settings, fleet, WaysDesk(apart=False), scenarios, asked, roads, today)
        notice = area.notice
    if wanted is None:
        raise click.ClickException("the ways by road are still being found; try again")
    lines = _evaluated(wanted, settings)
    _table(lines)
    if notice:
        click.echo(f"{notice['zh']} / {notice['en']}")
    _written(lines, notice, csv_file, json_file)
    missing = sum(line.outcome is None for line in lines)
    if any(line.lost for line in lines):
        raise click.ClickException(
            f"{missing} of {len(lines)} variants have no figures: their workers died again and again"
        )
    if missing:
        click.echo(f"stopped: {len(lines) - missing} of {len(lines)} variants were evaluated", err=True)


def _evaluated(wanted: Plan, settings: Settings) -> list[Line]:
    from recycling.sites.sweep import sweep as swept
    from recycling.sites.sweep import workers_for

    count = len(wanted.variants)
    with stoppable() as stopped, workers_for(wanted, settings) as hands, bar("evaluating", ticking=False) as update:
        return swept(wanted, hands, lambda share: update(share, f"{count} variants"), stopped)


def _percents(text: str, option: str) -> tuple[int, ...]:
    words = [word.strip() for word in text.split(",")]
    if not all(word.isdecimal() for word in words):
        raise click.BadParameter("write percents as whole numbers, such as 80,100,130", param_hint=option)
    return tuple(int(word) for word in words)


def _assumed(text: str) -> tuple[str, tuple[int, ...]]:
    code, is_there, percents = text.partition("=")
    if not is_there:
        raise click.BadParameter("write an assumption and percents, such as fuel=80,120", param_hint="--assume")
    return code.strip(), _percents(percents, "--assume")


def _cuts(layer: str, path: Path, words: Sequence[str], today: date) -> list[Cut]:
    """Return the roads that are cut: a position, else a closure of that name, else a road."""
    from recycling.sites.cuts import closures_of, cut_of, road_names

    if not words:
        return []
    known, names = closures_of(layer, today), road_names(path)
    found = []
    for word in dict.fromkeys(words):
        lon, _, lat = word.partition(",")
        try:
            near = float(lon), float(lat)
        except ValueError:
            near = None
        is_closure = any(one.name == word for one in known)
        if near is not None:
            cut = cut_of(known, names, near=near)
        else:
            cut = cut_of(known, names, closure=word if is_closure else "", road="" if is_closure else word)
        if cut is not None:
            found.append(cut)
    return found


def _table(lines: Sequence[Line]) -> None:
    from recycling.sites.sweep_export import note

    shown = lines[:SHOWN]
    words = [_what(line) for line in shown]
    wide = max(len("variant"), *(len(word) for word in words))
    click.echo(f"{'variant':{wide}}{'yuan a year':>14}{'nine in ten':>26}{'minutes':>9}{'fullest':>9}{'no way':>10}")
    for word, line in zip(words, shown, strict=True):
        one = line.outcome
        if one is None:
            click.echo(f"{word:{wide}}{note(line):>14}")
            continue
        figures = one.figures
        likely = f"{one.low:,.0f} to {one.high:,.0f}"
        click.echo(
            f"{word:{wide}}{figures['yuan']:>14,.0f}{likely:>26}{figures['minutes']:>9.1f}"
            f"{figures['fullest']:>7,.0f} %{figures['unreached']:>10,.0f}"
        )
    if len(lines) > SHOWN:
        click.echo(f".. and {len(lines) - SHOWN} more; --csv or --json writes all {len(lines)}")


def _what(line: Line) -> str:
    """Say in a line which scenario it is, and what is changed."""
    variant = line.variant
    said = [variant.scenario]
    if variant.task.demand != 100:
        said.append(f"demand {variant.task.demand} %")
    said += [f"{code} {percent} %" for code, percent in variant.task.assumed if percent != 100]
    if variant.task.closed:
        said.append(f"without {variant.task.closed}")
    if variant.cut:
        said.append(f"{variant.cut} cut")
    return ", ".join(said)


def _written(
    lines: Sequence[Line], notice: dict[str, str] | None, csv_file: Path | None, json_file: Path | None
) -> None:
    from recycling.sites.sweep_export import document, table

    if csv_file is not None:
        csv_file.write_bytes(table(lines, notice))
        click.echo(f"Written {csv_file}")
    if json_file is not None:
        json_file.write_text(json.dumps(document(lines, notice), ensure_ascii=False) + "\n", encoding="utf-8")
        click.echo(f"Written {json_file}")
