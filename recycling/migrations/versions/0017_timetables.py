"""Timetables of truck calls, and what becomes of a dated call."""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'


def upgrade() -> None:
    op.create_table('timetable',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('depot_code', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('weeks', sa.Integer(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by', sa.String(), nullable=False),
    sa.Column('fen_a_week', sa.Integer(), nullable=False),
    sa.Column('left_out', sa.Integer(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.CheckConstraint("(state = 'draft') = (valid_from IS NULL)", name=op.f('ck_timetable_valid_from')),
    sa.CheckConstraint("state IN ('draft', 'published', 'withdrawn')", name=op.f('ck_timetable_state')),
    sa.CheckConstraint('weeks BETWEEN 1 AND 4', name=op.f('ck_timetable_weeks')),
    sa.ForeignKeyConstraint(['depot_code'], ['site.code'], name=op.f('fk_timetable_depot_code_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_timetable')),
    sa.UniqueConstraint('depot_code', 'version', name=op.f('uq_timetable_depot_code_version'))
    )
    op.create_table('timetable_visit',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('timetable_id', sa.Uuid(), nullable=False),
    sa.Column('community_code', sa.String(), nullable=False),
    sa.Column('day', sa.Integer(), nullable=False),
    sa.Column('plate', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('start_minute', sa.Integer(), nullable=False),
    sa.Column('dwell_minutes', sa.Integer(), nullable=False),
    sa.Column('expected_kg', sa.Integer(), nullable=False),
    sa.Column('expected_litres', sa.Integer(), nullable=False),
    sa.Column('unload_after', sa.String(), nullable=True),
    sa.CheckConstraint('day BETWEEN 0 AND 27', name=op.f('ck_timetable_visit_day')),
    sa.CheckConstraint('dwell_minutes BETWEEN 5 AND 240', name=op.f('ck_timetable_visit_dwell')),
    sa.CheckConstraint('expected_kg >= 0 AND expected_litres >= 0', name=op.f('ck_timetable_visit_expected')),
    sa.CheckConstraint('start_minute BETWEEN 0 AND 1439', name=op.f('ck_timetable_visit_start_minute')),
    sa.ForeignKeyConstraint(['community_code'], ['community.code'], name=op.f('fk_timetable_visit_community_code_community')),
    sa.ForeignKeyConstraint(['timetable_id'], ['timetable.id'], name=op.f('fk_timetable_visit_timetable_id_timetable'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['unload_after'], ['site.code'], name=op.f('fk_timetable_visit_unload_after_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_timetable_visit')),
    sa.UniqueConstraint('timetable_id', 'community_code', 'day', name=op.f('uq_timetable_visit_timetable_id_community_code_day')),
    sa.UniqueConstraint('timetable_id', 'day', 'plate', 'position', name=op.f('uq_timetable_visit_timetable_id_day_plate_position'))
    )
    for column in (
        sa.Column('timetable_id', sa.Uuid(), nullable=True),
        sa.Column('mark', sa.String(), nullable=True),
        sa.Column('plate', sa.String(), nullable=False, server_default=''),
        sa.Column('state', sa.String(), nullable=False, server_default='planned'),
        sa.Column('reason', sa.String(), nullable=False, server_default=''),
        sa.Column('moved_from', sa.DateTime(timezone=True), nullable=True),
        sa.Column('changes', sa.Integer(), nullable=False, server_default='0'),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('by_hand', sa.Boolean(), nullable=False, server_default=sa.false()),
    ):
        op.add_column('call', column)
    op.create_index('ix_call_community', 'call', ['community_code', 'starts_at'], unique=False)
    op.create_index('uq_call_mark', 'call', ['mark'], unique=True)


def downgrade() -> None:
    op.drop_index('uq_call_mark', 'call')
    op.drop_index('ix_call_community', 'call')
    for column in ('by_hand', 'changed_at', 'changes', 'moved_from', 'reason', 'state', 'plate', 'mark', 'timetable_id'):
        op.drop_column('call', column)
    op.drop_table('timetable_visit')
    op.drop_table('timetable')
