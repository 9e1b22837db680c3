"""Which vehicles can deliver: those with a tail lift, and those that are low enough for the way in."""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'


def upgrade() -> None:
    op.add_column('trade_in_order', sa.Column('tail_lift', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('trade_in_order', sa.Column('height_limit', sa.Double(), nullable=True))


def downgrade() -> None:
    for column in ('height_limit', 'tail_lift'):
        op.drop_column('trade_in_order', column)
