"""Alembic's entry: runs the migrations on the connection that `recycling.db` hands over."""

from typing import Any, Literal

from alembic import context

from recycling.models import Base
from recycling.models.base import UtcDateTime


def render_item(kind: str, item: Any, _: object) -> str | Literal[False]:
    """Write our moment type as the plain column type, so that a migration needs no import of today's models."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
