"""Ways to send a code to a phone: through the message service, or without one to the console or the operator's file."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

import click
import structlog

from recycling.errors import N_, UnavailableError
from recycling.notify import Channel, Outcome, at_once, channels_of
from recycling.privacy import mask_phone
from recycling.settings import Settings
from recycling.settings.messages import BUILT_IN_CHANNELS

Send = Callable[[str, str], None]
"""Takes a phone in E.164 and a text; called after what it tells about is committed."""

log = structlog.get_logger()


def to_console(phone: str, text: str) -> None:
    """Show the message on standard output, which is no log."""
    click.echo(f"[{mask_phone(phone)}] {text}")


def to_file(path: Path) -> Send:
    """Return a sender that adds each message to a file which only its owner reads."""

    def send(phone: str, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            file.write(f"{phone}\t{' '.join(text.split())}\n")

    return send


def to_channels(channels: Mapping[str, Channel]) -> Send:
    """Return a sender that tries the channels in their order.

    It raises UnavailableError when none of them takes the message; what is logged then names neither phone nor text.
    """

    def send(phone: str, text: str) -> None:
        answer = at_once(channels, phone, text, uuid.uuid4().hex)
        if answer.outcome in {Outcome.SENT, Outcome.UNKNOWN}:
            return
        log.warning("no channel took a code", channels=list(channels), outcome=str(answer.outcome), why=answer.error)
        raise UnavailableError.one(
            "code-not-sent", N_("The message with the code could not be sent. Try again in a few minutes, or call us.")
        )

    return send


def sender_of(settings: Settings) -> Send:
    """Return how codes leave: through the channels that reach phones, or where there are none into the file.

    The channels that are built in cut numbers short, and those in ``messages.one_time`` carry only what was agreed to.
    """
    unfit = {*BUILT_IN_CHANNELS, *settings.messages.one_time}
    reach = {name: channel for name, channel in channels_of(settings).items() if name not in unfit}
    return to_channels(reach) if reach else to_file(settings.home / "var" / "messages.txt")
