"""Answering a complaint: once, and its resident is told once."""

from __future__ import annotations

import uuid
from datetime import datetime

from recycling import audit, notify
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, demand
from recycling.booking import life
from recycling.booking.checks import clean
from recycling.booking.office import Office
from recycling.complaints.finding import no_complaint
from recycling.complaints.opening import SUBJECT
from recycling.errors import N_, BadRequestError, ConflictError
from recycling.models import Booking, Complaint

MOST_ANSWER = 500


def answer(office: Office, key: uuid.UUID, text: str, actor: Actor, now: datetime) -> Complaint:
    """Answer a complaint, which closes it; the resident is told to read it. The same answer again changes nothing.

    Raises
    ------
    BadRequestError
        Without an answer, or for one that is too long.
    ConflictError
        When it was answered otherwise meanwhile.
    NotFoundError
        When there is no such complaint.
    ForbiddenError, SignInNeededError
        When the actor may not.
    """
    said = clean(text)
    with office.database.write() as session:
        found = session.get(Complaint, key)
        if found is None:
            raise no_complaint()
        head = life.visits_of(session, session.get_one(Booking, found.booking_id))[0]
        demand(actor, Action.COMPLAINT_ANSWER, Subject.booked(head))
        session.refresh(found)
        if found.state == "answered":
            if found.answer == said:
                return found
            raise ConflictError.one(
                "answered-already", N_("Somebody has answered this complaint meanwhile. Their answer stands below.")
            )
        if not said:
            raise BadRequestError.one("no-answer", N_("Enter what you answer; the resident reads it."), where="answer")
        if len(said) > MOST_ANSWER:
            raise BadRequestError.one(
                "too-long",
                N_("This is longer than %(most)s characters. Shorten it."),
                where="answer",
                most=MOST_ANSWER,
            )
        found.state, found.answer, found.answered_by, found.answered_at = "answered", said, actor.id, now
        kind = {"kind": found.kind}
        audit.record(
            session, actor, "complaint.answered", SUBJECT, found.id, kind | {"state": "open"},
            kind | {"state": "answered"}, now,
        )  # fmt: skip
        notify.tell(session, head, "complaint_answered", now, complaint=str(found.id))
        return found
