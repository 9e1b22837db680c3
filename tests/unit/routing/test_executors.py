"""Pieces of a day on threads, processes and a Dask cluster: the same plan, and a plan also when they break."""

import os
from concurrent.futures import BrokenExecutor, Executor, Future

import pytest
from dask import config
from days import day, stop, truck

from routing.errors import InputError
from routing.solve import executors, faults_of, solve
from routing.solve.executors import KINDS, workers
from routing.solve.ruin import engine


def town():
    """Deliveries along a street for six trucks at least, which is enough for several pieces."""
    doors = [stop(f"s{k}", 1 + k % 9, service=100 * k, delivery=1) for k in range(24)]
    return day(doors, [truck(f"v{k}", capacity=4, shift=(0, 86_400)) for k in range(8)])


@pytest.fixture
def small_pieces(monkeypatch):
    """Let every day that has two routes for each core be a large one."""
    monkeypatch.setattr(engine, "SMALL", 0)
    monkeypatch.setattr(engine, "LARGE", 0)
    monkeypatch.setattr(engine, "PIECE", 4)


def plan_by(hands):
    plan = solve(town(), iterations=600, cores=hands.cores, executor=hands.executor)
    assert faults_of(town(), plan) == []
    assert len(plan.routes) >= 6
    return plan


def test_all_kinds_find_the_same_plan(small_pieces):
    found = {}
    for kind in KINDS:
        with workers(kind, 2) as hands:
            assert hands.cores == 2
            found[kind] = plan_by(hands)
    assert len({(plan.cost, plan.routes) for plan in found.values()}) == 1
    assert all(plan.notes == () for plan in found.values())


def test_a_cluster_has_as_many_cores_as_threads(small_pieces):
    from distributed import LocalCluster

    with (
        LocalCluster(n_workers=1, threads_per_worker=3, processes=False, dashboard_address=None) as cluster,
        workers("dask", 1, cluster.scheduler_address) as hands,
    ):
        assert hands.cores == 3
        assert plan_by(hands).notes == ()


@pytest.mark.parametrize("kind", ["processes", "dask"])
def test_when_a_worker_dies_threads_go_on(small_pieces, kind):
    with config.set({"distributed.scheduler.allowed-failures": 0}), workers(kind, 1) as hands:
        with pytest.raises(BrokenExecutor):
            hands.executor.submit(os._exit, 1).result(60)
        if kind == "processes":
            plan = plan_by(hands)
            assert len(plan.notes) == 1
            assert plan.notes[0].startswith("the executor broke, threads of this process went on: ")


class Lost(Executor):
    """An executor that breaks after some pieces."""

    def __init__(self, after):
        self.left = after

    def submit(self, fn, /, *args, **kwargs):
        done = Future()
        self.left -= 1
        if self.left < 0:
            done.set_exception(BrokenExecutor("gone"))
        else:
            done.set_result(fn(*args, **kwargs))
        return done


@pytest.mark.parametrize("after", [0, 2])
def test_nothing_is_lost_with_an_executor(small_pieces, after):
    plan = solve(town(), iterations=600, cores=2, executor=Lost(after))
    assert faults_of(town(), plan) == []
    assert plan.unserved == ()
    assert plan.notes == ("the executor broke, threads of this process went on: gone",)


def test_other_faults_of_a_worker_are_told_as_they_are():
    with workers("dask", 1) as hands, pytest.raises(ZeroDivisionError):
        hands.executor.submit(divmod, 1, 0).result(60)


def test_a_cluster_that_does_not_answer_is_said(monkeypatch):
    monkeypatch.setattr(executors, "PATIENCE", 0.5)
    with (
        pytest.raises(InputError, match=r"No Dask scheduler answers at tcp://127.0.0.1:1: .*Give the address"),
        workers("dask", 1, "tcp://127.0.0.1:1"),
    ):
        pass


def test_a_cluster_without_workers_is_said():
    from distributed import LocalCluster

    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address=None) as cluster,
        pytest.raises(InputError, match=r"has no workers. Start some with: dask worker"),
        workers("dask", 1, cluster.scheduler_address),
    ):
        pass


def test_other_words_are_refused():
    with pytest.raises(ValueError, match="threads, processes, dask, not 'mpi'"), workers("mpi", 1):
        pass
