"""Where trucks were seen last, on the public grid; and timetables that are being made."""

import sqlalchemy as sa
from alembic import op

revision = '0026'
down_revision = '0025'


def upgrade() -> None:
    op.create_table('truck_position',
    sa.Column('plate', sa.String(), nullable=False),
    sa.Column('depot_code', sa.String(), nullable=False),
    sa.Column('service_day', sa.Date(), nullable=False),
    sa.Column('grid_row', sa.Integer(), nullable=True),
    sa.Column('grid_column', sa.Integer(), nullable=True),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('shared_by', sa.String(), nullable=False),
    sa.CheckConstraint('(grid_row IS NULL) = (seen_at IS NULL)', name=op.f('ck_truck_position_row')),
    sa.CheckConstraint('(grid_column IS NULL) = (seen_at IS NULL)', name=op.f('ck_truck_position_column')),
    sa.ForeignKeyConstraint(['depot_code'], ['site.code'], name=op.f('fk_truck_position_depot_code_site')),
    sa.PrimaryKeyConstraint('plate', name=op.f('pk_truck_position'))
    )
    op.create_table('timetable_run',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('depot_code', sa.String(), nullable=False),
    sa.Column('asked_by', sa.String(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seconds', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('stop_asked', sa.Boolean(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('fence', sa.Integer(), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('progress', sa.Double(), nullable=False),
    sa.Column('fen_a_week', sa.Integer(), nullable=True),
    sa.Column('left_out', sa.Integer(), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error_code', sa.String(), nullable=False),
    sa.Column('error', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=True),
    sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name=op.f('ck_timetable_run_state')),
    sa.CheckConstraint('progress BETWEEN 0 AND 1', name=op.f('ck_timetable_run_progress')),
    sa.CheckConstraint('seconds BETWEEN 1 AND 86400', name=op.f('ck_timetable_run_seconds')),
    sa.ForeignKeyConstraint(['depot_code'], ['site.code'], name=op.f('fk_timetable_run_depot_code_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_timetable_run'))
    )
    op.create_index('uq_timetable_run_open', 'timetable_run', ['depot_code'], unique=True,
        sqlite_where=sa.text("state IN ('queued', 'running')"),
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )


def downgrade() -> None:
    op.drop_index('uq_timetable_run_open', 'timetable_run')
    op.drop_table('timetable_run')
    op.drop_table('truck_position')
