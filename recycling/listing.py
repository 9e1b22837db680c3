"""Lists on the command line: the first of many, and how many more there are."""

from __future__ import annotations

from collections.abc import Sequence

import click

SHOWN = 10


def say_some(words: Sequence[str], what: str, err: bool = True) -> None:
    """Name the first of many, a line each, and how many more there are."""
    for word in words[:SHOWN]:
        click.echo(f"{what}: {word}", err=err)
    if len(words) > SHOWN:
        click.echo(f"{what}: and {len(words) - SHOWN} more", err=err)
