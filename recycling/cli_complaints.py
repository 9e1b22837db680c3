"""`recycling complaints`: what waits for an answer, and answering it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import click

from recycling.cli_bookings import the_office

DAYS = 30


@click.group()
def complaints() -> None:
    """See what residents complain of, and answer it."""


@complaints.command("list")
@click.option("--depot", default="", help="Only of this depot.")
def list_open(depot: str) -> None:
    """List the open complaints, the oldest first, each with its number, age, kind, booking and words.

    Answer one with: recycling complaints answer NUMBER "WORDS"
    """
    from recycling import clock, counter, network
    from recycling import complaints as desk
    from recycling.accounts.actors import system

    office, now, actor = the_office(), clock.utc_now(), system("complaints list")
    today = office.clock.today(now)
    with office.database.read() as session:
        if depot:
            network.the_depot(session, depot)
        found = desk.all_open(session, actor, depot)
        door = counter.door_figures(session, actor, today - timedelta(days=DAYS), today, depot)
    for one, about in found:
        age = (today - office.clock.today(one.opened_at)).days
        words = one.text.replace("\n", " / ")
        click.echo(f"{one.id.hex} {age:3d} d {one.kind} {about.reference} ({one.opened_by}) {words}")
    click.echo(f"{len(found)} open")
    click.echo(
        f"prices at the door in {DAYS} days: {door.accepted} accepted, {door.refused} refused"
        f" ({door.refused_share:.1%})"
    )


@complaints.command("answer")
@click.argument("number", type=click.UUID)
@click.argument("words")
def answer_one(number: uuid.UUID, words: str) -> None:
    """Answer complaint NUMBER with WORDS, which its resident reads and is told of."""
    from recycling import clock
    from recycling import complaints as desk
    from recycling.accounts.actors import system

    desk.answer(the_office(), number, words, system("complaints answer"), clock.utc_now())
    click.echo("Answered; the resident is told.")
