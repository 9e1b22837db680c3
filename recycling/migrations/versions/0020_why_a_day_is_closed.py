"""Why nobody drives on a day, in English too; and from which promise a booking was moved for it."""

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'


def upgrade() -> None:
    op.add_column('call', sa.Column('reason_en', sa.String(), nullable=False, server_default=''))
    for column in ('moved_from_start', 'moved_from_end'):
        op.add_column('booking', sa.Column(column, sa.DateTime(timezone=True), nullable=True))
    for column in ('closed_zh', 'closed_en'):
        op.add_column('booking', sa.Column(column, sa.String(), nullable=False, server_default=''))


def downgrade() -> None:
    for column in ('closed_en', 'closed_zh', 'moved_from_end', 'moved_from_start'):
        op.drop_column('booking', column)
    op.drop_column('call', 'reason_en')
