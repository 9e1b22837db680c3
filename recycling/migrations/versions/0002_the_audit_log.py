"""The audit log.

On SQLite a later batch operation on this table would drop its triggers: make them again there.
"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'

KEPT = ('id', 'subject_kind', 'subject_id', 'number', 'at', 'actor_kind', 'actor_id', 'actor_role', 'origin', 'action')
SAID = 'rows of the audit log are never changed or deleted'


def upgrade() -> None:
    op.create_table('audit_event',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('subject_kind', sa.String(), nullable=False),
    sa.Column('subject_id', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_kind', sa.String(), nullable=False),
    sa.Column('actor_id', sa.String(), nullable=False),
    sa.Column('actor_role', sa.String(), nullable=False),
    sa.Column('origin', sa.String(), nullable=False),
    sa.Column('action', sa.String(), nullable=False),
    sa.Column('before', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('after', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('number >= 1', name=op.f('ck_audit_event_number')),
    sa.CheckConstraint("actor_kind IN ('anonymous', 'person', 'link', 'key', 'system')", name=op.f('ck_audit_event_actor_kind')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_event')),
    sa.UniqueConstraint('subject_kind', 'subject_id', 'number', name=op.f('uq_audit_event_subject_kind_subject_id_number'))
    )
    op.create_index('ix_audit_event_at', 'audit_event', ['at'])
    op.create_index('ix_audit_event_actor', 'audit_event', ['actor_kind', 'actor_id', 'at'])
    erasing = 'OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.before IS NULL AND NEW.after IS NULL'
    same = ' AND '.join(f'OLD.{name} = NEW.{name}' for name in KEPT)
    if op.get_bind().dialect.name == 'postgresql':
        op.execute(
            'CREATE FUNCTION audit_event_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN'
            f" RAISE EXCEPTION '{SAID}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        refuse = 'EXECUTE FUNCTION audit_event_is_kept()'
        op.execute(f'CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event FOR EACH ROW WHEN (NOT ({erasing} AND {same})) {refuse}')
        op.execute(f'CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event FOR EACH ROW {refuse}')
        op.execute(f'CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT {refuse}')
    else:
        refuse = f"BEGIN SELECT RAISE(ABORT, '{SAID}'); END"
        op.execute(f'CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event WHEN NOT ({erasing} AND {same}) {refuse}')
        op.execute(f'CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event {refuse}')


def downgrade() -> None:
    op.drop_table('audit_event')
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP FUNCTION audit_event_is_kept()')
