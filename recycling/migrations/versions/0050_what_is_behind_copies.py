"""Copies of scenarios keep what the answer counts that their original was opened from."""

import sqlalchemy as sa
from alembic import op

revision = '0050'
down_revision = '0049'


def upgrade() -> None:
    op.add_column('scenario', sa.Column('behind', sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column('scenario', 'behind')
