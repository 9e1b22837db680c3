"""What one person asks for and another one decides: the rule, and deciding once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor
from recycling.errors import N_, ConflictError, ForbiddenError
from recycling.models import PartnerCorrection, StockCorrection

ASKED = "asked"


def refuse_who_asked(actor: Actor, asked_by: str) -> None:
    """Raise ForbiddenError (``second-person``) for who asked, and for whoever is nobody."""
    if not actor.id or actor.id == asked_by:
        raise ForbiddenError.one(
            "second-person", N_("A second person has to look at this: whoever asked for it cannot decide it.")
        )


def decide_once(
    session: Session,
    asked: PartnerCorrection | StockCorrection,
    state: str,
    actor: Actor,
    now: datetime,
    **values: object,
) -> bool:
    """Bring what is asked into the state that somebody decides on; False where it is in that state already.

    Raises
    ------
    ConflictError
        When it was decided otherwise.
    """
    model, key = type(asked), asked.id
    change = (
        update(model)
        .where(model.id == key, model.state == ASKED)
        .values(state=state, decided_by=actor.id, decided_at=now, **values)
        .returning(model.id)
        .execution_options(synchronize_session=False)
    )
    changed = session.execute(change).first() is not None
    session.refresh(asked)
    if not changed and asked.state != state:
        raise ConflictError.one("decided", N_("This was decided already. Load the page again."))
    return changed
