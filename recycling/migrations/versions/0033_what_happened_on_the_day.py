"""What a plan that was made on the day itself answers."""

import sqlalchemy as sa
from alembic import op

revision = '0033'
down_revision = '0032'


def upgrade() -> None:
    op.add_column('plan', sa.Column('happened', sa.JSON(), server_default='{}', nullable=False))


def downgrade() -> None:
    op.drop_column('plan', 'happened')
