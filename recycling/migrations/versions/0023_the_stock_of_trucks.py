"""Weigh-ins of trucks, corrections by two people, serial numbers."""

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0022'


def upgrade() -> None:
    op.create_table('stock_weigh_in',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('plate', sa.String(), nullable=False),
    sa.Column('depot_code', sa.String(), nullable=False),
    sa.Column('site_code', sa.String(), nullable=True),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('person', sa.String(), nullable=False),
    sa.Column('gross_grams', sa.BigInteger(), nullable=True),
    sa.Column('tare_grams', sa.BigInteger(), nullable=True),
    sa.CheckConstraint('(gross_grams IS NULL) = (tare_grams IS NULL)', name=op.f('ck_stock_weigh_in_bridge')),
    sa.ForeignKeyConstraint(['depot_code'], ['site.code'], name=op.f('fk_stock_weigh_in_depot_code_site')),
    sa.ForeignKeyConstraint(['site_code'], ['site.code'], name=op.f('fk_stock_weigh_in_site_code_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stock_weigh_in')),
    sa.UniqueConstraint('key', name=op.f('uq_stock_weigh_in_key'))
    )
    op.create_index('ix_stock_weigh_in_plate', 'stock_weigh_in', ['plate', 'at'], unique=False)
    op.create_table('stock_weigh_in_line',
    sa.Column('weigh_in_id', sa.Uuid(), nullable=False),
    sa.Column('material', sa.String(), nullable=False),
    sa.Column('book_grams', sa.BigInteger(), nullable=False),
    sa.Column('weighed_grams', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('explained_by', sa.String(), nullable=False),
    sa.Column('explained_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state <> 'explained' OR (reason <> '' AND explained_by <> '')", name=op.f('ck_stock_weigh_in_line_explained')),
    sa.CheckConstraint("state IN ('within', 'open', 'explained')", name=op.f('ck_stock_weigh_in_line_state')),
    sa.CheckConstraint('book_grams >= 0 AND weighed_grams >= 0', name=op.f('ck_stock_weigh_in_line_grams')),
    sa.ForeignKeyConstraint(['weigh_in_id'], ['stock_weigh_in.id'], name=op.f('fk_stock_weigh_in_line_weigh_in_id_stock_weigh_in')),
    sa.PrimaryKeyConstraint('weigh_in_id', 'material', name=op.f('pk_stock_weigh_in_line'))
    )
    op.create_index('ix_stock_weigh_in_line_state', 'stock_weigh_in_line', ['state'], unique=False)
    op.create_table('stock_correction',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('plate', sa.String(), nullable=False),
    sa.Column('depot_code', sa.String(), nullable=False),
    sa.Column('material', sa.String(), nullable=False),
    sa.Column('grams', sa.BigInteger(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('asked_by', sa.String(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('decided_by', sa.String(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'asked') = (decided_by = '')", name=op.f('ck_stock_correction_decided')),
    sa.CheckConstraint("reason <> ''", name=op.f('ck_stock_correction_reason')),
    sa.CheckConstraint("state IN ('asked', 'made', 'refused')", name=op.f('ck_stock_correction_state')),
    sa.CheckConstraint('decided_by <> asked_by', name=op.f('ck_stock_correction_second_person')),
    sa.CheckConstraint('grams <> 0', name=op.f('ck_stock_correction_grams')),
    sa.ForeignKeyConstraint(['depot_code'], ['site.code'], name=op.f('fk_stock_correction_depot_code_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stock_correction')),
    sa.UniqueConstraint('key', name=op.f('uq_stock_correction_key'))
    )
    op.create_index('ix_stock_correction_plate', 'stock_correction', ['plate', 'state'], unique=False)
    op.create_table('stock_serial',
    sa.Column('purchase_id', sa.Uuid(), nullable=False),
    sa.Column('serial', sa.String(), nullable=False),
    sa.Column('item', sa.String(), nullable=False),
    sa.Column('plate', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('person', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['purchase_id'], ['purchase.id'], name=op.f('fk_stock_serial_purchase_id_purchase')),
    sa.PrimaryKeyConstraint('purchase_id', 'serial', name=op.f('pk_stock_serial'))
    )
    op.create_index('ix_stock_serial_serial', 'stock_serial', ['serial'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_stock_serial_serial', table_name='stock_serial')
    op.drop_table('stock_serial')
    op.drop_index('ix_stock_correction_plate', table_name='stock_correction')
    op.drop_table('stock_correction')
    op.drop_index('ix_stock_weigh_in_line_state', table_name='stock_weigh_in_line')
    op.drop_table('stock_weigh_in_line')
    op.drop_index('ix_stock_weigh_in_plate', table_name='stock_weigh_in')
    op.drop_table('stock_weigh_in')
