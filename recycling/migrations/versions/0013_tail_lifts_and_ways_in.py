"""What asks for a tail lift, and how high a vehicle may be for a window that is kept."""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'


def upgrade() -> None:
    for table in ('booking_line', 'hold'):
        op.add_column(table, sa.Column('tail_lift', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('hold', sa.Column('height_limit', sa.Double(), nullable=True))


def downgrade() -> None:
    op.drop_column('hold', 'height_limit')
    for table in ('hold', 'booking_line'):
        op.drop_column(table, 'tail_lift')
