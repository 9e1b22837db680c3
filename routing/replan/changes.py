"""What a new plan changes for those to whom the old one was announced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from routing.plan import Plan


@dataclass(frozen=True)
class Change:
    """A stop to which something else was announced.

    Attributes
    ----------
    stop, was, now
        Ids of the stop and of the vehicles; "" where the plan does not serve it.
    seconds
        By how much the service begins later, below 0 for sooner; None where one of the plans does not serve it.
    """

    stop: str
    was: str
    now: str
    seconds: int | None


@dataclass(frozen=True)
class Comparison:
    """A new plan beside the old one.

    Attributes
    ----------
    changes
        Stops that change their vehicle or their time, or come or go, in the order of their ids.
    cost
        Fen that the new plan costs more, prizes left aside, with what is done in both.
    """

    changes: tuple[Change, ...]
    cost: int

    @property
    def other_vehicle(self) -> tuple[Change, ...]:
        """Changes to another vehicle."""
        return tuple(c for c in self.changes if c.was and c.now and c.was != c.now)


def compared(old: Plan, new: Plan) -> Comparison:
    """Return what changes from one whole-day plan to another."""
    before, after = _announced(old), _announced(new)
    changes = []
    for stop in sorted({*before, *after}):
        was, then = before.get(stop, ("", None))
        now, begins = after.get(stop, ("", None))
        seconds = None if then is None or begins is None else begins - then
        if was != now or seconds:
            changes.append(Change(stop, was, now, seconds))
    return Comparison(tuple(changes), _driven(new) - _driven(old))


def _announced(plan: Plan) -> Mapping[str, tuple[str, int | None]]:
    return {v.id: (r.vehicle, v.start) for r in plan.routes for v in r.visits if v.kind == "stop"}


def _driven(plan: Plan) -> int:
    return plan.cost - plan.prices.get("prizes", 0)
