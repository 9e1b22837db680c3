"""What routing says when its input cannot be used."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

MOST_NAMED = 20
"""Faults that one sentence names."""

FEW = 5
"""Places that one sentence names."""


def N_(text: str) -> str:
    """Mark a sentence for the translators; it is translated where a page shows it."""
    return text


class Names(tuple[str, ...]):
    """Codes of places that a sentence names, the first of many; a page may show their names instead."""

    def __str__(self) -> str:
        return ", ".join(self[:FEW]) + (" .." if len(self) > FEW else "")


class Together(tuple[str, ...]):
    """Words for what belongs together: paper and glass."""

    def __str__(self) -> str:
        return " and ".join(self)


class Money(float):
    """An amount in the unit of the question; whoever asked says what that is."""

    def __str__(self) -> str:
        return f"{self:,.0f}"

    def __repr__(self) -> str:
        return f"Money({float(self)!r})"


class InputError(ValueError):
    """Input that cannot be used, told so that the person who gave it can mend it.

    Attributes
    ----------
    code
        Stable word for programs, such as ``not-osm``.
    template, values
        One or two English sentences with ``%(name)s`` places (what was wrong, where, what to do) and their
        fillings; kept apart so that a page can translate the sentence.
    faults
        Where several values are wrong, each of them with its path; the sentence names the first `MOST_NAMED`.
    """

    faults: tuple[str, ...] = ()

    def __init__(self, code: str, template: str, **values: object) -> None:
        super().__init__(template % values if values else template)
        self.code = code
        self.template = template
        self.values = values

    def __reduce__(self) -> tuple[Any, ...]:
        """Keep all parts when the error crosses from one process to another."""
        return partial(InputError, self.code, self.template, **self.values), ()


class FaultyError(InputError):
    """A day, or a document, with values that are wrong; the template has a place ``%(faults)s`` for them."""

    def __init__(self, code: str, template: str, faults: Sequence[str]) -> None:
        more = ["..."] if len(faults) > MOST_NAMED else []
        super().__init__(code, template, faults="; ".join([*faults[:MOST_NAMED], *more]))
        self.faults = tuple(faults)

    def __reduce__(self) -> tuple[Any, ...]:
        """Keep all parts when the error crosses from one process to another."""
        return FaultyError, (self.code, self.template, self.faults)
