"""Who may do what: one table, and one function that reads it.

A right is an action of a role, together with its reach. Whatever is not in the table is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from recycling.accounts.actors import Actor, Role
from recycling.errors import N_, ForbiddenError, SignInNeededError
from recycling.models import Account, Booking


class Action(StrEnum):
    """What can be done here; every page and every operation names its action."""

    LOOK = "look"
    """See what anybody may see: start page, layers of maps, the pages to sign in."""
    BOOKING_MAKE = "booking.make"
    BOOKING_OPEN = "booking.open"
    """Come with the signed link of one booking; the link decides which."""
    BOOKING_READ = "booking.read"
    BOOKING_CHANGE = "booking.change"
    """Move, cancel, amend."""
    BOOKING_LIST = "booking.list"
    """See the bookings of one's own phone."""
    BOOKING_TAKE = "booking.take"
    """Book for a caller at the counter, and see callers' bookings and whom to call."""
    CONTRACT_KEEP = "contract.keep"
    """See, make, change and end contracts for regular collections."""
    BOOKING_IMPORT = "booking.import"
    """Bring in a file of bookings."""
    ORDER_SEND = "order.send"
    """Bring in a shop's deliveries, see how they stand, cancel them."""
    SPARE_SEND = "spare.send"
    """Announce a partner's trips with room to spare, answer what is offered to them, say what came of it."""
    HOOK_KEEP = "hook.keep"
    """Name the address that a shop's program is told at, and get the secret that signs what it is told."""
    HANDOVER_OFFER = "handover.offer"
    """Hand a booking to a partner recycler, take it back, and see what became of those that were handed."""
    HANDOVER_TAKE = "handover.take"
    """As a partner: see what is offered to it, accept or decline, and say what was collected."""
    HANDOVER_SETTLE = "handover.settle"
    """Make statements with partners, and note that they were paid."""
    POINTS_REDEEM = "points.redeem"
    """See what points somebody has, and give vouchers for them."""
    WEIGH_IN = "weigh.in"
    """Weigh what was collected or brought, and buy it."""
    VISIT_MARK = "visit.mark"
    """Say of a visit that its crew set off, or that it came to nothing and why; see the number to call."""
    STOCK_LOAD = "stock.load"
    """Take in what people bring to a truck, unload it, hand goods over to another one, ask for corrections."""
    STOCK_CORRECT = "stock.correct"
    """Decide corrections that somebody else asked for."""
    STOCK_RECEIVE = "stock.receive"
    """Weigh in trucks at a centre, and explain what differs from their books."""
    COMPLAINT_OPEN = "complaint.open"
    """Complain of a booking, or take down what its resident complains of."""
    COMPLAINT_READ = "complaint.read"
    """See complaints, beside each what proves how it was."""
    COMPLAINT_ANSWER = "complaint.answer"
    SELLER_KEEP = "seller.keep"
    """Note who sells, what was sold elsewhere and what was paid, and put a purchase right."""
    DAY_READ = "day.read"
    """See a depot's day: orders, routes, map."""
    DAY_PLAN = "day.plan"
    TIMETABLE_READ = "timetable.read"
    """See the versions of a timetable, its week board and its dated calls; nothing of a day's orders."""
    ROUND_KEEP = "round.keep"
    """Define rounds through villages, change and end them, and let one go without its quorum."""
    SITE_PLAN = "site.plan"
    """Try places for sorting centres: make, change, compare and delete scenarios, have better ones searched."""
    ACCOUNT_OWN = "account.own"
    """See and end one's own sessions, change one's own password."""
    ACCOUNT_MANAGE = "account.manage"
    """Invite, disable and limit others, end their sessions, make keys."""


class Reach(StrEnum):
    """How far a right goes."""

    ANY = "any"
    DEPOT = "depot"
    """Of the depots that the actor works for."""
    OWN = "own"
    """Of the actor's own phone or account."""
    LINK = "link"
    """Of the one booking that the link names."""


@dataclass(frozen=True)
class Subject:
    """What an action is about, as far as rights depend on it."""

    depot: str = ""
    phone: str = ""
    account: str = ""
    booking: str = ""

    @classmethod
    def booked(cls, booking: Booking) -> Subject:
        """Return a booking as a subject."""
        return cls(depot=booking.depot_code, phone=booking.phone, booking=str(booking.id))

    @classmethod
    def person(cls, account: Account) -> Subject:
        """Return an account as a subject."""
        return cls(account=str(account.id))


