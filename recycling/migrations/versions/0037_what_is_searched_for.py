"""What a search of planners is for, and why it came to nothing in parts that a page translates."""

import sqlalchemy as sa
from alembic import op

revision = '0037'
down_revision = '0036'


def upgrade() -> None:
    op.add_column('site_search', sa.Column('kind', sa.String(), server_default='sites', nullable=False))
    op.add_column('site_search', sa.Column('faults', sa.JSON(), server_default='[]', nullable=False))


def downgrade() -> None:
    op.drop_column('site_search', 'faults')
    op.drop_column('site_search', 'kind')
