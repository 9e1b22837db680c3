"""Scenarios of sorting centres, and searches for better sites."""

import sqlalchemy as sa
from alembic import op

revision = '0027'
down_revision = '0026'


def upgrade() -> None:
    op.create_table('scenario',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('depot_code', sa.String(), nullable=True),
    sa.Column('assumed', sa.JSON(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by', sa.String(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("name <> ''", name=op.f('ck_scenario_name')),
    sa.CheckConstraint('version >= 1', name=op.f('ck_scenario_version')),
    sa.ForeignKeyConstraint(['depot_code'], ['site.code'], name=op.f('fk_scenario_depot_code_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scenario')),
    sa.UniqueConstraint('name', name=op.f('uq_scenario_name'))
    )
    op.create_table('scenario_site',
    sa.Column('scenario_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('name_en', sa.String(), nullable=False),
    sa.Column('lon', sa.Double(), nullable=False),
    sa.Column('lat', sa.Double(), nullable=False),
    sa.Column('size', sa.String(), nullable=False),
    sa.Column('is_open', sa.Boolean(), nullable=False),
    sa.CheckConstraint("kind IN ('standing', 'station', 'town', 'own')", name=op.f('ck_scenario_site_kind')),
    sa.CheckConstraint('lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90', name=op.f('ck_scenario_site_position')),
    sa.ForeignKeyConstraint(['scenario_id'], ['scenario.id'], name=op.f('fk_scenario_site_scenario_id_scenario'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('scenario_id', 'code', name=op.f('pk_scenario_site'))
    )
    op.create_table('site_search',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('scenario_id', sa.Uuid(), nullable=True),
    sa.Column('made_id', sa.Uuid(), nullable=True),
    sa.Column('asked', sa.JSON(), nullable=False),
    sa.Column('answer', sa.JSON(), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('progress', sa.Double(), nullable=False),
    sa.Column('stop_asked', sa.Boolean(), nullable=False),
    sa.Column('asked_by', sa.String(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error', sa.String(), nullable=False),
    sa.CheckConstraint('progress BETWEEN 0 AND 1', name=op.f('ck_site_search_progress')),
    sa.CheckConstraint("state IN ('queued', 'running', 'done', 'stopped', 'failed')", name=op.f('ck_site_search_state')),
    sa.ForeignKeyConstraint(['made_id'], ['scenario.id'], name=op.f('fk_site_search_made_id_scenario'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['scenario_id'], ['scenario.id'], name=op.f('fk_site_search_scenario_id_scenario'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_site_search'))
    )
    op.create_index('ix_site_search_state', 'site_search', ['state', 'asked_at'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_site_search_state', table_name='site_search')
    op.drop_table('site_search')
    op.drop_table('scenario_site')
    op.drop_table('scenario')