SIGNED_IN: Mapping[Action, Reach] = {
    Action.LOOK: Reach.ANY,
    Action.BOOKING_MAKE: Reach.ANY,
    Action.BOOKING_OPEN: Reach.ANY,
    Action.ACCOUNT_OWN: Reach.OWN,
}
NOBODY: Mapping[Action, Reach] = {
    Action.LOOK: Reach.ANY,
    Action.BOOKING_MAKE: Reach.ANY,
    Action.BOOKING_OPEN: Reach.ANY,
}
LINK: Mapping[Action, Reach] = {
    **NOBODY,
    Action.BOOKING_READ: Reach.LINK,
    Action.BOOKING_CHANGE: Reach.LINK,
    Action.COMPLAINT_OPEN: Reach.LINK,
}
ROLES: Mapping[Role, Mapping[Action, Reach]] = {
    Role.RESIDENT: {
        **SIGNED_IN,
        Action.BOOKING_READ: Reach.OWN,
        Action.BOOKING_CHANGE: Reach.OWN,
        Action.BOOKING_LIST: Reach.OWN,
        Action.COMPLAINT_OPEN: Reach.OWN,
    },
    Role.CLERK: {
        **SIGNED_IN,
        Action.BOOKING_READ: Reach.DEPOT,
        Action.BOOKING_CHANGE: Reach.DEPOT,
        Action.BOOKING_TAKE: Reach.DEPOT,
        Action.HANDOVER_OFFER: Reach.DEPOT,
        Action.CONTRACT_KEEP: Reach.DEPOT,
        Action.COMPLAINT_OPEN: Reach.DEPOT,
        Action.COMPLAINT_READ: Reach.DEPOT,
        Action.COMPLAINT_ANSWER: Reach.DEPOT,
        Action.BOOKING_IMPORT: Reach.DEPOT,
        Action.POINTS_REDEEM: Reach.ANY,
        Action.WEIGH_IN: Reach.DEPOT,
        Action.SELLER_KEEP: Reach.ANY,
        Action.HANDOVER_SETTLE: Reach.ANY,
    },
    Role.DISPATCHER: {
        **SIGNED_IN,
        Action.BOOKING_READ: Reach.DEPOT,
        Action.BOOKING_CHANGE: Reach.DEPOT,
        Action.BOOKING_TAKE: Reach.DEPOT,
        Action.HANDOVER_OFFER: Reach.DEPOT,
        Action.CONTRACT_KEEP: Reach.DEPOT,
        Action.COMPLAINT_OPEN: Reach.DEPOT,
        Action.COMPLAINT_READ: Reach.DEPOT,
        Action.COMPLAINT_ANSWER: Reach.DEPOT,
        Action.BOOKING_IMPORT: Reach.DEPOT,
        Action.ORDER_SEND: Reach.DEPOT,
        Action.SPARE_SEND: Reach.DEPOT,
        Action.DAY_READ: Reach.DEPOT,
        Action.DAY_PLAN: Reach.DEPOT,
        Action.TIMETABLE_READ: Reach.DEPOT,
        Action.ROUND_KEEP: Reach.DEPOT,
        Action.VISIT_MARK: Reach.DEPOT,
        Action.STOCK_LOAD: Reach.DEPOT,
        Action.STOCK_CORRECT: Reach.DEPOT,
    },
    Role.DRIVER: {**SIGNED_IN, Action.STOCK_LOAD: Reach.DEPOT, Action.VISIT_MARK: Reach.DEPOT},
    Role.CENTRE: {
        **SIGNED_IN,
        Action.WEIGH_IN: Reach.DEPOT,
        Action.STOCK_RECEIVE: Reach.DEPOT,
        Action.STOCK_CORRECT: Reach.DEPOT,
    },
    Role.RETAILER: {
        **SIGNED_IN,
        Action.BOOKING_IMPORT: Reach.DEPOT,
        Action.ORDER_SEND: Reach.DEPOT,
        Action.HOOK_KEEP: Reach.OWN,
    },
    Role.PARTNER: {**SIGNED_IN, Action.HANDOVER_TAKE: Reach.ANY, Action.SPARE_SEND: Reach.ANY},
    Role.PLANNER: {**SIGNED_IN, Action.SITE_PLAN: Reach.ANY, Action.TIMETABLE_READ: Reach.ANY},
    Role.MANAGER: {
        **SIGNED_IN,
        Action.BOOKING_READ: Reach.ANY,
        Action.DAY_READ: Reach.ANY,
        Action.COMPLAINT_READ: Reach.ANY,
        Action.TIMETABLE_READ: Reach.ANY,
        Action.SITE_PLAN: Reach.ANY,
    },
    Role.ADMIN: {
        **SIGNED_IN,
        Action.BOOKING_READ: Reach.ANY,
        Action.BOOKING_CHANGE: Reach.ANY,
        Action.BOOKING_TAKE: Reach.ANY,
        Action.HANDOVER_OFFER: Reach.ANY,
        Action.HANDOVER_SETTLE: Reach.ANY,
        Action.CONTRACT_KEEP: Reach.ANY,
        Action.COMPLAINT_OPEN: Reach.ANY,
        Action.COMPLAINT_READ: Reach.ANY,
        Action.COMPLAINT_ANSWER: Reach.ANY,
        Action.BOOKING_IMPORT: Reach.ANY,
        Action.ORDER_SEND: Reach.ANY,
        Action.SPARE_SEND: Reach.ANY,
        Action.HOOK_KEEP: Reach.ANY,
        Action.DAY_READ: Reach.ANY,
        Action.DAY_PLAN: Reach.ANY,
        Action.TIMETABLE_READ: Reach.ANY,
        Action.ROUND_KEEP: Reach.ANY,
        Action.VISIT_MARK: Reach.ANY,
        Action.ACCOUNT_MANAGE: Reach.ANY,
        Action.POINTS_REDEEM: Reach.ANY,
        Action.WEIGH_IN: Reach.ANY,
        Action.STOCK_LOAD: Reach.ANY,
        Action.STOCK_CORRECT: Reach.ANY,
        Action.STOCK_RECEIVE: Reach.ANY,
        Action.SELLER_KEEP: Reach.ANY,
        Action.SITE_PLAN: Reach.ANY,
    },
}
SYSTEM: Mapping[Action, Reach] = dict.fromkeys(Action, Reach.ANY)
"""Commands and scheduled jobs run as the operator of the machine."""


