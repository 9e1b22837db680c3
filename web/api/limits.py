"""How often programs may call: counted by key, or by address without one."""

from __future__ import annotations

import math
import threading
import time
from typing import ClassVar

from flask import Flask, Response, request
from flask_limiter import Limiter, RequestLimit
from limits.storage import MemoryStorage

from recycling.errors import Fault
from web.api.blueprint import api
from web.api.problems import SENTENCES, problem
from web.rights import actor, origin
from web.services import services


class InTurn(MemoryStorage):
    """The library's counts in memory, one caller after the other.

    Two at once may each begin the library's timer, of which the second is an error.
    """

    STORAGE_SCHEME: ClassVar = ["memory-in-turn"]
    _turn = threading.Lock()

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count a call unless there have been ``limit`` of them in ``expiry`` seconds; tell which."""
        with self._turn:
            return bool(super().acquire_entry(key, limit, expiry, amount))


def set_up_limits(app: Flask) -> Limiter:
    """Count every call of an operation; comes after the program was looked up, before its rights are asked.

    Returns what counts, for pages that are counted as well.
    """
    limiter = Limiter(_who, app=app, storage_uri="memory-in-turn://", strategy="moving-window")
    limiter.shared_limit(_most, scope=_kind, on_breach=_too_many)(api)
    return limiter


def _who() -> str:
    return f"key/{actor().id}" if actor().kind == "key" else f"address/{origin()}"


def _writes() -> bool:
    return request.method not in ("GET", "HEAD", "OPTIONS")


def _kind(_: str) -> str:
    return "writes" if _writes() else "reads"


def _most() -> str:
    return f"{services().settings.api.most(actor().kind == 'key', _writes())}/minute"


def _too_many(limit: RequestLimit) -> Response:
    seconds = max(1, math.ceil(limit.reset_at - time.time()))
    return problem(429, [Fault("", "http-429", SENTENCES[429])], {"Retry-After": str(seconds)})
