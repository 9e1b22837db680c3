"""Secrets that a browser or a program holds, and what the record keeps of them."""

from __future__ import annotations

import hashlib
import hmac
import secrets


def new_token() -> str:
    """Return 256 random bits as text for cookies and addresses."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """Return what is kept of a token; a plain hash is enough for 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def keyed_digest(key: str, text: str) -> str:
    """Return a digest of something short, which without the key cannot be found by trying."""
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Tell whether two digests are equal, in a time that does not depend on where they differ."""
    return hmac.compare_digest(one, other)
