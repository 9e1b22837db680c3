"""Drafts of rounds of days that are over: thrown away by age, plans in force and younger drafts kept."""

from datetime import time, timedelta

import pytest
from made_plans import make_plan
from sqlalchemy import func, select

from recycling.accounts.actors import Actor, Role
from recycling.board import tidying
from recycling.board.drafts import begin
from recycling.board.tidying import KEPT_DAYS, tidy_drafts
from recycling.models import AuditEvent, Plan, PlanEdit, PlanRoute, PlanRun, PlanVisit

DISPATCHER = "dispatcher-1"


@pytest.fixture
def drafted(sqlite_record, booked, day, now):
    """A record with a plan in force of the day and three drafts of somebody's own; one is what a run made."""
    actor = Actor("person", DISPATCHER, Role.DISPATCHER, frozenset({"DEP-01"}))
    (booking,) = booked(sqlite_record, 1)
    make_plan(sqlite_record, booking, 1)
    with sqlite_record.write() as session:
        made = [begin(session, "DEP-01", day, actor, now) for _ in range(3)]
        session.add(
            PlanRun(
                depot_code="DEP-01",
                service_day=day,
                asked_by="dispatcher",
                asked_at=now,
                state="done",
                plan_id=made[0].id,
            )
        )
        session.add(
            PlanEdit(plan_id=made[1].id, number=1, at=now, by=DISPATCHER, asked={"deed": "x"}, before={}, cost=0)
        )
    return sqlite_record


def count(record, table):
    with record.read() as session:
        return session.scalar(select(func.count()).select_from(table))


def at(settings, day, days):
    """Noon so many days after the day."""
    return settings.clock.at(day + timedelta(days=days), time(12))


def test_drafts_are_kept_for_a_while_and_then_thrown_away_with_all_that_is_theirs(drafted, settings, day):
    assert tidy_drafts(drafted, settings, at(settings, day, KEPT_DAYS)) == 0
    assert count(drafted, Plan) == 4
    assert tidy_drafts(drafted, settings, at(settings, day, KEPT_DAYS + 1)) == 3
    with drafted.read() as session:
        (plan,) = session.scalars(select(Plan)).all()
        assert (plan.version, plan.draft) == (1, False)
        assert {route.plan_id for route in session.scalars(select(PlanRoute))} == {plan.id}
        assert session.scalars(select(PlanRun)).one().plan_id is None
        said = session.scalars(select(AuditEvent).where(AuditEvent.action == "plan.discarded")).all()
    assert len(said) == 3
    assert count(drafted, PlanEdit) == 0
    assert count(drafted, PlanVisit) == 2
    assert tidy_drafts(drafted, settings, at(settings, day, KEPT_DAYS + 1)) == 0


def test_many_go_in_several_transactions(drafted, settings, day, monkeypatch):
    monkeypatch.setattr(tidying, "AT_ONCE", 1)
    assert tidy_drafts(drafted, settings, at(settings, day, KEPT_DAYS + 1)) == 3
    assert count(drafted, Plan) == 1
