"""Readings of the network's signs, kept in the record so that serving pages needs no dictionary."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.models import Community, SignReading
from recycling.places.index import signs_of
from recycling.places.spelling import readings_of


def keep_readings(session: Session, communities: Iterable[Community]) -> None:
    """Write the readings of all signs of these communities' names that the record does not hold yet."""
    known = set(session.scalars(select(SignReading.sign)))
    signs = signs_of(name for c in communities for name in (c.name, c.town, c.county))
    for sign, readings in readings_of(sorted(signs - known)).items():
        session.add(SignReading(sign=sign, readings=" ".join(readings)))


def kept_readings(session: Session, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the readings of all signs of names; what the record does not hold comes from the dictionary."""
    wanted = signs_of(names)
    known = {row.sign: tuple(row.readings.split()) for row in session.scalars(select(SignReading))}
    missing = sorted(wanted - set(known))
    return {**{s: r for s, r in known.items() if s in wanted}, **(readings_of(missing) if missing else {})}
