import threading
import time
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from made_plans import HOUR, NINE, make_plan
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from recycling import dispatch, runs
from recycling.errors import BadRequestError, ConflictError, NotFoundError
from recycling.figures import newest_plan, plan_figures
from recycling.models import Area, LeftOut, Plan, PlanRoute, PlanRun, PlanVisit
from recycling.runs import LEASE, MOST_ATTEMPTS, Worker, ask, claim, the_run, work
from routing.day import plan_day
from routing.errors import InputError

SECOND = timedelta(seconds=1)
PLAN_TABLES = (Plan, PlanRoute, PlanVisit, LeftOut)


@pytest.fixture(autouse=True)
def solve_here(monkeypatch):
    """Solve in this process; a process of its own for every test would only cost time."""
    monkeypatch.setattr(runs, "_solve", lambda job, settings, report: plan_day(job, report))


@pytest.fixture(autouse=True)
def hands(monkeypatch, now):
    """The clock of the workers; it stands still until a test moves it."""
    hands = {"now": now}
    monkeypatch.setattr(runs.clock, "utc_now", lambda: hands["now"])
    return hands


@pytest.fixture
def asked(settings, day, now):
    """Return a function that asks for a day of DEP-01."""

    def call(record, depot="DEP-01", day=day, asked_by="dispatcher", at=now):
        with record.write() as session:
            return ask(session, depot, day, asked_by, at, settings)

    return call


@pytest.fixture
def worked(settings, fleet):
    def call(record, run, watch=None):
        return work(record, settings, fleet, run, watch)

    return call


def look(record, run):
    with record.read() as session:
        return the_run(session, run.id)


def count(record, *models):
    with record.read() as session:
        return tuple(session.scalar(select(func.count()).select_from(m)) for m in models)


def no_plan(record):
    return count(record, *PLAN_TABLES) == (0, 0, 0, 0)


# -- asking --------------------------------------------------------------------------------------------------------


def test_asking_twice_is_one_run(record, asked, now):
    first, second = asked(record), asked(record, at=now + SECOND)
    assert first.id == second.id
    assert (first.state, first.attempts, first.fence, first.asked_at) == ("queued", 0, 0, now)
    claim(record, now)
    assert asked(record).id == first.id, "one that works is returned too"
    assert count(record, PlanRun) == (1,)


def test_another_day_or_depot_is_another_run(record, asked, day):
    found = {asked(record).id, asked(record, depot="DEP-02").id, asked(record, day=day + timedelta(days=1)).id}
    assert len(found) == 3


@pytest.mark.parametrize("state", ["done", "failed"])
def test_after_the_end_of_a_run_another_can_be_asked_for(record, asked, state):
    first = asked(record)
    with record.write() as session:
        session.execute(update(PlanRun).values(state=state))
    assert asked(record).id != first.id


def test_unknown_depot_and_day_that_is_over(record, asked, day):
    for depot in ("DEP-99", "CEN-01", ""):
        with pytest.raises(NotFoundError, match="DEP-01, DEP-02"):
            asked(record, depot=depot)
    with pytest.raises(BadRequestError, match="2026-03-03 is over"):
        asked(record, day=day - timedelta(days=2))
    assert count(record, PlanRun) == (0,)
    asked(record, day=day - timedelta(days=1))  # today may be planned anew
    with record.read() as session, pytest.raises(NotFoundError):
        the_run(session, uuid.uuid4())


def test_who_asks_second_waits_for_the_first(record, asked, settings, day, now):
    found = []
    second = threading.Thread(target=lambda: found.append(asked(record)), daemon=True)
    with record.write() as session:
        first = ask(session, "DEP-01", day, "dispatcher", now, settings)
        second.start()
        second.join(0.3)
        assert found == []
    second.join(30)
    assert [f.id for f in found] == [first.id]
    assert count(record, PlanRun) == (1,)


