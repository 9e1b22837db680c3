"""Who may say something of a trip: its partner, and whoever works for its depot."""

from __future__ import annotations

from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor, Role
from recycling.accounts.rights import Action, Subject, demand
from recycling.booking import Office
from recycling.errors import N_, ForbiddenError
from recycling.models import SpareTrip
from recycling.partner_accounts import the_partner


def is_own(actor: Actor) -> bool:
    """Tell whether somebody speaks for one partner alone."""
    return actor.role is Role.PARTNER


def demand_trip(session: Session, office: Office, actor: Actor, trip: SpareTrip) -> None:
    """Refuse whoever neither is the trip's partner nor works for its depot.

    Raises
    ------
    ForbiddenError, SignInNeededError
        When the actor may say nothing of the trip.
    """
    if is_own(actor):
        demand(actor, Action.SPARE_SEND)
        if the_partner(session, office.settings, actor).code != trip.partner:
            raise ForbiddenError.one("other-partner", N_("This trip is another partner's."))
    else:
        demand(actor, Action.SPARE_SEND, Subject(depot=trip.depot_code))
