"""Each question is asked once, however many ask it; and pages of windows share one process that answers."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from recycling import planned_days
from recycling.booking import Need
from recycling.kept_answers import KeptAnswers
from recycling.planned_days import DeskOfPlannedDays, _Seen
from routing.planned_day import Room


class Slow:
    """Begins answers that are given when the test says so."""

    def __init__(self):
        self.begun = []

    def __call__(self):
        self.begun.append(Future())
        return self.begun[-1]


@pytest.fixture
def slow():
    return Slow()


def test_many_who_ask_the_same_get_one_answer(slow):
    answers, gate = KeptAnswers(10, 10), threading.Barrier(8)

    def ask(_):
        gate.wait(60)
        return answers.ask("the same", slow).answer

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(ask, range(8)))
    assert found == {slow.begun[0]}
    slow.begun[0].set_result(5)
    assert answers.ask("the same", slow).answer.result() == 5
    assert len(slow.begun) == 1


def test_what_came_to_nothing_or_is_forgotten_is_asked_anew(slow):
    answers = KeptAnswers(10, 10)
    for end in (lambda one: one.set_exception(TimeoutError()), lambda one: one.cancel(), lambda one: None):
        end(answers.ask("a", slow).answer)
    assert len(slow.begun) == 3
    slow.begun[-1].set_result(1)
    answers.forget("a")
    answers.forget("a")
    assert answers.ask("a", slow).answer is slow.begun[3]


def test_not_more_are_open_or_kept_than_may_be(slow):
    answers = KeptAnswers(2, 3)
    assert [answers.ask(name, slow).ahead for name in "abc"] == [0, 1, 2]
    refused = answers.ask("d", slow)
    assert (refused.answer, refused.ahead) == (None, 3)
    assert answers.ask("c", slow).answer is slow.begun[2], "one that is looked for already is no further one"
    for one in slow.begun:
        one.set_result(None)
    assert answers.ask("d", slow).ahead == 0
    assert answers.ask("a", slow).answer is slow.begun[4], "which made room for the others"


class OneProcess:
    """Stands in for the pool of one process: it answers at once, and counts."""

    made, asked = [], []
    active = True

    def __init__(self, **_):
        OneProcess.made.append(self)

    def schedule(self, function, args, timeout):
        OneProcess.asked.append((function.__name__, *args))
        answer = Future()
        answer.set_result({window: Room(0, 10, 20, 30, 40) for window in args[2][0].stop.windows})
        return answer

    def stop(self):
        pass

    join = stop


def test_pages_of_windows_start_one_process_and_ask_it_once(record, settings, fleet, day, now, monkeypatch):
    ready = Future()
    ready.set_result(None)
    monkeypatch.setattr(planned_days, "ProcessPool", OneProcess)
    monkeypatch.setattr(OneProcess, "made", [])
    monkeypatch.setattr(OneProcess, "asked", [])
    monkeypatch.setattr(DeskOfPlannedDays, "_seen", lambda *_: _Seen("plan", 0, "plan:none", ()))
    monkeypatch.setattr(DeskOfPlannedDays, "_made_ready", lambda *_: ready)
    desk = DeskOfPlannedDays(record, settings, fleet)
    needs = [Need("DEP-01", 107.4795, 31.2095, people=1, service=300, litres=80, kg=kg) for kg in (20, 30)]

    def ask(number):
        with record.read() as session:
            return desk.rooms(session, needs[number % 2], day, "", now)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(40)))
    assert all(rooms == found[0] for rooms in found)
    assert found[0]
    assert len(OneProcess.made) == 1
    assert [name for name, *_ in OneProcess.asked] == ["rooms", "rooms"]
    desk.close()


def test_behind_many_nobody_waits(record, settings, fleet, day, now, monkeypatch):
    """The page shows other days at once, and the answer is there for whoever asks again."""
    ready, slow = Future(), Slow()
    ready.set_result(None)
    monkeypatch.setattr(planned_days, "SHORT_SECONDS", 60.0)
    monkeypatch.setattr(DeskOfPlannedDays, "_seen", lambda *_: _Seen("plan", 0, "plan:none", ()))
    monkeypatch.setattr(DeskOfPlannedDays, "_made_ready", lambda *_: ready)
    monkeypatch.setattr(DeskOfPlannedDays, "_schedule", lambda *_: slow())
    desk = DeskOfPlannedDays(record, settings, fleet)

    def ask(kg):
        with record.read() as session:
            place = Need("DEP-01", 107.4795, 31.2095, people=1, service=300, litres=80, kg=kg)
            return desk.rooms(session, place, day, "", now)

    ahead = planned_days.MOST_AHEAD + 1
    with ThreadPoolExecutor(ahead) as pool:
        waiting = [pool.submit(ask, kg) for kg in range(ahead)]
        while len(slow.begun) < ahead:
            threading.Event().wait(0.01)
        assert ask(kg=50) == [], "without a wait: nobody answers yet"
        assert len(slow.begun) == ahead + 1
        for one in slow.begun:
            one.set_result({})
        assert [one.result(60) for one in waiting] == [[]] * ahead
    desk.close()
