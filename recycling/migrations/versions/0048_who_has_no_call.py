"""How many people live where the best timetable so far has no call."""

import sqlalchemy as sa
from alembic import op

revision = '0048'
down_revision = '0042'


def upgrade() -> None:
    op.add_column('timetable_run', sa.Column('people_left_out', sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column('timetable_run', 'people_left_out')
