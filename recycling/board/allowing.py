"""Which broken rules a dispatcher may allow, for a reason; the others nobody may.

What people were promised, what a vehicle can carry, where it may drive and when its driver rests stay as they are. A
dispatcher may use the minutes by which plans stay clear of a promise's end, let a vehicle come home late, send a crew
that is not marked for the work, and give a call to another vehicle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from recycling.settings import Settings
from routing.allowances import SHIFT, SKILL, VEHICLE, WINDOW, Allowance
from routing.day import DayJob
from routing.hand_day import Broken

LATEST_HOME = 2 * 3600
"""Seconds after the end of the shift at which a vehicle must be home whatever a dispatcher allows."""

LACKS = "vehicle lacks "


def allowable(settings: Settings, job: DayJob, known: Sequence[Allowance], broken: Broken) -> Allowance | None:
    """Return what would have to be allowed so that a rule is kept, on top of what is; None when nobody may allow it."""
    kind = broken.service.partition(":")[0]
    before = {(one.kind, one.stop, one.vehicle, one.word): one.amount for one in known}
    found = None
    if broken.rule == "outside its windows" and kind in ("b", "t"):
        amount = before.get((WINDOW, broken.service, "", ""), 0) + broken.amount
        fits = amount <= 60 * settings.planning.promise_slack_minutes
        found = Allowance(WINDOW, stop=broken.service, amount=amount) if fits else None
    elif broken.rule == "comes home after the shift":
        amount = before.get((SHIFT, "", broken.vehicle, ""), 0) + broken.amount
        found = Allowance(SHIFT, vehicle=broken.vehicle, amount=amount) if amount <= LATEST_HOME else None
    elif broken.rule.startswith(LACKS):
        found = Allowance(SKILL, stop=broken.service, word=broken.rule.removeprefix(LACKS))
    elif broken.rule == "vehicle not allowed" and kind == "c":
        forbidden = any(s.id == broken.service and broken.vehicle in s.forbidden for s in job.stops)
        found = None if forbidden else Allowance(VEHICLE, stop=broken.service)
    return found


def with_allowed(
    kept: Sequence[Mapping[str, Any]], more: Iterable[Allowance], why: str, by: str, now: datetime
) -> list[dict[str, Any]]:
    """Return a plan's record of allowances with more of them, each with its reason; a larger one replaces a smaller."""
    new = {_key(one): {**asdict(one), "why": why, "by": by, "at": now.isoformat()} for one in more}
    old = {_key(Allowance(**{name: one[name] for name in FIELDS})): dict(one) for one in kept}
    return list({**old, **new}.values())


FIELDS = ("kind", "stop", "vehicle", "amount", "word")


def _key(one: Allowance) -> Allowance:
    return replace(one, amount=0)
