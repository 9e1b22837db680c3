"""The record's ground for a command about sites, with a word on what no road leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from recycling.settings import Settings
    from recycling.siting import Ground


def asked_ground(depot: str | None, places: int, keep: bool) -> tuple[Settings, Ground]:
    """Return the settings, and the ground of a depot or of all with at most so many candidates.

    Raises
    ------
    NotFoundError, BadRequestError
        As `recycling.siting.ground`.
    """
    from recycling import clock
    from recycling.db import Database
    from recycling.fleet import load_fleet
    from recycling.settings import load_settings
    from recycling.siting import ground
    from routing.siting.loading import load

    load()
    settings = load_settings()
    database = Database(settings.database_url)
    database.check()
    today = settings.clock.today(clock.utc_now())
    with database.read() as session:
        found = ground(session, settings, load_fleet(), today, depot, places, keep)
    for code in found.off_road[:10]:
        click.echo(f"no road leads to {code}: it is left out; move its position", err=True)
    if len(found.off_road) > 10:
        click.echo(f"and {len(found.off_road) - 10} more without a road", err=True)
    return settings, found
