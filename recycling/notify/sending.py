"""Sending what waits: each message at least once, none by two senders at a time, no recipient held up by another.

A sender takes one message in a short transaction (fence and lease, as plan runs do), speaks to the channel outside of
any transaction, and writes down how it went if the fence is still its own. After a failure the message waits, longer
each time and never for exactly as long as another; when its channel has failed for a while the next one takes over;
when none is left it is unreached, for somebody to call. A channel that fails several times in a row rests for the rest
of the round, so that its messages use up no attempts while it is down.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from recycling.db import Database
from recycling.models import Message, MessageConsent
from recycling.notify.channels import Answer, Channel, Outcome, attempt
from recycling.notify.outbox import take_consent, template_of
from recycling.notify.quiet import awake_time, is_quiet
from recycling.notify.renewing import renewed
from recycling.notify.texts import Texts
from recycling.settings import MessageSettings, Settings

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=30)
FAILURES_TO_REST = 3
MOST_A_ROUND = 500
log = structlog.get_logger()

_jitter = random.Random()


def send_due(
    database: Database,
    settings: Settings,
    texts: Texts,
    channels: Mapping[str, Channel],
    now: Callable[[], datetime],
    jitter: random.Random = _jitter,
) -> Counter[str]:
    """Send what is due, one message after the other; returns how many came to each state in this round."""
    tally: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    _tidy(database, settings, now())
    for _ in range(MOST_A_ROUND):
        resting = [name for name in channels if failures[name] >= FAILURES_TO_REST]
        message = claim(database, settings, list(channels), now(), resting)
        if message is None:
            break
        if message.state != "sending":
            tally[message.state] += 1
            continue
        answer = _try(message, texts, channels[message.channel])
        if answer.outcome in {Outcome.FAILED, Outcome.UNKNOWN}:
            failures[message.channel] += 1
        elif answer.outcome is Outcome.SENT:
            failures[message.channel] = 0
        state = record(database, settings, list(channels), message, answer, now(), jitter)
        tally[state] += 1
    for name in channels:
        if failures[name] >= FAILURES_TO_REST:
            _relieve(database, settings, list(channels), name, now())
    if set(tally) - {"sent", "outdated"}:
        log.warning("messages did not all leave", **tally)
    return tally


def claim(
    database: Database, settings: Settings, channels: Sequence[str], now: datetime, resting: Sequence[str] = ()
) -> Message | None:
    """Take the message that is due longest, urgent ones first, or None.

    What comes back is ``sending``, through its ``channel``, and says the newest that is known; or ``expired``,
    ``unreached`` or ``outdated``, if it need not be tried.
    """
    chosen = settings.messages
    due = _due(chosen, channels, now, resting, is_quiet(settings, now))
    with database.read() as session:  # so that a round with nothing to do takes no write lock
        if session.scalar(select(Message.id).where(due).limit(1)) is None:
            return None
    with database.write() as session, session.no_autoflush:
        query = select(Message).where(due).order_by(Message.urgent.desc(), Message.due_at, Message.created_at).limit(1)
        message = session.scalar(query.with_for_update(skip_locked=True))
        if message is None:
            return None
        message.lease_until = None
        if message.useful_until is not None and message.useful_until <= now:
            message.state = "expired"
        elif message.attempts >= chosen.most_attempts:
            message.state = "unreached"
        elif not renewed(session, settings, message, now):
            message.state, message.outdated_at = "outdated", now
        else:
            _start(session, chosen, channels, message, now)
        return message


def record(
    database: Database,
    settings: Settings,
    channels: Sequence[str],
    claimed: Message,
    answer: Answer,
    now: datetime,
    jitter: random.Random = _jitter,
) -> str:
    """Write down how the attempt went, if it is still the claimer's; returns the message's state, or ``lost``."""
    with database.write() as session, session.no_autoflush:
        message = session.get(Message, claimed.id, with_for_update=True)
        if message is None or message.fence != claimed.fence or message.state != "sending":
            return "lost"
        message.lease_until = None
        message.error = answer.error
        if answer.outcome is Outcome.SENT:
            message.state, message.sent_at, message.provider_id = "sent", now, answer.provider_id
            return message.state
        if answer.outcome is not Outcome.UNKNOWN:
            _give_back_consent(session, settings.messages, message)
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(message.tries - 1, 12)) * jitter.uniform(0.5, 1.0)
        fall_back = timedelta(minutes=settings.messages.fall_back_minutes)
        since = awake_time(settings, message.channel_since or now, now)
        others = channels[channels.index(message.channel) + 1 :] if message.channel in channels else ()
        if others:
            wait = min(wait, max(FIRST_WAIT / 2, fall_back - since))
        if message.outdated_at is not None:
            message.state = "outdated"
        elif message.useful_until is not None and message.useful_until <= now:
            message.state = "expired"
        elif answer.outcome is Outcome.REFUSED or (others and since >= fall_back):
            pass_on(message, channels, now)
        elif message.settled_by or _given_up(settings, message, now):
            message.state = "unreached"
        else:
            message.state, message.due_at = "waiting", now + wait
        return message.state


def pass_on(message: Message, channels: Sequence[str], now: datetime) -> None:
    """Let the channel after the message's own take over at once; without one the message is unreached."""
    place = channels.index(message.channel) + 1 if message.channel in channels else 0
    if place < len(channels):
        message.state, message.due_at = "waiting", now
        message.channel, message.channel_since, message.tries = channels[place], None, 0
    else:
        message.state = "unreached"


