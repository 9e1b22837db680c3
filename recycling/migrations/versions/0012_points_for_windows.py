"""Points for windows in which a vehicle is near."""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'


def upgrade() -> None:
    for table in ('booking', 'hold'):
        op.add_column(table, sa.Column('bonus', sa.Integer(), nullable=False, server_default='0'))


def downgrade() -> None:
    for table in ('hold', 'booking'):
        op.drop_column(table, 'bonus')
