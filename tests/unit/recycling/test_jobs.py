import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update

from recycling import jobs, runs
from recycling.jobs import last_cut_off, plan_next_day
from recycling.models import JobTick, PlanRun
from recycling.runs import Worker
from recycling.settings import load_settings

CUT_OFF = datetime(2026, 3, 4, 12, tzinfo=UTC)  # 20:00 at the depot
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


def planned(record):
    with record.read() as session:
        return [(r.depot_code, r.service_day) for r in session.scalars(select(PlanRun).order_by(PlanRun.depot_code))]


BOTH = [("DEP-01", date(2026, 3, 5)), ("DEP-02", date(2026, 3, 5))]


@pytest.mark.parametrize(
    ("zone", "moment", "cut_off"),
    [
        ("Asia/Shanghai", "2026-03-04 12:00:00", "2026-03-04 12:00"),
        ("Asia/Shanghai", "2026-03-04 11:59:59", "2026-03-03 12:00"),
        ("Asia/Shanghai", "2026-03-04 16:30:00", "2026-03-04 12:00"),
        ("Asia/Shanghai", "2028-03-01 02:00:00", "2028-02-29 12:00"),
        ("Europe/Berlin", "2026-03-28 20:00:00", "2026-03-28 19:00"),
        ("Europe/Berlin", "2026-03-29 17:59:59", "2026-03-28 19:00"),
        ("Europe/Berlin", "2026-03-29 18:00:00", "2026-03-29 18:00"),
        ("Europe/Berlin", "2026-10-25 18:59:59", "2026-10-24 18:00"),
        ("Europe/Berlin", "2026-10-25 19:00:00", "2026-10-25 19:00"),
    ],
)
def test_last_cut_off(zone, moment, cut_off):
    settings = load_settings(service={"timezone": zone})
    assert last_cut_off(settings, datetime.fromisoformat(moment + "Z")) == datetime.fromisoformat(cut_off + "Z")


def test_at_the_cut_off_each_depot_s_next_day_is_queued(record, settings):
    made = plan_next_day(record, settings, CUT_OFF + SECOND)
    assert sorted((r.depot_code, r.service_day) for r in made) == BOTH == planned(record)
    assert {(r.asked_by, r.state, r.asked_at) for r in made} == {("schedule", "queued", CUT_OFF + SECOND)}
    with record.read() as session:
        assert session.get(JobTick, (jobs.NIGHTLY, CUT_OFF)).done_at == CUT_OFF + SECOND


def test_a_cut_off_is_taken_care_of_once(record, settings):
    assert len(plan_next_day(record, settings, CUT_OFF)) == 2
    with record.write() as session:
        session.execute(update(PlanRun).values(state="done"))
    for later in (SECOND, HOUR, 11 * HOUR):
        assert plan_next_day(record, settings, CUT_OFF + later) == []
    assert planned(record) == BOTH

    with record.write() as session:  # the control: without the row it would be done again
        session.execute(delete(JobTick))
    assert len(plan_next_day(record, settings, CUT_OFF + 2 * SECOND)) == 2


def test_the_next_evening_is_another_cut_off(record, settings):
    plan_next_day(record, settings, CUT_OFF)
    plan_next_day(record, settings, CUT_OFF + 24 * HOUR)
    assert {d for _, d in planned(record)} == {date(2026, 3, 5), date(2026, 3, 6)}


def test_a_day_that_the_dispatcher_has_queued_is_not_queued_twice(record, settings, now):
    with record.write() as session:
        mine = runs.ask(session, "DEP-01", date(2026, 3, 5), "dispatcher", now, settings)
    made = plan_next_day(record, settings, CUT_OFF)
    assert mine.id in {r.id for r in made}
    assert planned(record) == BOTH


def test_a_run_that_began_before_the_cut_off_does_not_stand_for_the_evening_s(record, settings):
    """It may have read the orders before the last ones came; the evening's run is asked for when it is done."""
    with record.write() as session:
        early = runs.ask(session, "DEP-01", date(2026, 3, 5), "dispatcher", CUT_OFF - SECOND, settings)
    runs.claim(record, CUT_OFF - SECOND)
    assert plan_next_day(record, settings, CUT_OFF + SECOND) == []
    with record.write() as session:
        session.execute(update(PlanRun).values(state="done"))
    made = plan_next_day(record, settings, CUT_OFF + 300 * SECOND)
    assert len(made) == 2
    assert early.id not in {r.id for r in made}


