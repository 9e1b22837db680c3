"""What kind of place a group gathers at."""

from alembic import op

revision = '0018'
down_revision = '0017'


def upgrade() -> None:
    # by hand: SQLite adds a column with its own rule
    op.execute(
        "ALTER TABLE pickup_group ADD COLUMN scene VARCHAR DEFAULT 'home' NOT NULL"
        " CONSTRAINT ck_pickup_group_scene CHECK (scene IN ('home', 'shop', 'office', 'school', 'renovation', 'event'))"
    )


def downgrade() -> None:
    op.drop_column('pickup_group', 'scene')
