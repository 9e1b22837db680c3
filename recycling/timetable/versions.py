"""Versions of a depot's timetable: which one holds when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from recycling import audit, network
from recycling.accounts.actors import Actor
from recycling.db import hold
from recycling.errors import N_, BadRequestError, ConflictError, NotFoundError
from recycling.models import Timetable
from recycling.settings import Settings

MONDAY = date(2024, 1, 1)
"""Cycles of weeks are counted from here."""


def cycle_day(table: Timetable, day: date) -> int:
    """Return which day of the timetable's cycle a date is, 0 for its first Monday."""
    return (day - MONDAY).days % (7 * table.weeks)


def the_timetable(session: Session, depot: str, version: int) -> Timetable:
    """Return a version of a depot's timetable.

    Raises
    ------
    NotFoundError
        When there is none.
    """
    network.the_depot(session, depot)
    found = session.scalar(select(Timetable).where(Timetable.depot_code == depot, Timetable.version == version))
    if found is None:
        raise NotFoundError.one(
            "no-timetable",
            N_("Depot %(depot)s has no timetable version %(version)s. `recycling timetable list` shows which it has."),
            depot=depot,
            version=version,
        )
    return found


def versions(session: Session, depot: str) -> list[Timetable]:
    """Return all versions of a depot, the newest first."""
    query = select(Timetable).where(Timetable.depot_code == depot).order_by(Timetable.version.desc())
    return list(session.scalars(query))


def in_force(session: Session, depot: str, day: date) -> Timetable | None:
    """Return the version that holds on a day: the newest published one that holds from that day or before."""
    return session.scalar(_published(depot).where(Timetable.valid_from <= day).limit(1))


def published(session: Session, depot: str) -> list[Timetable]:
    """Return the published versions of a depot for `holding`, the one that begins to hold last first."""
    return list(session.scalars(_published(depot)))


def holding(tables: Iterable[Timetable], day: date) -> Timetable | None:
    """Return the version of the `published` that holds on a day, as `in_force` does without asking the record again."""
    return next((one for one in tables if one.valid_from is not None and one.valid_from <= day), None)


def _published(depot: str) -> Select[Timetable]:
    order = Timetable.valid_from.desc(), Timetable.version.desc()
    return select(Timetable).where(Timetable.depot_code == depot, Timetable.state == "published").order_by(*order)


def standing(session: Session, depot: str, day: date) -> Timetable | None:
    """Return the version by which a depot is known on a day: the one in force, or else the next to be, or a draft.

    Its calls are read with it.
    """
    listed = versions(session, depot)
    coming = [one for one in listed if one.state == "published" and one.valid_from is not None and one.valid_from > day]
    drafts = [one for one in listed if one.state == "draft"]
    found = in_force(session, depot, day) or next(iter([*coming[-1:], *drafts[:1]]), None)
    if found is not None:
        _ = found.visits
    return found


def timetabled(session: Session) -> list[str]:
    """Return the codes of depots that have a timetable in force, now or later, or had one."""
    query = select(Timetable.depot_code).where(Timetable.state != "draft").distinct()
    return sorted(session.scalars(query))


def publish(
    session: Session, settings: Settings, table: Timetable, first: date, actor: Actor, now: datetime
) -> Timetable:
    """Let a draft hold from a day on; publishing it again for the same day changes nothing.

    The dated calls are made by `calls.lay_out`.

    Raises
    ------
    BadRequestError, ConflictError
        For a day that is not ahead, and for a version that has been withdrawn or holds from another day.
    """
    hold(session, f"timetable/{table.depot_code}")
    session.refresh(table)
    today = settings.clock.today(now)
    if table.state == "published" and table.valid_from == first:
        return table
    if table.state != "draft":
        raise ConflictError.one(
            "not-a-draft",
            N_("Timetable %(version)s is %(state)s. Only a draft can be published."),
            version=table.version,
            state=table.state,
        )
    if first <= today:
        raise BadRequestError.one(
            "not-ahead",
            N_("A timetable holds from tomorrow (%(day)s) or later."),
            where="first",
            day=today + timedelta(days=1),
        )
    table.state, table.valid_from = "published", first
    audit.record(
        session, actor, "timetable.published", "timetable", table.id, None,
        {"depot": table.depot_code, "version": table.version, "from": first.isoformat()}, now,
    )  # fmt: skip
    return table


def withdraw(session: Session, table: Timetable, actor: Actor, now: datetime) -> Timetable:
    """Let a version that is published hold no more; the one before it holds again."""
    hold(session, f"timetable/{table.depot_code}")
    session.refresh(table)
    if table.state == "withdrawn":
        return table
    if table.state == "draft":
        session.delete(table)
    else:
        table.state = "withdrawn"
    audit.record(
        session, actor, "timetable.withdrawn", "timetable", table.id,
        {"version": table.version, "from": table.valid_from.isoformat() if table.valid_from else None}, None, now,
    )  # fmt: skip
    return table
