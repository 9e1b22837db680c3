"""Rounds through villages, who waits for one, and the days that they were given."""

import sqlalchemy as sa
from alembic import op

revision = '0036'
down_revision = '0035'

WAITING_ORDER = sa.text("state = 'waiting' AND kind = 'order'")


def upgrade() -> None:
    op.create_table('village_round',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('idempotency_key', sa.String(), nullable=False),
    sa.Column('depot_code', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('communities', sa.JSON(), nullable=False),
    sa.Column('every_days', sa.Integer(), nullable=False),
    sa.Column('weekdays', sa.String(), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('unit', sa.String(), nullable=False),
    sa.Column('quorum', sa.Integer(), nullable=False),
    sa.Column('latest_days', sa.Integer(), nullable=False),
    sa.Column('notice_days', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("unit IN ('orders', 'kg')", name=op.f('ck_village_round_unit')),
    sa.CheckConstraint('quorum > 0', name=op.f('ck_village_round_quorum')),
    sa.CheckConstraint("every_days >= 0 AND (every_days > 0) <> (weekdays <> '')", name=op.f('ck_village_round_rhythm')),
    sa.CheckConstraint('latest_days >= notice_days AND notice_days >= 1', name=op.f('ck_village_round_days')),
    sa.ForeignKeyConstraint(['depot_code'], ['site.code'], name=op.f('fk_village_round_depot_code_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_village_round')),
    sa.UniqueConstraint('idempotency_key', name=op.f('uq_village_round_idempotency_key'))
    )
    op.create_index('ix_village_round_depot', 'village_round', ['depot_code', 'ended_at'], unique=False)
    op.create_table('village_round_day',
    sa.Column('round_id', sa.Uuid(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('why', sa.String(), nullable=False),
    sa.Column('asked', sa.Integer(), nullable=False),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("why IN ('quorum', 'date', 'decided')", name=op.f('ck_village_round_day_why')),
    sa.ForeignKeyConstraint(
        ['round_id'], ['village_round.id'], name=op.f('fk_village_round_day_round_id_village_round')
    ),
    sa.PrimaryKeyConstraint('round_id', 'day', name=op.f('pk_village_round_day'))
    )
    op.create_table('village_round_place',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('round_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('token', sa.String(), nullable=False),
    sa.Column('idempotency_key', sa.String(), nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('community_code', sa.String(), nullable=False),
    sa.Column('phone', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('wish', sa.JSON(), nullable=False),
    sa.Column('kg', sa.Integer(), nullable=False),
    sa.Column('retailer', sa.String(), nullable=False),
    sa.Column('external_id', sa.String(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('latest_on', sa.Date(), nullable=False),
    sa.Column('late_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('trouble', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('booking_id', sa.Uuid(), nullable=True),
    sa.Column('order_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("kind IN ('pickup', 'order')", name=op.f('ck_village_round_place_kind')),
    sa.CheckConstraint("state IN ('waiting', 'placed', 'left')", name=op.f('ck_village_round_place_state')),
    sa.CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name=op.f('ck_village_round_place_ended')),
    sa.CheckConstraint(
        "state <> 'placed' OR booking_id IS NOT NULL OR order_id IS NOT NULL",
        name=op.f('ck_village_round_place_placed'),
    ),
    sa.CheckConstraint("(kind = 'order') = (external_id <> '')", name=op.f('ck_village_round_place_shop')),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_village_round_place_booking_id_booking')),
    sa.ForeignKeyConstraint(
        ['order_id'], ['trade_in_order.id'], name=op.f('fk_village_round_place_order_id_trade_in_order')
    ),
    sa.ForeignKeyConstraint(
        ['round_id'], ['village_round.id'], name=op.f('fk_village_round_place_round_id_village_round')
    ),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_village_round_place')),
    sa.UniqueConstraint('idempotency_key', name=op.f('uq_village_round_place_idempotency_key')),
    sa.UniqueConstraint('token', name=op.f('uq_village_round_place_token'))
    )
    op.create_index('ix_village_round_place_line', 'village_round_place', ['round_id', 'state', 'asked_at'])
    op.create_index('ix_village_round_place_phone', 'village_round_place', ['phone'])
    op.create_index(
        'uq_village_round_place_order',
        'village_round_place',
        ['retailer', 'external_id'],
        unique=True,
        sqlite_where=WAITING_ORDER,
        postgresql_where=WAITING_ORDER,
    )


def downgrade() -> None:
    op.drop_table('village_round_place')
    op.drop_table('village_round_day')
    op.drop_table('village_round')
