"""Partner recyclers: a role, what was handed to them, what they weighed, and statements with them."""

import sqlalchemy as sa
from alembic import op

revision = '0039'
down_revision = '0038'

ROLES = "'resident', 'clerk', 'dispatcher', 'driver', 'centre', 'retailer', 'planner', 'manager', 'admin'"
WITH_PARTNERS = f"{ROLES}, 'partner'"
TABLES = ('account', 'one_time_link', 'api_key')


STATES = "'offered', 'accepted', 'declined', 'lapsed', 'withdrawn', 'collected', 'failed', 'settled'"
LIVE = sa.text("state IN ('offered', 'accepted')")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    known_roles(ROLES, WITH_PARTNERS)
    op.add_column('booking', sa.Column('partner', sa.String(), server_default='', nullable=False))
    op.create_table('partner_settlement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('partner', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('pickups', sa.Integer(), nullable=False),
    sa.Column('fen', sa.BigInteger(), nullable=False),
    sa.Column('made_at', MOMENT, nullable=False),
    sa.Column('made_by', sa.String(), nullable=False),
    sa.Column('paid_at', MOMENT, nullable=True),
    sa.Column('paid_by', sa.String(), nullable=False),
    sa.Column('paid_reference', sa.String(), nullable=False),
    sa.CheckConstraint('number >= 1 AND pickups >= 1', name=op.f('ck_partner_settlement_numbers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partner_settlement')),
    sa.UniqueConstraint('partner', 'number', name=op.f('uq_partner_settlement_partner_number'))
    )
    op.create_table('handover',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('idempotency_key', sa.String(), nullable=False),
    sa.Column('partner', sa.String(), nullable=False),
    sa.Column('booking_id', sa.Uuid(), nullable=False),
    sa.Column('depot_code', sa.String(), nullable=False),
    sa.Column('service_day', sa.Date(), nullable=False),
    sa.Column('promise_start', MOMENT, nullable=False),
    sa.Column('promise_end', MOMENT, nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('terms', sa.JSON(), nullable=False),
    sa.Column('seconds', sa.JSON(), nullable=False),
    sa.Column('offered_at', MOMENT, nullable=False),
    sa.Column('offered_by', sa.String(), nullable=False),
    sa.Column('answer_by', MOMENT, nullable=False),
    sa.Column('answered_at', MOMENT, nullable=True),
    sa.Column('ended_at', MOMENT, nullable=True),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('fen', sa.BigInteger(), nullable=True),
    sa.Column('events', sa.Integer(), nullable=False),
    sa.Column('settlement_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint(f'state IN ({STATES})', name=op.f('ck_handover_state')),
    sa.CheckConstraint('promise_end > promise_start', name=op.f('ck_handover_promise')),
    sa.CheckConstraint(
        "(state IN ('offered', 'accepted')) = (ended_at IS NULL)", name=op.f('ck_handover_ended')
    ),
    sa.CheckConstraint("(state IN ('collected', 'settled')) = (fen IS NOT NULL)", name=op.f('ck_handover_fen')),
    sa.CheckConstraint("(state = 'settled') = (settlement_id IS NOT NULL)", name=op.f('ck_handover_settled')),
    sa.CheckConstraint("state NOT IN ('failed', 'declined') OR reason <> ''", name=op.f('ck_handover_why')),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_handover_booking_id_booking')),
    sa.ForeignKeyConstraint(['depot_code'], ['site.code'], name=op.f('fk_handover_depot_code_site')),
    sa.ForeignKeyConstraint(
        ['settlement_id'], ['partner_settlement.id'], name=op.f('fk_handover_settlement_id_partner_settlement')
    ),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_handover')),
    sa.UniqueConstraint('idempotency_key', name=op.f('uq_handover_idempotency_key'))
    )
    op.create_index(op.f('ix_handover_booking_id'), 'handover', ['booking_id'])
    op.create_index(op.f('ix_handover_settlement_id'), 'handover', ['settlement_id'])
    op.create_index('ix_handover_partner', 'handover', ['partner', 'state'])
    op.create_index('ix_handover_due', 'handover', ['state', 'answer_by'])
    op.create_index('ix_handover_day', 'handover', ['depot_code', 'service_day'])
    op.create_index(
        'uq_handover_live', 'handover', ['booking_id'], unique=True, sqlite_where=LIVE, postgresql_where=LIVE
    )
    op.create_table('handover_line',
    sa.Column('handover_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('material', sa.String(), nullable=False),
    sa.Column('item', sa.String(), nullable=False),
    sa.Column('pieces', sa.Integer(), nullable=False),
    sa.Column('grams', sa.BigInteger(), nullable=False),
    sa.Column('fen', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('grams >= 0 AND pieces >= 0', name=op.f('ck_handover_line_sizes')),
    sa.ForeignKeyConstraint(
        ['handover_id'], ['handover.id'], name=op.f('fk_handover_line_handover_id_handover'), ondelete='CASCADE'
    ),
    sa.PrimaryKeyConstraint('handover_id', 'position', name=op.f('pk_handover_line'))
    )
    op.create_table('handover_serial',
    sa.Column('handover_id', sa.Uuid(), nullable=False),
    sa.Column('serial', sa.String(), nullable=False),
    sa.Column('item', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(
        ['handover_id'], ['handover.id'], name=op.f('fk_handover_serial_handover_id_handover'), ondelete='CASCADE'
    ),
    sa.PrimaryKeyConstraint('handover_id', 'serial', name=op.f('pk_handover_serial'))
    )
    op.create_index('ix_handover_serial_serial', 'handover_serial', ['serial'])
    # by hand: SQLite adds a column with its own rule
    kind = 'UUID' if op.get_bind().dialect.name == 'postgresql' else 'CHAR(32)'
    op.execute(
        f'ALTER TABLE shop_event ADD COLUMN handover_id {kind} CONSTRAINT fk_shop_event_handover_id_handover'
        ' REFERENCES handover (id)'
    )
    op.create_index('uq_shop_event_handover', 'shop_event', ['handover_id', 'sequence'], unique=True)


def downgrade() -> None:
    op.drop_index('uq_shop_event_handover', 'shop_event')
    op.drop_column('shop_event', 'handover_id')
    for table in ('handover_serial', 'handover_line', 'handover', 'partner_settlement'):
        op.drop_table(table)
    op.drop_column('booking', 'partner')
    known_roles(WITH_PARTNERS, ROLES)


def known_roles(before: str, after: str) -> None:
    """Let the tables know other roles. SQLite cannot change a rule, and copying a table would empty those that lean on it:
    its text is changed in place, as https://www.sqlite.org/lang_altertable.html describes in section 7."""
    connection = op.get_bind()
    if connection.dialect.name == 'postgresql':
        for table in TABLES:
            op.drop_constraint(op.f(f'ck_{table}_role'), table, type_='check')
            op.create_check_constraint(op.f(f'ck_{table}_role'), table, f'role IN ({after})')
        return
    version = connection.scalar(sa.text('PRAGMA schema_version'))
    connection.execute(sa.text('PRAGMA writable_schema = ON'))
    for table in TABLES:
        changed = connection.execute(
            sa.text("UPDATE sqlite_master SET sql = replace(sql, :before, :after) WHERE type = 'table' AND name = :table"),
            {'before': f'role IN ({before})', 'after': f'role IN ({after})', 'table': table},
        )
        assert changed.rowcount == 1, table
    connection.execute(sa.text(f'PRAGMA schema_version = {version + 1}'))
    connection.execute(sa.text('PRAGMA writable_schema = RESET'))
