"""How many people the best timetable so far leaves out, and kept answers to whom truck calls reach on foot."""

import sqlalchemy as sa
from alembic import op

revision = '0048'
down_revision = '0046'


def upgrade() -> None:
    op.add_column('timetable_run', sa.Column('people_left_out', sa.Integer(), nullable=True))
    op.create_table(
        'reach_study',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('depot_code', sa.String(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=True),
        sa.Column('asked', sa.JSON(), nullable=False),
        sa.Column('figures', sa.JSON(), nullable=False),
        sa.Column('answer', sa.JSON(), nullable=False),
        sa.Column('made_by', sa.String(), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['depot_code'], ['site.code'], name=op.f('fk_reach_study_depot_code_site')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_reach_study')),
    )
    op.create_index('ix_reach_study_depot', 'reach_study', ['depot_code', 'made_at'])


def downgrade() -> None:
    op.drop_table('reach_study')
    op.drop_column('timetable_run', 'people_left_out')
