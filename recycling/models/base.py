"""What all tables share: names of constraints, moments in UTC, keys."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, ClassVar, TypeVar, cast

from sqlalchemy import JSON, DateTime, MetaData, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def _in_utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be stored")
    return value.astimezone(UTC)


@lru_cache(maxsize=1000)  # a booking keeps a dozen moments, most of them several times
def _written(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(" ", "microseconds")


def _as_sqlite_keeps_it(value: datetime | None) -> str | None:
    moment = _in_utc(value)
    return None if moment is None else _written(moment)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment; kept in UTC on every database. A naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware moment into UTC; SQLite keeps it without the zone."""
        moment = _in_utc(value)
        return moment.replace(tzinfo=None) if moment is not None and dialect.name == "sqlite" else moment

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], datetime | str | None]:
        """Return what does the same at once, without the three calls between."""
        return _as_sqlite_keeps_it if dialect.name == "sqlite" else _in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Parent of all mapped classes."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
    }


def table_of(kind: type[Base]) -> Table:
    """Return the table of a class: what is asked of it, and not of the class, costs half and gives plain rows."""
    return cast(Table, kind.__table__)


Row = TypeVar("Row", bound=Base)


def made(kind: type[Row], values: Mapping[str, Any]) -> Row:
    """Return a new object with the values of its columns, all set at once: one by one each would tell the session."""
    new = kind()
    vars(new).update(values)
    return new


def new_id() -> uuid.UUID:
    """Return a fresh key that cannot be guessed."""
    return uuid.uuid4()
