"""One attempt to bring an event to a shop's program: to the place that was checked, within a time, without detours."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from recycling.hooks.address import Address, UnfitAddressError, checked, places_of

OK = range(200, 300)


@dataclass(frozen=True)
class Answer:
    """How an attempt ended: the status that was answered, 0 for none, and a code of what went wrong, "" for nothing.

    Codes are those of `address.UnfitAddressError`, ``no-answer`` (in time), ``no-connection``, ``certificate``, and
    ``refused`` for any status but 2xx; redirects are among those.
    """

    status: int = 0
    error: str = ""


def post(url: str, body: bytes, headers: Mapping[str, str], seconds: float, local: bool) -> Answer:
    """Post a body once. Nothing of what is answered is read but its status; no redirect is followed, no proxy asked.

    The name is looked up once and all its places are looked at (`address.places_of`); one of these is spoken to. After
    `seconds` the connection is cut, however slowly its other end may still be talking.
    """
    try:
        address = checked(url, local)
        places = places_of(address, local)
    except UnfitAddressError as error:
        return Answer(error=error.code)
    connection = _Connection(address, places, seconds)
    watchdog = threading.Timer(seconds, connection.cut)
    watchdog.daemon = True
    watchdog.start()
    try:
        connection.request("POST", address.target, body, dict(headers))
        status = connection.getresponse().status
    except ssl.SSLCertVerificationError:
        return Answer(error="certificate")
    except (OSError, http.client.HTTPException) as error:
        late = connection.was_cut or isinstance(error, TimeoutError)
        return Answer(error="no-answer" if late else "no-connection")
    finally:
        watchdog.cancel()
        connection.close()
    return Answer(status, "" if status in OK else "refused")


class _Connection(http.client.HTTPConnection):
    """A connection to one of the places of an address; the certificate must be that of its name."""

    def __init__(self, address: Address, places: Sequence[str], seconds: float) -> None:
        super().__init__(address.host, address.port, timeout=seconds)
        self.default_port = 443 if address.secure else 80
        self._address, self._places, self._until = address, places, time.monotonic() + seconds
        self.was_cut = False

    def connect(self) -> None:
        """Speak to the first place that answers."""
        self.sock = self._reached()
        if self._address.secure:
            # the handshake comes after, so that it can be cut too
            self.sock = ssl.create_default_context().wrap_socket(
                self.sock, server_hostname=self._address.host, do_handshake_on_connect=False
            )
            self.sock.do_handshake()
        if self.was_cut:
            raise TimeoutError

    def cut(self) -> None:
        """End the connection now, from another thread."""
        self.was_cut = True
        sock = self.sock
        if sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def _reached(self) -> socket.socket:
        trouble: OSError = OSError("there is no place")
        for place in self._places:
            left = self._until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            try:
                return socket.create_connection((place, self._address.port), left)
            except OSError as error:
                trouble = error
        raise trouble
