"""Opening a complaint: by the booking's link, at the counter for a caller, or at the scale with the purchase."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import audit
from recycling.accounts.actors import Actor
from recycling.accounts.rights import Action, Subject, demand
from recycling.booking import life
from recycling.booking.checks import clean
from recycling.booking.office import Office
from recycling.booking.taking import check_key
from recycling.complaints.kinds import kinds_of, resident_may
from recycling.errors import N_, BadRequestError, ConflictError
from recycling.models import Booking, Complaint

MOST_TEXT = 500
"""Characters that one entry may have."""
MOST_IN_ALL = 4000
SUBJECT = "complaint"


def complain(
    office: Office, booking: Booking, kind: str, text: str, key: str, actor: Actor, now: datetime
) -> Complaint:
    """Take down what somebody complains of; what is said again of an open one of its kind is added to it.

    The same key again, or the same words, changes nothing.

    Raises
    ------
    BadRequestError
        For a kind that the booking cannot have, no words or too many, or a form without its key.
    ConflictError
        When a resident complains before the visit or too long after it.
    ForbiddenError, SignInNeededError
        When the actor may not.
    """
    check_key(key)
    said = clean(text)
    with office.database.write() as session:
        visits = life.visits_of(session, booking)
        head = visits[0]
        demand(actor, Action.COMPLAINT_OPEN, Subject.booked(head))
        if not actor.is_staff and not resident_may(office, head, now):
            raise _not_now(office, head)
        if not said:
            raise BadRequestError.one("no-complaint", N_("Say what was wrong, in a few words."), where="complaint")
        if len(said) > MOST_TEXT:
            raise BadRequestError.one(
                "too-long",
                N_("This is longer than %(most)s characters. Shorten it."),
                where="complaint",
                most=MOST_TEXT,
            )
        if kind not in kinds_of(office, visits, now):
            raise BadRequestError.one("no-kind", N_("Choose what it is about."), where="kind")
        return take_down(session, head.id, kind, said, "clerk" if actor.is_staff else "resident", key, actor, now)


def take_down(
    session: Session,
    head: uuid.UUID,
    kind: str,
    said: str,
    opened_by: str,
    key: str,
    actor: Actor,
    now: datetime,
    purchase_id: uuid.UUID | None = None,
) -> Complaint:
    """Open a complaint, or add to the open one of its kind.

    ``session`` is a write unit that has locked the booking's visits; whoever calls has asked for rights.

    Raises
    ------
    BadRequestError
        When there is no room for more words.
    ConflictError
        When the key stands for a complaint about another booking.
    """
    twin = session.scalar(select(Complaint).where(Complaint.idempotency_key == key))
    if twin is not None and twin.booking_id != head:
        raise ConflictError.one("key-used", N_("This form has already been sent. Load the page again."))
    if twin is not None:
        return twin
    same = (Complaint.booking_id == head, Complaint.kind == kind, Complaint.state == "open")
    found = session.scalar(select(Complaint).where(*same))
    if found is not None:
        if said in found.text.split("\n"):
            return found
        longer = f"{found.text}\n{said}"
        if len(longer) > MOST_IN_ALL and opened_by != "crew":  # a purchase never fails by what is said of it
            raise BadRequestError.one(
                "complaint-full", N_("You have told us much about this already. Wait for our answer, or call us.")
            )
        found.text, before = longer, {"kind": kind, "state": "open"}
        found.purchase_id = purchase_id or found.purchase_id
        audit.record(session, actor, "complaint.added", SUBJECT, found.id, before, before, now)
        return found
    made = Complaint(
        id=uuid.uuid4(), booking_id=head, idempotency_key=key, kind=kind, text=said, opened_by=opened_by,
        opened_person="" if opened_by == "resident" else actor.id,
        opened_at=now, purchase_id=purchase_id, state="open",
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.record(session, actor, "complaint.opened", SUBJECT, made.id, None, {"kind": kind, "state": "open"}, now)
    return made


def _not_now(office: Office, head: Booking) -> ConflictError:
    last = office.settings.complaints.opening.until(office.clock, head.promise_end)
    if last <= head.promise_end:
        return ConflictError.one("complaint-time", N_("Complaints are taken by telephone. Call us."))
    return ConflictError.one(
        "complaint-time",
        N_("A complaint can be made here from the visit on, until %(until)s. Call us at any other time."),
        until=office.clock.today(last),
    )
