"""When a crew is expected, that its resident was told of a delay, and what residents ask the dispatcher for."""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'


def upgrade() -> None:
    op.add_column('booking', sa.Column('expected_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('booking', sa.Column('late_told_at', sa.DateTime(timezone=True), nullable=True))
    op.create_table('asked_change',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('booking_id', sa.Uuid(), nullable=False),
    sa.Column('idempotency_key', sa.String(), nullable=False),
    sa.Column('wish', sa.String(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('ours', sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(), nullable=False),
    sa.Column('answer', sa.String(), nullable=False),
    sa.CheckConstraint("wish IN ('move', 'cancel')", name=op.f('ck_asked_change_wish')),
    sa.CheckConstraint("(outcome = '') = (closed_at IS NULL)", name=op.f('ck_asked_change_closed')),
    sa.CheckConstraint("outcome IN ('', 'moved', 'cancelled', 'over', 'answered')", name=op.f('ck_asked_change_outcome')),
    sa.CheckConstraint("outcome <> 'answered' OR answer <> ''", name=op.f('ck_asked_change_answered')),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_asked_change_booking_id_booking')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_asked_change')),
    sa.UniqueConstraint('idempotency_key', name=op.f('uq_asked_change_idempotency_key'))
    )
    op.create_index('ix_asked_change_booking', 'asked_change', ['booking_id', 'asked_at'], unique=False)
    op.create_index(
        'uq_asked_change_open', 'asked_change', ['booking_id'], unique=True,
        sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'),
    )


def downgrade() -> None:
    op.drop_index('uq_asked_change_open', 'asked_change')
    op.drop_index('ix_asked_change_booking', 'asked_change')
    op.drop_table('asked_change')
    op.drop_column('booking', 'late_told_at')
    op.drop_column('booking', 'expected_at')
