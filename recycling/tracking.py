"""A booking's progress, for whoever holds a signed link: when the crew comes, and nothing about who it is.

A link belongs to one booking and one plan of its day; bookings that are put into that plan later leave it good. It
ends when its hours are over, when the booking is done, and when it is taken back (``Booking.link_round`` is raised). It
opens nothing that can be changed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
import uuid
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

import structlog
from itsdangerous import BadSignature, Signer
from itsdangerous.signer import SigningAlgorithm
from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.errors import N_, GoneError, NotFoundError
from recycling.in_force import in_force
from recycling.models import Booking, Plan, PlanRoute, PlanVisit
from recycling.settings import Settings
from recycling.site_key import site_key

PARTS = struct.Struct(">16sIIHB")
OPENS_BOOKING = 1
ROUND_TO = timedelta(minutes=5)
COMING = ("planned", "on_the_way")
OVER = ("collected", "failed", "cancelled", "settled")
log = structlog.get_logger()


class Planned(Protocol):
    """What the band of arrival is taken from: the planned hour at which a visit begins."""

    @property
    def begins_at(self) -> datetime:
        """When the crew is planned to begin."""
        ...


@dataclass(frozen=True)
class Expected:
    """A visit of which the dispatcher has said when it begins."""

    begins_at: datetime


@dataclass(frozen=True)
class Band:
    """Between when a crew is expected.

    Attributes
    ----------
    first, last
        Neither is ever in the past: ``first`` is None when the crew may come at any moment ("arriving now"), ``last``
        too when it is later than was expected.
    """

    first: datetime | None
    last: datetime | None

    @property
    def now(self) -> bool:
        """Whether the crew may come at any moment."""
        return self.first is None


@dataclass(frozen=True)
class Progress:
    """What a link shows.

    Attributes
    ----------
    state
        ``planned`` or ``on_the_way``, or ``booked`` where the link's plan is not the day's any more.
    replanned
        The day was planned anew since the link was made, so that it says no hours but those that were promised; unless
        the dispatcher has said since when the crew comes.
    band
        None when replanned. It follows what the dispatcher says of this visit, if anything.
    late
        The dispatcher says that it comes late.
    stops_before
        How many visits come before this one, None until the crew is on its way.
    booking_token
        Opens the booking's own page, "" where the link may not.
    """

    reference: str
    day: date
    promise_start: datetime
    promise_end: datetime
    state: str
    replanned: bool
    band: Band | None
    late: bool
    stops_before: int | None
    booking_token: str


def arrival_band(visit: Planned, now: datetime, settings: Settings, earliest: datetime | None = None) -> Band:
    """Return between when to expect a visit, in steps of five minutes, and never a time that is over.

    The band reaches from ``tracking.minutes_before`` before the planned beginning to ``tracking.minutes_after`` after
    it, not before `earliest`, the beginning of the hours that were promised.
    """
    first = _down(visit.begins_at - timedelta(minutes=settings.tracking.minutes_before))
    last = _down(visit.begins_at + timedelta(minutes=settings.tracking.minutes_after) + ROUND_TO - timedelta(seconds=1))
    if earliest is not None:
        first, last = max(first, earliest), max(last, earliest)
    return Band(first if first > now else None, last if last > now else None)


def is_late(settings: Settings, booking: Booking) -> bool:
    """Tell whether the dispatcher says that a visit comes so late that its resident must know."""
    at = booking.expected_at
    return at is not None and at > booking.promise_end - timedelta(minutes=settings.late.tell_minutes)


def expected_band(booking: Booking, now: datetime, settings: Settings) -> Band | None:
    """Return between when to expect a visit of which the dispatcher has said when it comes; None for others."""
    if booking.expected_at is None or booking.state not in COMING:
        return None
    return arrival_band(Expected(booking.expected_at), now, settings, booking.promise_start)


def late_hours(settings: Settings, booking: Booking, now: datetime) -> tuple[datetime, datetime]:
    """Return between when to expect a visit that is late, neither of them over.

    One whose expected moment is over without a newer word may come at any moment: it is expected now.
    """
    return _hours(settings, booking, booking.expected_at or now, now)


def coming_hours(session: Session, settings: Settings, booking: Booking, now: datetime) -> tuple[datetime, datetime]:
    """Return between when to expect a crew that sets off now, neither of them over.

    That is around the hour that the dispatcher said, or else the planned one.
    """
    _, visit = _newest(session, booking)
    planned = visit.begins_at if visit is not None else booking.working_start
    return _hours(settings, booking, booking.expected_at or planned, now)


def _hours(settings: Settings, booking: Booking, at: datetime, now: datetime) -> tuple[datetime, datetime]:
    band = arrival_band(Expected(max(at, now)), now, settings, booking.promise_start)
    return band.first or now, band.last or now


def link(
    booking: Booking, root: int, secret: str, now: datetime, settings: Settings, *, opens_booking: bool = False
) -> str:
    """Return the path of a link to the booking's progress in this plan of its day.

    Parameters
    ----------
    root
        `Plan.root`, which stays when a booking is put into the plan.
    opens_booking
        Whether the page may lead on to the booking's own page; for links that go to the resident alone.
    """
    expires = int((now + timedelta(hours=settings.tracking.link_hours)).timestamp())
    flags = OPENS_BOOKING if opens_booking else 0
    mark = _mark(booking, root)
    packed = PARTS.pack(booking.id.bytes, mark, expires, booking.link_round % 2**16, flags)
    text = base64.urlsafe_b64encode(packed).rstrip(b"=")
    return "/t/" + _signer(secret).sign(text).decode("ascii")


def links(settings: Settings, root: int, now: datetime) -> Callable[[Booking], str]:
    """Return what gives the path that a message about a booking on this version of its day's plan leads to.

    It gives "" while the key that signs links cannot be read, so that nobody's plan depends on it.
    """
    try:
        key = site_key(settings.home / "var")
    except OSError as error:
        log.warning("messages lead to bookings' own pages: the key that signs links is not readable", why=str(error))
        return lambda _: ""
    return lambda booking: link(booking, root, key, now, settings, opens_booking=True)


def message_link(session: Session, settings: Settings, booking: Booking, now: datetime) -> str:
    """Return the path that a message about a booking on its way leads to: its progress, "" where it is on no plan."""
    plan, visit = _newest(session, booking)
    return links(settings, plan.root, now)(booking) if plan is not None and visit is not None else ""


def progress(session: Session, token: str, secret: str, settings: Settings, now: datetime) -> Progress:
    """Return what a link's token shows at this moment.

    Raises
    ------
    NotFoundError
        For a token that was not made here, that was taken back, or whose booking is not there.
    GoneError
        When its hours are over, or the booking is done.
    """
    key, mark, expires, link_round, flags = _opened(token, secret)
    if now >= datetime.fromtimestamp(expires, UTC):
        raise GoneError.one("link-expired", N_("This link was for that day only. Open the one in a later message."))
    booking = session.get(Booking, key)
    if booking is None or booking.link_round % 2**16 != link_round:
        raise _unknown()
    if booking.state in OVER:
        sentence = {
            "collected": N_("Your things were collected. This link has ended."),
            "settled": N_("Your things were collected. This link has ended."),
            "failed": N_("The crew could not collect your things. Choose a new time by the link in our message."),
            "cancelled": N_("This pickup is cancelled; nobody will come. This link has ended."),
        }[booking.state]
        raise GoneError.one(f"link-{booking.state}", sentence)
    plan, visit = _newest(session, booking)
    current = plan is not None and visit is not None and _mark(booking, plan.root) == mark
    before = None
    band = said = expected_band(booking, now, settings)
    if current and visit is not None:
        band = said or arrival_band(visit, now, settings, booking.promise_start)
        before = _stops_before(session, visit, now) if booking.state == "on_the_way" else None
    return Progress(
        reference=booking.reference,
        day=booking.service_day,
        promise_start=booking.promise_start,
        promise_end=booking.promise_end,
        state=("on_the_way" if booking.state == "on_the_way" else "planned") if current or said else "booked",
        replanned=not current and said is None,
        band=band,
        late=said is not None and is_late(settings, booking),
        stops_before=before,
        booking_token=booking.token if flags & OPENS_BOOKING else "",
    )


def _newest(session: Session, booking: Booking) -> tuple[Plan | None, PlanVisit | None]:
    """Return the newest plan of the booking's day, and its visit to the booking."""
    plan = session.scalar(in_force(booking.depot_code, booking.service_day))
    if plan is None:
        return None, None
    visit = select(PlanVisit).join(PlanRoute).where(PlanRoute.plan_id == plan.id, PlanVisit.booking_id == booking.id)
    return plan, session.scalar(visit.limit(1))


