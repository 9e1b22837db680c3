"""`recycling site scenarios`: what planners have tried on the map, listed, shown, compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from recycling.db import Database
    from recycling.settings import Settings
    from recycling.sites.compared import Figure, TownChange
    from recycling.sites.looking import Look

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
    """


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

    Beside each figure stands that of the network as it stands. Ways that are not known yet are found first.
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
    click.echo("People by minutes to their site:")
    _bands(found.bands, found.unreached)
    click.echo("Towns that have it farthest:")
    farthest = sorted(found.towns, key=lambda t: (t.minutes is not None, -(t.minutes or 0.0)))
    for town in farthest[:10]:
        minutes = "no way" if town.minutes is None else f"{town.minutes:.1f} minutes to {town.site}"
        click.echo(f"  {town.county} {town.town}: {minutes}, {town.people:,.0f} people")
    _notice(one)


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
    """Compare the scenarios FIRST and SECOND: figures side by side, then the towns that win and lose.

    Each scenario keeps its own assumptions; where they differ, that is said. "no difference" stands where the figures
    are the same as they are shown.
    """
    from recycling.sites.compared import compared

    one, other = _looks(first, second)
    if one.worth is None or other.worth is None:
        raise click.ClickException("the ways by road are still being found; try again")
    _lines([one.worth, other.worth], [one.scenario.name, other.scenario.name])
    found = compared(one.worth, other.worth)
    for title, towns, count, people in (
        ("win", found.winners, found.won, found.won_people),
        ("lose", found.losers, found.lost, found.lost_people),
    ):
        click.echo(f"{count} towns {title} with {second}, {people:,.0f} people:")
        for town in towns:
            click.echo(f"  {_changed(town)}")
    if one.scenario.assumed != other.scenario.assumed:
        click.echo("The two assume different things: see what differs on their pages before the figures are believed.")
    _notice(one)


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


def _lines(worths: list[Any], names: list[str]) -> None:
    from recycling.sites.compared import FIGURES, Line

    click.echo(f"{'':40}{names[0][:18]:>18}{names[1][:18]:>18}  difference")
    for figure in FIGURES:
        line = Line(figure, figure.rounded(worths[0]), figure.rounded(worths[1]))
        change = "no difference" if line.verdict == "same" else _signed(figure, line.difference)
        word = f"{figure.word}{f', {figure.unit}' if figure.unit else ''}"
        click.echo(f"{word:40}{_number(figure, line.first):>18}{_number(figure, line.second):>18}  {change}")


def _bands(bands: tuple[float, ...], unreached: float) -> None:
    from recycling.sites.worth import BANDS

    words = [f"up to {minutes}" for minutes in BANDS] + [f"more than {BANDS[-1]}"]
    for word, people in zip(words, bands, strict=True):
        click.echo(f"  {word:14}{people:>12,.0f}")
    if unreached:
        click.echo(f"  {'no way':14}{unreached:>12,.0f}")


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
