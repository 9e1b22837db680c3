"""What shops' programs and customers are told of an order: addresses, events, the narrowed hours, that a crew set off."""

import sqlalchemy as sa
from alembic import op

revision = '0030'
down_revision = '0029'

MOMENTS = ('planned_start', 'planned_end', 'set_off_at')


def upgrade() -> None:
    op.add_column('trade_in_order', sa.Column('language', sa.String(), server_default='zh', nullable=False))
    for name in MOMENTS:
        op.add_column('trade_in_order', sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column('trade_in_order', sa.Column('events', sa.Integer(), server_default='0', nullable=False))
    op.create_table('shop_hook',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('retailer', sa.String(), nullable=False),
    sa.Column('url', sa.String(), nullable=False),
    sa.Column('salt', sa.String(), nullable=False),
    sa.Column('secret_digest', sa.String(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shop_hook')),
    sa.UniqueConstraint('retailer', name=op.f('uq_shop_hook_retailer'))
    )
    op.create_table('shop_event',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('retailer', sa.String(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=True),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('body', sa.String(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('trying_since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('fence', sa.Integer(), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('status', sa.Integer(), nullable=False),
    sa.Column('error', sa.String(), nullable=False),
    sa.CheckConstraint("state IN ('waiting', 'sending', 'sent', 'given-up', 'passed')", name=op.f('ck_shop_event_state')),
    sa.CheckConstraint("(state = 'sending') = (lease_until IS NOT NULL)", name=op.f('ck_shop_event_lease')),
    sa.ForeignKeyConstraint(
        ['order_id'], ['trade_in_order.id'], name=op.f('fk_shop_event_order_id_trade_in_order'), ondelete='CASCADE'
    ),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shop_event')),
    sa.UniqueConstraint('order_id', 'sequence', name=op.f('uq_shop_event_order_id_sequence'))
    )
    op.create_index('ix_shop_event_due', 'shop_event', ['state', 'due_at'], unique=False)
    op.create_index('ix_shop_event_retailer', 'shop_event', ['retailer', 'made_at'], unique=False)


def downgrade() -> None:
    op.drop_table('shop_event')
    op.drop_table('shop_hook')
    for name in ('events', *MOMENTS, 'language'):
        op.drop_column('trade_in_order', name)
