"""Addresses that shops name: what one looks like, and where on the network it leads."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from recycling.outside import is_public

MOST_SIGNS = 300
PORTS = {"https": 443, "http": 80}


class UnfitAddressError(Exception):
    """An address that nothing is sent to; ``code`` says why: not-https, unknown-host or not-public."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Address:
    """An address in its parts; ``target`` is what is asked for of the host."""

    secure: bool
    host: str
    port: int
    target: str


def checked(url: str, local: bool) -> Address:
    """Return an address in its parts; with `local` it may do without https.

    Raises
    ------
    UnfitAddressError
        When it is no address of the web, names a user, or is too long.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UnfitAddressError("not-https") from error
    plain = url.isascii() and url.isprintable() and not any(sign.isspace() or sign == "\\" for sign in url)
    schemes = ("https", "http") if local else ("https",)
    if not plain or len(url) > MOST_SIGNS or parts.scheme not in schemes or not parts.hostname or port == 0:
        raise UnfitAddressError("not-https")
    if "@" in parts.netloc or parts.fragment:
        raise UnfitAddressError("not-https")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Address(parts.scheme == "https", parts.hostname, port or PORTS[parts.scheme], target)


def places_of(address: Address, local: bool) -> list[str]:
    """Return the IP addresses that a name leads to now, all of them public ones unless `local`.

    Whoever sends must send to one of these, and not look the name up again: it may lead elsewhere the next time.

    Raises
    ------
    UnfitAddressError
        When the name is not known, or any of its places is not public.
    """
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnfitAddressError("unknown-host") from error
    places = list(dict.fromkeys(str(info[4][0]) for info in found))
    if not local and not all(map(is_public, places)):
        raise UnfitAddressError("not-public")
    return places
