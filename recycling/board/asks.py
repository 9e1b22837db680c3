"""What a dispatcher asks of a draft, as data: read from a form, kept in the record, done again on another plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from recycling.errors import N_, BadRequestError

MOVE, FIT, LEAVE, SWAP, SPLIT, UNLOAD, SKIP, LOCK, UNLOCK = KINDS = (
    "move",
    "fit",
    "leave",
    "swap",
    "split",
    "unload",
    "skip",
    "lock",
    "unlock",
)
BEST, END = -1, 9999
"""Instead of a position: wherever it is cheapest on that vehicle; after everything else."""

LONGEST_REASON = 200


@dataclass(frozen=True)
class Ask:
    """One thing to be done.

    Attributes
    ----------
    kind
        ``move`` a stop to ``vehicle`` before the visit at position ``at``; ``fit`` it wherever it is cheapest;
        ``leave`` it out; ``swap`` the work of ``vehicle`` and ``other``; ``split`` what ``vehicle`` does from the visit
        at ``at`` on and give it to ``other``; let ``vehicle`` ``unload`` at ``site`` before the visit at ``at``, or
        ``skip`` the unload there; ``lock`` and ``unlock`` a stop or a vehicle's whole route.
    before
        Kind and id of the visit at ``at``, ("", "") for the end: where the place is when the positions are others.
    why
        The dispatcher's reason, where one is needed.
    """

    kind: str
    stop: str = ""
    vehicle: str = ""
    at: int = BEST
    other: str = ""
    site: str = ""
    before: tuple[str, str] = ("", "")
    why: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Ask:
        """Read what `to_dict` wrote."""
        return cls(**{**given, "before": tuple(given["before"])})


def read_ask(given: Mapping[str, str]) -> Ask:
    """Read what a form asks for.

    Raises
    ------
    BadRequestError
        When a field is missing or no kind of change is named.
    """
    kind = given.get("kind", "")
    if kind not in KINDS:
        raise BadRequestError.one("bad-change", N_("Choose what is to be done."), where="kind")
    ask = Ask(
        kind=kind,
        stop=given.get("stop", ""),
        vehicle=given.get("vehicle", ""),
        at=_position(given.get("at", "")),
        other=given.get("other", ""),
        site=given.get("site", ""),
        why=" ".join(given.get("why", "").split()),
    )
    if kind in (MOVE, FIT, LEAVE) and not ask.stop:
        raise BadRequestError.one("no-stop", N_("Choose a visit or an order."), where="stop")
    if kind in (MOVE, SWAP, SPLIT, UNLOAD, SKIP) and not ask.vehicle:
        raise BadRequestError.one("no-vehicle-chosen", N_("Choose a vehicle."), where="vehicle")
    if kind in (SWAP, SPLIT) and ask.other in ("", ask.vehicle):
        raise BadRequestError.one("no-other-vehicle", N_("Choose another vehicle to give the work to."), where="other")
    if kind == UNLOAD and not ask.site:
        raise BadRequestError.one("no-site-chosen", N_("Choose where the vehicle unloads."), where="site")
    if kind in (LOCK, UNLOCK) and bool(ask.stop) == bool(ask.vehicle):
        raise BadRequestError.one("lock-what", N_("Choose a visit or a vehicle."), where="stop")
    if kind == LEAVE and not ask.why:
        raise BadRequestError.one(
            "say-why", N_("Say why it is left out; whoever looks at the day later reads it."), where="why"
        )
    if len(ask.why) > LONGEST_REASON:
        raise BadRequestError.one(
            "reason-too-long", N_("The reason has more than %(most)s characters."), where="why", most=LONGEST_REASON
        )
    return ask


def _position(text: str) -> int:
    if text == "":
        return BEST
    if not text.isdecimal() or len(text) > 4:
        raise BadRequestError.one("bad-position", N_("Choose a place on the route."), where="at")
    return min(int(text), END)
