"""What routing says when its input cannot be used."""

from __future__ import annotations

from functools import partial
from typing import Any


class InputError(ValueError):
    """Input that cannot be used, told so that the person who gave it can mend it.

    Attributes
    ----------
    code
        Stable word for programs, such as ``not-osm``.
    template, values
        One or two English sentences with ``%(name)s`` places (what was wrong, where, what to do) and their
        fillings; kept apart so that a page can translate the sentence.
    """

    def __init__(self, code: str, template: str, **values: object) -> None:
        super().__init__(template % values if values else template)
        self.code = code
        self.template = template
        self.values = values

    def __reduce__(self) -> tuple[Any, ...]:
        """Keep all parts when the error crosses from one process to another."""
        return partial(InputError, self.code, self.template, **self.values), ()
