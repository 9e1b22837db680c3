"""`recycling site scenarios`: what planners have tried on the map, listed, shown, compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from recycling.cli_drive import drive
from recycling.cli_layers import bring_in, take_out
from recycling.cli_sweep import sweep

if TYPE_CHECKING:
    from recycling.db import Database
    from recycling.settings import Settings
    from recycling.sites.compared import Figure, TownChange
    from recycling.sites.looking import Look
    from recycling.sites.worth import Worth

WAIT = 1200.0
"""Seconds that a command waits for ways: where a layer is new, its network is built first."""


@click.group()
def scenarios() -> None:
    """Scenarios of sorting centres: list, show, make, copy, delete, and compare two.

    \b
    A scenario of the network as it stands, a copy to work on, and what the copy is worth:
      recycling site scenarios make "As it stands"
      recycling site scenarios copy "As it stands" "One more in the north"
      recycling site scenarios compare "As it stands" "One more in the north"

    \b
    What it is worth when things go wrong, a road among them:
      recycling site scenarios stress "As it stands" --cut 107.47,31.21

    \b
    What their routes cost on sampled days, instead of ways there and back:
      recycling site scenarios drive "As it stands" "One more in the north"

    \b
    Hundreds of combinations at once: demand, assumptions, sites that are out, roads that are cut:
      recycling site scenarios sweep "As it stands" --demand 80,100,130 --closed each

    \b
    Candidate sites and points in from a file, and out again:
      recycling site scenarios import "As it stands" sites.gpkg --check
      recycling site scenarios export "As it stands" sites.gpkg
    """


scenarios.add_command(drive)
scenarios.add_command(sweep)


@scenarios.command("list")
def list_all() -> None:
    """List all scenarios, the one that was changed last first.

    Each with its version, its area, how many of its sites are open, and when it was changed.
    """
    from recycling.sites.scenarios import scenarios as every

    database, settings = _opened()
    with database.read() as session:
        found = every(session)
    for one in found:
        opened = sum(row.is_open for row in one.sites)
        changed = settings.clock.local(one.changed_at)
        click.echo(
            f"{one.name}: version {one.version}, {one.depot_code or 'all communities'}, {opened} of {len(one.sites)} "
            f"sites open, changed {changed:%Y-%m-%d %H:%M}"
        )
    if not found:
        click.echo("There are no scenarios yet. Make one: recycling site scenarios make NAME")


@scenarios.command()
@click.argument("name")
@click.option("--depot", help="Only the communities of this depot; all if left out.")
def make(name: str, depot: str | None) -> None:
    """Make a scenario under NAME of the network as it stands: centres open, stations closed.

    It keeps the costs and rates that the configuration has now.
    """
    from recycling import clock
    from recycling.accounts.actors import system
    from recycling.fleet import load_fleet
    from recycling.sites.scenarios import make as made

    database, settings = _opened()
    with database.write() as session:
        one = made(session, settings, load_fleet(), name, depot, system("site scenarios"), clock.utc_now())
        click.echo(f"Made {one.name}: {sum(row.is_open for row in one.sites)} of {len(one.sites)} sites open")


@scenarios.command()
@click.argument("name")
def show(name: str) -> None:
    """Show what the scenario NAME is worth: its figures, its open sites, the towns that have it farthest.

    Beside each figure stands that of the network as it stands. Where it lacks room, a material or ways, that is said
    with the cheapest single change that mends it. Ways that are not known yet are found first.
    """
    (one,) = _looks(name)
    found = one.worth
    if found is None or one.base is None:
        raise click.ClickException("the ways by road are still being found; try again")
    for row, worth in zip(one.opened, found.sites, strict=True):
        size = f"{row.size}, " if row.kind != "standing" else ""
        click.echo(
            f"{row.code}  {row.name_en} ({size}{worth.communities} communities): {worth.people:,.0f} people, "
            f"{worth.tonnes:,.0f} t a year, {_full(worth.full)}, {worth.minutes:.1f} minutes in the mean"
        )
    _lines([one.base, found], ["as it stands", one.scenario.name])
    _lacks(one)
    _behind(name)
    click.echo("People by minutes to their site:")
    _bands(found.bands, found.unreached)
    click.echo("Towns that have it farthest:")
    farthest = sorted(found.towns, key=lambda t: (t.minutes is not None, -(t.minutes or 0.0)))
    for town in farthest[:10]:
        minutes = "no way" if town.minutes is None else f"{town.minutes:.1f} minutes to {town.site}"
        click.echo(f"  {town.county} {town.town}: {minutes}, {town.people:,.0f} people")
    _notice(one)


def _lacks(one: Look) -> None:
    """Tell what a scenario lacks and the cheapest change that mends it, in the sentences of its page."""
    from recycling import clock
    from recycling.catalogue import load_catalogue
    from recycling.fleet import load_fleet
    from recycling.sites.lack_said import Words, lacks, mends
    from recycling.sites.lacking import lacking
    from recycling.sites.ways import WaysDesk

    database, settings = _opened()
    today = settings.clock.today(clock.utc_now())
    with database.read() as session:
        lack = lacking(session, settings, load_fleet(), WaysDesk(apart=False), one, today, WAIT)
    if lack is None:
        return
    names = {row.code: f"{row.code} {row.name_en}" for row in one.scenario.sites}
    materials = {code: material.text("en") for code, material in load_catalogue().materials.items()}
    words = Words(names.__getitem__, lambda code: materials.get(code, code))
    click.echo(f"{one.scenario.name} lacks something:")
    for line in lacks(lack, words):
        click.echo(f"  {line}")
    click.echo(f"  {mends(lack, words)}")


def _behind(name: str) -> None:
    """Tell what the answer for stations and centres counts that a scenario was opened from."""
    from recycling.sites.behind import answer_behind
    from recycling.sites.scenarios import named

    database, _ = _opened()
    with database.read() as session:
        one = answer_behind(session, named(session, name))
    if one is None:
        return
    click.echo(
        (f"A copy of {one.copy_of}, which was opened" if one.copy_of else "Opened")
        + f" from an answer for stations and centres: by {one.stations} stations and {one.centres} centres to "
        f"markets it costs {one.measures['cost']:,.0f} yuan a year and {one.measures['carbon']:,.1f} t of carbon "
        "dioxide; the figures above count ways straight to the open centres"
        + ("" if one.as_found else ", and centres were opened or closed since")
    )


@scenarios.command()
@click.argument("name")
@click.argument("new", default="")
def copy(name: str, new: str) -> None:
    """Copy the scenario NAME under the name NEW, or under its own with a number."""
    from recycling import clock
    from recycling.accounts.actors import system
    from recycling.sites.scenarios import copy as copied
    from recycling.sites.scenarios import named

    database, _ = _opened()
    with database.write() as session:
        one = copied(session, named(session, name), new, system("site scenarios"), clock.utc_now())
        click.echo(f"Made {one.name}")


@scenarios.command()
@click.argument("name")
def delete(name: str) -> None:
    """Delete the scenario NAME; the log keeps that there was one, and what was changed in it."""
    from recycling import clock
    from recycling.accounts.actors import system
    from recycling.sites.scenarios import delete as deleted
    from recycling.sites.scenarios import named

    database, _ = _opened()
    with database.write() as session:
        deleted(session, named(session, name), system("site scenarios"), clock.utc_now())
    click.echo(f"Deleted {name}")


@scenarios.command()
@click.argument("first")
@click.argument("second")
def compare(first: str, second: str) -> None:
    """Compare the scenarios FIRST and SECOND: figures, sites and minutes side by side, then towns that win and lose.

    Each scenario keeps its own assumptions; where they differ, that is said. "no difference" stands where the figures
    are the same as they are shown, and where they may differ by chance: what places bring is known only roughly.
    """
    from recycling.sites.compared import compared
    from recycling.sites.noise import unsure
    from recycling.sites.people import same_people
    from recycling.sites.scenarios import named
    from recycling.sites.side_by_side import shares_of, site_pairs

    with _opened()[0].read() as session:
        same_people(session, named(session, first), named(session, second))
    one, other = _looks(first, second)
    if one.worth is None or other.worth is None:
        raise click.ClickException("the ways by road are still being found; try again")
    chance = unsure(one.worth, other.worth, one.people, one.assumed, other.assumed)
    _lines([one.worth, other.worth], [one.scenario.name, other.scenario.name], chance)
    click.echo(
        f"{'tonnes a year, share of what it can sort':40}{one.scenario.name[:18]:>18}{other.scenario.name[:18]:>18}"
    )
    for pair in site_pairs(one, other):
        cells = [_held(tonnes, full) for tonnes, full in zip(pair.tonnes(), pair.full, strict=True)]
        click.echo(f"  {f'{pair.site.code} {pair.site.name_en}'[:36]:38}{cells[0]:>18}{cells[1]:>18}")
    click.echo("of it by material:")
    for pair in site_pairs(one, other):
        for material, share in shares_of(_opened()[1].stock.brought).items():
            cells = ["-" if tonnes is None else f"{tonnes:,.1f}" for tonnes in pair.tonnes(share)]
            click.echo(f"  {f'{pair.site.code} {material}':38}{cells[0]:>18}{cells[1]:>18}")
    click.echo("People by minutes to their site:")
    _bands(one.worth.bands, one.worth.unreached, other.worth)
    found = compared(one.worth, other.worth, chance)
    for title, towns, count, people in (
        ("win", found.winners, found.won, found.won_people),
        ("lose", found.losers, found.lost, found.lost_people),
    ):
        click.echo(f"{count} towns {title} with {second}, {people:,.0f} people:")
        for town in towns:
            click.echo(f"  {_changed(town)}")
    if one.scenario.assumed != other.scenario.assumed:
        click.echo("The two assume different things: see what differs on their pages before the figures are believed.")
    for each in (one, other):
        _lacks(each)
    _notice(one)


scenarios.add_command(bring_in)
scenarios.add_command(take_out)


@scenarios.command()
@click.argument("name")
@click.option("--cut", help="LON,LAT (WGS 84): the road nearest to it is cut too.")
def stress(name: str, cut: str | None) -> None:
    """See how the scenario NAME stands when things go wrong, and what its cost hangs on.

    A third more is brought; the weeks before a holiday; the site that is missed most is out; with --cut, a road is
    closed and everybody drives around it. Then each assumption 20 % less and more, the strongest first.
    """
    from recycling.sites.trying import SWING_PERCENT, stresses, swings

    (one,) = _looks(name)
    if one.worth is None:
        raise click.ClickException("the ways by road are still being found; try again")
    counted = [row for row in one.opened if (row.lon, row.lat) in one.ways]
    tried = one.people, one.scenario.depot_code, one.assumed, counted, one.ways
    around = None if cut is None else (cut, _around(one, cut))
    click.echo(f"{'':40}{'yuan a year':>14}{'minutes':>9}{'fullest':>9}{'over full':>11}{'no way':>10}")
    for trial in stresses(*tried, around):
        found, word = trial.worth, f"{trial.word}{f': {trial.name}' if trial.name else ''}"
        yuan = f"{found.yuan:,.0f}" if trial.whole_year else "-"
        full = f"{100 * found.fullest.full:,.0f} %" if found.fullest else "-"
        click.echo(f"{word:40}{yuan:>14}{found.minutes:>9.1f}{full:>9}{trial.over_full:>11}{found.unreached:>10,.0f}")
    _lacks(one)
    click.echo("What the cost hangs on, yuan a year:")
    click.echo(f"{'':40}{f'{SWING_PERCENT} % less':>14}{f'{SWING_PERCENT} % more':>14}")
    for swing in swings(*tried):
        click.echo(f"{swing.word:40}{swing.less:>14,.0f}{swing.more:>14,.0f}")
    _notice(one)


def _around(one: Look, cut: str) -> Any:
    """Return the ways to open sites when the road nearest to a position is closed."""
    from recycling import clock
    from recycling.fleet import load_fleet
    from recycling.sites.ways import WaysDesk, question
    from routing.roads.changes import Where

    try:
        lon, lat = (float(word) for word in cut.split(","))
    except ValueError:
        raise click.BadParameter("write longitude and latitude, such as 107.47,31.21", param_hint="--cut") from None
    database, settings = _opened()
    today = settings.clock.today(clock.utc_now())
    with database.read() as session:
        asked = question(
            session, settings, load_fleet(), one.people, one.assumed.vehicle, today, Where(near=((lon, lat),))
        )
    return WaysDesk(apart=False).ways(asked, list(one.ways), WAIT)


def _opened() -> tuple[Database, Settings]:
    from recycling.db import Database
    from recycling.settings import load_settings

    settings = load_settings()
    database = Database(settings.database_url)
    database.check()
    return database, settings


def _looks(*names: str) -> list[Look]:
    from recycling import clock
    from recycling.fleet import load_fleet
    from recycling.sites.looking import look
    from recycling.sites.scenarios import named
    from recycling.sites.ways import WaysDesk

    database, settings = _opened()
    desk, fleet, today = WaysDesk(apart=False), load_fleet(), settings.clock.today(clock.utc_now())
    with database.read() as session:
        looks = [look(session, settings, fleet, desk, named(session, name), today, WAIT) for name in names]
    for one in looks:
        for row in one.off_road:
            click.echo(f"no road leads to {row.code} {row.name_en}: it is not counted; move it", err=True)
        if one.worth is not None and one.worth.lost_communities:
            click.echo(
                f"{one.scenario.name}: {one.worth.lost_communities} communities with {one.worth.unreached:,.0f} people "
                "have no way to any open site; they are in no mean, no tonne and no cost",
                err=True,
            )
    return looks


def _lines(worths: list[Any], names: list[str], chance: frozenset[str] = frozenset()) -> None:
    from recycling.sites.compared import FIGURES, Line

    click.echo(f"{'':40}{names[0][:18]:>18}{names[1][:18]:>18}  difference")
    for figure in FIGURES:
        line = Line(figure, figure.rounded(worths[0]), figure.rounded(worths[1]), figure.code in chance)
        change = "no difference" if line.verdict == "same" else _signed(figure, line.difference)
        word = f"{figure.word}{f', {figure.unit}' if figure.unit else ''}"
        click.echo(f"{word:40}{_number(figure, line.first):>18}{_number(figure, line.second):>18}  {change}")


def _bands(bands: tuple[float, ...], unreached: float, other: Worth | None = None) -> None:
    from recycling.sites.worth import BANDS

    words = [f"up to {minutes}" for minutes in BANDS] + [f"more than {BANDS[-1]}", "no way"]
    beside = (*other.bands, other.unreached) if other is not None else ()
    for k, (word, people) in enumerate(zip(words, (*bands, unreached), strict=True)):
        if k < len(bands) or people or (beside and beside[k]):
            click.echo(f"  {word:14}{people:>12,.0f}" + (f"{beside[k]:>12,.0f}" if beside else ""))


def _held(tonnes: float | None, full: float | None) -> str:
    if tonnes is None or full is None:
        return "-"
    return f"{tonnes:,.1f} t, " + ("nothing" if full == float("inf") else f"{100 * full:.0f} %")


def _number(figure: Figure, value: float) -> str:
    return f"{value:,.{figure.digits}f}"


def _signed(figure: Figure, value: float) -> str:
    return f"{value:+,.{figure.digits}f}"


def _full(share: float) -> str:
    return "can sort nothing" if share == float("inf") else f"{100 * share:.0f} % of what it can sort"


def _changed(town: TownChange) -> str:
    first, second = ("no way" if minutes is None else f"{minutes:.1f}" for minutes in (town.first, town.second))
    return f"{town.county} {town.town}: {first} -> {second} minutes, {town.people:,.0f} people"


def _notice(one: Look) -> None:
    from recycling import network

    database, _ = _opened()
    with database.read() as session:
        notice = network.the_area(session).notice
    if notice:
        click.echo(f"{notice['zh']} / {notice['en']}")
