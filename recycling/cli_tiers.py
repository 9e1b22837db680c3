"""`recycling site tiers` and `site front`: stations and centres chosen together, and what two aims cost each other."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recycling.stopping import progress, stoppable

if TYPE_CHECKING:
    from recycling.settings import Settings
    from recycling.sites.reasons import Asked
    from recycling.tiers import Tiered, Wanted
    from routing.siting.chain.problem import ChainAim, Measure

BEST = click.Choice(["cost", "carbon", "within", "worst-town", "driving"])


def _shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give the words that both commands understand."""
    for option in (
        click.option("--depot", help="Only the communities of this depot; all if left out."),
        click.option("--by", type=click.Choice(["town", "community"]), default="town", show_default=True,
                     help="What a point is."),
        click.option("--stations", type=click.IntRange(1, 400), default=60, show_default=True, help="Candidates."),
        click.option("--centres", type=click.IntRange(1, 200), default=16, show_default=True, help="Candidates."),
        click.option("--most-stations", type=click.IntRange(1), help="How many stations may be open."),
        click.option("--most-centres", type=click.IntRange(1), help="How many centres may be open."),
        click.option("--keep", is_flag=True, help="What stands stays open."),
        click.option("--years", type=click.IntRange(1, 15), default=1, show_default=True, help="Years to plan."),
        click.option("--growth", type=click.FloatRange(-50, 100), default=0.0, help="Percent more each year."),
        click.option("--budget", "budgets", type=click.FloatRange(0), multiple=True,
                     help="Yuan a year for sites opened in a year; again for each further year."),
        click.option("--carried", is_flag=True, help="What a year leaves over may be spent later."),
        click.option("--within", type=click.IntRange(1, 240), help="Minutes of reach, if not siting.reach_minutes."),
        click.option("--most-yuan", type=click.FloatRange(0), help="Limit: yuan a year."),
        click.option("--most-carbon", type=click.FloatRange(0), help="Limit: tonnes of carbon dioxide a year."),
        click.option("--reach", type=click.FloatRange(0, 100), help="Limit: at least so many percent within reach."),
        click.option("--town-minutes", type=click.FloatRange(0),
                     help="Limit: mean minutes to a station in every town at most."),
        click.option("--seconds", type=click.FloatRange(1, 86_400), default=60.0, show_default=True, help="Search."),
        click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write all of it."),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command()
@_shared
@click.option("--best", type=BEST, default="cost", show_default=True, help="What is to be best.")
def tiers(best: Measure, seconds: float, json_file: Path | None, **words: Any) -> None:
    """Choose stations and centres together, for one year or several, and prove it.

    \b
    Communities bring everything to a station, stations bring each material to a centre, centres sell
    it to a market (config: [siting.tiers]). --best:
      cost        least yuan: sites, running, transport, less what markets pay
      carbon      least carbon dioxide of all transport
      within      most people within --within minutes of a station
      worst-town  the shortest mean way to a station in the worst-served town
      driving     the shortest mean way of all people

    Ctrl-C ends the search with the best so far. Where nothing keeps all rules, it says which single change would do.
    """
    from recycling.sites.reasons import told_in_yuan
    from recycling.tier_report import document, joint_lines, lines, told
    from routing.siting.chain.check import check_chain
    from routing.siting.chain.optimise import optimise_chain

    settings, ground = _ground(words)
    aim = _aim(settings, ground, words, best)
    with told_in_yuan(_asked(ground)), stoppable() as stopped:
        answer = optimise_chain(ground.chain, aim, seconds, stopped, progress)
    faults = check_chain(ground.chain, answer)
    if faults:
        raise click.ClickException(f"the answer breaks rules: {faults[0]} (and {len(faults) - 1} more)")
    for line in lines(ground, answer):
        click.echo(line)
    bound = told(ground, best, answer.bound)
    if answer.proven:
        click.echo(f"proven: no answer is better than {bound}")
    else:
        click.echo(
            f"not proven: another answer may be better by {100 * answer.gap:.2f} % at most (bound: {bound}); time or "
            "somebody ended the search, allow more --seconds"
        )
    for line in joint_lines(ground, answer):
        click.echo(line)
    _end(ground, json_file, document(ground, answer))


@click.command()
@_shared
@click.option("--best", type=BEST, default="cost", show_default=True, help="The first measure.")
@click.option("--against", type=BEST, default="within", show_default=True, help="The second measure.")
@click.option("--points", type=click.IntRange(2, 200), default=7, show_default=True, help="Points at most.")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the table.")
def front(
    best: Measure,
    against: Measure,
    points: int,
    seconds: float,
    json_file: Path | None,
    csv_file: Path | None,
    **words: Any,
) -> None:
    """Show what two aims cost each other: for each bound on --against the best of --best, and its bound.

    \b
    What more people within reach cost; what less carbon dioxide costs:
      recycling site front --against within --within 20
      recycling site front --against carbon --csv front.csv

    It takes twice --seconds for each point at most. What a point that is not proven may be better by, and what may lie
    between two points, is told. Ctrl-C ends it with the points so far.
    """
    from recycling.sites.reasons import told_in_yuan
    from recycling.tier_report import finite, front_csv, front_rows, front_table, joint_front_lines
    from routing.siting.chain.check import check_chain
    from routing.siting.chain.front import front as found_front

    settings, ground = _ground(words)
    aim = _aim(settings, ground, words, best)
    with told_in_yuan(_asked(ground)), stoppable() as stopped:
        found = found_front(ground.chain, aim, against, points, seconds, stopped, progress)
    for point in found.points:
        faults = check_chain(ground.chain, point.answer)
        if faults:
            raise click.ClickException(f"an answer breaks rules: {faults[0]} (and {len(faults) - 1} more)")
    for line in front_table(ground, found):
        click.echo(line)
    for line in joint_front_lines(ground, found):
        click.echo(line)
    if csv_file is not None:
        csv_file.write_text(front_csv(ground, found), encoding="utf-8")
        click.echo(f"Written {csv_file}")
    rows = {
        "measures": found.measures,
        "complete": found.complete,
        "unknown": finite(found.unknown, 6),
        "points": front_rows(ground, found),
    }
    _end(ground, json_file, {"notice": dict(ground.notice) if ground.notice else None, **rows})


def _wanted(words: dict[str, Any]) -> Wanted:
    from recycling.tiers import Wanted

    return Wanted(
        depot=words["depot"],
        by_town=words["by"] == "town",
        budgets=tuple(words["budgets"]),
        **{name: words[name] for name in ("stations", "centres", "most_stations", "most_centres", "keep", "years",
                                          "growth", "carried")},
    )  # fmt: skip


def _ground(words: dict[str, Any]) -> tuple[Settings, Tiered]:
    from recycling import clock
    from recycling.db import Database
    from recycling.fleet import load_fleet
    from recycling.settings import load_settings
    from recycling.tiers import tiered

    settings = load_settings()
    database = Database(settings.database_url)
    database.check()
    today = settings.clock.today(clock.utc_now())
    with database.read() as session:
        found = tiered(session, settings, load_fleet(), today, _wanted(words))
    _left_out(found.off_road)
    return settings, found


def _asked(ground: Tiered) -> Asked:
    from recycling.sites.reasons import Asked

    return Asked({}, len(ground.chain.years), sum(point.people for point in ground.chain.points))


def _left_out(codes: Sequence[str]) -> None:
    for code in codes[:10]:
        click.echo(f"no road leads to {code}: it is left out; move its position", err=True)
    if len(codes) > 10:
        click.echo(f"and {len(codes) - 10} more without a road", err=True)


def _aim(settings: Settings, ground: Tiered, words: dict[str, Any], best: Measure) -> ChainAim:
    from recycling.tier_aims import Limits, aim_of

    limits = {name: words[name] for name in ("most_yuan", "most_carbon", "reach", "town_minutes")}
    return aim_of(ground.chain, Limits(best, words["within"] or settings.siting.reach_minutes, **limits))


def _end(ground: Tiered, json_file: Path | None, told: dict[str, Any]) -> None:
    if ground.notice:
        click.echo(f"{ground.notice['zh']} / {ground.notice['en']}")
    if json_file is not None:
        json_file.write_text(json.dumps(told, ensure_ascii=False) + "\n", encoding="utf-8")
        click.echo(f"Written {json_file}")
