"""Engines in processes of their own, that hang, crash, eat memory and talk nonsense: a plan comes back with a note."""

import faulthandler
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from days import day, stop, truck

from routing.check import check
from routing.schedule import orders_of
from routing.solve import apart, contest, portfolio, solve
from routing.solve.finish import complete

TWO = day([stop("a", 1, delivery=1), stop("b", 2, delivery=1)], [truck()])
TOWN = day([stop(f"s{k}", k, service=60, delivery=1) for k in range(1, 10)], [truck(km=100)])
WHOLE = [("v", [("stop", "a"), ("stop", "b")])]
HALF = [("v", [("stop", "a")])]

SECONDS, GRACE = 0.4, 0.6
LONGEST = 20.0
"""Seconds that a test may take on a busy machine."""


def whole(problem, search):
    return complete(TWO, WHOLE, "test")


def hangs(problem, search):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)


def is_killed(problem, search):
    os.kill(os.getpid(), signal.SIGKILL)


def crashes(problem, search):
    faulthandler.disable()
    os.abort()


def leaves(problem, search):
    sys.exit(3)


def eats(problem, search):
    eaten = []
    while True:
        eaten.append(bytearray(32 * 1024 * 1024))


def fails(problem, search):
    raise TypeError("nobody thought of that")


def talks_nonsense(problem, search):
    return {"routes": 7}


def cannot_be_sent(problem, search):
    return lambda: None


def plans_another_day(problem, search):
    return complete(TOWN, [], "test")


def loses_a_stop(problem, search):
    return replace(whole(problem, search), routes=())


def finds_and_hangs(problem, search):
    search.found(WHOLE)
    hangs(problem, search)


def finds_half_and_is_killed(problem, search):
    search.found(HALF)
    time.sleep(0.2)
    is_killed(problem, search)


FAULTS = {
    hangs: "it did not end in time",
    is_killed: "its process was killed, as the system does when memory runs out",
    crashes: "its process crashed with signal SIGABRT",
    leaves: "its process ended with status 1",
    eats: "it needed more memory than there is",
    fails: "TypeError nobody thought of that",
    talks_nonsense: "it returned no plan but dict",
    cannot_be_sent: "Can't pickle",
    plans_another_day: "s1",
    loses_a_stop: "neither served nor left out",
}


def engine(plan, name="bad"):
    return portfolio.Engine(name, frozenset(portfolio.FEATURES), plan)


def children():
    """Processes of this one."""
    folders = Path("/proc/self/task").iterdir()
    found = set()
    for folder in folders:
        with suppress(FileNotFoundError):  # a thread of another test has just ended
            found |= set(map(int, (folder / "children").read_text(encoding="ascii").split()))
    return found


