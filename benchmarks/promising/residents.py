"""Who wants what collected when, and the other work of a day: all drawn from a seed, the same under every policy."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from recycling.booking import BookingRequest
from recycling.catalogue import Catalogue
from recycling.clock import Span
from recycling.demo import orders
from recycling.models import Call, Community, TradeInOrder
from recycling.settings import Settings

EARLIEST_DAYS = 6
"""People ask so many days before the cut-off of their day, or later."""

STRICT, HALF = 0.3, 0.3
"""Shares of people who can only in the window that they wish, and only in its half of the day; the others can always."""

WEEKS = 4
"""Past weeks of which calls and deliveries are in the record, because capacity is estimated from them."""


@dataclass(frozen=True)
class Resident:
    """Somebody who asks for one visit.

    Attributes
    ----------
    asks
        When.
    windows
        Those that suit, the wished one first, then the others by time.
    """

    asks: datetime
    request: BookingRequest
    windows: tuple[str, ...]


@dataclass(frozen=True)
class Work:
    """What a day brings: people who ask, the earliest first; truck calls; deliveries with the moment they come in."""

    residents: Sequence[Resident]
    calls: Sequence[Call]
    deliveries: Sequence[tuple[datetime, TradeInOrder]]


@dataclass(frozen=True)
class Size:
    """How much a day brings."""

    requests: int
    calls: int
    deliveries: int


def work_of(
    settings: Settings, catalogue: Catalogue, places: Sequence[Community], day: date, size: Size, seed: int
) -> Work:
    """Draw a day's work; people stand at the places by population."""
    rng = random.Random(f"{seed} {day}")
    spans = settings.service.window_spans
    cut_off = settings.clock.at(day - timedelta(days=1), settings.service.cut_off)
    wishes = orders.bookings(rng, catalogue, places, day, spans, size.requests)
    residents = [
        Resident(_before(rng, cut_off), replace(w, different=True), _suiting(rng, spans, w.window)) for w in wishes
    ]
    calls = orders.calls(rng, settings.clock, places, day, size.calls)
    deliveries = orders.trade_ins(rng, catalogue, places, settings.clock, day, spans, size.deliveries)
    return Work(
        sorted(residents, key=lambda r: r.asks),
        calls,
        sorted(((_before(rng, cut_off), d) for d in deliveries), key=lambda pair: pair[0]),
    )


def past_work(
    settings: Settings, catalogue: Catalogue, places: Sequence[Community], day: date, size: Size, seed: int
) -> list[Call | TradeInOrder]:
    """Draw the calls and deliveries of the same weekday in the weeks before."""
    past: list[Call | TradeInOrder] = []
    for week in range(1, WEEKS + 1):
        work = work_of(settings, catalogue, places, day - timedelta(weeks=week), replace(size, requests=0), seed)
        past += [*work.calls, *(delivery for _, delivery in work.deliveries)]
    return past


def _before(rng: random.Random, cut_off: datetime) -> datetime:
    return cut_off - timedelta(seconds=1 + rng.random() * EARLIEST_DAYS * 24 * 3600)


def _suiting(rng: random.Random, spans: Sequence[Span], wished: str) -> tuple[str, ...]:
    names = [str(span) for span in spans]
    draw, at = rng.random(), names.index(wished)
    if draw < STRICT:
        return (wished,)
    middle = (len(names) + 1) // 2
    others = names if draw >= STRICT + HALF else names[:middle] if at < middle else names[middle:]
    return (wished, *(name for name in others if name != wished))
