"""How names of places are read, and what people answered about pins."""

import uuid

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'


def upgrade() -> None:
    op.create_table('sign_reading',
    sa.Column('sign', sa.String(), nullable=False),
    sa.Column('readings', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('sign', name=op.f('pk_sign_reading'))
    )
    op.create_table('pin_answer',
    sa.Column('phone', sa.String(), nullable=False),
    sa.Column('community_code', sa.String(), nullable=False),
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('given_lon', sa.Double(), nullable=False),
    sa.Column('given_lat', sa.Double(), nullable=False),
    sa.Column('lon', sa.Double(), nullable=False),
    sa.Column('lat', sa.Double(), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90', name=op.f('ck_pin_answer_position')),
    sa.CheckConstraint('given_lon BETWEEN -180 AND 180 AND given_lat BETWEEN -90 AND 90', name=op.f('ck_pin_answer_given')),
    sa.PrimaryKeyConstraint('phone', 'community_code', 'address', name=op.f('pk_pin_answer'))
    )
    op.add_column('area', sa.Column('edition', sa.String(), nullable=False, server_default=uuid.uuid4().hex))


def downgrade() -> None:
    with op.batch_alter_table('area', schema=None) as batch_op:
        batch_op.drop_column('edition')
    op.drop_table('pin_answer')
    op.drop_table('sign_reading')