@pytest.mark.parametrize("kind", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_bookings_do_not_wait_for_who_asks(record, booked, settings, day, now):
    """The lock on the depot's row is of the kind that orders of the depot do not mind; SQLite has one writer anyway."""
    with record.write() as session:
        ask(session, "DEP-01", day, "dispatcher", now, settings)
        thread = threading.Thread(target=booked, args=(record, 1), daemon=True)
        thread.start()
        thread.join(20)
        assert not thread.is_alive()


def test_a_crowd_that_asks_gets_one_run(record, asked, at_once):
    found = at_once(*[lambda: asked(record)] * 12)
    assert len({f.id for f in found}) == 1
    assert count(record, PlanRun) == (1,)


def test_a_day_whose_vehicles_are_out_is_not_planned_over(record, booked, asked, day):
    assert asked(record, at=NINE).state == "queued", "without a plan nothing is driven yet"
    with record.write() as session:
        session.delete(session.scalars(select(PlanRun)).one())
    make_plan(record, booked(record, 1)[0], 1)
    for asker in ("dispatcher", "command", "schedule"):
        with pytest.raises(ConflictError, match="The vehicles of this day are out"):
            asked(record, asked_by=asker, at=NINE)
    assert asked(record, at=NINE - 2 * HOUR).state == "queued", "they have not left yet"
    assert asked(record, day=day + timedelta(days=1), at=NINE).state == "queued"


def test_a_plan_that_comes_when_they_have_left_is_not_published(record, booked, asked, worked, hands, now, day):
    make_plan(record, booked(record, 1)[0], 1)
    run = asked(record)
    hands["now"] = NINE
    assert worked(record, claim(record, now)) is None
    ended = look(record, run)
    assert (ended.state, ended.error_code, ended.finished_at) == ("failed", "day-begun", NINE)
    with record.read() as session:
        assert newest_plan(session, "DEP-01", day).version == 1


# -- claiming ------------------------------------------------------------------------------------------------------


def test_claiming_takes_the_oldest_and_gives_a_lease_and_a_fence(record, asked, now, day):
    late, early = asked(record), asked(record, depot="DEP-02", at=now - SECOND)
    first = claim(record, now)
    assert first.id == early.id
    assert (first.state, first.attempts, first.fence, first.lease_until) == ("running", 1, 1, now + LEASE)
    assert claim(record, now).id == late.id
    assert claim(record, now) is None


def test_claiming_one_run_by_its_key(record, asked, now):
    asked(record)
    wanted = asked(record, depot="DEP-02", at=now + SECOND)
    assert claim(record, now, wanted.id).id == wanted.id
    assert claim(record, now, wanted.id) is None
    assert claim(record, now, uuid.uuid4()) is None
    assert claim(record, now) is not None


def test_one_run_goes_to_one_of_many_claimers(record, asked, now, at_once):
    run = asked(record)
    found = at_once(*[lambda: claim(record, now)] * 8)
    assert [f.id for f in found if f] == [run.id]
    assert (look(record, run).attempts, look(record, run).fence) == (1, 1)


def test_a_lost_worker_s_run_is_claimed_again_only_after_its_lease(record, asked, now):
    asked(record)
    first = claim(record, now)
    assert claim(record, now + LEASE) is None
    second = claim(record, now + LEASE + SECOND)
    assert second.id == first.id
    assert (second.attempts, second.fence, second.lease_until) == (2, 2, now + 2 * LEASE + SECOND)


def test_after_the_last_attempt_the_run_fails_with_a_reason(record, asked, now):
    run = asked(record)
    at = now
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert claim(record, at).attempts == attempt
        at += LEASE + SECOND
    assert claim(record, at) is None
    ended = look(record, run)
    assert (ended.state, ended.error_code, ended.finished_at) == ("failed", "attempts", at)
    assert "3 attempts" in ended.error
    assert asked(record).id != run.id


# -- working -------------------------------------------------------------------------------------------------------


def test_a_run_becomes_a_plan(record, booked, asked, worked, now, day):
    booked(record, 3)
    run = asked(record)
    seen = []
    key = worked(record, claim(record, now), lambda share, cost: seen.append((share, cost)))
    ended = look(record, run)
    assert (ended.state, ended.plan_id, ended.progress, ended.lease_until) == ("done", key, 1.0, None)
    assert (ended.error_code, ended.error, ended.finished_at) == ("", "", now)
    with record.read() as session:
        plan = newest_plan(session, "DEP-01", day)
    assert plan.id == key
    assert plan_figures(plan).bookings == 3
    shares = [share for share, _ in seen]
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] <= 1
    assert seen[-1][1] is not None


