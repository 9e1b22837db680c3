"""The log: one line an event on standard error. Tracebacks are plain: the values of a call may be personal.

What is personal or secret all the same gets into no line: fields that carry such names are left out, and telephone
numbers, links and tokens inside other texts are covered.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import ExcInfo

from recycling.privacy import mask_phone

HIDDEN = frozenset(
    {"address", "authorization", "contact", "cookie", "login", "otp", "password", "phone", "secret", "token"}
)
"""Fields that never stand in the log, whatever is in them."""

COVER = "***"
_NUMBER = re.compile(r"(?<![\dA-Za-z-])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")
_LANDLINE = re.compile(r"(?<![\dA-Za-z:.-])(?:\+86[- ]?\d{2,4}[- ]?|0\d{2,3}[- ]?)\d{7,8}(?!\d)")
_LINK = re.compile(
    r"((?<!/clerk)/(?:b|t|w|q|points|welcome)/|/calendar/|/api/v1/(?:bookings|waiting)/)(?!<)[^\s/?#'\"]+"
    r"|(?<!/clerk)(/g/)(?!<)[^\s?#'\"]+"
)
"""Addresses that open something for whoever knows them, not their patterns; of a group's also what comes behind."""
_TOKEN = re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{28,}(?![\w-])")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def configure() -> None:
    """Set the log up for this process."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.StackInfoRenderer(),
            cover_personal,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=_covered_traceback),
        ],
        logger_factory=_to_standard_error,
    )


def covered(text: str) -> str:
    """Return the text with numbers, links and tokens covered, and on one line."""
    text = _LINK.sub(lambda found: f"{found[1] or found[2]}{COVER}", text)
    text = _TOKEN.sub(lambda found: found[0] if _UUID.fullmatch(found[0]) else COVER, text)
    for pattern in (_NUMBER, _LANDLINE):
        text = pattern.sub(lambda found: mask_phone("".join(c for c in found[0] if c in "+0123456789")), text)
    return text


def cover_personal(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Cover what is personal or secret in an event's fields, and keep each on one line: a processor of structlog."""
    for name, value in event.items():
        if name == "exc_info":
            continue
        if name.casefold() in HIDDEN:
            event[name] = COVER
        elif not isinstance(value, int | float | bool | None):
            event[name] = covered(str(value)).translate(_ONE_LINE)
    return event


_ONE_LINE = {number: f"\\x{number:02x}" for number in (*range(32), 127, 0x85, 0x2028, 0x2029)}


def _covered_traceback(stream: TextIO, exc_info: ExcInfo) -> None:
    written = io.StringIO()
    structlog.dev.plain_traceback(written, exc_info)
    stream.write(covered(written.getvalue()))


def _to_standard_error(*_: Any) -> structlog.PrintLogger:
    return structlog.PrintLogger(sys.stderr)
