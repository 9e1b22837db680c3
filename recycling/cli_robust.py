"""`recycling site robust`: one choice of sites for several scenarios of demand, and what robustness costs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from recycling.stopping import progress, stoppable


@click.command()
@click.option(
    "--scenario", "lines", multiple=True, metavar="NAME:WEIGHT:PERCENT", help="A scenario of demand; again for each."
)
@click.option(
    "--model", type=click.Choice(["cost", "p-median"]), default="cost", show_default=True, help="What is counted."
)
@click.option("--p", "count", type=int, help="How many sites; at most so many for cost.")
@click.option("--budget", type=click.FloatRange(0), help="Most yuan a year for new sites; for cost.")
@click.option("--keep", is_flag=True, help="Centres that stand stay open.")
@click.option(
    "--elsewhere",
    type=click.FloatRange(0),
    metavar="YUAN",
    help="What finds no room goes elsewhere for so much a tonne.",
)
@click.option("--depot", help="Only the communities of this depot; all if left out.")
@click.option(
    "--by", type=click.Choice(["town", "community"]), default="town", show_default=True, help="What a point is."
)
@click.option("--places", type=click.IntRange(1, 400), default=60, show_default=True, help="Candidates.")
@click.option("--seconds", type=click.FloatRange(1, 86_400), default=60.0, show_default=True, help="For each search.")
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write all of it.")
def robust(
    lines: Sequence[str],
    model: str,
    count: int | None,
    budget: float | None,
    keep: bool,
    elsewhere: float | None,
    depot: str | None,
    by: str,
    places: int,
    seconds: float,
    json_file: Path | None,
) -> None:
    """Choose sites that are good whichever scenario of demand comes, and say what that costs.

    \b
    Two choices are found and proven:
      least expected cost  the mean over the scenarios, by their weights, is least
      least worst regret   in no scenario does it cost much more than the best that could have been
                           built for that scenario alone: the largest such difference is least

    Robustness costs what the second is dearer in the mean; it saves what the worst regret is less.

    \b
    A scenario is a name, a weight, and what is brought in percent of what is expected:
      recycling site robust --scenario weak:1:80 --scenario fair:2:100 --scenario boom:1:130
    Behind it stands what differs within it, in percent: materials, urban and rural communities:
      recycling site robust --scenario fair:3:100 --scenario parcels:1:110,paper=150,urban=120

    \b
    Weights are how likely a scenario is, or for which share of the year it holds (a holiday's weeks:
    4 beside 48); only their shares count. Without --scenario: a fifth less (20), as expected (50),
    a third more (20), the weeks before a holiday (10).
    Everything must find room in every scenario. With --elsewhere YUAN what does not is taken away
    for so much a tonne instead, and sites are built only for what that is worth.

    There are as many searches as scenarios and two more, --seconds for each. Ctrl-C ends with the best so far.
    """
    from recycling.demand_cases import demand_cases, losses, read_demands
    from recycling.robust_report import document, report
    from recycling.sites.reasons import told_in_yuan
    from recycling.siting_asked import asked_ground
    from routing.siting.check import check_siting
    from routing.siting.problem import Aim
    from routing.siting.robust.choose import robust as robustest

    settings, ground = asked_ground(depot, places, keep)
    demands = read_demands(lines, settings)
    cases = demand_cases(ground, settings, demands, by == "town", elsewhere if model == "cost" else None)
    aim = Aim("cost" if model == "cost" else "p-median", count, budget=None if budget is None else budget * 100)
    with told_in_yuan(), stoppable() as stopped:
        found = robustest(cases, aim, seconds, stopped, progress)
    for choice in (found.by_cost, found.by_regret):
        for case, answer in zip(cases, found.answers(choice), strict=True):
            faults = check_siting(case.problem, answer)
            if faults:
                raise click.ClickException(f"the answer breaks rules: {faults[0]} (and {len(faults) - 1} more)")
    lost = losses(ground, settings, demands, model == "p-median") if by == "town" else []
    for line in report(ground, demands, found, lost):
        click.echo(line)
    if ground.notice:
        click.echo(f"{ground.notice['zh']} / {ground.notice['en']}")
    if json_file is not None:
        json_file.write_text(
            json.dumps(document(ground, demands, found, lost), ensure_ascii=False) + "\n", encoding="utf-8"
        )
        click.echo(f"Written {json_file}")
