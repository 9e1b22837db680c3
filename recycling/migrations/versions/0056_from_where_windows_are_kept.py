"""From which address a window is kept, so that nobody keeps a whole day from others."""

import sqlalchemy as sa
from alembic import op

revision = '0056'
down_revision = '0055'


def upgrade() -> None:
    op.add_column('hold', sa.Column('origin', sa.String(), nullable=False, server_default=''))


def downgrade() -> None:
    op.drop_column('hold', 'origin')
