"""Problem documents (RFC 9457): what every error of the interface looks like."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response, g, json, request
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from recycling.errors import N_, DomainError, Fault
from web.language import fault_text
from web.programs import API
from web.services import services

MEDIA_TYPE = "application/problem+json"
IN_HEADERS = {"key": "Idempotency-Key"}
SENTENCES = {
    400: N_("The request could not be read. Look at its address and its headers."),
    404: N_("Nothing stands at this address. The documentation at /api/docs lists what there is."),
    405: N_("This address does not take this method. The header Allow names those that it takes."),
    413: N_("What was sent is too large. Send less at once."),
    415: N_("The body must be JSON: send it with 'Content-Type: application/json'."),
    429: N_("Too many calls. Wait for so many seconds as the header Retry-After says."),
    500: N_(
        "Something went wrong on our side; nothing was changed. Try again, or name the number below when you call."
    ),
}


class BadJSONError(DomainError):
    """A body that is no JSON."""

    status = 400


class WrongTypeError(DomainError):
    """A body of another kind."""

    status = 415


class ChangedError(DomainError):
    """The thing is not in the version any more that the caller saw."""

    status = 412


class VersionNeededError(DomainError):
    """The caller did not say which version it saw."""

    status = 428


def problem(status: int, faults: Iterable[Fault], headers: Mapping[str, str] | None = None) -> Response:
    """Return the problem document for some faults, the first of which names it."""
    faults = list(faults)
    first = faults[0]
    document: dict[str, Any] = {
        "type": f"{_site()}/api/docs#problem-{first.code}" if first.code in NAMED else "about:blank",
        "title": HTTP_STATUS_CODES.get(status, "Error"),
        "status": status,
        "detail": fault_text(first),
        "code": first.code,
        "request": g.get("request_number", ""),
    }
    errors = [_error(fault) for fault in faults if fault.where]
    if errors:
        document["errors"] = errors
    response = Response(json.dumps(document, ensure_ascii=False), status, content_type=MEDIA_TYPE)
    for name, value in (headers or {}).items():
        response.headers[name] = value
    if status == 401:
        response.headers["WWW-Authenticate"] = f'Bearer realm="{API}"'
    return response


def of_http(error: HTTPException) -> Response:
    """Return the problem document for an error of the framework, with the headers that belong to it."""
    status = error.code or 500
    text = SENTENCES.get(status, SENTENCES[400] if status < 500 else SENTENCES[500])
    kept = {n: v for n, v in error.get_headers() if n.lower() in ("allow", "retry-after")}
    if (wait := getattr(error, "retry_after", None)) is not None:
        kept["Retry-After"] = str(wait)
    return problem(status, [Fault("", f"http-{status}", text)], kept)


NAMED: dict[str, str] = {
    "key-used": N_("The Idempotency-Key already stands for another request."),
    "window-full": N_("The window has no room left. Ask for windows again."),
    "duplicate": N_(
        "The same things of the same person are booked already. If it is another one, send different: true."
    ),
    "number-stays": N_("Only staff change the telephone number of a booking; points and money go to it."),
    "too-many-open": N_("The telephone number has as many bookings open as it may have."),
    "too-many-waiting": N_("The telephone number has as many places on the waiting list as it may have."),
    "hold-ended": N_("The window is kept no longer. Ask for windows again and keep one."),
    "changed-elsewhere": N_("The booking was changed since you read it. Read it again."),
    "if-match-needed": N_("Send the ETag of the booking that you read as If-Match."),
    "too-late": N_("The moment until which this was possible has passed."),
    "not-needed": N_("Nothing has to be asked: the booking's token allows it still, or its day is over."),
    "wrong-state": N_("The booking has gone too far for this, or has ended."),
    "offer-ended": N_("The window that was kept for somebody who waits is kept no longer."),
    "bad-key": N_("The API key is unknown, revoked or over."),
    "forbidden": N_("The API key has not the scope that this needs."),
    "http-429": N_("Too many calls in a minute."),
}
"""Codes that programs will want to tell apart, as the documentation explains them."""


def _error(fault: Fault) -> dict[str, str]:
    kind, colon, name = fault.where.partition(":")
    if colon:  # said by the schemas: body, query or header
        place = {"body": {"pointer": f"#{name}"}, "query": {"parameter": name}, "header": {"header": name}}[kind]
    elif fault.where in IN_HEADERS:
        place = {"header": IN_HEADERS[fault.where]}
    elif request.method in ("GET", "DELETE"):
        place = {"parameter": fault.where}
    else:
        place = {"pointer": f"#/{fault.where}"}
    return {**place, "code": fault.code, "detail": fault_text(fault)}


def _site() -> str:
    return services().settings.messages.site.rstrip("/")
