"""`recycling site scenarios drive`: what scenarios cost as real routes of sampled days, beside what they estimate."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recycling.progress import bar
from recycling.stopping import stoppable

if TYPE_CHECKING:
    from recycling.db import Database
    from recycling.models import Scenario

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--days", type=click.IntRange(2, 30), default=6, show_default=True, help="Sampled days that are driven.")
@click.option(
    "--iterations",
    type=click.IntRange(100, 200_000),
    default=10_000,
    show_default=True,
    help="Of the search for a day's routes.",
)
@click.option("--seed", type=click.IntRange(0, 1_000_000), default=1, show_default=True, help="Of days and routes.")
@click.option("--correct", is_flag=True, help="The scenarios' estimates count ways as their routes do from now on.")
@click.option("--csv", "csv_file", type=FILE, help="Write a row for each scenario.")
@click.option("--json", "json_file", type=FILE, help="Write all of it.")
def drive(
    names: tuple[str, ...],
    days: int,
    iterations: int,
    seed: int,
    correct: bool,
    csv_file: Path | None,
    json_file: Path | None,
) -> None:
    """Drive the scenarios NAME... by real routes of sampled days, and say how far their estimates are off.

    \b
    An estimate counts a truck's way from a community to its site and back. Real rounds go from the
    depot to many communities, unload on the way, and go home. So each scenario is driven on the same
    --days sampled days of calls: full routes for every depot, with shifts, breaks and unloads, by
    the engine that plans days, over the roads and speeds of the scenario.
      recycling site scenarios drive "As it stands"
      recycling site scenarios drive "As it stands" "One more in the north" --days 12 --csv rounds.csv

    Told are what routes cost and drive, what a yuan of ways there and back is in them, what they cost
    besides, and between scenarios whether the difference is more than the noise of the days. With
    --correct pages, searches and comparisons of these scenarios count so from now on.
    Ctrl-C ends it without figures.
    """
    from recycling import clock
    from recycling.accounts.actors import system
    from recycling.db import Database
    from recycling.fleet import load_fleet
    from recycling.settings import load_settings
    from recycling.sites.driven_answers import answer_of, table
    from recycling.sites.driving import MOST_BESIDE, Question, drive_all, tasks_of
    from recycling.sites.people import same_people
    from recycling.sites.scenarios import named
    from recycling.sites.ways import WaysDesk
    from routing.siting.ways import engine
    from routing.solve.executors import workers

    names = tuple(dict.fromkeys(names))
    if len(names) > MOST_BESIDE + 1:
        raise click.UsageError(f"give {MOST_BESIDE + 1} scenarios at most")
    for file in (csv_file, json_file):
        if file is not None and not file.absolute().parent.is_dir():
            raise click.BadParameter(f"there is no folder for {file}; make it first")
    settings, fleet = load_settings(), load_fleet()
    database = Database(settings.database_url)
    database.check()
    with database.read() as session:
        first, *others = [named(session, name) for name in names]
        for other in others:
            same_people(session, first, other)
    asked = Question(beside=tuple(one.id for one in others), days=days, iterations=iterations, seed=seed)
    planning = settings.planning
    kind = "dask" if planning.executor == "dask" else "processes"
    with stoppable() as stopped, bar("driving", ticking=False) as update:
        desk = WaysDesk(apart=False)
        tasks = tasks_of(database, settings, fleet, desk, first, asked, lambda share: stopped())
        with workers(kind, planning.cores, planning.cluster) as hands:
            found = None if tasks is None else drive_all(
                tasks, asked, lambda task: engine(task.lying.roads), hands.executor, stopped,
                lambda share: update(share, f"{days} days, {len(names)} scenarios"),
            )  # fmt: skip
    if found is None:
        raise click.ClickException("it was stopped before all days were driven; nothing is kept")
    answer = answer_of(found, days)
    for line in lines(answer):
        click.echo(line)
    if csv_file is not None:
        csv_file.write_bytes(table(answer))
        click.echo(f"Written {csv_file}")
    if json_file is not None:
        json_file.write_text(json.dumps(answer, ensure_ascii=False) + "\n", encoding="utf-8")
        click.echo(f"Written {json_file}")
    if correct:
        _correct(database, [first, *others], answer, system("recycling site scenarios drive"), clock.utc_now())


def lines(answer: Mapping[str, Any]) -> Iterator[str]:
    """Give each scenario's estimate beside its routes, and the differences between scenarios."""
    from recycling.sites.driving import OVER

    yield f"yuan a year, {answer['days']} sampled days driven:"
    yield f"{'':32}{'estimate':>14}{'with routes':>14}{'difference':>14}{'corrected by':>30}"
    for row in answer["rows"]:
        taught = f"{row['slope']:.2f} x ways {row['base']:+,.0f}"
        more = row["yuan"] - row["estimate"]
        yield f"{row['name'][:31]:32}{row['estimate']:>14,}{row['yuan']:>14,}{more:>+14,}{taught:>30}"
    yield ""
    for row in answer["rows"]:
        left = f"; {row['left_out']} stops were left out, at their price" if row["left_out"] else ""
        yield (
            f"{row['name']}: ways there and back {row['ways']:,} yuan, {row['ways_km']:,} km, {row['ways_t_co2']:,} t "
            f"of carbon dioxide; routes {row['rounds']:,} yuan, {row['km']:,} km, {row['t_co2']:,} t{left}"
        )
        yield (
            f"  {row['trucks']} trucks a day: {row['km_yuan']:,} yuan by the kilometre, {row['trucks_yuan']:,} trucks "
            f"by the day, {row['hours_yuan']:,} hours, calls among them"
        )
        if row["slope_error"] is None:
            yield "  its trips do not tell what a way weighs: ways count as they are"
        for code, (_, english), model, taken, tonnes, room in row["sites"]:
            over = f"; more than the {room:,.0f} t that it can sort" if tonnes > room * OVER else ""
            yield f"  {code}  {english}: {100 * taken:.0f} % of the goods ({100 * model:.0f} % by the estimate){over}"
    for row, apart in zip(answer["rows"][1:], answer["differences"], strict=True):
        same = "no difference: it may be chance" if apart["same"] else "more than chance"
        yield (
            f"{row['name']} against {answer['rows'][0]['name']}: {apart['estimate']:+,} by the estimates, "
            f"{apart['rounds']:+,} with routes, noise {apart['noise']:,}: {same}"
        )
    if answer["notice"]:
        yield f"{answer['notice']['zh']} / {answer['notice']['en']}"


def _correct(
    database: Database, scenarios: list[Scenario], answer: Mapping[str, Any], actor: Any, now: datetime
) -> None:
    from recycling.sites.driving import teach

    with database.write() as session:
        for number, scenario in enumerate(scenarios):
            teach(session, answer, number, actor, now)
            click.echo(f"{scenario.name} counts ways as its routes do from now on")
