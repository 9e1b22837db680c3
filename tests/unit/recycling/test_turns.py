"""Whose turn it is to write to a file: one after the other, however many processes; never longer than one may wait."""

import multiprocessing
import os
import signal
import threading

import pytest

from recycling.turns import ENDING, Turn

FORK = multiprocessing.get_context("fork")
LONG = 300.0


@pytest.fixture
def record(tmp_path):
    return tmp_path / "record.db"


def count_up(record, counter, times, longest):
    turn = Turn(record, longest)
    for _ in range(times):
        with turn:
            number = int(counter.read_text())
            os.sched_yield()
            counter.write_text(str(number + 1))


@pytest.fixture
def holder(record):
    """Return a function that starts a process which takes its turn and keeps it, and waits until it has."""
    started = []

    def start():
        taken, done = FORK.Event(), FORK.Event()

        def keep():
            with Turn(record, LONG):
                taken.set()
                done.wait()

        process = FORK.Process(target=keep, daemon=True)
        process.start()
        started.append(process)
        assert taken.wait(LONG)
        return process, done

    yield start
    for process in started:
        process.kill()
        process.join()


@pytest.fixture
def waiter(record):
    """Return a function that lets a thread wait for its turn; the event is set when it has it."""

    def start(turn=None):
        entered, leave = threading.Event(), threading.Event()

        def wait():
            with turn or Turn(record, LONG):
                entered.set()
                leave.wait(LONG)

        thread = threading.Thread(target=wait, daemon=True)
        thread.start()
        return thread, entered, leave

    return start


def test_processes_write_one_after_the_other(record, tmp_path):
    counter = tmp_path / "counter"
    counter.write_text("0")
    children = [FORK.Process(target=count_up, args=(record, counter, 50, LONG), daemon=True) for _ in range(6)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert counter.read_text() == "300"
    assert record.with_name(record.name + ENDING).exists()


def test_who_waits_goes_on_when_the_one_before_is_killed(holder, waiter):
    process, _ = holder()
    thread, entered, leave = waiter()
    assert not entered.wait(0.3), "it waits"
    os.kill(process.pid, signal.SIGKILL)
    assert entered.wait(LONG)
    leave.set()
    thread.join(LONG)


def test_who_waits_goes_on_when_the_one_before_is_ready(holder, waiter):
    _, done = holder()
    thread, entered, leave = waiter()
    assert not entered.wait(0.3)
    done.set()
    assert entered.wait(LONG)
    leave.set()
    thread.join(LONG)


def test_nobody_waits_longer_than_he_may_and_the_turn_is_not_lost_by_that(record, holder, waiter):
    _, done = holder()
    hasty = Turn(record, 0.05)
    for _ in range(2):
        with hasty:
            pass  # it goes on without its turn: the database itself keeps writers apart
    done.set()
    for turn in (None, hasty, None):
        thread, entered, leave = waiter(turn)
        assert entered.wait(LONG)
        other = waiter()
        assert not other[1].wait(0.2) or turn is hasty
        leave.set()
        thread.join(LONG)
        assert other[1].wait(LONG)
        other[2].set()
        other[0].join(LONG)


def test_a_copy_of_a_process_keeps_no_turn(record, waiter):
    """Copies have the file open too; when one of them outlives the original, nobody waits for it."""
    go, copied = FORK.Event(), FORK.Event()

    def original():
        with Turn(record, LONG):
            if os.fork() == 0:
                copied.set()
                go.wait(LONG)
                os._exit(0)
            copied.wait(LONG)
            os.kill(os.getpid(), signal.SIGKILL)

    process = FORK.Process(target=original, daemon=True)
    process.start()
    process.join()  # with a time it would wait for the copy too
    thread, entered, leave = waiter()
    assert entered.wait(LONG / 10)
    go.set()
    leave.set()
    thread.join(LONG)


def test_where_no_file_can_be_made_writers_do_without(tmp_path):
    with Turn(tmp_path / "nowhere" / "record.db", LONG):
        assert list(tmp_path.iterdir()) == []


def test_threads_take_turns_for_a_record_without_a_file(waiter):
    turn = Turn(None, LONG)
    first, second = waiter(turn), waiter(turn)
    assert first[1].wait(LONG) or second[1].wait(LONG)
    assert first[1].is_set() != second[1].is_set()
    for _, entered, leave in (first, second):
        leave.set()
        assert entered.wait(LONG)
