"""What people complain of about a booking, and what they are answered."""

import sqlalchemy as sa
from alembic import op

revision = '0022'
down_revision = '0021'


def upgrade() -> None:
    op.create_table('complaint',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('booking_id', sa.Uuid(), nullable=False),
    sa.Column('idempotency_key', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('opened_by', sa.String(), nullable=False),
    sa.Column('opened_person', sa.String(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('purchase_id', sa.Uuid(), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('answer', sa.String(), nullable=False),
    sa.Column('answered_by', sa.String(), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('price', 'missed', 'late', 'behaviour', 'other')", name=op.f('ck_complaint_kind')),
    sa.CheckConstraint("opened_by IN ('resident', 'clerk', 'crew')", name=op.f('ck_complaint_opened_by')),
    sa.CheckConstraint("state IN ('open', 'answered')", name=op.f('ck_complaint_state')),
    sa.CheckConstraint("text <> ''", name=op.f('ck_complaint_text')),
    sa.CheckConstraint("(state = 'answered') = (answered_at IS NOT NULL)", name=op.f('ck_complaint_answered')),
    sa.CheckConstraint("(state = 'answered') = (answer <> '')", name=op.f('ck_complaint_answer')),
    sa.ForeignKeyConstraint(
        ['booking_id'], ['booking.id'], name=op.f('fk_complaint_booking_id_booking'), ondelete='CASCADE'
    ),
    sa.ForeignKeyConstraint(['purchase_id'], ['purchase.id'], name=op.f('fk_complaint_purchase_id_purchase')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaint')),
    sa.UniqueConstraint('idempotency_key', name=op.f('uq_complaint_idempotency_key'))
    )
    op.create_index('ix_complaint_booking', 'complaint', ['booking_id', 'opened_at'], unique=False)
    op.create_index('ix_complaint_state', 'complaint', ['state', 'opened_at'], unique=False)
    op.create_index(
        'uq_complaint_open', 'complaint', ['booking_id', 'kind'], unique=True,
        sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    op.drop_index('uq_complaint_open', 'complaint')
    op.drop_index('ix_complaint_state', 'complaint')
    op.drop_index('ix_complaint_booking', 'complaint')
    op.drop_table('complaint')
