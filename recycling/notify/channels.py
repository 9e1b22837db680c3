"""Channels: ways to bring a text to a telephone number.

A channel says how it went and never raises for what a provider or a network does. ``console`` and ``file`` are built
in and cut numbers and links short; all others are addresses that the operator wrote, spoken to through apprise.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import socket
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from recycling import clock
from recycling.errors import N_, ConfigurationError
from recycling.privacy import mask_phone
from recycling.settings import Settings

LINK_TOKEN = re.compile(r"(/(?:[a-z]+/)*[a-z]+/)([A-Za-z0-9_.~-]{4})[A-Za-z0-9_.~-]{12,}")
REFUSED = re.compile(r"error=4(?!08|25|29)\d\d\b")
"""How apprise's plug-ins name an answer that says that this message will never be taken."""


class Outcome(StrEnum):
    """How an attempt ended."""

    SENT = "sent"
    FAILED = "failed"  # not sent; the channel may work later
    REFUSED = "refused"  # not sent, and never will be to this number
    UNKNOWN = "unknown"  # no answer in time: it may have been sent


@dataclass(frozen=True)
class Answer:
    """What a channel says of one attempt; ``provider_id`` is what reports of delivery will name."""

    outcome: Outcome
    provider_id: str = ""
    error: str = ""


class Channel(Protocol):
    """A way to bring a text to a number."""

    def send(self, phone: str, text: str, number: str) -> Answer:
        """Try once; `number` is the message's own, the same at each attempt, so that a provider can tell a repeat."""
        ...


def without_secrets(text: str) -> str:
    """Return the text with what makes a link secret cut off."""
    return LINK_TOKEN.sub(r"\1\2…", text)


@dataclass(frozen=True)
class FileChannel:
    """Writes each message as one line of a file that only its owner reads."""

    path: Path

    def send(self, phone: str, text: str, number: str) -> Answer:
        """Append the line."""
        line = f"{clock.utc_now():%Y-%m-%dT%H:%M:%SZ} {number} {mask_phone(phone)} {without_secrets(text)}\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.touch(mode=0o600)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(line)
        except OSError as error:
            return Answer(Outcome.FAILED, error=error.strerror or type(error).__name__)
        return Answer(Outcome.SENT, number)


@dataclass(frozen=True)
class ConsoleChannel:
    """Writes each message to standard output."""

    def send(self, phone: str, text: str, number: str) -> Answer:
        """Print the line."""
        sys.stdout.write(f"{mask_phone(phone)} {without_secrets(text)}\n")
        sys.stdout.flush()
        return Answer(Outcome.SENT, number)


class AppriseChannel:
    """Speaks to an address of the operator's through apprise: no redirects, a limit of time, nothing of it logged.

    Parameters
    ----------
    address
        With ``{phone}``, and ``{id}`` where the provider can take the message's own number.
    local
        Whether the address may stand in a private network or on this machine.
    """

    def __init__(self, name: str, address: str, seconds: float, local: bool) -> None:
        self.name, self._address, self._seconds, self._local = name, address, seconds, local
        self._lock = threading.Lock()

    def check(self) -> None:
        """Refuse an address that apprise cannot use.

        Raises
        ------
        ConfigurationError
            With the channel's name; the address is not repeated, as it holds passwords.
        """
        if self._service("+8613800138000", "0") is None:
            raise ConfigurationError.one(
                "channel-address",
                N_("messages.addresses.%(name)s cannot be used: apprise does not understand the address."),
                where=self.name,
                name=self.name,
            )

    def send(self, phone: str, text: str, number: str) -> Answer:
        """Try once."""
        import apprise

        if not self._local and (problem := _not_public(self._address)):
            return Answer(Outcome.FAILED, error=problem)
        service = self._service(phone, number)
        if service is None:
            return Answer(Outcome.FAILED, error="apprise does not understand the address")
        sender = apprise.Apprise(asset=service.asset)
        sender.add(service)
        result = sender.notify(body=text)
        if result.status == apprise.AppriseResultStatus.SUCCESS:
            return Answer(Outcome.SENT, number)
        said = " ".join(entry.message for found in result.results for attempt in found for entry in attempt.logs)
        if REFUSED.search(said):
            return Answer(Outcome.REFUSED, error="the provider refused it")
        if result.status == apprise.AppriseResultStatus.TIMEOUT or "onnection error" in said:
            return Answer(Outcome.UNKNOWN, error="no answer in time, or no connection")
        return Answer(Outcome.FAILED, error="the provider failed")

    def _service(self, phone: str, number: str) -> Any:
        import apprise

        _quiet_apprise()
        asset = apprise.AppriseAsset(
            async_mode=False,
            http_redirects=False,
            service_timeout=self._seconds * 2 + 5,
            storage_mode=apprise.PersistentStoreMode.MEMORY,
        )
        address = self._address.replace("{phone}", quote(phone, safe="")).replace("{id}", quote(number, safe=""))
        with self._lock:  # its table of plug-ins is filled at the first use
            service = apprise.Apprise.instantiate(address, asset=asset)
        if service is not None:
            service.redirects = False
            service.socket_connect_timeout = service.socket_read_timeout = self._seconds
        return service


def channels_of(settings: Settings) -> Mapping[str, Channel]:
    """Return the channels that messages go through, in their order."""
    chosen = settings.messages
    made: dict[str, Channel] = {}
    for name in chosen.channels:
        if name == "console":
            made[name] = ConsoleChannel()
        elif name == "file":
            made[name] = FileChannel(settings.home / "var" / "messages.log")
        else:
            made[name] = AppriseChannel(name, chosen.addresses[name], chosen.timeout_seconds, chosen.local_gateways)
    return made


def at_once(channels: Mapping[str, Channel], phone: str, text: str, number: str) -> Answer:
    """Send a text that cannot wait, such as a one-time code, through the first channel that takes it; keep nothing.

    After a channel that does not say whether it took it the next one is tried too: such a text may come twice, but
    must come.
    """
    answer = Answer(Outcome.FAILED, error="there is no channel")
    for channel in channels.values():
        said = attempt(channel, phone, text, number)
        if said.outcome is Outcome.SENT:
            return said
        if answer.outcome is not Outcome.UNKNOWN:
            answer = said
    return answer


def attempt(channel: Channel, phone: str, text: str, number: str) -> Answer:
    """Send through the channel; a fault inside it is an answer too, without what it may say of the person."""
    try:
        return channel.send(phone, text, number)
    except Exception as error:  # a library's fault with one message must not stop the others
        return Answer(Outcome.FAILED, error=type(error).__name__)


def _quiet_apprise() -> None:
    """Keep apprise's own log to itself: it names receivers."""
    log = logging.getLogger("apprise")
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.NullHandler())


def _not_public(address: str) -> str:
    """Return what is wrong with the host of a web address, "" when all its places are public ones."""
    parts = urlsplit(address)
    if parts.scheme.lower() not in {"json", "jsons", "form", "forms"}:
        return ""
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        return "the gateway's name is not known"
    places = {ipaddress.ip_address(str(info[4][0]).partition("%")[0]) for info in found}
    if all(p.is_global for p in places):
        return ""
    return "the gateway stands in a private network; messages.local_gateways allows that"
