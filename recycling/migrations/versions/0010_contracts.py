"""Contracts for regular collections."""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'


def upgrade() -> None:
    op.create_table('contract',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('reference', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('depot_code', sa.String(), nullable=False),
    sa.Column('community_code', sa.String(), nullable=True),
    sa.Column('place', sa.String(), nullable=False),
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('lon', sa.Double(), nullable=False),
    sa.Column('lat', sa.Double(), nullable=False),
    sa.Column('floor', sa.Integer(), nullable=False),
    sa.Column('lift', sa.Boolean(), nullable=False),
    sa.Column('standing', sa.String(), nullable=False),
    sa.Column('scene', sa.String(), nullable=False),
    sa.Column('contact', sa.String(), nullable=False),
    sa.Column('phone', sa.String(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('rule', sa.String(), nullable=False),
    sa.Column('window', sa.String(), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=True),
    sa.Column('on_holiday', sa.String(), nullable=False),
    sa.Column('from_day', sa.Date(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("on_holiday IN ('skip', 'before', 'after')", name=op.f('ck_contract_on_holiday')),
    sa.CheckConstraint("scene IN ('home', 'shop', 'office', 'school', 'renovation', 'event')", name=op.f('ck_contract_scene')),
    sa.CheckConstraint("standing IN ('flat', 'hallway', 'gate')", name=op.f('ck_contract_standing')),
    sa.CheckConstraint('floor BETWEEN -5 AND 120', name=op.f('ck_contract_floor')),
    sa.CheckConstraint('last_day IS NULL OR last_day >= first_day', name=op.f('ck_contract_days')),
    sa.CheckConstraint('lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90', name=op.f('ck_contract_position')),
    sa.CheckConstraint('version >= 1', name=op.f('ck_contract_version')),
    sa.ForeignKeyConstraint(['community_code'], ['community.code'], name=op.f('fk_contract_community_code_community')),
    sa.ForeignKeyConstraint(['depot_code'], ['site.code'], name=op.f('fk_contract_depot_code_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contract')),
    sa.UniqueConstraint('key', name=op.f('uq_contract_key')),
    sa.UniqueConstraint('reference', name=op.f('uq_contract_reference'))
    )
    with op.batch_alter_table('contract', schema=None) as batch_op:
        batch_op.create_index('ix_contract_depot', ['depot_code', 'ended_at'], unique=False)

    op.create_table('contract_date',
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('rule_day', sa.Date(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('booking_id', sa.Uuid(), nullable=True),
    sa.Column('elsewhen', sa.Boolean(), nullable=False),
    sa.Column('faults', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_by', sa.String(), nullable=False),
    sa.CheckConstraint('(booking_id IS NULL) = (faults IS NOT NULL)', name=op.f('ck_contract_date_outcome')),
    sa.CheckConstraint('settled_at IS NULL OR booking_id IS NULL', name=op.f('ck_contract_date_settled')),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_contract_date_booking_id_booking')),
    sa.ForeignKeyConstraint(['contract_id'], ['contract.id'], name=op.f('fk_contract_date_contract_id_contract'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('contract_id', 'rule_day', name=op.f('pk_contract_date'))
    )
    with op.batch_alter_table('contract_date', schema=None) as batch_op:
        batch_op.create_index('ix_contract_date_missed', ['booking_id', 'settled_at'], unique=False)

    op.create_table('contract_line',
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('item', sa.String(), nullable=False),
    sa.Column('pieces', sa.Integer(), nullable=False),
    sa.CheckConstraint('pieces BETWEEN 1 AND 99', name=op.f('ck_contract_line_pieces')),
    sa.ForeignKeyConstraint(['contract_id'], ['contract.id'], name=op.f('fk_contract_line_contract_id_contract'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('contract_id', 'position', name=op.f('pk_contract_line'))
    )
    op.create_table('contract_skip',
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contract.id'], name=op.f('fk_contract_skip_contract_id_contract'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('contract_id', 'day', name=op.f('pk_contract_skip'))
    )


def downgrade() -> None:
    op.drop_table('contract_skip')
    op.drop_table('contract_line')
    with op.batch_alter_table('contract_date', schema=None) as batch_op:
        batch_op.drop_index('ix_contract_date_missed')

    op.drop_table('contract_date')
    with op.batch_alter_table('contract', schema=None) as batch_op:
        batch_op.drop_index('ix_contract_depot')

    op.drop_table('contract')
