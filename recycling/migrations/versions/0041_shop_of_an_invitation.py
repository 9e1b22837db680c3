"""For which shop a retailer is invited."""

import sqlalchemy as sa
from alembic import op

revision = '0041'
down_revision = '0040'


def upgrade() -> None:
    op.add_column('one_time_link', sa.Column('shop', sa.String(), server_default='', nullable=False))


def downgrade() -> None:
    op.drop_column('one_time_link', 'shop')
