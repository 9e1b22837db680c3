"""The board's counter for a day under way: what happened is said, a proposal is made, and accepted or dropped."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import network
from recycling.accounts.actors import Actor
from recycling.board import drafts, replanning
from recycling.board.accepting import accept
from recycling.board.comparing import subject
from recycling.board.happenings import Happening
from recycling.board.office import Board, Now
from recycling.board.publishing import base_of
from recycling.board.rules import fault_of
from recycling.board.situation import Situation, situation
from recycling.board.standing import standing_of
from recycling.board.telling import Told
from recycling.deliveries.fetching import reopened
from recycling.errors import N_, ConflictError
from recycling.figures import newest_plan
from recycling.fleet import Fleet
from recycling.models import Plan, TradeInOrder
from recycling.models.trade_in import DELIVERED, FAILED, OPEN
from recycling.schedule import Orders

MOST_NAMED = 8


@dataclass(frozen=True)
class Running:
    """One day under way of one depot."""

    board: Board
    fleet: Fleet

    def seen(self, session: Session, now: datetime, happening: Happening | None = None) -> Situation:
        """Return what is known of the day: `recycling.board.situation.situation`."""
        board = self.board
        depot = network.the_depot(session, board.depot)
        return situation(session, board.settings, self.fleet, depot, board.day, now, happening)

    def warmed(self, now: datetime) -> None:
        """Let the day and the search be made ready, so that a proposal comes soon; nobody waits for that here."""
        board = self.board
        with board.database.read() as session:
            depot = network.the_depot(session, board.depot)
            seen = self.seen(session, now)
            running = replanning.running_day(session, board.settings, self.fleet, depot, seen)
        board.desk.stated(running.job)
        board.desk.warmed_up()

    def proposed(self, happening: Happening, actor: Actor, now: Now) -> int:
        """Make a proposal for the rest of the day and return the number of its draft.

        Raises
        ------
        DomainError
            As `seen`, when no answer comes in time, and when the search finds none that keeps the rules.
        """
        board = self.board
        with board.database.read() as session:
            depot = network.the_depot(session, board.depot)
            seen = self.seen(session, now(), happening)
            running = replanning.running_day(session, board.settings, self.fleet, depot, seen)
            stops = {stop.id for stop in running.job.stops}
            named = Orders(session, [subject(stop) for stop in stops], "zh_CN").named
        day = board.desk.stated(running.job)
        found = board.desk.replanned(day, replanning.question(board.settings, running, seen, happening))
        if found.broken:
            raise ConflictError(*(fault_of(one, named) for one in found.broken[:MOST_NAMED]))
        with board.database.write() as session:
            newest = newest_plan(session, board.depot, board.day)
            if newest is None or newest.id != seen.plan.id:
                raise ConflictError.one(
                    "newer-plan", N_("Another plan came into force meanwhile. Load the page again and look at it.")
                )
            return replanning.store(session, board.settings, seen, happening, running, found, actor).version

    def accepted(self, version: int, actor: Actor, now: Now) -> Told:
        """Bring a proposal into force. Raises as `recycling.board.accepting.accept`."""
        board = self.board
        with board.database.read() as session:
            draft = drafts.the_draft(session, board.depot, board.day, version)
            seen = base_of(session, draft)
            named = Orders(session, [subject(s) for s in standing_of(session, draft).begins], "zh_CN").named
        with board.database.write() as session:
            draft = drafts.the_draft(session, board.depot, board.day, version)
            return accept(session, board.settings, draft, seen, named, actor, now())

    def reopened(self, key: uuid.UUID, actor: Actor, now: Now) -> None:
        """Let a failed second visit be made after all. Raises as `recycling.deliveries.fetching.reopened`."""
        with self.board.database.write() as session:
            reopened(session, self.board.settings, key, self.board.depot, actor, now())

    def failed(self, session: Session) -> list[uuid.UUID]:
        """Return the orders of the day whose second visits came to nothing and can be made after all."""
        query = select(TradeInOrder.id).where(
            TradeInOrder.depot_code == self.board.depot,
            TradeInOrder.service_day == self.board.day,
            TradeInOrder.fetch_state == FAILED,
            TradeInOrder.state.in_((OPEN, DELIVERED)),
        )
        return list(session.scalars(query.order_by(TradeInOrder.fetch_start, TradeInOrder.id)).all())

    def dropped(self, version: int, actor: Actor, now: Now) -> None:
        """Throw a proposal away."""
        self.board.thrown_away(version, actor, now)


def proposals_of(plans: list[Plan]) -> list[Plan]:
    """Return those of a day's drafts that are proposals for a day under way."""
    return [plan for plan in plans if plan.happened.get("what")]
