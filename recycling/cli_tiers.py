"""`recycling site tiers` and `site front`: stations and centres chosen together, and what two aims cost each other."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recycling.stopping import progress, stoppable

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from recycling.fleet import Fleet
    from recycling.settings import Settings
    from recycling.sites.reasons import Asked
    from recycling.tiers import Tiered, Wanted
    from routing.siting.chain.problem import ChainAim, Measure

BEST = click.Choice(["cost", "carbon", "within", "worst-town", "driving"])


def _shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give the words that both commands understand."""
    for option in (
        click.option("--depot", help="Only the communities of this depot; all if left out."),
        click.option("--scenario", help="Its points, own places, markets, costs and reach, instead of the record's."),
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
    it to a market (config: [siting.tiers], or those of --scenario). --best:
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

    reach, ground = _ground(words)
    aim = _aim(reach, ground, words, best)
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

    reach, ground = _ground(words)
    aim = _aim(reach, ground, words, best)
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


def _ground(words: dict[str, Any]) -> tuple[int, Tiered]:
    """Return the minutes of reach and the network that is asked about."""
    from recycling import clock
    from recycling.db import Database
    from recycling.fleet import load_fleet
    from recycling.settings import load_settings
    from recycling.tiers import tiered

    settings = load_settings()
    database = Database(settings.database_url)
    database.check()
    fleet, today, reach = load_fleet(), settings.clock.today(clock.utc_now()), settings.siting.reach_minutes
    with database.read() as session:
        if words["scenario"] is None:
            found = tiered(session, settings, fleet, today, _wanted(words))
        else:
            reach, found = _of_scenario(session, settings, fleet, today, words)
    _left_out(found.off_road)
    return words["within"] or reach, found


def _of_scenario(
    session: Session, settings: Settings, fleet: Fleet, today: date, words: dict[str, Any]
) -> tuple[int, Tiered]:
    from recycling.sites.assumed import Assumed
    from recycling.sites.people import people_for
    from recycling.sites.scenarios import named
    from recycling.sites.tier_asking import MOST_BUDGETS, TierQuestion
    from recycling.sites.tier_searching import drawn_of
    from recycling.sites.ways import question
    from recycling.tiers import built
    from routing.siting.ways import engine

    if words["depot"] is not None:
        raise click.BadParameter("a scenario has its own depot; leave it out", param_hint="--depot")
    if len(words["budgets"]) > MOST_BUDGETS:
        raise click.BadParameter(f"{MOST_BUDGETS} budgets at most", param_hint="--budget")
    scenario = named(session, words["scenario"])
    assumed, names = Assumed(**scenario.assumed), TierQuestion.model_fields.keys() & words.keys()
    asked = TierQuestion(**{name: words[name] for name in names - {"seconds", "points"}})
    drawn = drawn_of(session, settings, fleet, scenario, asked)
    people = people_for(session, scenario)
    roads = question(session, settings, fleet, people, assumed.vehicle, today).roads
    return assumed.reach_minutes, built(drawn, engine(roads), roads.profile)


def _asked(ground: Tiered) -> Asked:
    from recycling.sites.reasons import Asked
    from recycling.siting import FEN

    people = sum(point.people for point in ground.chain.points)
    return Asked({}, len(ground.chain.years), people, ground.besides / FEN)


def _left_out(codes: Sequence[str]) -> None:
    for code in codes[:10]:
        click.echo(f"no road leads to {code}: it is left out; move its position", err=True)
    if len(codes) > 10:
        click.echo(f"and {len(codes) - 10} more without a road", err=True)


def _aim(reach: int, ground: Tiered, words: dict[str, Any], best: Measure) -> ChainAim:
    from recycling.tier_aims import Limits, aim_of

    limits = {name: words[name] for name in ("most_yuan", "most_carbon", "reach", "town_minutes")}
    return aim_of(ground.chain, Limits(best, reach, **limits), ground.besides)


def _end(ground: Tiered, json_file: Path | None, told: dict[str, Any]) -> None:
    if ground.notice:
        click.echo(f"{ground.notice['zh']} / {ground.notice['en']}")
    if json_file is not None:
        json_file.write_text(json.dumps(told, ensure_ascii=False) + "\n", encoding="utf-8")
        click.echo(f"Written {json_file}")
