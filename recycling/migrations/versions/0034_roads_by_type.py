"""Keep the ways of a timetable for each type of vehicle.

Revision ID: 0034
Revises: 0033
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("timetable_roads", sa.Column("profiles", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("timetable_roads", "profiles")
