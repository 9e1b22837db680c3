"""Commands that take a while: the first Ctrl-C ends them with the best so far, and they say how far they are."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Take the first Ctrl-C as the wish to end with the best so far; the second ends the command."""
    asked: list[bool] = []

    def take(_: int, __: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(True)
        click.echo("ending with the best so far ..", err=True)

    before = signal.signal(signal.SIGINT, take)
    try:
        yield lambda: bool(asked)
    finally:
        signal.signal(signal.SIGINT, before)


def progress(share: float) -> None:
    """Say how far a command is, where somebody sees it."""
    if sys.stderr.isatty():
        click.echo(f"\r{100 * share:3.0f} %", nl=share >= 1.0, err=True)
