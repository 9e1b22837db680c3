"""The network as a process keeps it: read once for each edition, so that most questions need no statement of their own.

What is given out belongs to no session and is not to be changed: whoever changes the network reads its rows himself.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.orm import Session

from recycling.models import Area, Community, Site
from recycling.models.base import Base, made, table_of
from recycling.ready import Ready

Row = TypeVar("Row", bound=Base)

EDITIONS = 2
"""Editions that are kept: the present one, and one that a unit of work may be making."""

IN_SESSION = "kept network"
"""Where a session remembers its network; whoever changes the network there has it forgotten."""


@dataclass
class KeptNetwork:
    """An edition of the network: the area, the sites by code, and the communities that were asked for by code."""

    area: Area | None
    sites: dict[str, Site]
    communities: dict[str, Community | None] = field(default_factory=dict)


_editions: OrderedDict[str, KeptNetwork] = OrderedDict()
_lock = Lock()


def kept_network(session: Session) -> KeptNetwork:
    """Return the network as the session sees it."""
    found: KeptNetwork | None = session.info.get(IN_SESSION)
    return seen(session, edition(session)) if found is None else found


def seen(session: Session, name: str) -> KeptNetwork:
    """Let a session have the network of the edition that it has seen, and return it."""
    found: KeptNetwork = session.info.setdefault(IN_SESSION, _of_edition(session, name))
    return found


def edition_column() -> ColumnElement[str]:
    """Return what holds the name of the edition, for a question that asks for more; no row before one is loaded."""
    return table_of(Area).c.edition


def edition(session: Session) -> str:
    """Return the name of the present state of the network, empty when none has been loaded."""
    return session.scalar(_EDITION) or ""


def the_community(session: Session, code: str) -> Community | None:
    """Return the community of that code, None when there is none."""
    if not code or not code.isprintable():
        return None
    known = kept_network(session).communities
    if code not in known:
        row = _COMMUNITY.one(session, community=code)
        if row is None:
            return None  # and it is not kept: anybody may ask for anything
        known[code] = made(Community, dict(zip(table_of(Community).c.keys(), row, strict=True)))
    return known[code]


def _of_edition(session: Session, name: str) -> KeptNetwork:
    found = _editions.get(name)
    if found is None:
        row = session.execute(_AREA).first()
        sites = (_made(Site, row) for row in session.execute(_SITES))
        found = KeptNetwork(_made(Area, row) if row is not None else None, {site.code: site for site in sites})
        if row is not None:  # else there is nothing worth keeping, and no name to keep it by
            with _lock:
                _editions[found.area.edition if found.area else name] = found
                while len(_editions) > EDITIONS:
                    _editions.popitem(last=False)
    return found


def _made(kind: type[Row], row: Any) -> Row:
    return kind(**row._mapping)


_EDITION = select(table_of(Area).c.edition)
_AREA = select(table_of(Area))
_SITES = select(table_of(Site)).order_by(table_of(Site).c.code)
_COMMUNITY = Ready(select(table_of(Community)).where(table_of(Community).c.code == bindparam("community")))
