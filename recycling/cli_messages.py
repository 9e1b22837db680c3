"""`recycling messages`: who has not been reached, trying again, and testing a channel."""

from __future__ import annotations

import uuid
from typing import Any

import click

from recycling import clock


@click.group()
def messages() -> None:
    """See whom messages do not reach, and test channels."""


@messages.command("unreached")
@click.option("--phones", is_flag=True, help="Show telephone numbers in full, to call them.")
def list_unreached(phones: bool) -> None:
    """List the messages that have not come through, for people to call.

    The first are given up; those marked * are still being tried. Note each call with: recycling messages told NUMBER
    """
    from recycling.notify import load_texts, unreached, waiting_count
    from recycling.notify.channels import without_secrets
    from recycling.privacy import mask_phone

    database, settings = _record()
    texts, now = load_texts(settings), clock.utc_now()
    with database.read() as session:
        found, waiting = unreached(session, settings, now), waiting_count(session)
    for one in found:
        message = one.message
        since = settings.clock.local(message.created_at)
        phone = message.phone if phones else mask_phone(message.phone)
        try:
            text = without_secrets(texts.say(message.change, message.language, message.figures, message.link))
        except (KeyError, ValueError):
            text = message.change
        mark = " " if one.final else "*"
        click.echo(f"{message.id.hex}{mark} {since:%m-%d %H:%M} {phone} {text} ({message.error or 'not tried yet'})")
    given_up = sum(one.final for one in found)
    click.echo(f"{given_up} given up, {len(found) - given_up} tried for long, {waiting} waiting in all")


@messages.command("retry")
@click.argument("numbers", nargs=-1, type=click.UUID)
def retry_messages(numbers: tuple[uuid.UUID, ...]) -> None:
    """Send given-up messages again, from the first channel on: all of them, or those of the NUMBERS listed."""
    from recycling.notify import retry

    database, _ = _record()
    with database.write() as session:
        count = retry(session, clock.utc_now(), numbers)
    click.echo(f"{count} messages wait to be sent again.")


@messages.command("told")
@click.argument("number", type=click.UUID)
@click.option("--by", default="telephone", show_default=True, help="Who told it, or how.")
def told(number: uuid.UUID, by: str) -> None:
    """Note that somebody was told message NUMBER otherwise; it leaves the list and is not sent any more."""
    from recycling.notify import settle

    database, _ = _record()
    with database.write() as session:
        settle(session, number, by)
    click.echo("Noted.")


@messages.command("test")
@click.option("--to", "phone", required=True, help="Your own number, such as 13800138000.")
@click.option("--channel", "name", help="Name of the channel; all of messages.channels, if left out.")
def test_channel(phone: str, name: str | None) -> None:
    """Send a test text through a channel, and say how it went; status 1 when a channel does not take it."""
    import phonenumbers

    from recycling.notify import Outcome, channels_of
    from recycling.notify.channels import AppriseChannel, attempt
    from recycling.settings import load_settings

    settings = load_settings()
    channels = channels_of(settings)
    if name is not None and name not in channels:
        raise click.BadParameter(f"there is no channel {name}; known are {', '.join(channels)}", param_hint="--channel")
    try:
        number = phonenumbers.parse(phone, "CN")
    except phonenumbers.NumberParseException as error:
        raise click.BadParameter(f"{phone} is not a telephone number", param_hint="--to") from error
    if not phonenumbers.is_valid_number(number):
        raise click.BadParameter(f"{phone} is not a telephone number", param_hint="--to")
    receiver = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    failed = False
    for one in [name] if name else list(channels):
        channel = channels[one]
        if isinstance(channel, AppriseChannel):
            channel.check()
        text = f"{settings.messages.signature.zh}测试短信，无需回复。"
        answer = attempt(channel, receiver, text, uuid.uuid4().hex)
        failed = failed or answer.outcome is not Outcome.SENT
        click.echo(f"{one}: {answer.outcome}" + (f" ({answer.error})" if answer.error else ""))
    if failed:
        raise SystemExit(1)


def _record() -> tuple[Any, Any]:
    from recycling.db import Database
    from recycling.settings import load_settings

    settings = load_settings()
    database = Database(settings.database_url)
    database.check()
    return database, settings