def may(actor: Actor, action: Action, subject: Subject | None = None) -> bool:
    """Tell whether the actor may do the action to the subject.

    Without a subject it tells whether there is any that the actor may do it to; whoever then touches one asks again
    with it.
    """
    reach = _rights(actor).get(action)
    if reach is None:
        return False
    if subject is None or reach is Reach.ANY:
        return True
    if reach is Reach.DEPOT:
        return bool(subject.depot) and (actor.every_depot or subject.depot in actor.depots)
    if reach is Reach.LINK:
        return bool(subject.booking) and subject.booking == actor.id
    own_phone = bool(actor.phone) and subject.phone == actor.phone
    own_account = actor.kind == "person" and subject.account == actor.id
    return own_phone or own_account


def demand(actor: Actor, action: Action, subject: Subject | None = None) -> None:
    """Raise where `may` says no.

    Raises
    ------
    SignInNeededError
        When nobody known asks.
    ForbiddenError
        When who asks is known.
    """
    if may(actor, action, subject):
        return
    if actor.kind == "anonymous":
        raise SignInNeededError.one("sign-in-needed", N_("Sign in first; then this page opens."))
    raise ForbiddenError.one("forbidden", N_("Your account may not do this. Ask an administrator if it should."))


def link_to(booking: Booking, origin: str = "") -> Actor:
    """Return whoever came with the signed link of this booking."""
    return Actor("link", str(booking.id), origin=origin)


def _rights(actor: Actor) -> Mapping[Action, Reach]:
    if actor.kind == "system":
        return SYSTEM
    if actor.kind == "link":
        return LINK
    if actor.role is None:
        return NOBODY
    rights = ROLES[actor.role]
    if actor.kind == "key":
        return {action: reach for action, reach in rights.items() if action.value in actor.scopes}
    return rights
