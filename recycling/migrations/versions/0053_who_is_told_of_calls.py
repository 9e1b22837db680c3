"""Who is told by message when truck calls at a community change."""

import sqlalchemy as sa
from alembic import op

revision = '0053'
down_revision = '0051'


def upgrade() -> None:
    op.create_table(
        'call_watch',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('token', sa.String(), nullable=False),
        sa.Column('community_code', sa.String(), nullable=False),
        sa.Column('phone', sa.String(), nullable=False),
        sa.Column('language', sa.String(), nullable=False),
        sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ['community_code'], ['community.code'], name=op.f('fk_call_watch_community_code_community')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_call_watch')),
        sa.UniqueConstraint('phone', 'community_code', name=op.f('uq_call_watch_phone_community_code')),
        sa.UniqueConstraint('token', name=op.f('uq_call_watch_token')),
    )
    op.create_index('ix_call_watch_community', 'call_watch', ['community_code', 'ended_at'])


def downgrade() -> None:
    op.drop_table('call_watch')
