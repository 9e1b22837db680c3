"""What something that is asked of a draft comes to: times, money, broken rules, and whose hours become others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from recycling.board.allowing import allowable
from recycling.board.asks import Ask
from recycling.board.changing import Changed, changed
from recycling.board.desk import BoardDesk, Ready
from recycling.board.standing import Standing
from recycling.settings import Settings
from routing.allowances import Allowance
from routing.hand_day import Broken, Order, Sketch


@dataclass(frozen=True)
class Hour:
    """A visit that begins at another hour than before; None where it is on no route then."""

    stop: str
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True)
class Answer:
    """What a change comes to.

    Attributes
    ----------
    sketches
        The routes that would be others.
    cost, metres, seconds
        Fen of driving, metres and seconds of crews that the day has more; below 0 for less.
    broken
        Rules that it breaks and nobody may allow.
    allowing
        What has to be allowed for it, so that a reason is needed.
    hours
        Visits whose beginning changes, those of the longest change first.
    """

    change: Changed
    sketches: tuple[Sketch, ...]
    cost: int
    metres: int
    seconds: int
    broken: tuple[Broken, ...]
    allowing: tuple[Allowance, ...]
    hours: tuple[Hour, ...]

    @property
    def ask(self) -> Ask:
        """What was asked, with its place."""
        return self.change.ask

    @property
    def fits(self) -> bool:
        """Whether it can be kept, with a reason where one is needed."""
        return not self.broken


def judged(
    desk: BoardDesk, settings: Settings, day: Ready, standing: Standing, ask: Ask, drawn: bool = False
) -> Answer:
    """Return what something comes to; `drawn` gives its routes their roads, as keeping it needs them.

    Raises
    ------
    DomainError
        When it cannot be asked of this draft, or no answer comes in time.
    """
    vehicles = frozenset(vehicle.id for vehicle in day.job.vehicles)

    def fitted(stop: str, orders: Mapping[str, Order]) -> tuple[str, Order] | None:
        return desk.fitted(day, stop, orders, standing.allowances)

    change = changed(standing, ask, vehicles, fitted)
    had = {name: standing.orders[name] for name in change.orders if name in standing.orders}
    found = desk.sketches(day, change.orders, standing.allowances, drawn)
    before = desk.sketches(day, had, standing.allowances)
    return compared(settings, day, standing, change, found, before)


def compared(
    settings: Settings,
    day: Ready,
    standing: Standing,
    change: Changed,
    found: Sequence[Sketch],
    before: Sequence[Sketch],
) -> Answer:
    """Return the answer from routes as they would be and as they are."""
    may = partial(allowable, settings, day.job, standing.allowances)
    allowing, broken = [], []
    for one in (one for sketch in found for one in sketch.broken):
        allowance = may(one)
        if allowance is None:
            broken.append(one)
        else:
            allowing.append(allowance)
    return Answer(
        change,
        tuple(found),
        _sum(found, "cost") - _sum(before, "cost"),
        _sum(found, "distance") - _sum(before, "distance"),
        _seconds(found) - _seconds(before),
        tuple(broken),
        tuple(allowing),
        _hours(settings, day, standing, change, found),
    )


def _sum(sketches: Sequence[Sketch], figure: str) -> int:
    return sum(getattr(sketch.route, figure) for sketch in sketches if sketch.route is not None)


def _seconds(sketches: Sequence[Sketch]) -> int:
    return sum(sketch.route.end - sketch.route.start for sketch in sketches if sketch.route is not None)


def _hours(
    settings: Settings, day: Ready, standing: Standing, change: Changed, found: Sequence[Sketch]
) -> tuple[Hour, ...]:
    after: dict[str, datetime | None] = dict.fromkeys(change.left)
    for sketch in found:
        for visit in sketch.route.visits if sketch.route is not None else ():
            if visit.kind == "stop":
                after[visit.id] = settings.clock.moment(day.job.day, visit.start)
    hours = [Hour(stop, standing.begins.get(stop), begin) for stop, begin in after.items()]
    return tuple(sorted((hour for hour in hours if hour.before != hour.after), key=_by_much, reverse=True))


def _by_much(hour: Hour) -> float:
    if hour.before is None or hour.after is None:
        return float("inf")
    return abs((hour.after - hour.before).total_seconds())
