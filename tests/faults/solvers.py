"""What stands in for `routing.day.solve_in_child` in the solving process when a fault is wanted there."""

import os
import signal
import time
from dataclasses import replace

from routing import day
from routing.schedule import plan_of
from routing.solve import apart, contest, portfolio


def never_ends(connection, job, memory_mb):
    """Search for ever, and do not listen when asked to stop."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    connection.send((0.5, None))
    time.sleep(600)


def ends_before_it_is_at_work(connection, job, memory_mb):
    """Take long to be loaded, say nothing, and fail."""
    time.sleep(2.0)
    raise ZeroDivisionError("by nought")


def never_loaded(connection, job, memory_mb):
    """Say nothing for ever."""
    time.sleep(600)


def hungry(connection, job, memory_mb):
    """Take memory until the system gives no more."""

    def eat(job, progress, guarded):
        eaten = []
        while True:
            eaten.append(bytearray(64 * 1024 * 1024))
            progress(0.5, None)

    day.plan_day = eat
    return day.solve_in_child(connection, job, memory_mb)


def raises(connection, job, memory_mb):
    """Meet a fault that no one thought of."""
    raise ZeroDivisionError("by nought")


def cannot_be_sent(connection, job, memory_mb):
    """Answer with something that does not fit through a pipe."""
    return lambda: None


def kills_itself(connection, job, memory_mb):
    """Be killed by the system, as its out-of-memory killer would."""
    connection.send((0.3, 100))
    os.kill(os.getpid(), signal.SIGKILL)


def _with_first(plan, connection, job, memory_mb):
    """Solve as ever, but with another engine before the next best one."""
    apart.GRACE = 5.0
    first = portfolio.Engine("first", frozenset(portfolio.FEATURES), plan)
    portfolio.ENGINES = (first, *portfolio.ENGINES[1:])
    return day.solve_in_child(connection, job, memory_mb)


def engine_kills_itself(connection, job, memory_mb):
    """Have an engine that is killed by the system."""
    return _with_first(lambda *_: os.kill(os.getpid(), signal.SIGKILL), connection, job, memory_mb)


def engine_never_ends(connection, job, memory_mb):
    """Have an engine that does not listen when its time is over."""
    return _with_first(lambda *_: time.sleep(600), connection, job, memory_mb)


def engine_is_hungry(connection, job, memory_mb):
    """Have an engine that takes memory until the system gives no more."""

    def eat(problem, search):
        eaten = []
        while True:
            eaten.append(bytearray(64 * 1024 * 1024))

    return _with_first(eat, connection, job, memory_mb)


def overloads(problem, search):
    """Put everything on the first vehicle and unload at the end, whatever it holds."""
    stops = sorted(problem.stops, key=lambda stop: (stop.windows[0].start, stop.id))
    orders = [*(("stop", stop.id) for stop in stops), ("unload", problem.unload_sites[0].id)]
    return plan_of(problem, [(problem.vehicles[0].id, orders)])


def comes_late(problem, search):
    """Begin every visit an hour after it said it would."""
    plan = portfolio.ENGINES[-1].plan(problem, search)

    def later(visit):
        return replace(visit, arrival=visit.arrival + 36_000, start=visit.start + 36_000, end=visit.end + 36_000)

    return replace(plan, routes=tuple(replace(r, visits=tuple(map(later, r.visits))) for r in plan.routes))


def forgets(problem, search):
    """Leave a stop out without a word."""
    plan = portfolio.ENGINES[-1].plan(problem, search)
    first, *others = plan.routes
    kept = tuple(visit for visit in first.visits if visit.kind == "unload")
    return replace(plan, routes=(replace(first, visits=kept), *others))


def understates(problem, search):
    """Say that a plan costs nothing."""
    return replace(portfolio.ENGINES[-1].plan(problem, search), cost=0)


def answers_garbage(problem, search):
    """Answer with something that is no plan."""
    return "a plan"


def first_overloads(connection, job, memory_mb):
    """Have an engine that fills vehicles beyond what they hold."""
    return _with_first(overloads, connection, job, memory_mb)


def first_comes_late(connection, job, memory_mb):
    """Have an engine that keeps no window."""
    return _with_first(comes_late, connection, job, memory_mb)


def first_forgets(connection, job, memory_mb):
    """Have an engine that forgets a stop."""
    return _with_first(forgets, connection, job, memory_mb)


def first_understates(connection, job, memory_mb):
    """Have an engine whose figures are not true."""
    return _with_first(understates, connection, job, memory_mb)


def first_answers_garbage(connection, job, memory_mb):
    """Have an engine that answers with no plan."""
    return _with_first(answers_garbage, connection, job, memory_mb)


def all_overload(connection, job, memory_mb):
    """Have no engine that keeps to what vehicles hold, not even the plainest."""
    engine = portfolio.Engine("first", frozenset(portfolio.FEATURES), overloads)
    portfolio.ENGINES = (engine,)
    contest.INSERTION = replace(engine, name="last")
    contest.plainly = overloads
    return day.solve_in_child(connection, job, memory_mb)


def all_overload_unjudged(connection, job, memory_mb):
    """The same where nobody judges."""
    contest.faults_of = lambda problem, plan: []
    return all_overload(connection, job, memory_mb)
