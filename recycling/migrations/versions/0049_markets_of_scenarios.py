"""Markets and dismantlers of scenarios, in the area or far outside it."""

import sqlalchemy as sa
from alembic import op

revision = '0049'
down_revision = '0048'


def upgrade() -> None:
    op.create_table(
        'scenario_market',
        sa.Column('scenario_id', sa.Uuid(), nullable=False),
        sa.Column('code', sa.String(), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('name_en', sa.String(), nullable=False),
        sa.Column('lon', sa.Double(), nullable=False),
        sa.Column('lat', sa.Double(), nullable=False),
        sa.Column('is_open', sa.Boolean(), nullable=False),
        sa.Column('facts', sa.JSON(), server_default='{}', nullable=False),
        sa.CheckConstraint("kind IN ('market', 'dismantler')", name=op.f('ck_scenario_market_kind')),
        sa.CheckConstraint(
            'lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90', name=op.f('ck_scenario_market_position')
        ),
        sa.ForeignKeyConstraint(
            ['scenario_id'], ['scenario.id'], name=op.f('fk_scenario_market_scenario_id_scenario'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('scenario_id', 'code', name=op.f('pk_scenario_market')),
    )


def downgrade() -> None:
    op.drop_table('scenario_market')
