"""The board's counter: what its pages and commands ask for, each as one step over the record and the desk."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor
from recycling.board import drafts
from recycling.board.asks import END, FIT, LEAVE, Ask
from recycling.board.comparing import subject
from recycling.board.desk import BoardDesk, Ready
from recycling.board.judging import Answer, judged
from recycling.board.publishing import base_of, publish
from recycling.board.rules import fault_of
from recycling.board.standing import Standing, standing_of
from recycling.clock import Span
from recycling.db import Database
from recycling.errors import N_, BadRequestError, ConflictError, DomainError, Fault
from recycling.in_force import in_force
from recycling.models import Plan, PlanEdit
from recycling.schedule import Orders
from recycling.settings import Settings

Now = Callable[[], datetime]
"""Says what time it is, as `recycling.clock.utc_now` does."""


@dataclass(frozen=True)
class Report:
    """What became of several things that were asked at once: how many were done, and why the others were not."""

    asked: int
    done: int
    failed: tuple[tuple[str, tuple[Fault, ...]], ...] = ()


@dataclass(frozen=True)
class Board:
    """One day of one depot on the board."""

    database: Database
    settings: Settings
    desk: BoardDesk
    depot: str
    day: date

    # -- looking ----------------------------------------------------------------------------------------------------

    def tried(self, version: int, ask: Ask, key: str = "") -> Answer:
        """Return what something would come to in a version, as the day stood when the page of that key was made."""
        with self.database.read() as session:
            plan = self._plan(session, version)
            standing = standing_of(session, plan)
            ready = self.desk.known(key) or self.desk.ready(session, self.depot, self.day)
        return judged(self.desk, self.settings, ready, standing, ask)

    def warmed(self) -> str:
        """Let the day be made ready as it stands now; returns the key that `tried` takes."""
        with self.database.read() as session:
            return self.desk.ready(session, self.depot, self.day).key

    def draft(self, session: Session, version: int) -> Plan | None:
        """Return a draft by its number; None where that is a version in force or an older one."""
        plan = self._plan(session, version)
        return plan if plan.draft else None

    def at_hour(self, version: int, ask: Ask, minute: int) -> Ask:
        """Return an ask with the place before the first visit of its vehicle that begins after a minute of the day."""
        with self.database.read() as session:
            standing = standing_of(session, self._plan(session, version))
        moment = self.settings.clock.moment(self.day, 60 * minute)
        order = standing.orders.get(ask.vehicle, ())
        later = (k for k, (_, key) in enumerate(order) if key != ask.stop and standing.begins.get(key, moment) > moment)
        return replace(ask, at=next(later, END))

    def waiting(self, session: Session, standing: Standing, ready: Ready) -> list[str]:
        """Return the stops of the day of which a draft knows nothing: orders that came after its plan."""
        known = standing.left | set(standing.begins)
        return [stop.id for stop in ready.job.stops if stop.id not in known]

    # -- changing ---------------------------------------------------------------------------------------------------

    def kept(self, version: int, edits: int, ask: Ask, actor: Actor, now: Now) -> int:
        """Do something in a draft, or in a new draft of one's own where the version is in force; return its number.

        Raises
        ------
        DomainError
            When it breaks a rule, is not possible, or the draft was changed meanwhile.
        """
        with self.database.read() as session:
            plan = self._plan(session, version)
            standing, ready = standing_of(session, plan), self.desk.ready(session, self.depot, self.day)
            self._not_begun(now())
            if plan.draft:
                drafts.own_or_free(plan, actor)
        if standing.edits != edits:
            raise ConflictError.one(
                "changed-in-between", N_("This draft was changed meanwhile. Load the page again and look at it.")
            )
        answer = judged(self.desk, self.settings, ready, standing, ask, drawn=True)
        if answer.broken:
            raise BadRequestError(*self.faults(answer))
        with self.database.write() as session:
            draft = self._draft_for(session, version, actor, now())
            if draft.version != version:
                standing = replace(standing, plan=draft.id, edits=draft.edits)
            drafts.keep(session, self.settings, draft, standing, ready, answer, actor, now())
            return draft.version

    def undone(self, version: int, edits: int, actor: Actor, now: Now) -> None:
        """Take back the last thing that was done to a draft."""
        with self.database.read() as session:
            draft = drafts.the_draft(session, self.depot, self.day, version)
            drafts.own_or_free(draft, actor)
            edit = drafts.last_edit(session, draft)
            ready = self.desk.ready(session, self.depot, self.day)
            before = standing_of(session, draft).allowances
        if edit is None:
            raise ConflictError.one("nothing-to-undo", N_("Nothing was changed in this draft yet."))
        sketches = self.desk.sketches(ready, drafts.orders_before(edit), before, drawn=True)
        with self.database.write() as session:
            draft = drafts.the_draft(session, self.depot, self.day, version)
            drafts.undo(session, self.settings, draft, edits, ready, sketches, actor, now())

    def thrown_away(self, version: int, actor: Actor, now: Now) -> None:
        """Delete a draft."""
        with self.database.write() as session:
            drafts.throw_away(session, drafts.the_draft(session, self.depot, self.day, version), actor, now())

    def taken_in(self, version: int, actor: Actor, now: Now) -> tuple[int, Report]:
        """Put all orders that came after a version into its draft, each where it is cheapest; those with no place wait.

        Where nothing but orders was put into the plan in force since the draft was begun, the draft then stands on it.
        """
        with self.database.read() as session:
            plan = self._plan(session, version)
            standing, ready = standing_of(session, plan), self.desk.ready(session, self.depot, self.day)
            new = self.waiting(session, standing, ready)
        version, report = self._each(version, (Ask(FIT, stop=stop) for stop in new), actor, now)
        with self.database.write() as session:
            draft = session.scalar(self._query(version))
            if draft is not None and draft.draft:
                _stand_on_newest(session, draft)
        return version, report

    def exchanged(
        self, version: int, stop: str, others: Iterable[str], why: str, actor: Actor, now: Now
    ) -> tuple[int, Report]:
        """Leave other stops out for a reason, and put one where it is cheapest then."""
        asks = [*(Ask(LEAVE, stop=other, why=why) for other in others), Ask(FIT, stop=stop)]
        return self._each(version, asks, actor, now)

    def done_again(self, version: int, actor: Actor, now: Now) -> tuple[int, Report]:
        """Do what was done in a draft again on the plan that is in force now; return the new draft's number.

        The old draft is thrown away when all of it could be done.
        """
        with self.database.read() as session:
            old = drafts.the_draft(session, self.depot, self.day, version)
            query = select(PlanEdit).where(PlanEdit.plan_id == old.id).order_by(PlanEdit.number)
            asks = [Ask.from_dict(edit.asked) for edit in session.scalars(query)]
        with self.database.write() as session:
            number = drafts.begin(session, self.depot, self.day, actor, now()).version
        number, report = self._each(number, asks, actor, now)
        if report.done == report.asked:
            self.thrown_away(version, actor, now)
        return number, report

    def taken_up(self, version: int, actor: Actor, now: Now) -> int:
        """Return the number of a new draft that is a copy of any version: the way back to it."""
        with self.database.write() as session:
            plan = self._plan(session, version)
            base = session.scalar(in_force(self.depot, self.day))
            return drafts.copy(session, plan, base.id if base is not None else None, actor.id, now()).version

    def published(self, version: int, edits: int, actor: Actor, now: Now) -> None:
        """Bring a draft into force.

        Raises
        ------
        ConflictError
            As `recycling.board.publishing.publish`.
        """
        with self.database.read() as session:
            self._not_begun(now())
            draft = drafts.the_draft(session, self.depot, self.day, version)
            standing, seen = standing_of(session, draft), base_of(session, draft)
            ready = self.desk.ready(session, self.depot, self.day)
            named = Orders(session, [subject(stop) for stop in standing.begins], "zh_CN").named
        if standing.edits != edits:
            raise ConflictError.one(
                "changed-in-between", N_("This draft was changed meanwhile. Load the page again and look at it.")
            )
        whole = self.desk.whole(ready, standing.orders, standing.allowances)
        with self.database.write() as session:
            draft = drafts.the_draft(session, self.depot, self.day, version)
            publish(session, self.settings, draft, standing, seen, ready, whole, named, actor, now())

    # -- parts of it ------------------------------------------------------------------------------------------------

    @property
    def begins(self) -> datetime:
        """When the first vehicles may leave: until then the day can be changed here."""
        return self.settings.clock.at(self.day, Span.parse(self.settings.service.shift).start)

    def _not_begun(self, now: datetime) -> None:
        if now >= self.begins:
            raise ConflictError.one(
                "day-begun",
                N_(
                    "The vehicles of this day are out, so its routes stay as they are. Say on the schedule which visits"
                    " come later or to nothing."
                ),
            )

    def faults(self, answer: Answer, language: str = "zh_CN") -> list[Fault]:
        """Return the rules that an answer breaks, as people read them."""
        with self.database.read() as session:
            stops = {one.service for one in answer.broken if ":" in one.service}
            named = Orders(session, [subject(stop) for stop in stops], language).named
        return [fault_of(one, named) for one in answer.broken]

    def _each(self, version: int, asks: Iterable[Ask], actor: Actor, now: Now) -> tuple[int, Report]:
        """Do one thing after the other; those that cannot be done are told and change nothing."""
        asked, failed = 0, []
        for ask in asks:
            asked += 1
            try:
                version = self.kept(version, self._edits(version), ask, actor, now)
            except DomainError as error:
                failed.append((ask.stop or ask.vehicle, error.faults))
        return version, Report(asked, asked - len(failed), tuple(failed))

    def _edits(self, version: int) -> int:
        with self.database.read() as session:
            return self._plan(session, version).edits

    def _plan(self, session: Session, version: int) -> Plan:
        plan = session.scalar(self._query(version))
        if plan is None:
            raise ConflictError.one(
                "no-version-any-more", N_("Version %(number)s of this day is there no more."), number=version
            )
        return plan

    def _query(self, version: int) -> Select[Plan]:
        return select(Plan).where(Plan.depot_code == self.depot, Plan.service_day == self.day, Plan.version == version)

    def _draft_for(self, session: Session, version: int, actor: Actor, now: datetime) -> Plan:
        plan = self._plan(session, version)
        if plan.draft:
            return plan
        draft = drafts.begin(session, self.depot, self.day, actor, now)
        if draft.base_id != plan.id:
            raise ConflictError.one(
                "newer-plan", N_("Another plan came into force meanwhile. Load the page again and look at it.")
            )
        return draft


def _stand_on_newest(session: Session, draft: Plan) -> None:
    """Let a draft stand on the plan in force, where that is the one it was begun from with orders put in since."""
    newest = session.scalar(in_force(draft.depot_code, draft.service_day))
    base = session.get(Plan, draft.base_id) if draft.base_id else None
    if newest is None or base is None or _publication(newest) != _publication(base):
        return
    ours = standing_of(session, draft)
    if set(standing_of(session, newest).begins) <= ours.left | set(ours.begins):
        draft.base_id = newest.id


def _publication(plan: Plan) -> tuple[int, datetime | None, str]:
    """Return what stays the same while orders are put into a plan, and is another one when somebody publishes."""
    return plan.root, plan.published_at, plan.published_by
