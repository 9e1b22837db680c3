"""`recycling rounds`: village rounds, how far each is, and giving days to those that are due."""

from __future__ import annotations

import click

from recycling.cli_bookings import the_office


@click.group()
def rounds() -> None:
    """List village rounds with who waits for them, and give those their day that have enough or whose date comes."""


@rounds.command("list")
def list_rounds() -> None:
    """List the rounds: what waits of what is needed, the latest date, the days that each was given."""
    from recycling import clock
    from recycling import rounds as village
    from recycling.accounts.actors import system

    office, now = the_office(), clock.utc_now()
    with office.database.read() as session:
        found = village.rounds_of(session, system("rounds list"))
        for one in found:
            there = village.gathered(session, office, one, now)
            latest = f", at the latest on {there.latest}" if there.latest else ""
            goes = f", goes on {', '.join(map(str, there.goes))}" if there.goes else ""
            over = ", ended" if one.ended_at else ""
            have = f"{there.have} of {there.quorum} {there.unit}"
            click.echo(f"{one.depot_code} {one.name} ({len(one.communities)} villages): {have}{latest}{goes}{over}")
    click.echo(f"{len(found)} rounds")


@rounds.command("tend")
def tend() -> None:
    """Do now what the schedule does every two minutes: give days to rounds that are due, and book who waits."""
    from recycling import clock
    from recycling import rounds as village

    office = the_office()
    made = village.tend_rounds(office, clock.utc_now())
    for one in made:
        click.echo(f"{one.day}: {one.asked} waited ({one.why})")
    click.echo(f"{len(made)} rounds got their day")