def test_a_run_asked_for_after_the_cut_off_stands_for_the_evening_s(record, settings):
    with record.write() as session:
        mine = runs.ask(session, "DEP-01", date(2026, 3, 5), "dispatcher", CUT_OFF, settings)
    runs.claim(record, CUT_OFF)
    assert mine.id in {r.id for r in plan_next_day(record, settings, CUT_OFF + SECOND)}


def test_a_day_that_has_begun_is_left_to_people(record, settings):
    begun = datetime(2026, 3, 4, 23, 30, tzinfo=UTC)  # 07:30 on the fifth: the crews leave
    assert plan_next_day(record, settings, begun) == []
    assert plan_next_day(record, settings, begun + 12 * HOUR) == []
    assert planned(record) == []
    assert len(plan_next_day(record, settings, begun - SECOND)) == 2  # the control


def test_a_tick_whose_asking_fails_is_not_done(record, settings, monkeypatch):
    real, asked = runs.ask, []

    def ask(*args):
        asked.append(args)
        if len(asked) == 2:
            raise RuntimeError("in the middle")
        return real(*args)

    with monkeypatch.context() as patch:
        patch.setattr(runs, "ask", ask)
        with pytest.raises(RuntimeError):
            plan_next_day(record, settings, CUT_OFF)
    assert planned(record) == []
    assert len(plan_next_day(record, settings, CUT_OFF + SECOND)) == 2


def test_without_depots_nothing_is_planned_and_the_cut_off_stays_open(database, settings, network):
    assert plan_next_day(database, settings, CUT_OFF) == []
    network(database)
    assert len(plan_next_day(database, settings, CUT_OFF + SECOND)) == 2


def test_the_scheduler_catches_up_at_once_even_when_it_comes_late(sqlite_record, settings, fleet, monkeypatch):
    woken, asked = threading.Event(), []
    began = datetime.now(UTC)

    def late_clock():
        """The first run is due a minute before the scheduler starts; after that it is an hour past the cut-off."""
        asked.append(1)
        return began - timedelta(minutes=1) if len(asked) == 1 else CUT_OFF + HOUR

    monkeypatch.setattr(jobs.clock, "utc_now", late_clock)
    worker = Worker(sqlite_record, settings, fleet)
    monkeypatch.setattr(worker, "wake", woken.set)
    scheduler = jobs.start_scheduler(sqlite_record, settings, worker)
    try:
        nightly = scheduler.get_job(jobs.NIGHTLY)
        assert woken.wait(30)
    finally:
        scheduler.shutdown(wait=True)
    assert planned(sqlite_record) == BOTH
    local = nightly.next_run_time
    assert (local.hour, local.minute, str(local.tzinfo)) == (20, 0, "Asia/Shanghai")
    assert nightly.misfire_grace_time is None, "a cut-off that a slow machine comes to late is not left out"


def test_the_scheduler_books_contracts_at_its_start_and_each_hour(sqlite_record, settings, fleet, office, monkeypatch):
    asked = threading.Event()
    monkeypatch.setattr(jobs, "make_due", lambda *_: asked.set() or [])
    worker = Worker(sqlite_record, settings, fleet)
    scheduler = jobs.start_scheduler(sqlite_record, settings, worker, office(sqlite_record))
    try:
        hourly = scheduler.get_job(jobs.CONTRACTS)
        assert asked.wait(30)
    finally:
        scheduler.shutdown(wait=True)
    midnight = settings.clock.midnight(date(2026, 3, 5))  # then a day opens
    assert hourly.trigger.get_next_fire_time(None, midnight) == midnight + 5 * SECOND
    assert hourly.trigger.get_next_fire_time(None, midnight + 6 * SECOND) == midnight + HOUR + 5 * SECOND
