"""What people bring to a call and that is not taken, with its reason."""

import sqlalchemy as sa
from alembic import op

revision = '0025'
down_revision = '0023'


def upgrade() -> None:
    op.create_table('turned_away',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('plate', sa.String(), nullable=False),
    sa.Column('depot_code', sa.String(), nullable=False),
    sa.Column('community_code', sa.String(), nullable=True),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('what', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('person', sa.String(), nullable=False),
    sa.CheckConstraint("reason IN ('not_taken', 'dangerous', 'dirty', 'full', 'price', 'other')", name=op.f('ck_turned_away_reason')),
    sa.CheckConstraint("what <> ''", name=op.f('ck_turned_away_what')),
    sa.ForeignKeyConstraint(['community_code'], ['community.code'], name=op.f('fk_turned_away_community_code_community')),
    sa.ForeignKeyConstraint(['depot_code'], ['site.code'], name=op.f('fk_turned_away_depot_code_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_turned_away')),
    sa.UniqueConstraint('key', name=op.f('uq_turned_away_key'))
    )
    op.create_index('ix_turned_away_day', 'turned_away', ['day', 'depot_code'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_turned_away_day', table_name='turned_away')
    op.drop_table('turned_away')
