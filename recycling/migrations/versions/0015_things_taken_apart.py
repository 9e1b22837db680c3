"""Things that the crew takes apart or off the wall."""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'


def upgrade() -> None:
    op.add_column('booking_line', sa.Column('dismantle', sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column('booking_line', 'dismantle')
