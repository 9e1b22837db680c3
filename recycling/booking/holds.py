"""Keeping a window for somebody who is still filling in the form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, case, delete, distinct, func, or_, select, update
from sqlalchemy.orm import Session

from recycling.booking.capacity import Share, Window, give_back, shift
from recycling.booking.office import Office
from recycling.booking.workload import Need
from recycling.errors import N_, NotFoundError, TooOftenError
from recycling.models import Hold
from recycling.models.base import table_of


@dataclass(frozen=True)
class Kept:
    """A window that is kept, and until when; `last` where it cannot be kept any longer than that."""

    window: Window
    until: datetime
    last: bool = False


def keep(
    session: Session,
    office: Office,
    owner: str,
    need: Need,
    window: Window,
    seconds: int,
    now: datetime,
    until: datetime | None = None,
    in_plan: bool = False,
    bonus: int = 0,
    origin: str = "",
) -> Hold:
    """Keep a window for the form `owner`, in place of the one that it kept before; ten minutes, or `until` a moment.

    A form that keeps one window after the other does so for `hold_longest_minutes` altogether. With `in_plan` it is
    kept on the routes of a day that is planned, for each visit by itself, and `seconds` are 0; the first is returned.
    `bonus` are the points that it was offered with.

    Raises
    ------
    WindowFullError
        When the window has no room; what was kept before stays so.
    """
    gone = claimed(session, owner, now)
    since = min((_since(old) for old in gone if old.owner == owner and old.until > now), default=now)
    shift(session, office, [share_of(old) for old in gone], [] if in_plan else [_share(window, need, seconds)])
    kept = [
        Hold(
            owner=owner,
            depot_code=window.depot,
            service_day=window.day,
            window=window.span,
            people=part.people,
            seconds=seconds,
            lon=part.lon,
            lat=part.lat,
            service=part.service,
            kg=part.kg,
            litres=part.litres,
            tail_lift=part.tail_lift,
            height_limit=part.height_limit,
            bonus=0 if number else bonus,
            made_at=now,
            since=since,
            origin=origin,
            until=until or _so_long(office, since, now),
        )
        for number, part in enumerate(need.each if in_plan else (need,))
    ]
    session.add_all(kept)
    session.flush()
    return kept[0]


def renew(session: Session, office: Office, owner: str, now: datetime) -> Kept:
    """Keep the window of a form for another ten minutes from now; what is kept for longer stays so.

    Nobody keeps windows from others for more than `hold_longest_minutes` altogether: then they are anybody's again.

    Raises
    ------
    NotFoundError
        When the form keeps no window any more.
    """
    known = kept_for(session, owner, now)
    until = now if known is None else _so_long(office, _since(known), now)
    query = (
        update(Hold)
        .where(Hold.owner == owner, Hold.until > now)
        .values(until=case((Hold.until > until, Hold.until), else_=until))
        .returning(Hold.depot_code, Hold.service_day, Hold.window, Hold.until)
        .execution_options(synchronize_session=False)
    )
    row = None if known is None else session.execute(query).first()
    if known is None or row is None:
        raise NotFoundError.one(
            "hold-ended",
            N_("The window is no longer kept for you. Choose one again; your entries are still there."),
            where="window",
        )
    return Kept(Window(row.depot_code, row.service_day, row.window), row.until, is_last(office, known, row.until))


def is_last(office: Office, hold: Hold, until: datetime | None = None) -> bool:
    """Tell whether a window cannot be kept any longer than `until`, by default than it is kept now."""
    return (until or hold.until) >= _end(office, _since(hold))


def _since(hold: Hold) -> datetime:
    """Return since when a form has been keeping windows, one after the other."""
    return hold.since or hold.made_at


def _end(office: Office, since: datetime) -> datetime:
    return since + timedelta(minutes=office.settings.booking.hold_longest_minutes)


def _so_long(office: Office, since: datetime, now: datetime) -> datetime:
    """Return until when a form that has been keeping windows for a while keeps one now."""
    return min(now + timedelta(minutes=office.settings.booking.hold_minutes), _end(office, since))


def refuse_many(session: Session, office: Office, owner: str, origin: str, now: datetime) -> None:
    """Refuse a form another window where as many are kept from its address by other forms as may be; "" is no address.

    Raises
    ------
    TooOftenError
        When that is so; what the form asks for can be booked without being kept.
    """
    most = office.settings.booking.most_kept_per_address
    others = select(func.count(distinct(Hold.owner))).where(
        Hold.origin == origin, Hold.owner != owner, Hold.until > now
    )
    if origin and (session.scalar(others) or 0) >= most:
        raise TooOftenError.one(
            "too-many-kept",
            N_("%(most)s windows are kept from here already, so this one is not. You can book it all the same."),
            where="window",
            most=most,
        )


def let_go(session: Session, owner: str) -> list[Hold]:
    """Give back whatever a form keeps, and return it."""
    gone = _delete(session, Hold.owner == owner)
    give_back(session, [share_of(hold) for hold in gone])
    return gone


def expire(session: Session, now: datetime) -> list[Hold]:
    """Give back all windows whose time is over, and return them."""
    gone = _delete(session, _over(now))
    give_back(session, [share_of(hold) for hold in gone])
    return gone


def claimed(session: Session, owner: str, now: datetime) -> list[Hold]:
    """Take what a form keeps and all that is over out of the record; the caller gives its seconds back."""
    if session.scalar(_CLAIMABLE, {"owner": owner, "now": now}) is None:  # as for most bookings
        return []
    return _delete(session, Hold.owner == owner) + _delete(session, _over(now))


def kept_for(session: Session, owner: str, now: datetime) -> Hold | None:
    """Return what is kept for a form, if its time is not over."""
    asked = {"owner": owner, "now": now}
    return session.scalars(_KEPT, asked).first() if session.scalar(_IS_KEPT, asked) is not None else None


_HOLD = table_of(Hold).c
_CLAIMABLE = select(_HOLD.id).where(or_(_HOLD.owner == bindparam("owner"), _HOLD.until <= bindparam("now"))).limit(1)
_IS_KEPT = select(_HOLD.id).where(_HOLD.owner == bindparam("owner"), _HOLD.until > bindparam("now")).limit(1)
_KEPT = (
    select(Hold)
    .where(Hold.owner == bindparam("owner"), Hold.until > bindparam("now"))
    .order_by(Hold.made_at.desc())
    .limit(1)
)
"""Asked for each booking, so they are put together once."""


def share_of(hold: Hold) -> Share:
    """Return what a hold takes of its window."""
    return _share(window_of(hold), need_of(hold), hold.seconds)


def _share(window: Window, need: Need, seconds: int) -> Share:
    return Share(window, need.people, seconds, need.tail_lift, need.height_limit)


def window_of(hold: Hold) -> Window:
    """Return the window that is kept."""
    return Window(hold.depot_code, hold.service_day, hold.window)


def need_of(hold: Hold) -> Need:
    """Return what it is kept for; how many visits that takes is not known of it."""
    return Need(
        depot=hold.depot_code,
        lon=hold.lon,
        lat=hold.lat,
        people=hold.people,
        service=hold.service,
        litres=hold.litres,
        kg=hold.kg,
        tail_lift=hold.tail_lift,
        height_limit=hold.height_limit,
    )


def _over(now: datetime) -> ColumnElement[bool]:
    """Return the condition of holds that are over, apart from those that another writer is giving back just now."""
    return Hold.id.in_(select(Hold.id).where(Hold.until <= now).with_for_update(skip_locked=True))


def _delete(session: Session, condition: ColumnElement[bool]) -> list[Hold]:
    return list(session.scalars(delete(Hold).where(condition).returning(Hold)))
