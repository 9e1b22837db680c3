"""Language and letter size, remembered on the person's own device."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from recycling.accounts.rights import Action
from web.language import LANGUAGES
from web.rights import needs

preferences = Blueprint("preferences", __name__)
YEAR = 365 * 24 * 3600
CHOICES = {"language": LANGUAGES, "letters": ("normal", "large")}


@preferences.post("/preferences")
@needs(Action.LOOK)
def choose() -> ResponseReturnValue:
    """Remember one choice and go back to where the person was."""
    target = local_path(request.form.get("back", "/"))
    response = redirect(target, code=303)
    for name, allowed in CHOICES.items():
        value = request.form.get(name)
        if value in allowed:
            response.set_cookie(name, value, max_age=YEAR, samesite="Lax", httponly=True)
    return response


def local_path(target: str) -> str:
    """Return the target if it is a path of ours, else the start page."""
    parts = urlsplit(target)
    local = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return target if local else "/"