@pytest.fixture(autouse=True)
def nothing_is_left_over():
    """Each test begins and ends with the same processes and threads."""
    before = children(), threading.active_count()
    yield
    assert (children(), threading.active_count()) == before


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Little grace; and processes are copies whatever threads other tests have left behind."""
    monkeypatch.setattr(apart, "GRACE", GRACE)
    monkeypatch.setattr(apart.threading, "active_count", lambda: 1)


@pytest.fixture
def engines(monkeypatch):
    """Return a function that puts engines into the portfolio, in that order."""

    def call(*plans):
        monkeypatch.setattr(portfolio, "ENGINES", [engine(plan, plan.__name__) for plan in plans])

    return call


def tight_memory(monkeypatch):
    """Let processes take little more memory than this one has."""
    (data,) = re.findall(r"VmData:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    monkeypatch.setattr(apart, "MEMORY_SHARE", (int(data) * 1024 + 400 * 2**20) / machine)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_an_engine_that_fails_is_dropped_and_the_next_one_plans(engines, monkeypatch, fault):
    engines(fault, whole)
    tight_memory(monkeypatch)
    began = time.monotonic()
    plan = solve(TWO, SECONDS, guarded=True)
    assert time.monotonic() - began < LONGEST
    assert check(TWO, plan) == []
    assert orders_of(plan) == WHOLE
    (note,) = plan.notes
    assert note.startswith(f"{fault.__name__} was dropped")
    assert FAULTS[fault] in note


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_when_all_engines_fail_stops_are_put_in_one_after_the_other(engines, monkeypatch, fault):
    engines(fault)
    tight_memory(monkeypatch)
    plan = solve(TWO, SECONDS, guarded=True)
    assert check(TWO, plan) == []
    assert (plan.engine, plan.unserved) == ("insertion", ())
    assert plan.notes[1:] == ("no engine has planned the day: its stops were put in one after the other",)


def test_what_an_engine_had_found_before_it_hung_counts(engines):
    engines(finds_and_hangs)
    plan = solve(TWO, SECONDS, guarded=True)
    assert check(TWO, plan) == []
    assert (plan.engine, orders_of(plan)) == ("finds_and_hangs", WHOLE)
    assert plan.notes == (
        "finds_and_hangs was dropped: it did not end in time",
        "what finds_and_hangs had found until then was kept",
    )


def test_the_better_of_what_was_found_and_of_the_next_plan_counts(engines):
    engines(finds_half_and_is_killed, whole)
    assert orders_of(solve(TWO, SECONDS, guarded=True)) == WHOLE

    def half(problem, search):
        return complete(TWO, [], "test", loops=False)

    engines(finds_and_hangs, half)
    assert orders_of(solve(TWO, SECONDS, guarded=True)) == WHOLE


def test_when_the_loops_themselves_crash_there_is_a_plan_without_them(engines, monkeypatch):
    """Whatever uses them dies: the engine, the mending of what it found, the insertion."""
    monkeypatch.setattr(contest, "MENDING", engine(crashes, "mending"))
    monkeypatch.setattr(contest, "INSERTION", engine(crashes, "insertion"))
    for fault in (finds_and_hangs, crashes):
        engines(fault)
        plan = solve(TWO, SECONDS, guarded=True)
        assert check(TWO, plan) == []
        assert plan.unserved == ()


def test_our_engine_is_killed_in_the_middle_and_its_best_plan_counts(monkeypatch):
    monkeypatch.setattr(portfolio, "ENGINES", portfolio.ENGINES[:1])
    before, killed = children(), []

    def told(share, cost):
        if share > 0.3 and not killed:
            (pid,) = children() - before
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    plan = solve(TOWN, 3.0, progress=told, guarded=True)
    assert killed
    assert check(TOWN, plan) == []
    assert (plan.engine, plan.unserved) == ("ruin", ())
    assert [n.partition(":")[0] for n in plan.notes] == ["ruin was dropped", "what ruin had found until then was kept"]


@pytest.mark.parametrize("copied", [True, False])
def test_an_engine_apart_finds_what_it_finds_here(monkeypatch, copied):
    """Also where the caller has other threads, and the process is begun anew."""
    if not copied:
        monkeypatch.setattr(apart.threading, "active_count", lambda: 2)
    told = []
    here = solve(TOWN, iterations=500, seed=3)
    there = solve(TOWN, iterations=500, seed=3, progress=lambda share, cost: told.append((share, cost)), guarded=True)
    assert replace(there, seconds=here.seconds) == here
    assert len(told) > 1
    assert told[-1] == (1.0, there.cost)


def test_a_search_apart_that_is_told_to_stop_keeps_the_best_plan():
    plan = solve(TOWN, 600, progress=lambda share, cost: cost is not None, guarded=True)
    assert plan.seconds < LONGEST
    assert (plan.engine, plan.notes, check(TOWN, plan)) == ("ruin", (), [])


def test_an_engine_that_hangs_is_ended_when_the_search_is_told_to_stop(engines):
    engines(finds_and_hangs, hangs)
    began = time.monotonic()
    plan = solve(TWO, 3600, progress=lambda share, cost: time.monotonic() > began + 1, guarded=True)
    assert plan.seconds < LONGEST
    assert orders_of(plan) == WHOLE


@pytest.mark.parametrize("error", [ValueError, RuntimeError, OSError, KeyboardInterrupt])
def test_what_the_caller_s_progress_raises_is_let_through(engines, error):
    engines(finds_and_hangs, whole)

    def told(share, cost):
        raise error("the screen is gone")

    with pytest.raises(error, match="the screen is gone"):
        solve(TWO, SECONDS, progress=told, guarded=True)


def test_an_engine_does_not_outlive_a_caller_that_is_killed(tmp_path):
    script = """
import os, time
import routing.solve
from routing.solve import portfolio
from routing.problem import Problem
routing.solve.load = lambda: None
def hangs(problem, search):
    os.write(1, b"%d\\n" % os.getpid())
    time.sleep(600)
portfolio.ENGINES = [portfolio.Engine("hangs", frozenset(portfolio.FEATURES), hangs)]
routing.solve.solve(Problem.from_json(open("day.json").read()), 600, guarded=True)
"""
    (tmp_path / "day.json").write_text(TWO.to_json(), encoding="utf-8")
    path = os.pathsep.join(p for p in sys.path if p)
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE
    ) as caller:
        pid = int(caller.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        caller.kill()
    until = time.monotonic() + LONGEST
    while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert not Path(f"/proc/{pid}").exists()


def test_an_executor_cannot_be_used_by_an_engine_apart():
    with pytest.raises(ValueError, match="no use for an executor"):
        solve(TWO, SECONDS, executor=object(), guarded=True)
