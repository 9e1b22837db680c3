"""Tables of a configuration file, and words in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

Whole = Annotated[int, Field(strict=True)]
"""A whole number that is written as one: neither 5.0 nor true."""


class Entry(BaseModel):
    """A table of a configuration file; an unknown key in it is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with other values; what was worked out of the values before is worked out anew."""
        copy = super().model_copy(update=update, deep=deep)
        for name in vars(copy).keys() - type(self).model_fields.keys():
            del vars(copy)[name]
        return copy


class Name(Entry):
    """A word in both languages; as a plain string it is the English one."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def text(self, language: str) -> str:
        """Return the Chinese word for any language that begins with ``zh``, else the English one."""
        return self.zh if language.startswith("zh") else self.en

    def __str__(self) -> str:
        return self.en
