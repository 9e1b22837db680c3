"""Planning workers in processes of their own, as servers are: they claim the next run and work it off."""

import multiprocessing
import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace

from recycling import clock, jobs, runs
from recycling.db import Database

CONTEXT = multiprocessing.get_context("spawn")


def searching(settings, seconds):
    """Return settings under which a search takes so many seconds."""
    return settings.model_copy(update={"planning": settings.planning.model_copy(update={"seconds": seconds})})


def work_off(url, settings, fleet, answers):
    """Work off the next run; send the fence before, and the key of the plan after."""
    database = Database(url)
    claimed = runs.claim(database, clock.utc_now())
    answers.put(claimed.fence)
    answers.put(runs.work(database, settings, fleet, claimed))
    database.close()


def begun(record, settings, fleet):
    """Begin a worker; returns its process and where its answers come."""
    answers = CONTEXT.Queue()
    url = record.engine.url.render_as_string(hide_password=False)
    runner = CONTEXT.Process(target=work_off, args=(url, settings, fleet, answers))
    runner.start()
    return runner, answers


def below(pid):
    """Every process below one that has not ended, by id with its start, which an id that is used again has not."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            state = stat(int(folder.name))
            if state is not None:
                found[int(folder.name)] = state
    mine, more = {pid}, True
    while more:
        more = {child for child, (parent, _) in found.items() if parent in mine} - mine
        mine |= more
    return {child: found[child][1] for child in mine - {pid} if child in found}


def stat(pid):
    """Parent and start of a process; None where it is gone or only waits to be asked how it ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else (int(fields[1]), fields[19])


def left(processes):
    """Those of `below` that are still there."""
    return {pid for pid, start in processes.items() if (found := stat(pid)) is not None and found[1] == start}


def until(done, seconds=300.0):
    """Wait for something to become true, and return it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := done():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come to that")


def ended(runner):
    """End a worker that is still there, stopped or not."""
    if runner.is_alive():
        os.kill(runner.pid, signal.SIGKILL)
    runner.join(300)


def schedule(url, settings, answers):
    """Run what servers run by the clock; say when the next day has been looked at."""
    database = Database(url)
    plan = jobs.plan_next_day

    def told(*values):
        found = plan(*values)
        answers.put("looked")
        return found

    jobs.plan_next_day = told
    jobs.start_scheduler(database, settings, SimpleNamespace(wake=lambda: None))
    time.sleep(600)


def scheduling(record, settings):
    """Begin a scheduler; returns its process and where it says that it has looked."""
    answers = CONTEXT.Queue()
    url = record.engine.url.render_as_string(hide_password=False)
    process = CONTEXT.Process(target=schedule, args=(url, settings, answers), daemon=True)
    process.start()
    return process, answers