def _stops_before(session: Session, visit: PlanVisit, now: datetime) -> int:
    """Count the visits to doors before this one on its route that are not done.

    A booking is done when it says so; a truck call or a delivery, of which nothing is reported yet, when its planned
    hour is over. Unloading is no stop.
    """
    earlier = session.execute(
        select(Booking.state, PlanVisit.ends_at)
        .select_from(PlanVisit)
        .outerjoin(Booking, Booking.id == PlanVisit.booking_id)
        .where(
            PlanVisit.route_id == visit.route_id,
            PlanVisit.position < visit.position,
            PlanVisit.site_code.is_(None),
        )
    )
    return sum((state not in OVER) if state is not None else ends_at > now for state, ends_at in earlier)


def _mark(booking: Booking, root: int) -> int:
    """Return a short mark of depot, day and version, so that a link does not outlive a move to another day."""
    return zlib.crc32(f"{booking.depot_code}/{booking.service_day.isoformat()}/{root}".encode())


def _opened(token: str, secret: str) -> tuple[uuid.UUID, int, int, int, int]:
    try:
        text = _signer(secret).unsign(token)
        key, mark, expires, link_round, flags = PARTS.unpack(base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4)))
    except (BadSignature, binascii.Error, struct.error, ValueError) as error:
        raise _unknown() from error
    return uuid.UUID(bytes=key), mark, expires, link_round, flags


def _unknown() -> NotFoundError:
    return NotFoundError.one("no-link", N_("This link does not work, or was taken back. Open the one in our message."))


def _down(moment: datetime) -> datetime:
    seconds = int(moment.timestamp())
    return datetime.fromtimestamp(seconds - seconds % int(ROUND_TO.total_seconds()), UTC)


class _ShortHmac(SigningAlgorithm):
    """HMAC-SHA-256 cut to 128 bits (RFC 2104, 5), so that a link fits into a text message."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.new(key, value, hashlib.sha256).digest()[:16]


def _signer(secret: str) -> Signer:
    return Signer(secret, salt="recycling.tracking", algorithm=_ShortHmac(), digest_method=hashlib.sha256)
