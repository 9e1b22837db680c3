"""What happened on a day under way, as its dispatcher says it: read from a form, kept with the plan that answers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from recycling.board.asks import LONGEST_REASON
from recycling.clock import parse_hour
from recycling.errors import N_, BadRequestError

OUT, FULL, LATE, CLOSED, OPENS, URGENT, ANEW = HAPPENINGS = (
    "out", "full", "late", "closed", "opens", "urgent", "anew",
)  # fmt: skip
MOST_MINUTES = 600
MOST_ALSO = 100


@dataclass(frozen=True)
class Happening:
    """One thing that happened.

    Attributes
    ----------
    kind
        ``out``: `vehicle` can do no more today; ``full``: it takes nothing more before it unloads; ``late``: it is
        `minutes` behind its plan; ``closed``: nobody unloads at `site` any more; ``opens``: nobody does before `hour`;
        ``urgent``: `stop`, which is on no route, is to be served; ``anew``: nothing but what is known already.
    also
        Further stops on no route that are to be served, such as orders that came since.
    done
        How many services of its route `vehicle` has done, as its dispatcher knows; None for what is known without.
    """

    kind: str
    vehicle: str = ""
    minutes: int = 0
    site: str = ""
    hour: str = ""
    stop: str = ""
    done: int | None = None
    why: str = ""
    also: tuple[str, ...] = ()

    @property
    def stops(self) -> tuple[str, ...]:
        """All stops on no route that are to be served."""
        return tuple(dict.fromkeys((*((self.stop,) if self.stop else ()), *self.also)))

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return {**asdict(self), "also": list(self.also)}

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Happening:
        """Read what `to_dict` wrote."""
        return cls(**{**given, "also": tuple(given.get("also", ()))})


def read_happening(given: Mapping[str, str], also: Sequence[str] = ()) -> Happening:
    """Read what a form says, `also` the orders to take in; whether the day has such things is seen later.

    Raises
    ------
    BadRequestError
        When no kind is named, or a field is missing or wrong.
    """
    kind = given.get("kind", "")
    if kind not in HAPPENINGS:
        raise BadRequestError.one("no-happening", N_("Choose what happened."), where="kind")
    why = " ".join(given.get("why", "").split())
    if len(why) > LONGEST_REASON:
        raise BadRequestError.one(
            "reason-too-long", N_("The reason has more than %(most)s characters."), where="why", most=LONGEST_REASON
        )
    if len(also) > MOST_ALSO:
        raise BadRequestError.one(
            "too-many-orders", N_("Choose %(most)s orders at most."), where="also", most=MOST_ALSO
        )
    said: dict[str, Any] = {"why": why, "also": tuple(also)}
    if kind in (OUT, FULL, LATE):
        said["vehicle"] = _chosen(given, "vehicle", "no-vehicle-chosen", N_("Choose a vehicle."))
        said["done"] = _count(given.get("done", ""))
    if kind == LATE:
        said["minutes"] = _minutes(given.get("minutes", ""))
    if kind in (CLOSED, OPENS):
        said["site"] = _chosen(given, "site", "no-centre-chosen", N_("Choose the centre."))
    if kind == OPENS:
        said["hour"] = _hour(given.get("hour", ""))
    if kind == URGENT:
        said["stop"] = _chosen(given, "stop", "no-stop", N_("Choose a visit or an order."))
    return Happening(kind, **said)


def _chosen(given: Mapping[str, str], name: str, code: str, sentence: str) -> str:
    text = given.get(name, "")
    if not text:
        raise BadRequestError.one(code, sentence, where=name)
    return text


def _count(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 3:
        raise BadRequestError.one("bad-count", N_("Choose which visits are done."), where="done")
    return int(text)


def _minutes(text: str) -> int:
    if not text.isdecimal() or len(text) > 4 or not 1 <= int(text) <= MOST_MINUTES:
        raise BadRequestError.one("bad-delay", N_("Enter 1 to %(most)s minutes."), where="minutes", most=MOST_MINUTES)
    return int(text)


def _hour(text: str) -> str:
    try:
        return f"{parse_hour(text):%H:%M}"
    except ValueError as error:
        raise BadRequestError.one("bad-hour", N_("Write the hour as in 09:30."), where="hour") from error
