"""Work handed out: in order, whole, stoppable; a worker that dies costs nothing, and one that always dies is named."""

import multiprocessing
import os
import signal

import pytest

from routing.errors import InputError
from routing.fanout import MOST_TOGETHER, Job, Lost, WorkerLostError, fan_out, hands_of, pieces_of


def added(ground, task):
    return ground + task


def refused(ground, task):
    raise InputError("not-so", "Not so: %(task)s.", task=task)


def dies(ground, task):
    """Kill the own process where the task says so: always, or only the first time, which a file remembers."""
    if task == "always":
        os.kill(os.getpid(), signal.SIGKILL)
    if task == "once" and not os.path.exists(ground):
        with open(ground, "w"):
            os.kill(os.getpid(), signal.SIGKILL)
    return task


JOBS = [Job(k % 2, k) for k in range(40)]
WANTED = [(100, 200)[k % 2] + k for k in range(40)]


@pytest.fixture(scope="module")
def local():
    with hands_of("local", 2) as hands:
        yield hands


def test_results_stand_in_the_order_of_the_question_and_progress_is_told(local):
    with hands_of("here", 2) as here:
        for hands in (local, here):
            told = []
            found = fan_out(hands, added, [100, 200], JOBS, lambda done, count, told=told: told.append((done, count)))
            assert found == WANTED
            assert (told[0], told[-1]) == ((0, 40), (40, 40))
            assert told == sorted(told)


def test_nothing_asked_is_nothing_done(local):
    assert fan_out(local, added, [], []) == []


def test_pieces_hold_jobs_of_one_ground_and_there_are_enough_for_all():
    jobs = [Job(k // 500, k) for k in range(1000)]
    pieces = pieces_of(jobs, 2)
    assert [k for piece in pieces for k in piece] == list(range(1000))
    assert max(map(len, pieces)) == MOST_TOGETHER
    assert all(len({jobs[k].ground for k in piece}) == 1 for piece in pieces)
    assert pieces_of(jobs[:20], 2) == [[k] for k in range(20)]


@pytest.mark.parametrize("kind", ["here", "local"])
def test_what_a_job_refuses_is_told(kind):
    with hands_of(kind, 1) as hands, pytest.raises(InputError, match="Not so: 7"):
        fan_out(hands, refused, [0], [Job(0, 7)])


def test_stopped_it_gives_what_is_done(local):
    seen = []

    def told(done, count):
        seen.append(done)

    found = fan_out(local, added, [100, 200], JOBS, told, lambda: bool(seen and seen[-1] >= 3))
    assert 3 <= sum(one is not None for one in found) < 40
    assert all(one in (None, wanted) for one, wanted in zip(found, WANTED, strict=True))


def test_a_process_that_dies_costs_no_result(local, tmp_path):
    tasks = [*range(30), "once", *range(30, 60)]
    found = fan_out(local, dies, [str(tmp_path / "died")], [Job(0, task) for task in tasks])
    assert (tmp_path / "died").exists()
    assert found == tasks


def test_a_job_over_which_processes_always_die_is_named_and_no_other(local, tmp_path):
    tasks = [*range(40), "always", *range(40, 80)]
    found = fan_out(local, dies, [str(tmp_path / "died")], [Job(0, task) for task in tasks])
    assert found[40] == Lost(3)
    assert [one for one in found if not isinstance(one, Lost)] == [*range(80)]


class Failing:
    """Hands that lose the worker of some tasks a few times, without any process."""

    cores = ahead = 1

    def __init__(self, losses):
        self.losses = losses

    def submit(self, function, ground, tasks):
        with hands_of("here", 1) as here:
            future = here.submit(function, ground, tasks)
        for task in tasks:
            if self.losses.get(task, 0) > 0:
                self.losses[task] -= 1
                future = type(future)()
                future.set_exception(WorkerLostError(1))
                break
        return future

    def look(self):
        raise AssertionError("there is always something done")


def test_whatever_is_lost_twice_comes_with_the_third_try():
    assert fan_out(Failing({3: 2, 17: 2}), added, [100, 200], JOBS) == WANTED
    found = fan_out(Failing({3: 3}), added, [100, 200], JOBS)
    assert found[3] == Lost(3)
    assert [one for k, one in enumerate(found) if k != 3] == [one for k, one in enumerate(WANTED) if k != 3]


def test_one_try_is_the_control():
    """Without another try the same loss costs whatever was in the worker's hands."""
    found = fan_out(Failing({3: 1}), added, [100, 200], JOBS, tries=1)
    assert Lost(1) in found


def test_processes_killed_while_they_wait_are_begun_anew():
    others = set(multiprocessing.active_children())
    with hands_of("local", 2) as hands:
        assert fan_out(hands, added, [0], [Job(0, k) for k in range(4)]) == [*range(4)]
        killed = set(multiprocessing.active_children()) - others
        assert len(killed) == 2
        for one in killed:
            one.kill()
        assert fan_out(hands, added, [0], [Job(0, k) for k in range(40)]) == [*range(40)]
        anew = set(multiprocessing.active_children()) - others
        assert len(anew) == 2
        assert not anew & killed
    assert set(multiprocessing.active_children()) <= others