def _start(session: Session, chosen: MessageSettings, channels: Sequence[str], message: Message, now: datetime) -> None:
    if message.channel not in channels:
        message.channel, message.channel_since, message.tries = channels[0], None, 0
    while message.channel in chosen.one_time and not take_consent(session, message, message.channel):
        message.error = "no consent is left for this channel"
        pass_on(message, channels, now)
        if message.state == "unreached":
            return
    message.state = "sending"
    if message.channel_since is None:  # the first channel has had the time since the message was written
        message.channel_since = message.trying_since if message.channel == channels[0] else now
    message.tries, message.attempts, message.fence = message.tries + 1, message.attempts + 1, message.fence + 1
    message.lease_until = now + timedelta(seconds=chosen.timeout_seconds * 4 + 60)


def _due(
    chosen: MessageSettings, channels: Sequence[str], now: datetime, resting: Sequence[str], quiet: bool
) -> ColumnElement[bool]:
    free = or_(
        and_(Message.state == "waiting", Message.due_at <= now),
        and_(Message.state == "sending", Message.lease_until < now),
    )
    condition = and_(free, Message.outdated_at.is_(None))
    if quiet:
        condition = and_(condition, Message.urgent)
    if resting:
        shut = [*resting, *([""] if channels[0] in resting else [])]
        condition = and_(condition, Message.channel.not_in(shut))
    return condition


def _try(message: Message, texts: Texts, channel: Channel) -> Answer:
    try:
        text = texts.say(message.change, message.language, message.figures, message.link)
    except Exception as error:  # a row that another version wrote must not stop the others
        return Answer(Outcome.FAILED, error=f"the text cannot be filled in: {type(error).__name__}")
    return attempt(channel, message.phone, text, message.id.hex)


def _give_back_consent(session: Session, chosen: MessageSettings, message: Message) -> None:
    if message.channel in chosen.one_time and message.booking_id is not None:
        session.execute(
            update(MessageConsent)
            .where(
                MessageConsent.booking_id == message.booking_id,
                MessageConsent.channel == message.channel,
                MessageConsent.template == template_of(message),
            )
            .values(remaining=MessageConsent.remaining + 1)
        )


def _given_up(settings: Settings, message: Message, now: datetime) -> bool:
    limit = timedelta(hours=settings.messages.give_up_hours)
    return now - message.trying_since >= limit and awake_time(settings, message.trying_since, now) >= limit


def _tidy(database: Database, settings: Settings, now: datetime) -> None:
    """Close messages that grew old or hopeless while their channel rested or a sender that is gone had them."""
    lost = and_(Message.state == "sending", Message.lease_until < now, Message.outdated_at.is_not(None))
    useless = and_(Message.state == "waiting", Message.useful_until <= now)
    limit = now - timedelta(hours=settings.messages.give_up_hours)
    hopeless = and_(Message.state == "waiting", Message.trying_since <= limit)
    with database.read() as session:
        if session.scalar(select(Message.id).where(or_(lost, useless, hopeless)).limit(1)) is None:
            return
    with database.write() as session:
        session.execute(update(Message).where(lost).values(state="outdated", lease_until=None))
        session.execute(update(Message).where(useless).values(state="expired"))
        for message in session.scalars(select(Message).where(hopeless).with_for_update(skip_locked=True)):
            if _given_up(settings, message, now):
                message.state = "unreached"


def _relieve(database: Database, settings: Settings, channels: Sequence[str], name: str, now: datetime) -> None:
    """Let the next channel take over what has waited long for one that is down, tried or not."""
    if name == channels[-1]:
        return
    limit = timedelta(minutes=settings.messages.fall_back_minutes)
    names = [name, *([""] if name == channels[0] else [])]
    with database.write() as session:
        waiting = select(Message).where(
            Message.state == "waiting", Message.channel.in_(names), Message.trying_since <= now - limit
        )
        for message in session.scalars(waiting.with_for_update(skip_locked=True)):
            if awake_time(settings, message.channel_since or message.trying_since, now) >= limit:
                message.channel = name
                pass_on(message, channels, now)
