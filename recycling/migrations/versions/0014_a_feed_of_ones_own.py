"""The calendar feed of a resident's own pickups."""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'


def upgrade() -> None:
    op.add_column('account', sa.Column('feed_token', sa.String(), nullable=True))
    op.create_index('uq_account_feed_token', 'account', ['feed_token'], unique=True)


def downgrade() -> None:
    op.drop_index('uq_account_feed_token', 'account')
    op.drop_column('account', 'feed_token')
