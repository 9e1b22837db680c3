"""The language of a booking, and its photos."""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'


def upgrade() -> None:
    # by hand: SQLite adds a column with its own rule, and only that leaves the table's triggers alone
    op.execute(
        "ALTER TABLE booking ADD COLUMN language VARCHAR DEFAULT 'zh' NOT NULL"
        " CONSTRAINT ck_booking_language CHECK (language IN ('zh', 'en'))"
    )
    op.create_table('photo_file',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_photo_file'))
    )
    op.create_table('photo',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('booking_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('file', sa.String(), nullable=False),
    sa.Column('bytes', sa.Integer(), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('uploaded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('item', 'place')", name=op.f('ck_photo_kind')),
    sa.CheckConstraint('bytes > 0 AND width > 0 AND height > 0', name=op.f('ck_photo_sizes')),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_photo_booking_id_booking'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['file'], ['photo_file.name'], name=op.f('fk_photo_file_photo_file')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_photo')),
    sa.UniqueConstraint('file', name=op.f('uq_photo_file'))
    )
    op.create_index(op.f('ix_photo_booking_id'), 'photo', ['booking_id'])
    op.create_index(op.f('ix_photo_sha256'), 'photo', ['sha256'])
    op.create_table('photo_twin',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('photo_id', sa.Uuid(), nullable=False),
    sa.Column('other_id', sa.Uuid(), nullable=False),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('seen_by', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['photo_id'], ['photo.id'], name=op.f('fk_photo_twin_photo_id_photo'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['other_id'], ['photo.id'], name=op.f('fk_photo_twin_other_id_photo'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_photo_twin')),
    sa.UniqueConstraint('photo_id', 'other_id', name=op.f('uq_photo_twin_photo_id_other_id'))
    )
    op.create_index(op.f('ix_photo_twin_other_id'), 'photo_twin', ['other_id'])


def downgrade() -> None:
    op.drop_table('photo_twin')
    op.drop_table('photo')
    op.drop_table('photo_file')
    op.drop_column('booking', 'language')
