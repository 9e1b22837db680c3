"""A role for partner recyclers."""

import sqlalchemy as sa
from alembic import op

revision = '0039'
down_revision = '0036'

ROLES = "'resident', 'clerk', 'dispatcher', 'driver', 'centre', 'retailer', 'planner', 'manager', 'admin'"
WITH_PARTNERS = f"{ROLES}, 'partner'"
TABLES = ('account', 'one_time_link', 'api_key')


def upgrade() -> None:
    known_roles(ROLES, WITH_PARTNERS)


def downgrade() -> None:
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
