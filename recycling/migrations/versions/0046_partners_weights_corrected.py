"""Partners' weights corrected by two people; trips on the same statements as hand-overs, and told to programs."""

import sqlalchemy as sa
from alembic import op

revision = '0046'
down_revision = '0045'

MOMENT = sa.DateTime(timezone=True)
ASKED = sa.text("state = 'asked'")


def upgrade() -> None:
    op.create_table(
        'partner_correction',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('key', sa.String(), nullable=False),
        sa.Column('partner', sa.String(), nullable=False),
        sa.Column('handover_id', sa.Uuid(), nullable=True),
        sa.Column('offer_id', sa.Uuid(), nullable=True),
        sa.Column('before', sa.JSON(), nullable=False),
        sa.Column('after', sa.JSON(), nullable=False),
        sa.Column('fen', sa.BigInteger(), nullable=False),
        sa.Column('reason', sa.String(), nullable=False),
        sa.Column('asked_by', sa.String(), nullable=False),
        sa.Column('asked_at', MOMENT, nullable=False),
        sa.Column('state', sa.String(), nullable=False),
        sa.Column('decided_by', sa.String(), nullable=False),
        sa.Column('decided_at', MOMENT, nullable=True),
        sa.Column('carried', sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column('settlement_id', sa.Uuid(), nullable=True),
        sa.CheckConstraint('(handover_id IS NULL) <> (offer_id IS NULL)', name=op.f('ck_partner_correction_one_subject')),
        sa.CheckConstraint("state IN ('asked', 'made', 'refused')", name=op.f('ck_partner_correction_state')),
        sa.CheckConstraint("reason <> ''", name=op.f('ck_partner_correction_reason')),
        sa.CheckConstraint("(state = 'asked') = (decided_by = '')", name=op.f('ck_partner_correction_decided')),
        sa.CheckConstraint('decided_by <> asked_by', name=op.f('ck_partner_correction_second_person')),
        sa.CheckConstraint(
            "settlement_id IS NULL OR (carried AND state = 'made')", name=op.f('ck_partner_correction_settled')
        ),
        sa.ForeignKeyConstraint(
            ['handover_id'], ['handover.id'], name=op.f('fk_partner_correction_handover_id_handover')
        ),
        sa.ForeignKeyConstraint(
            ['offer_id'], ['spare_offer.id'], name=op.f('fk_partner_correction_offer_id_spare_offer')
        ),
        sa.ForeignKeyConstraint(
            ['settlement_id'],
            ['partner_settlement.id'],
            name=op.f('fk_partner_correction_settlement_id_partner_settlement'),
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_partner_correction')),
        sa.UniqueConstraint('key', name=op.f('uq_partner_correction_key')),
    )
    for name in ('handover', 'offer'):
        op.create_index(
            f'uq_partner_correction_{name}', 'partner_correction', [f'{name}_id'], unique=True, sqlite_where=ASKED,
            postgresql_where=ASKED,
        )
    op.create_index('ix_partner_correction_partner', 'partner_correction', ['partner', 'state'])
    op.create_index(op.f('ix_partner_correction_settlement_id'), 'partner_correction', ['settlement_id'])
    # by hand: SQLite adds a column with its own rule
    kind = 'UUID' if op.get_bind().dialect.name == 'postgresql' else 'CHAR(32)'
    op.execute(
        f'ALTER TABLE spare_offer ADD COLUMN settlement_id {kind}'
        ' CONSTRAINT fk_spare_offer_settlement_id_partner_settlement REFERENCES partner_settlement (id)'
    )
    op.create_index(op.f('ix_spare_offer_settlement_id'), 'spare_offer', ['settlement_id'])
    op.add_column('spare_offer', sa.Column('events', sa.Integer(), server_default='0', nullable=False))
    op.execute(
        f'ALTER TABLE shop_event ADD COLUMN offer_id {kind} CONSTRAINT fk_shop_event_offer_id_spare_offer'
        ' REFERENCES spare_offer (id)'
    )
    op.create_index('uq_shop_event_offer', 'shop_event', ['offer_id', 'sequence'], unique=True)


def downgrade() -> None:
    op.drop_index('uq_shop_event_offer', 'shop_event')
    op.drop_column('shop_event', 'offer_id')
    op.drop_column('spare_offer', 'events')
    op.drop_index(op.f('ix_spare_offer_settlement_id'), 'spare_offer')
    op.drop_column('spare_offer', 'settlement_id')
    op.drop_table('partner_correction')
