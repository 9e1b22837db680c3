"""State, version and links of a booking."""

import sqlalchemy as sa
from alembic import op

revision = '0002_scaffold'
down_revision = '0001'


def upgrade() -> None:
    with op.batch_alter_table('booking', schema=None) as batch_op:
        batch_op.add_column(sa.Column('state', sa.String(), nullable=False, server_default='booked'))
        batch_op.add_column(sa.Column('version', sa.Integer(), nullable=False, server_default='1'))
        batch_op.add_column(sa.Column('link_round', sa.Integer(), nullable=False, server_default='0'))


def downgrade() -> None:
    with op.batch_alter_table('booking', schema=None) as batch_op:
        for name in ('link_round', 'version', 'state'):
            batch_op.drop_column(name)
