"""A second visit of a shop's order, which fetches the old things after the new ones were brought."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = '0035'
down_revision = '0034'


def upgrade() -> None:
    columns: tuple[sa.Column[Any], ...] = (
        sa.Column('old_goods', sa.String(), server_default='door', nullable=False),
        sa.Column('fetch_start', sa.DateTime(timezone=True), nullable=True),
        sa.Column('fetch_end', sa.DateTime(timezone=True), nullable=True),
        sa.Column('fetch_minutes', sa.Double(), server_default='0', nullable=False),
        sa.Column('fetch_people', sa.Integer(), server_default='0', nullable=False),
        sa.Column('fetch_state', sa.String(), server_default='', nullable=False),
        sa.Column('fetch_reason', sa.String(), server_default='', nullable=False),
        sa.Column('fetch_planned_start', sa.DateTime(timezone=True), nullable=True),
        sa.Column('fetch_planned_end', sa.DateTime(timezone=True), nullable=True),
        sa.Column('fetch_set_off_at', sa.DateTime(timezone=True), nullable=True),
    )
    for column in columns:
        op.add_column('trade_in_order', column)
    for table in ('plan_visit', 'left_out'):
        op.add_column(table, sa.Column('fetches', sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    for table in ('left_out', 'plan_visit'):
        op.drop_column(table, 'fetches')
    for name in ('set_off_at', 'planned_end', 'planned_start', 'reason', 'state', 'people', 'minutes', 'end', 'start'):
        op.drop_column('trade_in_order', f'fetch_{name}')
    op.drop_column('trade_in_order', 'old_goods')
