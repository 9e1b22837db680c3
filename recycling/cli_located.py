"""`recycling site located`: sites and rounds decided together, the short list of the model driven by real routes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from recycling.stopping import stoppable


@click.command()
@click.option("--p", "count", type=click.IntRange(1), help="At most so many sites.")
@click.option("--budget", type=click.FloatRange(0), help="Most yuan a year for new sites.")
@click.option("--keep", is_flag=True, help="Centres that stand stay open.")
@click.option("--depot", help="Only the communities of this depot; all if left out.")
@click.option(
    "--by", type=click.Choice(["town", "community"]), default="town", show_default=True, help="What a point is."
)
@click.option("--places", type=click.IntRange(1, 400), default=60, show_default=True, help="Candidates.")
@click.option("--answers", type=click.IntRange(1, 50), default=5, show_default=True, help="New answers in a turn.")
@click.option("--turns", type=click.IntRange(1, 20), default=4, show_default=True, help="Turns at most.")
@click.option("--days", type=click.IntRange(2, 60), default=6, show_default=True, help="Days that are driven.")
@click.option(
    "--iterations",
    type=click.IntRange(1, 1_000_000),
    default=10_000,
    show_default=True,
    help="Of the search for a day's routes.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Of the days and of their routes.")
@click.option(
    "--seconds", type=click.FloatRange(1, 86_400), default=20.0, show_default=True, help="For each answer of the model."
)
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write all of it.")
def located(
    count: int | None,
    budget: float | None,
    keep: bool,
    depot: str | None,
    by: str,
    places: int,
    answers: int,
    turns: int,
    days: int,
    iterations: int,
    seed: int,
    seconds: float,
    json_file: Path | None,
) -> None:
    """Decide sites and rounds together: the model's best answers are driven, and the model is put right by that.

    \b
    The model of `site optimise --model cost` lets a truck drive from a community to a site and back.
    Real rounds go from the depot to many communities and to a site. So, in turns:
      1. the best answers of the model, --answers of them, each with its proof
      2. each is driven on the same --days sampled days of calls: full routes for every depot
      3. what routes cost puts the model right: how much a way weighs, which sites are dearer
      4. the model is asked again, for answers that were not driven yet

    It ends when no answer that was not driven can be estimated cheaper by more than the noise of the days, the error of
    the estimates counted against it, or after --turns. Then it says which answer is cheapest with its rounds, whether
    routing has changed the choice, and what each answer costs by the model and in truth.

    \b
    All depots; one depot with more days:
      recycling site located
      recycling site located --depot DEP-01 --p 3 --days 12 --json located.json

    Ctrl-C ends it: what was driven until then is kept and printed. Days are planned by `planning.cores` processes, or
    by the cluster that `planning.executor` names.
    """
    from recycling import clock
    from recycling.db import Database
    from recycling.demand_cases import Demand, demand_cases
    from recycling.fleet import load_fleet
    from recycling.located_report import document, report
    from recycling.sampled_rounds import sampled
    from recycling.sites.reasons import told_in_yuan
    from recycling.siting_asked import asked_ground
    from routing.siting.check import check_siting
    from routing.siting.located.search import Effort
    from routing.siting.located.search import located as search
    from routing.siting.problem import Aim
    from routing.solve.executors import workers

    settings, ground = asked_ground(depot, places, keep)
    (case,) = demand_cases(ground, settings, [Demand("expected", 1, 100)], by == "town")
    names = [f"{c.county} {c.town}" if by == "town" else c.code for c in ground.communities]
    today = settings.clock.today(clock.utc_now())
    with Database(settings.database_url).read() as session:
        drawn = sampled(session, settings, load_fleet(), today, ground, names, days, seed)
    aim = Aim("cost", count, budget=None if budget is None else budget * 100)
    effort = Effort(answers, turns, seconds, iterations, seed)
    planning = settings.planning
    kind = "dask" if planning.executor == "dask" else "processes"
    hired = workers(kind, planning.cores, planning.cluster)
    with told_in_yuan(), stoppable() as stopped, hired as hands:
        found = search(case.problem, aim, drawn.days, drawn.points_of, hands.executor, effort, stopped, _tell)
    if sys.stderr.isatty():
        click.echo(err=True)
    for one in found.answers:
        faults = check_siting(case.problem, one.answer)
        if faults:
            raise click.ClickException(f"an answer breaks rules: {faults[0]} (and {len(faults) - 1} more)")
    for line in report(ground, found, len({day.day for day in drawn.days})):
        click.echo(line)
    if ground.notice:
        click.echo(f"{ground.notice['zh']} / {ground.notice['en']}")
    if json_file is not None:
        json_file.write_text(json.dumps(document(ground, found), ensure_ascii=False) + "\n", encoding="utf-8")
        click.echo(f"Written {json_file}")


def _tell(step: object) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{step!s:60}", nl=False, err=True)
