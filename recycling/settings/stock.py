"""The table of config/default.toml about what lies on a truck."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from recycling.settings.base import Section


class StockSettings(Section):
    """How loosely goods lie, what people bring, when a compartment is full, and how far a scale may differ."""

    litres_a_kg: dict[str, Annotated[float, Field(gt=0, le=1000)]] = Field(min_length=1)
    brought: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(min_length=1)
    brought_kg: float = Field(gt=0)
    full: float = Field(gt=0, le=1)
    tolerance_percent: float = Field(ge=0, le=100)
    tolerance_kg: float = Field(ge=0)
    again_minutes: int = Field(ge=0, le=1440)
    overnight: Literal["empty", "kept"]

    @field_validator("brought")
    @classmethod
    def _whole(cls, value: dict[str, float]) -> dict[str, float]:
        if abs(sum(value.values()) - 1) > 0.001:
            raise ValueError("the shares of what people bring must sum to 1")
        return value

    def tolerance_grams(self, book_grams: int) -> int:
        """Return by how many grams a scale may differ from so many grams in the book."""
        return max(round(book_grams * self.tolerance_percent / 100), round(self.tolerance_kg * 1000))
