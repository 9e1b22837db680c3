"""FAULTS 4 and 5: a Dask worker, and the Dask scheduler, are killed while a day is planned. It is planned all the same.

The plan is there exactly once: another worker begins anew; and a run whose scheduler is gone is taken up again when its
lease has ended.
"""

import time
from datetime import timedelta

import pytest
from run_clusters import cluster
from sqlalchemy import select

from recycling import clock, runs
from recycling.models import Plan

PATIENCE = 240


@pytest.fixture(scope="module")
def dask_cluster(tmp_path_factory):
    with cluster(tmp_path_factory.mktemp("cluster")) as made:
        yield made


@pytest.fixture
def work(sqlite_record, booked, settings, fleet, day, now, dask_cluster, monkeypatch):
    """Return a function that lets a thread work runs off until one has ended; it gives the run and all plans."""
    booked(sqlite_record, 3)
    planning = settings.planning.model_copy(
        update={"executor": "dask", "cluster": dask_cluster.address, "seconds": 5.0, "cores": 1}
    )
    far = settings.model_copy(update={"planning": planning})
    monkeypatch.setattr("recycling.dispatch.FEWEST_SECONDS", 5.0)
    monkeypatch.setattr(runs, "LEASE", timedelta(seconds=4))

    def call(fault):
        with sqlite_record.write() as session:
            asked = runs.ask(session, "DEP-01", day, "dispatcher", now, far)
        worker = runs.Worker(sqlite_record, far, fleet)
        worker.start()
        fault()
        until, run = time.monotonic() + PATIENCE, asked
        while run.state in ("queued", "running") and time.monotonic() < until:
            time.sleep(0.2)
            with sqlite_record.read() as session:
                run = runs.the_run(session, asked.id)
        worker.stop()
        with sqlite_record.read() as session:
            return run, session.scalars(select(Plan)).all()

    return call


def test_fault_04_a_worker_is_killed(work, dask_cluster):
    def fault():
        dask_cluster.kill(dask_cluster.busy_worker())

    run, plans = work(fault)
    dask_cluster.begin_worker()
    assert (run.state, run.error) == ("done", "")
    assert run.attempts == 1, "the cluster itself begins it anew"
    assert [plan.id for plan in plans] == [run.plan_id]
    assert "dropped" not in str(plans[0].notes)


def test_fault_05_the_scheduler_is_killed_and_comes_back(work, dask_cluster):
    def fault():
        dask_cluster.busy_worker()
        dask_cluster.kill(dask_cluster.scheduler)
        time.sleep(2)
        dask_cluster.begin_scheduler()
        for worker in dask_cluster.workers:
            if worker.poll() is None:
                dask_cluster.kill(worker)
        for _ in range(2):
            dask_cluster.begin_worker()

    run, plans = work(fault)
    assert (run.state, run.error) == ("done", "")
    assert run.attempts == 2
    assert [plan.id for plan in plans] == [run.plan_id]


def test_the_control_a_cluster_that_never_answers_gives_the_run_up(
    sqlite_record, booked, settings, fleet, day, now, monkeypatch
):
    monkeypatch.setattr("routing.cluster.ANSWERS_WITHIN", 1)
    booked(sqlite_record, 1)
    nowhere = {"executor": "dask", "cluster": "tcp://127.0.0.1:9", "seconds": 1.0}
    far = settings.model_copy(update={"planning": settings.planning.model_copy(update=nowhere)})
    with sqlite_record.write() as session:
        asked = runs.ask(session, "DEP-01", day, "dispatcher", now, far)
    later = clock.utc_now()
    for attempt in range(runs.MOST_ATTEMPTS):
        run = runs.claim(sqlite_record, later + attempt * 2 * runs.LEASE)
        with pytest.raises(ConnectionError, match="no scheduler answers"):
            runs.work(sqlite_record, far, fleet, run)
    assert runs.claim(sqlite_record, later + 10 * runs.LEASE) is None
    with sqlite_record.read() as session:
        assert (runs.the_run(session, asked.id).state, runs.the_run(session, asked.id).error_code) == (
            "failed", "attempts",
        )  # fmt: skip
