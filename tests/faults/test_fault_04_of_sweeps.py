"""FAULT 4 of sweeps: a worker is killed while hundreds of variants are evaluated. All results come, in their order."""

import os
import signal

import clusters
import numpy as np
import psutil
import pytest

from recycling.settings.siting import SiteSize
from recycling.sites.assumed import Assumed
from recycling.sites.people import People
from recycling.sites.variants import Ground, Place, Task, evaluate
from routing.errors import InputError
from routing.fanout import Job, fan_out, hands_of

COUNT = 300


def ground(seed):
    """Two sites and so many communities that a variant takes a few milliseconds."""
    random = np.random.default_rng(seed)
    far = random.integers(300, 9000, (2, 2000)).astype(np.int32)
    ways = {(lon, 31.0): np.stack([one, 12 * one]) for lon, one in zip((107.0, 107.5), far, strict=True)}
    people = People(
        codes=tuple(f"c{k}" for k in range(2000)),
        names=tuple(f"n{k}" for k in range(2000)),
        depots=("D",) * 2000,
        town=np.arange(2000) % 200,
        towns=tuple(("K", f"T{k}") for k in range(200)),
        people=random.integers(100, 5000, 2000).astype(float),
        urban=np.arange(2000) % 3 == 0,
        lonlat=tuple((107.0 + k / 4000, 31.0) for k in range(2000)),
        key=f"k{seed}",
    )
    places = (Place("A", 107.0, 31.0, "standing"), Place("B", 107.5, 31.0, "small"))
    return Ground(people, None, ASSUMED, places, ways)


ASSUMED = Assumed(
    reach_minutes=15, vehicle="box", load_tonnes=0.5, cost_per_km=200, cost_per_hour=6000, grams_co2_per_km=300,
    grams_a_week_urban=100, grams_a_week_rural=50, standing_yuan=1000, yuan_a_tonne=10,
    capacities={"A": 20.0}, sizes=(SiteSize(name="small", tonnes=5, yuan=300),),
)  # fmt: skip
GROUNDS = [ground(seed) for seed in range(3)]
JOBS = [Job(k // 100, Task(50 + k)) for k in range(COUNT)]
WANTED = [evaluate(GROUNDS[job.ground], job.task) for job in JOBS]


def evaluated(hands, deed, tries=3):
    """Evaluate them all, with a deed once a third of them is done; it is told what the deed has killed."""
    killed = []

    def told(done, count):
        if done >= count / 3 and not killed:
            killed.append(deed())

    found = fan_out(hands, evaluate, GROUNDS, JOBS, told, tries=tries)
    assert len(killed) == 1, "it was killed in the middle"
    return found


def kill_a_process():
    """Kill one of the processes that work for this one."""
    at_work = [one for one in psutil.Process().children() if "spawn_main" in " ".join(one.cmdline())]
    assert len(at_work) == 2
    os.kill(at_work[0].pid, signal.SIGKILL)
    return at_work[0].pid


@pytest.fixture
def cluster(tmp_path):
    with clusters.cluster(tmp_path, 2) as made:
        yield made


def test_fault_04_a_process_killed_in_mid_sweep():
    with hands_of("local", 2) as hands:
        assert evaluated(hands, kill_a_process) == WANTED


def test_fault_04_without_another_try_results_are_missing():
    """The control: the same kill costs results where nobody tries again."""
    with hands_of("local", 2) as hands:
        found = evaluated(hands, kill_a_process, tries=1)
    assert found != WANTED
    assert len(found) == COUNT


def test_fault_04_a_worker_of_a_cluster_killed_in_mid_sweep(cluster):
    with hands_of("dask", 1, cluster.address) as hands:
        assert hands.cores == 2
        assert evaluated(hands, lambda: cluster.kill("worker 0")) == WANTED


def test_fault_05_the_scheduler_killed_in_mid_sweep_is_told(cluster):
    with (
        hands_of("dask", 1, cluster.address) as hands,
        pytest.raises(InputError, match="The cluster is lost") as caught,
    ):
        evaluated(hands, lambda: cluster.kill("scheduler"))
    assert caught.value.code == "cluster-lost"
