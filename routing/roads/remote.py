"""Questions to a routing server over HTTP, and the parts of its answers that every such server shares."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from routing.errors import InputError

_CHUNK = 65536
_MOST = 1e9  # seconds or metres; what is longer is no way on this planet


@dataclass(frozen=True)
class Server:
    """A routing server that an operator runs.

    Attributes
    ----------
    software
        What it is called in sentences, such as ``OSRM``.
    url
        Where it answers, ``http://host:port`` or ``https://host/folder``. No password, no question mark. Proxies of
        the environment are not used and redirects are not followed.
    timeout
        Seconds for one question, from the connection to the last byte of the answer.
    max_bytes
        Size of an answer that is not read any more.
    attempts
        How often a question is asked when the connection is refused or lost; any other failure is told at once.
    pause
        Seconds before the second attempt; doubled before each further one.
    """

    software: str
    url: str
    timeout: float = 60.0
    max_bytes: int = 64 * 2**20
    attempts: int = 3
    pause: float = 0.2

    def __post_init__(self) -> None:
        if not _usable(self.url):
            raise InputError(
                "bad-server-url",
                "The address of the %(software)s server cannot be used. Give it like http://localhost:5000,"
                " without a password and without a question mark.",
                software=self.software,
            )

    def ask(self, path: str, question: Any = None) -> Any:
        """Ask and give the parsed JSON, also when the server answers with an error of its own (4xx or 5xx as JSON).

        Parameters
        ----------
        path
            Begins with a slash; put behind the server's url.
        question
            Sent as JSON by POST if given, else the path is asked by GET.

        Raises
        ------
        InputError
            ``no-server`` when it cannot be reached, ``slow-server`` after the timeout, ``big-answer`` above the
            bound, ``broken-answer`` when it breaks off or is no HTTP, ``no-json``.
        """
        for attempt in range(1, self.attempts + 1):
            try:
                status, body = self._once(path, question)
                break
            except ConnectionError as error:
                if attempt == self.attempts:
                    raise self._unreachable(error) from error
                time.sleep(self.pause * 2 ** (attempt - 1))
            except TimeoutError as error:
                raise self._wrong(
                    "slow-server",
                    "%(software)s at %(url)s did not answer within %(seconds)s seconds. Look whether it is busy or"
                    " stuck, or allow more time.",
                    seconds=f"{self.timeout:g}",
                ) from error
            except HTTPException as error:
                raise self._wrong(
                    "broken-answer",
                    "The answer of %(software)s at %(url)s breaks off, or is no HTTP. Look whether it still runs, and"
                    " whether the address and port are its own.",
                ) from error
            except OSError as error:
                raise self._unreachable(error) from error
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise self._wrong(
                "no-json",
                "%(url)s answers with something that is no JSON (HTTP status %(status)s). Look whether %(software)s"
                " runs there, or something else.",
                status=status,
            ) from error

    def wrong_shape(self) -> InputError:
        """Make the error for an answer that is JSON, but not the table or way that was asked for."""
        return self._wrong(
            "wrong-answer",
            "The answer of %(software)s at %(url)s does not hold what was asked for. Look whether its version is"
            " supported.",
        )

    def refusal(self, word: object, message: object) -> InputError:
        """Make the error for an answer that is the server's own error."""
        return self._wrong(
            "server-refuses",
            "%(software)s at %(url)s refuses the question: %(word)s, %(message)s",
            word=str(word)[:40],
            message=str(message)[:200],
        )

    def _once(self, path: str, question: Any) -> tuple[int, bytes]:
        parts = urlsplit(self.url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        end = time.monotonic() + self.timeout
        connection = kind(str(parts.hostname), parts.port, timeout=self.timeout)
        try:
            body = None if question is None else json.dumps(question)
            headers = {"Accept": "application/json", "Connection": "close"}
            if body is not None:
                headers["Content-Type"] = "application/json"
            connection.request("GET" if body is None else "POST", parts.path.rstrip("/") + path, body, headers)
            wire = connection.sock
            wire.settimeout(max(end - time.monotonic(), 0.001))
            with connection.getresponse() as response:
                return response.status, self._body(response, wire, end)
        finally:
            connection.close()

    def _body(self, response: HTTPResponse, wire: Any, end: float) -> bytes:
        announced = response.length
        body = bytearray()
        while chunk := response.read1(_CHUNK):
            body += chunk
            if len(body) > self.max_bytes:
                raise self._wrong(
                    "big-answer",
                    "%(software)s at %(url)s answers with more than %(size)s MB. Ask in smaller blocks.",
                    size=f"{self.max_bytes / 2**20:g}",
                )
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            wire.settimeout(left)
        if announced is not None and len(body) < announced:
            raise HTTPException
        return bytes(body)

    def _unreachable(self, error: OSError) -> InputError:
        return self._wrong(
            "no-server",
            "%(software)s at %(url)s cannot be reached (%(reason)s). Start it, or mend its address.",
            reason=error.strerror or type(error).__name__,
        )

    def _wrong(self, code: str, template: str, **values: object) -> InputError:
        return InputError(code, template, software=self.software, url=self.url, **values)


def numbers(
    server: Server, values: Any, shape: tuple[int, ...], nulls: bool = False, least: float = 0.0
) -> NDArray[np.float64]:
    """Check an answer's seconds or metres and give them as floats of this shape, NaN for null where that may be.

    Raises
    ------
    InputError
        ``wrong-answer`` for another shape and for what is no number, below the least or beyond all bounds.
    """
    try:
        cells = np.array(values, object)
        kinds = {int, float, type(None)} if nulls else {int, float}
        if cells.shape != shape or not {type(cell) for cell in cells.flat} <= kinds:
            raise server.wrong_shape()
        null = np.array([cell is None for cell in cells.flat], bool).reshape(shape)
        checked = np.where(null, np.nan, np.where(null, 0.0, cells).astype(np.float64))
    except (ValueError, OverflowError) as error:
        raise server.wrong_shape() from error
    if not (null | ((checked >= least) & (checked <= _MOST))).all():
        raise server.wrong_shape()
    return checked


def blocks(rows: int, columns: int, size: int) -> Iterator[tuple[slice, slice, float]]:
    """Cut a table into blocks of at most size x size cells, each with the share of cells done after it."""
    done = 0
    for top in range(0, rows, size):
        for left in range(0, columns, size):
            down, across = slice(top, min(top + size, rows)), slice(left, min(left + size, columns))
            done += (down.stop - down.start) * (across.stop - across.start)
            yield down, across, done / (rows * columns)


def _usable(url: str) -> bool:
    if not url.isascii() or any(letter.isspace() or not letter.isprintable() for letter in url):
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and port != 0
        and not (parts.username or parts.password or parts.query or parts.fragment)
    )
