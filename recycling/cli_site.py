"""`recycling site`: where sorting centres should stand, proven; and what given places are worth."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recycling.cli_located import located
from recycling.cli_robust import robust
from recycling.cli_scenarios import compare, scenarios
from recycling.cli_tiers import front, tiers
from recycling.siting_asked import asked_ground

if TYPE_CHECKING:
    from recycling.settings import Settings
    from recycling.siting import Ground
    from routing.siting.answer import SitingAnswer
    from routing.siting.problem import Aim

MODELS = click.Choice(["p-median", "p-centre", "cover", "set-cover", "cost"])


@click.group()
def site() -> None:
    """Sorting centres: find the best places for them over road travel times, and judge given places.

    \b
    Eight places for the least driving of everybody; the cheapest network; what two given places are worth:
      recycling site optimise --model p-median --p 8
      recycling site optimise --model cost --out sites.geojson
      recycling site evaluate CEN-01 STA-001 --model cover

    \b
    Stations and centres together, over three years; what reach costs:
      recycling site tiers --years 3 --growth 10 --budget 500000
      recycling site front --against within --csv front.csv

    \b
    One choice for good and bad years, and what robustness costs:
      recycling site robust --scenario weak:1:80 --scenario fair:2:100 --scenario boom:1:130

    \b
    Sites and rounds together, by real routes of sampled days:
      recycling site located --days 6

    \b
    What was tried on the map, and two of it side by side:
      recycling site scenarios list
      recycling site compare "As it stands" "One more in the north"
    """


site.add_command(scenarios)
site.add_command(compare)
site.add_command(tiers)
site.add_command(front)
site.add_command(robust)
site.add_command(located)


def _shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give the words that both commands understand."""
    for option in (
        click.option("--model", type=MODELS, default="p-median", show_default=True, help="What is counted."),
        click.option("--depot", help="Only the communities of this depot; all if left out."),
        click.option("--places", type=click.IntRange(1, 1000), default=100, show_default=True, help="Candidates."),
        click.option("--within", type=click.IntRange(1, 240), help="Minutes of reach, if not siting.reach_minutes."),
        click.option("--seconds", type=click.FloatRange(1, 86_400), default=30.0, show_default=True, help="Search."),
        click.option(
            "--out", type=click.Path(path_type=Path, dir_okay=False), help="GeoJSON of sites and communities."
        ),
    ):
        command = option(command)
    return command


@site.command()
@_shared
@click.option("--p", "count", type=int, help="How many sites; at most so many for cost and set-cover.")
@click.option("--budget", type=click.FloatRange(0), help="Most yuan a year for new sites; for cost.")
@click.option("--keep", is_flag=True, help="Centres that stand stay open.")
def optimise(
    model: Any,
    depot: str | None,
    places: int,
    within: int | None,
    seconds: float,
    out: Path | None,
    count: int | None,
    budget: float | None,
    keep: bool,
) -> None:
    """Choose the best places for sorting centres, and prove it.

    \b
    Candidates are the sorting centres that stand, the stations, and the largest community of each
    town, --places in all. Models:
      p-median   least driving of all people to exactly --p sites
      p-centre   the shortest time in which everybody reaches one of --p sites
      cover      most people within --within minutes of one of --p sites
      set-cover  fewest sites so that everybody is within --within minutes
      cost       least yuan a year for sites (config: [siting]), sorting and transport

    Prints "proven" where no choice is better, or by how much one may be; and the runner-up: the best choice that
    differs in at least one site.
    """
    from recycling.sites.reasons import told_in_yuan
    from routing.siting.optimise import optimise as best
    from routing.siting.optimise import runner_up
    from routing.siting.problem import Aim

    settings, ground = asked_ground(depot, places, keep)
    reach = (within or settings.siting.reach_minutes) * 60
    aim = Aim(model, count, reach, None if budget is None else budget * 100)
    if model == "set-cover":
        ground = _near(ground, aim)
    with told_in_yuan():
        answer = best(ground.problem, aim, seconds)
    _say(settings, ground, answer, reach, out)
    second = runner_up(ground.problem, answer, max(1.0, seconds / 3))
    click.echo(f"runner-up: {_other(ground, answer, second)}")


@site.command()
@click.argument("sites", metavar="SITE..", nargs=-1, required=True)
@_shared
def evaluate(
    sites: Sequence[str],
    model: Any,
    depot: str | None,
    places: int,
    within: int | None,
    seconds: float,
    out: Path | None,
) -> None:
    """Say what given sites are worth.

    SITE.. are candidates' codes, each with a size of [siting] behind a colon where one is meant: STA-001:large.
    What is called proven holds for these sites: that nobody could go anywhere better among them.
    """
    from routing.errors import InputError
    from routing.siting.mending import NO_ROOM
    from routing.siting.optimise import evaluate as worth
    from routing.siting.problem import Aim

    settings, ground = asked_ground(depot, places, keep=False)
    reach = (within or settings.siting.reach_minutes) * 60
    opened = {code: size for code, _, size in (word.partition(":") for word in sites)}
    try:
        answer = worth(ground.problem, Aim(model, len(opened), reach), opened, seconds)
    except InputError as error:
        if model != "cost" or error.code not in NO_ROOM:
            raise
        raise InputError(error.code, f"{error} {_more(ground, opened, seconds)}".rstrip()) from error
    _say(settings, ground, answer, reach, out)


