"""Since when a form has been keeping windows, so that none keeps them from others for ever."""

import sqlalchemy as sa
from alembic import op

revision = '0055'
down_revision = '0053'


def upgrade() -> None:
    op.add_column('hold', sa.Column('since', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column('hold', 'since')
