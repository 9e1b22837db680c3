"""The language of a booking."""

from alembic import op

revision = '0010'
down_revision = '0007'


def upgrade() -> None:
    # by hand: SQLite adds a column with its own rule, and only that leaves the table's triggers alone
    op.execute(
        "ALTER TABLE booking ADD COLUMN language VARCHAR DEFAULT 'zh' NOT NULL"
        " CONSTRAINT ck_booking_language CHECK (language IN ('zh', 'en'))"
    )


def downgrade() -> None:
    op.drop_column('booking', 'language')
