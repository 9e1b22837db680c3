"""The table of config/default.toml about how the old things of shops' orders travel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from pydantic import Field

from recycling.settings.base import Section

OldGoods = Literal["door", "mixed", "return"]


class DeliverySettings(Section):
    """How old things travel, by shop, and how long the hours of a second visit are."""

    old_goods: OldGoods
    shops: Mapping[str, OldGoods]
    fetch_hours: float = Field(ge=1, le=8)

    def rule_of(self, shop: str) -> OldGoods:
        """Return the rule of a shop: its own, or that of all the others."""
        return self.shops.get(shop, self.old_goods)

    @property
    def fetching(self) -> timedelta:
        """How long the hours are in which old things are fetched, where the shop names none."""
        return timedelta(hours=self.fetch_hours)
