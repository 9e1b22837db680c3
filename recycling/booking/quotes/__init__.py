"""Quotes for clear-outs: written by staff, opened by a link, accepted for a window, binding for both.

States of one version, and what leads from one to another:

    draft ──(staff send it)──> sent ──(the customer chooses a window)──> accepted
    sent ──(the customer declines)──> declined
    sent ──(its last valid day is over)──> expired
    sent ──(staff write a new version)──> replaced

A version that was sent is never changed; a change is a new version, and the old link says so. Only a sent version can
be accepted, and accepting it again gives the same booking.
"""

from __future__ import annotations

from recycling.booking.quotes.accepting import accept_quote, request_of, windows_for
from recycling.booking.quotes.finding import newest_of, open_state, quote_by_id, quote_by_token, quotes_of
from recycling.booking.quotes.sending import decline_quote, expire_due, revise, send_quote
from recycling.booking.quotes.writing import QuoteDraft, QuoteDraftLine, save_quote, total_of

__all__ = [
    "QuoteDraft",
    "QuoteDraftLine",
    "accept_quote",
    "decline_quote",
    "expire_due",
    "newest_of",
    "open_state",
    "quote_by_id",
    "quote_by_token",
    "quotes_of",
    "request_of",
    "revise",
    "save_quote",
    "send_quote",
    "total_of",
    "windows_for",
]
