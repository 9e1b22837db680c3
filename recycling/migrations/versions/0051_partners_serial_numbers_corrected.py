"""Serial numbers that a partner reported, as they were and as they are right."""

import sqlalchemy as sa
from alembic import op

revision = '0051'
down_revision = '0050'


def upgrade() -> None:
    op.add_column('partner_correction', sa.Column('serials_before', sa.JSON(), server_default='[]', nullable=False))
    op.add_column('partner_correction', sa.Column('serials_after', sa.JSON(), server_default='[]', nullable=False))


def downgrade() -> None:
    op.drop_column('partner_correction', 'serials_after')
    op.drop_column('partner_correction', 'serials_before')