def test_the_next_run_is_the_next_version(record, booked, asked, worked, now, day):
    booked(record, 1)
    for version in (1, 2):
        asked(record)
        worked(record, claim(record, now))
        with record.read() as session:
            assert newest_plan(session, "DEP-01", day).version == version
    assert count(record, Plan, PlanRun) == (2, 2)


def test_reports_renew_the_lease_at_most_once_a_second(record, asked, now, hands):
    run = asked(record)
    report = runs._Reporter(record, claim(record, now), None)
    report(0.25, 700)
    assert (look(record, run).progress, look(record, run).best_cost) == (0.25, 700)
    hands["now"] = now + SECOND / 2
    report(0.3, 600)
    assert look(record, run).progress == 0.25
    hands["now"] = now + 20 * SECOND
    report(7.0, 500)
    found = look(record, run)
    assert (found.progress, found.best_cost, found.lease_until) == (1.0, 500, now + 20 * SECOND + LEASE)
    assert claim(record, now + LEASE + SECOND) is None, "a worker that reports keeps its run"


# -- the fence -----------------------------------------------------------------------------------------------------


@pytest.fixture
def two_workers(record, booked, asked, now):
    """A worker that slept past its lease, and the one that took its run over."""
    booked(record, 2)
    asked(record)
    return claim(record, now), claim(record, now + LEASE + SECOND)


def test_a_worker_that_lost_its_lease_publishes_nothing(record, two_workers, worked, hands, now):
    sleeper, taker = two_workers
    hands["now"] = now + LEASE + 2 * SECOND
    assert worked(record, sleeper) is None
    assert no_plan(record)
    found = look(record, taker)
    assert (found.state, found.fence) == ("running", 2)
    assert found.lease_until == now + 2 * LEASE + SECOND, "the sleeper's reports renew nothing"
    assert worked(record, taker) is not None
    assert count(record, Plan) == (1,)


def test_a_worker_that_wakes_after_the_end_publishes_nothing(record, two_workers, worked):
    sleeper, taker = two_workers
    key = worked(record, taker)
    assert worked(record, sleeper) is None
    assert count(record, Plan) == (1,)
    assert look(record, taker).plan_id == key


def test_a_worker_that_lost_its_lease_does_not_fail_the_run(record, two_workers, worked, monkeypatch):
    sleeper, taker = two_workers
    with monkeypatch.context() as patch:
        patch.setattr(runs, "_solve", lambda *a: 1 / 0)
        worked(record, sleeper)
    assert look(record, taker).state == "running"
    assert worked(record, taker) is not None


def test_without_the_fence_both_would_publish(record, two_workers, worked, monkeypatch):
    """The control."""
    monkeypatch.setattr(runs, "_end", lambda session, run, state, now, code="", error="": True)
    for worker in two_workers:
        worked(record, worker)
    assert count(record, Plan) == (2,)


# -- when it goes wrong --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (ZeroDivisionError("by nought"), "fault", "ZeroDivisionError: by nought"),
        (InputError("site-off-road", "The %(what)s lies in a lake.", what="depot"), "site-off-road", "depot lies in"),
        (MemoryError(), "memory", "3000 MB"),
        (TimeoutError(), "too-slow", "did not end in time"),
    ],
)
def test_a_solver_that_raises(record, booked, asked, worked, now, monkeypatch, error, code, words):
    booked(record, 1)
    run = asked(record)

    def solve(*_):
        raise error

    monkeypatch.setattr(runs, "_solve", solve)
    assert worked(record, claim(record, now)) is None
    ended = look(record, run)
    assert (ended.state, ended.error_code, ended.plan_id, ended.lease_until) == ("failed", code, None, None)
    assert words in ended.error
    assert no_plan(record)
    assert asked(record).id != run.id


@pytest.mark.parametrize("garbage", [None, "a plan", 42])
def test_a_solver_that_answers_garbage(record, booked, asked, worked, now, monkeypatch, garbage):
    booked(record, 1)
    run = asked(record)
    monkeypatch.setattr(runs, "_solve", lambda *_: garbage)
    assert worked(record, claim(record, now)) is None
    assert (look(record, run).state, look(record, run).error_code) == ("failed", "fault")
    assert no_plan(record)


