"""What shops say of an order: whom to ask for, what comes back and how it is, its scheme, and how the order stands."""

import sqlalchemy as sa
from alembic import op

revision = '0028'
down_revision = '0027'

WORDS = ('reason', 'contact', 'phone', 'address', 'note', 'condition', 'scheme')
NUMBERS = {'install_minutes': '0', 'price': '0', 'voucher': '0', 'version': '1'}


def upgrade() -> None:
    op.add_column('trade_in_order', sa.Column('state', sa.String(), server_default='open', nullable=False))
    for name in WORDS:
        op.add_column('trade_in_order', sa.Column(name, sa.String(), server_default='', nullable=False))
    for name, start in NUMBERS.items():
        op.add_column('trade_in_order', sa.Column(name, sa.Integer(), server_default=start, nullable=False))
    op.add_column('trade_in_order', sa.Column('old_items', sa.JSON(), server_default='[]', nullable=False))
    op.add_column('trade_in_order', sa.Column('ordered_on', sa.Date(), nullable=True))
    op.add_column('trade_in_order', sa.Column('changed_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for name in ('changed_at', 'ordered_on', 'old_items', *NUMBERS, *WORDS, 'state'):
        op.drop_column('trade_in_order', name)
