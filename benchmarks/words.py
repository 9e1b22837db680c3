"""Words of the command lines that several benchmarks understand."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from routing.errors import InputError

Command = TypeVar("Command", bound=Callable[..., Any])

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
POSITIVE = click.FloatRange(min=0, min_open=True)

cores_option = click.option(
    "--cores", type=click.IntRange(1), default=1, show_default=True, help="Cores an engine may use."
)
seed_option = click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the searches.")
json_option = click.option(
    "--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the rows here too."
)
peer_python_option = click.option(
    "--peer-python", multiple=True, metavar="PATH", help="Interpreter with peers; may be given again."
)


def seconds_option(default: float) -> Callable[[Command], Command]:
    """Give ``--seconds``, how long each engine searches."""
    return click.option("--seconds", type=POSITIVE, default=default, show_default=True, help="Search.")


def against_option(default: str) -> Callable[[Command], Command]:
    """Give ``--against``, the peers; `known_words` splits it."""
    return click.option("--against", default=default, show_default=True, help="Peers, with commas; '' for none.")


@contextmanager
def faults_told(benchmark: str) -> Iterator[None]:
    """End with status 2 and a sentence where the input cannot be used."""
    try:
        yield
    except InputError as error:
        click.echo(f"{benchmark}: {error}", err=True)
        sys.exit(2)


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


def sizes_of(text: str, least: int) -> list[int]:
    """Split numbers of stops at commas; each once.

    Raises
    ------
    InputError
        For what is no number, or less than the least.
    """
    sizes = [int(word) if word.strip().isdecimal() else 0 for word in text.split(",")]
    if min(sizes) < least:
        raise InputError(
            "bad-stops", "--stops takes whole numbers from %(least)s up, not '%(text)s'.", least=least, text=text
        )
    return list(dict.fromkeys(sizes))


def cores_here() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cores_of(asked: int) -> int:
    """Return the number of cores that were asked for.

    Raises
    ------
    InputError
        When there are not so many here.
    """
    have = cores_here()
    if asked > have:
        raise InputError(
            "bad-cores", "--cores takes 1 to %(have)s, the cores here, not %(asked)s.", have=have, asked=asked
        )
    return asked


def must_be_writable(json_file: Path | None) -> None:
    """Look whether the file for the rows can be made, before hours are spent.

    Raises
    ------
    InputError
        When its folder is not there.
    """
    if json_file is not None and not json_file.absolute().parent.is_dir():
        raise InputError("no-folder", "There is no folder for %(file)s. Make it first.", file=json_file)


def say(line: str) -> None:
    """Tell people what is going on."""
    click.echo(line, err=True)
