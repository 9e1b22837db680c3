"""Drafts that nobody needs any more: those of days that have been over for a while are thrown away by age."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from recycling import audit
from recycling.accounts.actors import system
from recycling.db import Database
from recycling.models import Plan, PlanRun
from recycling.settings import Settings

KEPT_DAYS = 14
"""Drafts of a day are kept for so many days after it, for whoever compares what was tried."""

AT_ONCE = 20
"""So many are thrown away in one transaction, so that nobody who writes waits long."""

WHO = system("tidy-drafts")


def tidy_drafts(database: Database, settings: Settings, now: datetime) -> int:
    """Throw away the drafts of rounds of days that are over, whosever they are; return how many. Plans in force stay.

    The audit log has each as thrown away, as if somebody had done so.
    """
    before = settings.clock.today(now) - timedelta(days=KEPT_DAYS)
    old = select(Plan.id, Plan.version).where(Plan.draft.is_(True), Plan.service_day < before).order_by(Plan.made_at)
    gone = 0
    while True:
        with database.write() as session:
            found = session.execute(old.limit(AT_ONCE)).all()
            for key, version in found:
                audit.record(session, WHO, "plan.discarded", "plan", key, {"version": version}, None, now)
                session.execute(update(PlanRun).where(PlanRun.plan_id == key).values(plan_id=None))
                session.execute(delete(Plan).where(Plan.id == key))
        gone += len(found)
        if len(found) < AT_ONCE:
            return gone
