"""What the crew of an order must be able to do, how long that takes, and when its customer was erased from it."""

import sqlalchemy as sa
from alembic import op

revision = '0032'
down_revision = '0031'


def upgrade() -> None:
    op.add_column('trade_in_order', sa.Column('crew_skills', sa.String(), server_default='', nullable=False))
    op.add_column('trade_in_order', sa.Column('joint_minutes', sa.Integer(), server_default='0', nullable=False))
    op.add_column('trade_in_order', sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for name in ('erased_at', 'joint_minutes', 'crew_skills'):
        op.drop_column('trade_in_order', name)
