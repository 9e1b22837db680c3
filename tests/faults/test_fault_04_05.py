"""FAULTS 4 and 5: a worker of a Dask cluster is killed in mid-search, or its scheduler. The plan comes all the same."""

import clusters
import pytest

from routing.solve import faults_of, solve
from routing.solve.executors import workers
from routing.solve.ruin import engine

BROKE = "the executor broke, threads of this process went on: the cluster is lost: "


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    """Let a day of some routes be searched in pieces, as one of thousands of stops is."""
    monkeypatch.setattr(engine, "SMALL", 0)
    monkeypatch.setattr(engine, "LARGE", 0)
    monkeypatch.setattr(engine, "PIECE", 4)


@pytest.fixture
def cluster(tmp_path):
    with clusters.cluster(tmp_path, 2) as made:
        yield made


@pytest.fixture
def planned(cluster):
    """Return a function that plans the town on the cluster, with a deed before the piece of a number."""

    def plan(deed=lambda: None, before=3):
        with workers("dask", 1, cluster.address) as hands:
            assert hands.cores == 2
            telling = clusters.Telling(hands.executor, before, deed)
            found = solve(clusters.town(), iterations=2_000, cores=2, executor=telling)
        assert telling.sent >= before, "it was killed in the middle"
        return found

    return plan


def judge(plan):
    """The plan keeps every rule and leaves nobody out."""
    assert faults_of(clusters.town(), plan) == []
    assert plan.unserved == ()
    assert sorted(visit.id for route in plan.routes for visit in route.visits) == sorted(f"s{k}" for k in range(24))


def test_fault_04_a_worker_killed_in_mid_search(planned, cluster):
    plan = planned(lambda: cluster.kill("worker 0"))
    judge(plan)
    assert all(note.startswith(BROKE) for note in plan.notes)


@pytest.mark.soak
def test_fault_04_all_workers_killed_in_mid_search(planned, cluster):
    """Until the scheduler has noticed that nobody is left takes the better part of a minute."""

    def kill():
        for name in ("worker 0", "worker 1"):
            cluster.kill(name)

    plan = planned(kill)
    judge(plan)
    assert [note[: len(BROKE)] for note in plan.notes] == [BROKE]


def test_fault_05_the_scheduler_killed_in_mid_search(planned, cluster):
    plan = planned(lambda: cluster.kill("scheduler"))
    judge(plan)
    assert [note[: len(BROKE)] for note in plan.notes] == [BROKE]


def test_fault_04_05_nothing_killed_nothing_told(planned):
    """The control: the same search on the same cluster has no note."""
    plan = planned()
    judge(plan)
    assert plan.notes == ()
