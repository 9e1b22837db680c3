"""The ways that a timetable was made with, and how often it was changed by hand."""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'


def upgrade() -> None:
    op.create_table(
        'timetable_roads',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('places', sa.JSON(), nullable=False),
        sa.Column('seconds', sa.LargeBinary(), nullable=False),
        sa.Column('metres', sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_timetable_roads')),
    )
    op.add_column('timetable', sa.Column('roads_id', sa.Uuid(), nullable=True))
    op.add_column('timetable', sa.Column('edits', sa.Integer(), server_default='0', nullable=False))


def downgrade() -> None:
    op.drop_column('timetable', 'edits')
    op.drop_column('timetable', 'roads_id')
    op.drop_table('timetable_roads')
