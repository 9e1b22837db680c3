"""What a form says of a visit, and the sentence that answers it; for the dispatcher's page and the crew's."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from flask import request
from flask_babel import gettext

from recycling import clock, visiting
from recycling.errors import N_, BadRequestError, NotFoundError
from web.rights import actor
from web.services import services


@dataclass(frozen=True)
class Marked:
    """The sentence that answers; the visit whose word can be taken back for a while, if any, and by which word.

    ``order`` says that it is a shop's order, ``fetch`` that it is the second visit of one.
    """

    said: str
    undo: uuid.UUID | None = None
    word: str = "turned_back"
    order: bool = False
    fetch: bool = False


def mark() -> Marked:
    """Do what the form of a visit says.

    Raises
    ------
    BadRequestError
        For a word that is none, and as `visiting.failed`.
    ConflictError, NotFoundError, ForbiddenError
        As `recycling.visiting`.
    """
    s, now, key = services(), clock.utc_now(), the_key()
    word = request.form.get("word", "")
    if word == "set_off":
        visit = visiting.set_off(s.database, s.settings, key, actor(), now)
        said = gettext(
            "%(reference)s: the crew is on its way. The resident is told in a minute; until then it can be taken back.",
            reference=visit.reference,
        )
        return Marked(said, key)
    if word == "turned_back":
        visit = visiting.turned_back(s.database, s.settings, key, actor(), now)
        return Marked(gettext("%(reference)s: taken back. The resident is told nothing.", reference=visit.reference))
    if word == "failed":
        visit = visiting.failed(s.database, s.settings, key, request.form.get("reason", ""), actor(), now)
        return Marked(
            gettext(
                "%(reference)s: not collected. The resident is told, with a link to book anew.",
                reference=visit.reference,
            ),
            key,
            "not_failed",
        )
    if word == "not_failed":
        visit = visiting.not_failed(s.database, s.settings, key, actor(), now)
        return Marked(
            gettext(
                "%(reference)s: taken back, it stands on its route again. The resident is told that it was a mistake.",
                reference=visit.reference,
            )
        )
    raise BadRequestError.one("no-word", N_("Say what became of the visit."), where="word")


def the_key() -> uuid.UUID:
    """Return the visit that the form is about; NotFoundError where it names none."""
    try:
        return uuid.UUID(request.form.get("booking", ""))
    except ValueError:
        raise NotFoundError.one("no-booking", N_("There is no such booking.")) from None
