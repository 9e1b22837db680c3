"""Ways to send a code to a phone while no message service is set up: to the console, or into a file of the operator."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import click

from recycling.privacy import mask_phone

Send = Callable[[str, str], None]
"""Takes a phone in E.164 and a text; called after what it tells about is committed."""


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