def _more(ground: Ground, opened: dict[str, str], seconds: float) -> str:
    """Say what to open besides, or make larger, so that all finds room; nothing where nothing helps."""
    from recycling.siting import FEN
    from routing.siting.mending import with_more

    found = with_more(ground.problem, opened, seconds)
    if found is None:
        return ""
    named = [f"{code} ({size})" if size else code for code, size in sorted(found.opened.items()) if code not in opened]
    larger = [
        f"{code} as {size}" for code, size in sorted(found.opened.items()) if opened.get(code, size) not in ("", size)
    ]
    words = [*(["open " + ", ".join(named)] if named else []), *(["take " + ", ".join(larger)] if larger else [])]
    sure = "" if found.proven else f", {100 * found.gap:.2f} % less at best"
    return (
        f"The cheapest change that would do: {' and '.join(words)}; {found.value / FEN:,.0f} yuan a year in all{sure}."
    )


def _near(ground: Ground, aim: Aim) -> Ground:
    """Leave out, and name, communities that no candidate is within reach of; a set of sites cannot reach them."""
    from dataclasses import replace

    from routing.errors import Names
    from routing.siting.asking import without_far

    problem, lost = without_far(ground.problem, aim)
    if not lost or not problem.points:
        return ground
    far = [ground.communities[i] for i in lost]
    people = sum(community.population for community in far)
    click.echo(
        f"no candidate is within {aim.within / 60:.0f} minutes of {len(far)} communities with {people:,.0f} people: "
        f"{Names(community.code for community in far)}; they are left out of the answer. Allow more minutes with "
        "--within, or more candidates with --places.",
        err=True,
    )
    rows = [i for i in range(len(ground.communities)) if i not in set(lost)]
    return replace(
        ground, problem=problem, communities=[ground.communities[i] for i in rows], metres=ground.metres[rows]
    )


def _say(settings: Settings, ground: Ground, answer: SitingAnswer, within: int, out: Path | None) -> None:
    """Print an answer that the judge finds sound, and write it where that was asked for."""
    from recycling.site_report import geojson, reach, taken
    from routing.siting.check import check_siting

    faults = check_siting(ground.problem, answer)
    if faults:
        raise click.ClickException(f"the answer breaks rules: {faults[0]} (and {len(faults) - 1} more)")
    names = {place.id: place.name_en for place in ground.places}
    served = taken(ground, answer)
    for code, size in sorted(answer.opened.items()):
        people, tonnes = served[code]
        word = f" ({size})" if size and answer.aim.kind == "cost" else ""
        click.echo(f"{code}  {names[code]}{word}: {people:,.0f} people, {tonnes:,.0f} t a year")
    felt = reach(ground, answer.opened, within)
    click.echo(f"{answer.aim.kind}: {_value(ground, answer.aim, answer.value)}")
    if answer.parts:
        click.echo("  of it " + ", ".join(f"{name} {fen / 100:,.0f}" for name, fen in answer.parts.items()))
    click.echo(f"to the nearest site: {felt.minutes:.1f} minutes, {felt.metres:,.0f} metres in the mean of all people")
    share = 100 * felt.within / max(1.0, felt.people)
    click.echo(f"within {within / 60:.0f} minutes: {felt.within:,.0f} of {felt.people:,.0f} people ({share:.1f} %)")
    click.echo(f"worst-served town: {felt.town}, {felt.town_minutes:.1f} minutes in the mean")
    if felt.unreached:
        click.echo(f"without a way to any of these sites: {felt.unreached:,.0f} people")
    bound = _value(ground, answer.aim, answer.bound)
    click.echo(f"proven: no answer is better than {bound}" if answer.proven else _open(bound, answer))
    if ground.notice:
        click.echo(f"{ground.notice['zh']} / {ground.notice['en']}")
    if out is not None:
        out.write_text(json.dumps(geojson(ground, answer), ensure_ascii=False) + "\n", encoding="utf-8")
        click.echo(f"Written {out}")


def _open(bound: str, answer: SitingAnswer) -> str:
    return (
        f"not proven: another answer may be better by {100 * answer.gap:.2f} % at most (bound {bound}); "
        "time ended the search, allow more --seconds"
    )


def _value(ground: Ground, aim: Aim, value: float) -> str:
    """Write what an aim counts so that a planner can read it."""
    if aim.kind == "cost":
        return f"{value / 100:,.0f} yuan a year"
    if aim.kind == "p-median":
        people = sum(point.people for point in ground.problem.points)
        return f"{value / max(1.0, people) / 60:.3f} minutes in the mean of all people"
    if aim.kind == "p-centre":
        return f"{value / 60:.1f} minutes for the farthest community"
    return f"{value:,.0f} {'people within reach' if aim.kind == 'cover' else 'sites'}"


def _other(ground: Ground, answer: SitingAnswer, second: SitingAnswer | None) -> str:
    if second is None:
        return "none was found; there is no other choice, or time ended the search"
    closed, opened = set(answer.opened) - set(second.opened), set(second.opened) - set(answer.opened)
    worse = 100 * abs(second.value - answer.value) / max(1.0, abs(answer.value))
    instead = f"{', '.join(sorted(opened)) or 'nothing'} instead of {', '.join(sorted(closed)) or 'nothing'}"
    said = "" if second.proven else " (the best found; not proven)"
    return f"{instead}, {_value(ground, answer.aim, second.value)}, {worse:.3f} % worse{said}"
