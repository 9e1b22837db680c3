"""The life of a booking: states, windows with room, holds, the waiting list."""

from datetime import UTC
from zoneinfo import ZoneInfo

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'

MOMENT = sa.DateTime(timezone=True)
STATES = "'booked', 'planned', 'on_the_way', 'collected', 'failed', 'cancelled', 'settled'"
CHANNELS = "'web', 'clerk', 'import', 'api', 'contract', 'waiting', 'demo'"
SCENES = "'home', 'shop', 'office', 'school', 'renovation', 'event'"
SECONDS = 600  # what an older booking is taken to need of its window


def upgrade() -> None:
    plain: list[sa.Column[Any]] = [
        sa.Column('window', sa.String()),
        sa.Column('people', sa.Integer()),
        sa.Column('seconds', sa.Integer()),
        sa.Column('working_start', MOMENT),
        sa.Column('working_end', MOMENT),
        sa.Column('state', sa.String()),
        sa.Column('version', sa.Integer()),
        sa.Column('link_round', sa.Integer()),
        sa.Column('scene', sa.String()),
        sa.Column('standing', sa.String()),
        sa.Column('trade_in', sa.String()),
        sa.Column('first', sa.Boolean()),
        sa.Column('reason', sa.String()),
    ]
    for column in plain:
        op.add_column('booking', column)
    _fill()
    with op.batch_alter_table('booking') as batch:
        for column in plain:
            batch.alter_column(column.name, existing_type=column.type, nullable=False)
        batch.add_column(sa.Column('height_limit', sa.Double(), nullable=True))
        batch.add_column(sa.Column('leg_of', sa.Uuid(), nullable=True))
        batch.add_column(sa.Column('follows', sa.Uuid(), nullable=True))
        batch.add_column(sa.Column('ended_at', MOMENT, nullable=True))
        batch.create_foreign_key(batch.f('fk_booking_leg_of_booking'), 'booking', ['leg_of'], ['id'])
        batch.create_foreign_key(batch.f('fk_booking_follows_booking'), 'booking', ['follows'], ['id'])
        batch.drop_constraint(batch.f('ck_booking_channel'), type_='check')
        for name, condition in (
            ('working', 'working_start >= promise_start AND working_end <= promise_end'),
            ('working_order', 'working_end > working_start'),
            ('channel', f'channel IN ({CHANNELS})'),
            ('state', f'state IN ({STATES})'),
            ('scene', f'scene IN ({SCENES})'),
            ('standing', "standing IN ('flat', 'hallway', 'gate')"),
            ('needs', 'seconds >= 0 AND people >= 1'),
            ('why', "state <> 'failed' OR reason <> ''"),
            ('ended', "(state IN ('collected', 'failed', 'cancelled', 'settled')) = (ended_at IS NOT NULL)"),
        ):
            batch.create_check_constraint(batch.f(f'ck_booking_{name}'), condition)
        batch.create_index('ix_booking_phone', ['phone'])
        batch.create_index('ix_booking_door', ['address'])
        batch.create_index(batch.f('ix_booking_leg_of'), ['leg_of'])
        batch.create_index(batch.f('ix_booking_follows'), ['follows'])
    op.create_table('slot',
    sa.Column('depot_code', sa.String(), nullable=False),
    sa.Column('service_day', sa.Date(), nullable=False),
    sa.Column('window', sa.String(), nullable=False),
    sa.Column('people', sa.Integer(), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=False),
    sa.Column('taken', sa.Integer(), nullable=False),
    sa.CheckConstraint('taken >= 0 AND taken <= capacity', name=op.f('ck_slot_not_oversold')),
    sa.CheckConstraint('people >= 1', name=op.f('ck_slot_people')),
    sa.ForeignKeyConstraint(['depot_code'], ['site.code'], name=op.f('fk_slot_depot_code_site')),
    sa.PrimaryKeyConstraint('depot_code', 'service_day', 'window', 'people', name=op.f('pk_slot'))
    )
    op.create_table('hold',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('owner', sa.String(), nullable=False),
    sa.Column('depot_code', sa.String(), nullable=False),
    sa.Column('service_day', sa.Date(), nullable=False),
    sa.Column('window', sa.String(), nullable=False),
    sa.Column('people', sa.Integer(), nullable=False),
    sa.Column('seconds', sa.Integer(), nullable=False),
    sa.Column('lon', sa.Double(), nullable=False),
    sa.Column('lat', sa.Double(), nullable=False),
    sa.Column('made_at', MOMENT, nullable=False),
    sa.Column('until', MOMENT, nullable=False),
    sa.CheckConstraint('seconds >= 0 AND people >= 1', name=op.f('ck_hold_needs')),
    sa.ForeignKeyConstraint(['depot_code'], ['site.code'], name=op.f('fk_hold_depot_code_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hold'))
    )
    op.create_index('ix_hold_day', 'hold', ['depot_code', 'service_day'])
    op.create_index('ix_hold_until', 'hold', ['until'])
    op.create_index(op.f('ix_hold_owner'), 'hold', ['owner'])
    op.create_table('waiting',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('token', sa.String(), nullable=False),
    sa.Column('idempotency_key', sa.String(), nullable=False),
    sa.Column('depot_code', sa.String(), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('wish', sa.JSON(), nullable=False),
    sa.Column('phone', sa.String(), nullable=False),
    sa.Column('call_back', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('asked_at', MOMENT, nullable=False),
    sa.Column('hold_id', sa.Uuid(), nullable=True),
    sa.Column('offered_day', sa.Date(), nullable=True),
    sa.Column('offered_window', sa.String(), nullable=False),
    sa.Column('until', MOMENT, nullable=True),
    sa.Column('booking_id', sa.Uuid(), nullable=True),
    sa.Column('ended_at', MOMENT, nullable=True),
    sa.CheckConstraint("state IN ('waiting', 'offered', 'booked', 'lapsed', 'withdrawn')", name=op.f('ck_waiting_state')),
    sa.CheckConstraint('last_day >= first_day', name=op.f('ck_waiting_days')),
    sa.CheckConstraint("(state = 'offered') = (until IS NOT NULL)", name=op.f('ck_waiting_offer')),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_waiting_booking_id_booking')),
    sa.ForeignKeyConstraint(['depot_code'], ['site.code'], name=op.f('fk_waiting_depot_code_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_waiting')),
    sa.UniqueConstraint('idempotency_key', name=op.f('uq_waiting_idempotency_key')),
    sa.UniqueConstraint('token', name=op.f('uq_waiting_token'))
    )
    op.create_index('ix_waiting_line', 'waiting', ['depot_code', 'state', 'asked_at'])


def _fill() -> None:
    """Give older bookings what they lack; their window is told in the hours of the depot."""
    from recycling.settings import load_settings

    zone = ZoneInfo(load_settings().service.timezone)
    connection = op.get_bind()
    booking = sa.table(
        'booking',
        *(sa.column(n, t) for n, t in (
            ('id', sa.Uuid()), ('promise_start', MOMENT), ('promise_end', MOMENT), ('window', sa.String()),
            ('people', sa.Integer()), ('seconds', sa.Integer()), ('working_start', MOMENT), ('working_end', MOMENT),
            ('state', sa.String()), ('version', sa.Integer()), ('link_round', sa.Integer()), ('scene', sa.String()),
            ('standing', sa.String()), ('trade_in', sa.String()), ('first', sa.Boolean()), ('reason', sa.String()),
        )),
    )
    line = sa.table('booking_line', sa.column('booking_id', sa.Uuid()), sa.column('people', sa.Integer()))
    crews = dict(connection.execute(sa.select(line.c.booking_id, sa.func.max(line.c.people)).group_by(line.c.booking_id)).all())
    for key, start, end in connection.execute(sa.select(booking.c.id, booking.c.promise_start, booking.c.promise_end)).all():
        hours = [(m if m.tzinfo else m.replace(tzinfo=UTC)).astimezone(zone).strftime('%H:%M') for m in (start, end)]
        connection.execute(sa.update(booking).where(booking.c.id == key).values(
            window='-'.join(hours), people=crews.get(key, 1), seconds=SECONDS, working_start=start, working_end=end,
            state='booked', version=1, link_round=0, scene='home', standing='flat', trade_in='', first=False, reason='',
        ))
