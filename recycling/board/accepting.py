"""A proposal for a day under way comes into force: once, over the plan it was made from, while it still holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.board.comparing import new_stops
from recycling.board.drafts import counted, own_or_free
from recycling.board.known import still_open
from recycling.board.marks import Mark, marks_of
from recycling.board.publishing import Base, alone
from recycling.board.situation import under_way
from recycling.board.standing import loaded_standing
from recycling.board.telling import Told, tell
from recycling.errors import N_, ConflictError
from recycling.models import Plan
from recycling.settings import Settings

GOOD_FOR = timedelta(minutes=10)
"""How long a proposal can be accepted: later the trucks are elsewhere."""


def accept(
    session: Session,
    settings: Settings,
    draft: Plan,
    seen: Base,
    named: Callable[[str], str],
    actor: Actor,
    now: datetime,
) -> Told:
    """Bring a proposal into force as it was shown, and tell those whose hours it changes, and what came since.

    Raises
    ------
    ConflictError
        When it is too old, when another plan came into force since, when a crew reported something of a visit that it
        changes, and while a planning run is under way.
    """
    own_or_free(draft, actor)
    if not draft.happened.get("what"):
        raise ConflictError.one(
            "no-proposal", N_("This draft answers nothing that happened today. Publish it on the board.")
        )
    under_way(settings, draft.service_day, now)
    if now - draft.made_at > GOOD_FOR:
        raise ConflictError.one(
            "proposal-old",
            N_("This proposal is older than %(minutes)s minutes, and the trucks have gone on. Ask for it again."),
            minutes=GOOD_FOR // timedelta(minutes=1),
        )
    alone(session, draft, seen)
    then, marks = draft.happened["marks"], marks_of(session, draft)
    arrived = frozenset(arrivals(session, draft, marks))
    kept = set(draft.happened["kept"])
    concerned = (set(then) | set(loaded_standing(draft).begins)) - kept - arrived
    for stop in sorted(concerned & set(marks)):
        if not _as_it_was(marks, then, stop):
            raise ConflictError.one(
                "moved-on",
                N_("Something was reported of %(where)s since this proposal was made. Ask for it again."),
                where=named(stop),
            )
    counted(session, draft, draft.edits)
    draft.draft, draft.published_at, draft.published_by = False, now, actor.id
    session.flush()
    told = tell(session, settings, draft, actor, now, arrived)
    audit.record(
        session, actor, "plan.accepted", "plan", draft.id, draft.happened["what"],
        {
            "version": draft.version, "told": told.told, "late": told.late, "unserved": told.unserved,
            "arrived": len(arrived),
        }, now,
    )  # fmt: skip
    return told


def arrivals(session: Session, draft: Plan, marks: Mapping[str, Mark] | None = None) -> tuple[str, ...]:
    """Return the stops that came since a proposal was asked for: new orders, and visits that are to be made again.

    The newest comes first. Its visits are loaded.
    """
    marks = marks_of(session, draft) if marks is None else marks
    new = new_stops(session, draft.depot_code, draft.service_day, loaded_standing(draft))
    again = sorted(stop for stop, mark in marks.items() if mark.reopened)
    shown = set(draft.happened.get("waiting", ()))
    return tuple(stop for stop in dict.fromkeys((*reversed(new), *again)) if stop not in shown)


def _as_it_was(marks: dict[str, Mark], then: dict[str, str], stop: str) -> bool:
    return marks[stop].state == then[stop] if stop in then else still_open(marks, stop)
