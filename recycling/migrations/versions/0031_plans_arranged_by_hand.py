"""Drafts of a day: arranged by hand or proposed by the search, published later; and what was done to each."""

import sqlalchemy as sa
from alembic import op

revision = '0031'
down_revision = '0030'


def upgrade() -> None:
    op.add_column('plan', sa.Column('draft', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('plan', sa.Column('base_id', sa.Uuid(), nullable=True))
    op.add_column('plan', sa.Column('owner', sa.String(), server_default='', nullable=False))
    op.add_column('plan', sa.Column('edits', sa.Integer(), server_default='0', nullable=False))
    op.add_column('plan', sa.Column('published_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('plan', sa.Column('published_by', sa.String(), server_default='', nullable=False))
    op.add_column('plan', sa.Column('allowances', sa.JSON(), server_default='[]', nullable=False))
    op.add_column('plan', sa.Column('locks', sa.JSON(), server_default='{}', nullable=False))
    op.add_column('plan_run', sa.Column('proposes', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('plan_run', sa.Column('draft_id', sa.Uuid(), nullable=True))
    op.add_column('plan_run', sa.Column('plain', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table('plan_edit',
    sa.Column('plan_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('asked', sa.JSON(), nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('cost', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['plan_id'], ['plan.id'], name=op.f('fk_plan_edit_plan_id_plan'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('plan_id', 'number', name=op.f('pk_plan_edit'))
    )


def downgrade() -> None:
    op.drop_table('plan_edit')
    for name in ('plain', 'draft_id', 'proposes'):
        op.drop_column('plan_run', name)
    for name in ('locks', 'allowances', 'published_by', 'published_at', 'edits', 'owner', 'base_id', 'draft'):
        op.drop_column('plan', name)
