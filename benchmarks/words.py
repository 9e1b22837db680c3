"""Words of the command lines that several benchmarks understand."""

from __future__ import annotations

import os
from collections.abc import Collection

import click

from routing.errors import InputError


def known_words(text: str, known: Collection[str], option: str) -> list[str]:
    """Split at commas; each word once.

    Raises
    ------
    InputError
        For a word that is not known.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in known:
            raise InputError(
                "no-such-word",
                "%(option)s knows %(all)s, not '%(name)s'.",
                option=option,
                all=", ".join(known),
                name=name,
            )
    return list(dict.fromkeys(names))


def cores_of(asked: int) -> int:
    """Return the number of cores that were asked for.

    Raises
    ------
    InputError
        When there are not so many here.
    """
    have = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if asked > have:
        raise InputError(
            "bad-cores", "--cores takes 1 to %(have)s, the cores here, not %(asked)s.", have=have, asked=asked
        )
    return asked


def say(line: str) -> None:
    """Tell people what is going on."""
    click.echo(line, err=True)
