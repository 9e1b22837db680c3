"""Groups that gather for one truck, and quotes for clear-outs."""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'


def upgrade() -> None:
    op.create_table('pickup_group',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('idempotency_key', sa.String(), nullable=False),
    sa.Column('depot_code', sa.String(), nullable=False),
    sa.Column('community_code', sa.String(), nullable=False),
    sa.Column('place', sa.String(), nullable=False),
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('unit', sa.String(), nullable=False),
    sa.Column('quorum', sa.Integer(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('wished_day', sa.Date(), nullable=True),
    sa.Column('wished_window', sa.String(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('decided', sa.String(), nullable=False),
    sa.Column('trouble', sa.String(), nullable=False),
    sa.Column('tried_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('booked_day', sa.Date(), nullable=True),
    sa.Column('booked_window', sa.String(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.String(), nullable=False),
    sa.CheckConstraint("(state = 'booked') = (booked_day IS NOT NULL)", name=op.f('ck_pickup_group_booked')),
    sa.CheckConstraint("(state IN ('open', 'reached')) = (ended_at IS NULL)", name=op.f('ck_pickup_group_ended')),
    sa.CheckConstraint("state IN ('open', 'reached', 'booked', 'closed', 'cancelled')", name=op.f('ck_pickup_group_state')),
    sa.CheckConstraint("unit IN ('households', 'kg', 'litres')", name=op.f('ck_pickup_group_unit')),
    sa.CheckConstraint('quorum > 0', name=op.f('ck_pickup_group_quorum')),
    sa.ForeignKeyConstraint(['community_code'], ['community.code'], name=op.f('fk_pickup_group_community_code_community')),
    sa.ForeignKeyConstraint(['depot_code'], ['site.code'], name=op.f('fk_pickup_group_depot_code_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pickup_group')),
    sa.UniqueConstraint('code', name=op.f('uq_pickup_group_code')),
    sa.UniqueConstraint('idempotency_key', name=op.f('uq_pickup_group_idempotency_key'))
    )
    op.create_index('ix_pickup_group_place', 'pickup_group', ['community_code', 'address'], unique=False)
    op.create_index('ix_pickup_group_state', 'pickup_group', ['state', 'last_day'], unique=False)
    op.create_table('quote',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('token', sa.String(), nullable=False),
    sa.Column('idempotency_key', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('scene', sa.String(), nullable=False),
    sa.Column('depot_code', sa.String(), nullable=False),
    sa.Column('community_code', sa.String(), nullable=False),
    sa.Column('place', sa.String(), nullable=False),
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('floor', sa.Integer(), nullable=False),
    sa.Column('lift', sa.Boolean(), nullable=False),
    sa.Column('standing', sa.String(), nullable=False),
    sa.Column('contact', sa.String(), nullable=False),
    sa.Column('phone', sa.String(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=False),
    sa.Column('minimum', sa.Integer(), nullable=False),
    sa.Column('crew', sa.Integer(), nullable=False),
    sa.Column('visits', sa.Integer(), nullable=False),
    sa.Column('trucks', sa.Integer(), nullable=False),
    sa.Column('fen', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('booking_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("(state = 'accepted') = (booking_id IS NOT NULL)", name=op.f('ck_quote_accepted')),
    sa.CheckConstraint("(state = 'draft') = (sent_at IS NULL)", name=op.f('ck_quote_sent')),
    sa.CheckConstraint("scene IN ('renovation', 'school', 'office', 'event', 'shop')", name=op.f('ck_quote_scene')),
    sa.CheckConstraint("standing IN ('flat', 'hallway', 'gate')", name=op.f('ck_quote_standing')),
    sa.CheckConstraint("state IN ('draft', 'sent', 'accepted', 'declined', 'expired', 'replaced')", name=op.f('ck_quote_state')),
    sa.CheckConstraint('floor BETWEEN -5 AND 120', name=op.f('ck_quote_floor')),
    sa.CheckConstraint('minimum >= 0 AND crew > 0 AND visits > 0 AND trucks > 0', name=op.f('ck_quote_sizes')),
    sa.ForeignKeyConstraint(['community_code'], ['community.code'], name=op.f('fk_quote_community_code_community')),
    sa.ForeignKeyConstraint(['depot_code'], ['site.code'], name=op.f('fk_quote_depot_code_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quote')),
    sa.UniqueConstraint('idempotency_key', name=op.f('uq_quote_idempotency_key')),
    sa.UniqueConstraint('number', 'version', name=op.f('uq_quote_number_version')),
    sa.UniqueConstraint('token', name=op.f('uq_quote_token'))
    )
    op.create_index(op.f('ix_quote_booking_id'), 'quote', ['booking_id'], unique=False)
    op.create_index('ix_quote_state', 'quote', ['state', 'valid_until'], unique=False)
    op.create_table('pickup_group_member',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('group_id', sa.Uuid(), nullable=False),
    sa.Column('token', sa.String(), nullable=False),
    sa.Column('idempotency_key', sa.String(), nullable=False),
    sa.Column('contact', sa.String(), nullable=False),
    sa.Column('phone', sa.String(), nullable=False),
    sa.Column('door', sa.String(), nullable=False),
    sa.Column('floor', sa.Integer(), nullable=False),
    sa.Column('lift', sa.Boolean(), nullable=False),
    sa.Column('standing', sa.String(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('joined_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('left_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('booking_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint('floor BETWEEN -5 AND 120', name=op.f('ck_pickup_group_member_floor')),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_pickup_group_member_booking_id_booking')),
    sa.ForeignKeyConstraint(['group_id'], ['pickup_group.id'], name=op.f('fk_pickup_group_member_group_id_pickup_group'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pickup_group_member')),
    sa.UniqueConstraint('group_id', 'phone', name=op.f('uq_pickup_group_member_group_id_phone')),
    sa.UniqueConstraint('idempotency_key', name=op.f('uq_pickup_group_member_idempotency_key')),
    sa.UniqueConstraint('token', name=op.f('uq_pickup_group_member_token'))
    )
    op.create_index(op.f('ix_pickup_group_member_booking_id'), 'pickup_group_member', ['booking_id'], unique=False)
    op.create_index('ix_pickup_group_member_phone', 'pickup_group_member', ['phone'], unique=False)
    op.create_table('quote_line',
    sa.Column('quote_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('item', sa.String(), nullable=False),
    sa.Column('words', sa.String(), nullable=False),
    sa.Column('pieces', sa.Integer(), nullable=False),
    sa.Column('kg', sa.Integer(), nullable=False),
    sa.Column('litres', sa.Integer(), nullable=False),
    sa.Column('minutes', sa.Double(), nullable=False),
    sa.Column('people', sa.Integer(), nullable=False),
    sa.Column('list_low', sa.Integer(), nullable=False),
    sa.Column('list_high', sa.Integer(), nullable=False),
    sa.Column('price', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.CheckConstraint("item <> '' OR words <> ''", name=op.f('ck_quote_line_what')),
    sa.CheckConstraint('kg > 0 AND litres > 0 AND minutes > 0 AND people > 0', name=op.f('ck_quote_line_sizes')),
    sa.CheckConstraint('pieces BETWEEN 1 AND 99', name=op.f('ck_quote_line_pieces')),
    sa.ForeignKeyConstraint(['quote_id'], ['quote.id'], name=op.f('fk_quote_line_quote_id_quote'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('quote_id', 'position', name=op.f('pk_quote_line'))
    )
    op.create_table('pickup_group_member_line',
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('item', sa.String(), nullable=False),
    sa.Column('pieces', sa.Integer(), nullable=False),
    sa.CheckConstraint('pieces BETWEEN 1 AND 99', name=op.f('ck_pickup_group_member_line_pieces')),
    sa.ForeignKeyConstraint(['member_id'], ['pickup_group_member.id'], name=op.f('fk_pickup_group_member_line_member_id_pickup_group_member'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('member_id', 'position', name=op.f('pk_pickup_group_member_line'))
    )


def downgrade() -> None:
    op.drop_table('pickup_group_member_line')
    op.drop_table('quote_line')
    op.drop_index('ix_pickup_group_member_phone', table_name='pickup_group_member')
    op.drop_index(op.f('ix_pickup_group_member_booking_id'), table_name='pickup_group_member')
    op.drop_table('pickup_group_member')
    op.drop_index('ix_quote_state', table_name='quote')
    op.drop_index(op.f('ix_quote_booking_id'), table_name='quote')
    op.drop_table('quote')
    op.drop_index('ix_pickup_group_state', table_name='pickup_group')
    op.drop_index('ix_pickup_group_place', table_name='pickup_group')
    op.drop_table('pickup_group')
