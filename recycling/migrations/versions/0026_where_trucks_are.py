"""Where trucks were seen last, on the public grid."""

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


def downgrade() -> None:
    op.drop_table('truck_position')
