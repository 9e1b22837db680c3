"""What a search for a timetable proved to be impossible."""

import sqlalchemy as sa
from alembic import op

revision = '0038'
down_revision = '0037'


def upgrade() -> None:
    op.add_column('timetable_run', sa.Column('hindrances', sa.JSON(), server_default='[]', nullable=False))


def downgrade() -> None:
    op.drop_column('timetable_run', 'hindrances')
