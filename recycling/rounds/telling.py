"""What somebody who waits for a round is told: that they wait and until when, that it is late, that they left."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any, Literal

from sqlalchemy.orm import Session

from recycling import notify
from recycling.booking.office import Office
from recycling.models import RoundPlace, VillageRound

Told = Literal["joined", "late", "left"]
UNIT_WORDS = {("orders", "zh"): "单", ("orders", "en"): "orders", ("kg", "zh"): "kg", ("kg", "en"): "kg"}


def tell_place(
    session: Session, office: Office, place: RoundPlace, found: VillageRound, change: Told, now: datetime
) -> None:
    """Write a message; each change happens to a place once. Customers of shops have no page, so theirs lead nowhere."""
    day = office.clock.at(place.latest_on, time(12))
    figures: dict[str, Any] = {}
    if place.kind == "order":
        figures["shop"] = place.retailer
    if change == "joined":
        figures["quorum"] = f"{found.quorum} {UNIT_WORDS[found.unit, place.language]}"
    notify.post(
        session,
        place.id,
        place.phone,
        f"{'order_round' if place.kind == 'order' else 'round'}_{change}",
        "once",
        now,
        link="" if place.kind == "order" else f"/rounds/at/{place.token}",
        language=place.language,
        reference=place.external_id or str(place.id)[:8].upper(),
        start=day,
        end=day,
        **figures,
    )
