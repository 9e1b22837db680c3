"""What can be wrong for a person, said so that the person can act on it.

Every error carries a stable code for programs, an English sentence with named places, the values for them, and the
HTTP status that fits. The sentence stays a template, so that a page can show it in the reader's language.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self


def N_(text: str) -> str:
    """Mark a sentence for the translators; it is translated where it is shown."""
    return text


class Listing(tuple[str, ...]):
    """Words that a sentence names one after the other, put together as its language does."""

    def text(self, language: str) -> str:
        """Return them in Chinese or English."""
        return ("、" if language.startswith("zh") else ", ").join(self)

    def __str__(self) -> str:
        return self.text("en")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where (a form's field, a file's row, or empty), a code, a sentence and its values."""

    where: str
    code: str
    template: str
    values: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template % self.values if self.values else self.template


class DomainError(Exception):
    """Something that a person asked for and cannot have as asked.

    Attributes
    ----------
    faults
        All that is wrong, at least one.
    status
        The HTTP status that fits.
    """

    status = 400

    def __init__(self, *faults: Fault) -> None:
        super().__init__("\n".join(str(f) for f in faults))
        self.faults = faults

    @classmethod
    def one(cls, code: str, template: str, /, where: str = "", **values: object) -> Self:
        """Return the error with a single fault."""
        return cls(Fault(where, code, template, values))


class ConfigurationError(DomainError):
    """A configuration file that cannot be used."""

    status = 500


class BadRequestError(DomainError):
    """Data that a person entered and must mend; nothing was written."""

    status = 422


class SignInNeededError(DomainError):
    """Who asks is not known, and has to be for this."""

    status = 401


class ForbiddenError(DomainError):
    """Who asks is known, and may not do this."""

    status = 403


class TooOftenError(DomainError):
    """Asked for too often; later it works again."""

    status = 429


class NotFoundError(DomainError):
    """There is nothing under that name."""

    status = 404


class TooLargeError(DomainError):
    """More than is taken at once."""

    status = 413


class GoneError(DomainError):
    """It was there, and its time is over."""

    status = 410


class ConflictError(DomainError):
    """The same request was answered otherwise before, or somebody else was quicker."""

    status = 409


class UnavailableError(DomainError):
    """Something that this needs does not work now; who asks can do nothing about it."""

    status = 503


class DatabaseStateError(DomainError):
    """The database is not in a state that this version can work on."""

    status = 503
