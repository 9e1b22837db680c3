"""What is known of a scenario's sites, and layers of places that come into a scenario from files."""

import sqlalchemy as sa
from alembic import op

revision = '0042'
down_revision = '0041'


def upgrade() -> None:
    op.add_column('scenario_site', sa.Column('facts', sa.JSON(), server_default='{}', nullable=False))
    op.create_table(
        'scenario_layer',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('scenario_id', sa.Uuid(), nullable=False),
        sa.Column('what', sa.String(), nullable=False),
        sa.Column('rows', sa.JSON(), nullable=False),
        sa.Column('told', sa.JSON(), nullable=False),
        sa.Column('beside', sa.Boolean(), nullable=False),
        sa.Column('taken', sa.Boolean(), nullable=False),
        sa.Column('made_by', sa.String(), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("what IN ('sites', 'points')", name=op.f('ck_scenario_layer_what')),
        sa.CheckConstraint("NOT taken OR what = 'points'", name=op.f('ck_scenario_layer_taken')),
        sa.ForeignKeyConstraint(['scenario_id'], ['scenario.id'], name=op.f('fk_scenario_layer_scenario_id_scenario'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_scenario_layer')),
    )
    op.create_index('ix_scenario_layer_made_at', 'scenario_layer', ['made_at'])
    op.create_index(
        'uq_scenario_layer_taken', 'scenario_layer', ['scenario_id'], unique=True,
        sqlite_where=sa.text('taken'), postgresql_where=sa.text('taken'),
    )


def downgrade() -> None:
    op.drop_table('scenario_layer')
    op.drop_column('scenario_site', 'facts')
