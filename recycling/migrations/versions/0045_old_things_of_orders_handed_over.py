"""Old things of shops' orders that partner recyclers fetch: by a hand-over, or on a trip of theirs."""

import sqlalchemy as sa
from alembic import op

revision = '0045'
down_revision = '0042'

LIVE = sa.text("state IN ('offered', 'accepted')")


def upgrade() -> None:
    op.add_column('trade_in_order', sa.Column('partner', sa.String(), server_default='', nullable=False))
    op.add_column('trade_in_order', sa.Column('away_since', sa.DateTime(timezone=True), nullable=True))
    of_trips = 'FROM spare_offer o JOIN spare_trip t ON t.id = o.trip_id WHERE o.order_id = trade_in_order.id AND o.state'
    op.execute(
        f"UPDATE trade_in_order SET partner = (SELECT t.partner {of_trips} IN ('offered', 'accepted')),"
        f" away_since = (SELECT o.answered_at {of_trips} = 'accepted')"
        " WHERE id IN (SELECT order_id FROM spare_offer WHERE state IN ('offered', 'accepted') AND order_id IS NOT NULL)"
    )
    may_be_null('handover', 'booking_id')
    # by hand: SQLite adds a column with its own rules
    kind = 'UUID' if op.get_bind().dialect.name == 'postgresql' else 'CHAR(32)'
    op.execute(
        f'ALTER TABLE handover ADD COLUMN order_id {kind} CONSTRAINT fk_handover_order_id_trade_in_order'
        ' REFERENCES trade_in_order (id)'
        ' CONSTRAINT ck_handover_one_subject CHECK ((booking_id IS NULL) <> (order_id IS NULL))'
    )
    op.create_index(
        'uq_handover_live_order', 'handover', ['order_id'], unique=True, sqlite_where=LIVE, postgresql_where=LIVE
    )


def downgrade() -> None:
    raise RuntimeError('Restore the backup that was made before the upgrade: hand-overs of orders have no place before it.')


def may_be_null(table: str, column: str) -> None:
    """Let a column hold nothing. SQLite cannot change a rule, and copying a table would empty those that lean on it:
    its text is changed in place, as https://www.sqlite.org/lang_altertable.html describes in section 7."""
    connection = op.get_bind()
    if connection.dialect.name == 'postgresql':
        op.alter_column(table, column, nullable=True)
        return
    version = connection.scalar(sa.text('PRAGMA schema_version'))
    connection.execute(sa.text('PRAGMA writable_schema = ON'))
    changed = connection.execute(
        sa.text("UPDATE sqlite_master SET sql = replace(sql, :before, :after) WHERE type = 'table' AND name = :table"
                " AND instr(sql, :before) > 0"),
        {'before': f'{column} CHAR(32) NOT NULL', 'after': f'{column} CHAR(32)', 'table': table},
    )
    assert changed.rowcount == 1, table
    connection.execute(sa.text(f'PRAGMA schema_version = {version + 1}'))
    connection.execute(sa.text('PRAGMA writable_schema = RESET'))