def with_negative_load(result):
    route = result.plan.routes[0]
    visits = (replace(route.visits[0], load=(-1, 0)), *route.visits[1:])
    return replace(result, plan=replace(result.plan, routes=(replace(route, visits=visits),)))


def with_unknown_order(result):
    route = result.plan.routes[0]
    visits = (replace(route.visits[0], id=f"b:{uuid.uuid4()}"), *route.visits[1:])
    return replace(result, plan=replace(result.plan, routes=(replace(route, visits=visits),)))


def with_one_route_twice(result):
    return replace(result, plan=replace(result.plan, routes=result.plan.routes * 2))


@pytest.mark.parametrize("spoil", [with_negative_load, with_unknown_order, with_one_route_twice])
def test_a_plan_that_the_record_refuses_is_not_there_in_part(record, booked, asked, worked, now, monkeypatch, spoil):
    booked(record, 2)
    run = asked(record)
    monkeypatch.setattr(runs, "_solve", lambda job, settings, report: spoil(plan_day(job)))
    assert worked(record, claim(record, now)) is None
    ended = look(record, run)
    assert (ended.state, ended.error_code, ended.plan_id) == ("failed", "fault", None)
    assert ended.error.startswith("KeyError: " if spoil is with_unknown_order else "IntegrityError: ")
    assert "\n" not in ended.error
    assert no_plan(record)


def test_a_fault_after_the_plan_s_rows_takes_them_back(record, booked, asked, worked, now, monkeypatch):
    booked(record, 2)
    run = asked(record)
    store = dispatch.store_plan

    def store_and_break(*args):
        store(*args)
        raise ValueError("the last row is written")

    monkeypatch.setattr(dispatch, "store_plan", store_and_break)
    assert worked(record, claim(record, now)) is None
    assert (look(record, run).state, look(record, run).error) == ("failed", "ValueError: the last row is written")
    assert no_plan(record)


def test_a_record_without_a_network_is_told(record, asked, worked, now):
    run = asked(record)
    with record.write() as session:
        session.delete(session.get(Area, 1))
    assert worked(record, claim(record, now)) is None
    assert (look(record, run).error_code, look(record, run).state) == ("no-network", "failed")


def test_a_missing_road_layer_is_told(record, booked, asked, worked, now):
    booked(record, 1)
    run = asked(record)
    with record.write() as session:
        session.get(Area, 1).roads_path = "/nowhere/roads.gpkg"
    assert worked(record, claim(record, now)) is None
    assert look(record, run).error_code == "layer-missing"


@pytest.mark.parametrize("place", ["_solve", "_publish"])
def test_when_the_database_is_away_the_run_is_taken_up_again(record, booked, asked, worked, now, monkeypatch, place):
    booked(record, 1)
    run = asked(record)

    def away(*_):
        raise OperationalError("UPDATE", {}, Exception("the server closed the connection"))

    with monkeypatch.context() as patch:
        patch.setattr(runs, place, away)
        with pytest.raises(OperationalError):
            worked(record, claim(record, now))
    assert look(record, run).state == "running"
    again = claim(record, now + LEASE + SECOND)
    assert (again.id, again.attempts) == (run.id, 2)
    assert worked(record, again) is not None


# -- the worker thread ---------------------------------------------------------------------------------------------


def test_the_worker_works_off_what_waits_and_survives_a_fault(
    record, booked, asked, settings, fleet, monkeypatch, hands, now
):
    booked(record, 1)
    faults = []
    real = runs.claim

    def claim_with_a_fault(*args):
        if not faults:
            faults.append("once")
            raise OSError("the disk coughed")
        return real(*args)

    monkeypatch.setattr(runs, "claim", claim_with_a_fault)
    worker = Worker(record, settings, fleet)
    runs_asked = [asked(record), asked(record, depot="DEP-02", at=now + SECOND)]
    worker.start()
    try:
        for _ in range(15_000):
            if all(look(record, r).state == "done" for r in runs_asked):
                break
            worker.wake()
            time.sleep(0.02)
    finally:
        worker.stop()
    worker._thread.join(300)
    assert not worker._thread.is_alive()
    assert faults == ["once"]
    assert [look(record, r).state for r in runs_asked] == ["done", "done"]
    assert count(record, Plan) == (2,)
