"""Bookings that are put into a plan after it was made."""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'


def upgrade() -> None:
    op.add_column('plan', sa.Column('root', sa.Integer(), nullable=False, server_default='0'))
    op.execute('UPDATE plan SET root = version')
    op.add_column('plan', sa.Column('puts', sa.Integer(), nullable=False, server_default='0'))
    for name in ('service', 'kg', 'litres'):
        op.add_column('hold', sa.Column(name, sa.Integer(), nullable=False, server_default='0'))


def downgrade() -> None:
    for name in ('litres', 'kg', 'service'):
        op.drop_column('hold', name)
    for name in ('puts', 'root'):
        op.drop_column('plan', name)
