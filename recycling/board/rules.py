"""Broken rules of a day's plan in words."""

from __future__ import annotations

from collections.abc import Callable

from recycling.errors import N_, Fault
from routing.hand_day import Broken

RULES = {
    "outside its windows": N_("%(plate)s, %(where)s: begins %(minutes)s min outside the hours it may begin in."),
    "outside its hours": N_("%(plate)s, %(where)s: arrives %(minutes)s min outside the opening hours."),
    "comes home after the shift": N_("%(plate)s: comes home %(minutes)s min after the shift."),
    "leaves after the shift": N_("%(plate)s: leaves %(minutes)s min after the shift."),
    "lasts too long": N_("%(plate)s: is out %(minutes)s min longer than it may be."),
    "comes home with collected goods": N_("%(plate)s: comes home with goods on board. Let it unload at the end."),
    "over capacity in kg": N_("%(plate)s, %(where)s: %(amount)s kg more than it can carry."),
    "over capacity in litres": N_("%(plate)s, %(where)s: %(amount)s litres more than it can carry."),
    "vehicle not allowed": N_("%(plate)s, %(where)s: this vehicle may not come here."),
    "no way there": N_("%(plate)s, %(where)s: no road leads there for this vehicle."),
    "no way home": N_("%(plate)s: no road leads home for this vehicle."),
    "no break": N_("%(plate)s: the driver has no break."),
    "break after its window": N_("%(plate)s: the driver's break begins %(minutes)s min too late."),
    "begins in a closed zone": N_("%(plate)s, %(where)s: the zone is closed for it at this hour."),
}
"""What people read of a broken rule; others are named as the check names them."""

LACKS = N_("%(plate)s, %(where)s: the vehicle or its crew is not marked for this work (%(word)s).")
OTHER = N_("%(plate)s, %(where)s: %(rule)s (%(amount)s).")


def fault_of(broken: Broken, named: Callable[[str], str]) -> Fault:
    """Return a broken rule as people read it; `named` says what they call a stop or a site."""
    values: dict[str, object] = {
        "plate": broken.vehicle or "–",
        "where": named(broken.service) if broken.service else "–",
        "minutes": -(-broken.amount // 60),
        "amount": broken.amount,
        "rule": broken.rule,
        "word": broken.rule.rpartition(" ")[2],
    }
    template = LACKS if broken.rule.startswith("vehicle lacks ") else RULES.get(broken.rule, OTHER)
    return Fault("", "rule", template, values)
