"""What a plan's cost is the sum of, what no plan can cost less than, and what its reader should know."""

import sqlalchemy as sa
from alembic import op

revision = '0029'
down_revision = '0028'


def upgrade() -> None:
    op.add_column('plan', sa.Column('bound', sa.Integer(), nullable=True))
    op.add_column('plan', sa.Column('prices', sa.JSON(), server_default='{}', nullable=False))
    op.add_column('plan', sa.Column('notes', sa.JSON(), server_default='[]', nullable=False))


def downgrade() -> None:
    for name in ('notes', 'prices', 'bound'):
        op.drop_column('plan', name)
