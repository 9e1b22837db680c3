"""Trips of partners that have room to spare, and what was offered to each."""

import sqlalchemy as sa
from alembic import op

revision = '0040'
down_revision = '0039'

LIVE_BOOKING = sa.text("state IN ('offered', 'accepted') AND booking_id IS NOT NULL")
LIVE_ORDER = sa.text("state IN ('offered', 'accepted') AND order_id IS NOT NULL")


def upgrade() -> None:
    op.create_table('spare_trip',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('partner', sa.String(), nullable=False),
    sa.Column('external_id', sa.String(), nullable=False),
    sa.Column('depot_code', sa.String(), nullable=False),
    sa.Column('service_day', sa.Date(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('start', sa.JSON(), nullable=False),
    sa.Column('end', sa.JSON(), nullable=False),
    sa.Column('places', sa.JSON(), nullable=False),
    sa.Column('vehicle_type', sa.String(), nullable=False),
    sa.Column('kg', sa.Integer(), nullable=False),
    sa.Column('litres', sa.Integer(), nullable=False),
    sa.Column('compartments', sa.JSON(), nullable=False),
    sa.Column('people', sa.Integer(), nullable=False),
    sa.Column('tail_lift', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('skills', sa.String(), nullable=False),
    sa.Column('materials', sa.String(), nullable=False),
    sa.Column('drops', sa.String(), nullable=False),
    sa.Column('ask_visit', sa.Integer(), nullable=False),
    sa.Column('ask_item', sa.Integer(), nullable=False),
    sa.Column('ask_kg', sa.Integer(), nullable=False),
    sa.Column('detour_minutes', sa.Integer(), nullable=False),
    sa.Column('most', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('looked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('trouble', sa.String(), nullable=False),
    sa.Column('trouble_at', sa.String(), nullable=False),
    sa.Column('trouble_by', sa.Integer(), nullable=False),
    sa.CheckConstraint("state IN ('open', 'cancelled')", name=op.f('ck_spare_trip_state')),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_spare_trip_hours')),
    sa.CheckConstraint('kg > 0 AND litres > 0 AND people > 0 AND most > 0', name=op.f('ck_spare_trip_sizes')),
    sa.CheckConstraint('ask_visit >= 0 AND ask_item >= 0 AND ask_kg >= 0', name=op.f('ck_spare_trip_asks')),
    sa.ForeignKeyConstraint(['depot_code'], ['site.code'], name=op.f('fk_spare_trip_depot_code_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_spare_trip')),
    sa.UniqueConstraint('partner', 'external_id', name=op.f('uq_spare_trip_partner_external_id')),
    )
    op.create_index('ix_spare_trip_day', 'spare_trip', ['depot_code', 'service_day'])
    op.create_table('spare_offer',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('trip_id', sa.Uuid(), nullable=False),
    sa.Column('booking_id', sa.Uuid(), nullable=True),
    sa.Column('order_id', sa.Uuid(), nullable=True),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('offered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answer_by', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('promise_start', sa.DateTime(timezone=True), nullable=False),
    sa.Column('begins_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('things', sa.JSON(), nullable=False),
    sa.Column('kg', sa.Integer(), nullable=False),
    sa.Column('litres', sa.Integer(), nullable=False),
    sa.Column('detour', sa.Integer(), nullable=False),
    sa.Column('metres', sa.Integer(), nullable=False),
    sa.Column('saves', sa.Integer(), nullable=False),
    sa.Column('asks', sa.Integer(), nullable=False),
    sa.Column('left_out', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('seconds', sa.Integer(), nullable=False),
    sa.Column('collected', sa.JSON(), nullable=False),
    sa.Column('pieces', sa.Integer(), nullable=False),
    sa.Column('due', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint(
        "state IN ('offered', 'accepted', 'declined', 'lapsed', 'withdrawn', 'collected', 'failed')",
        name=op.f('ck_spare_offer_state'),
    ),
    sa.CheckConstraint('(booking_id IS NULL) <> (order_id IS NULL)', name=op.f('ck_spare_offer_one_subject')),
    sa.CheckConstraint("state <> 'failed' OR reason <> ''", name=op.f('ck_spare_offer_why')),
    sa.ForeignKeyConstraint(['trip_id'], ['spare_trip.id'], name=op.f('fk_spare_offer_trip_id_spare_trip')),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_spare_offer_booking_id_booking')),
    sa.ForeignKeyConstraint(
        ['order_id'], ['trade_in_order.id'], name=op.f('fk_spare_offer_order_id_trade_in_order')
    ),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_spare_offer')),
    )
    op.create_index('ix_spare_offer_trip', 'spare_offer', ['trip_id', 'state'])
    op.create_index(
        'uq_spare_offer_booking',
        'spare_offer',
        ['booking_id'],
        unique=True,
        sqlite_where=LIVE_BOOKING,
        postgresql_where=LIVE_BOOKING,
    )
    op.create_index(
        'uq_spare_offer_order',
        'spare_offer',
        ['order_id'],
        unique=True,
        sqlite_where=LIVE_ORDER,
        postgresql_where=LIVE_ORDER,
    )


def downgrade() -> None:
    op.drop_table('spare_offer')
    op.drop_table('spare_trip')
