"""Processes of their own: begun anew, whatever threads this one has; ended when they take too long."""

import multiprocessing
import threading
import time

import pytest
from ended import left_over

from recycling.apart import apart

HELD = threading.Lock()


def how_it_began():
    """Say how this process began, and whether what was held elsewhere is held here."""
    return multiprocessing.get_start_method(allow_none=True), HELD.locked()


def never_ends():
    time.sleep(600)


def test_a_process_is_begun_anew_and_not_copied_with_what_threads_hold():
    with HELD:
        assert apart(how_it_began)().result(60) == ("spawn", False)


def test_what_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr("pebble.common.process.CONSTS.term_timeout", 0.1)
    before = set(multiprocessing.active_children())  # others' processes are kept for what comes next
    with pytest.raises(TimeoutError):
        apart(never_ends, 0.5)().result(60)
    assert not left_over(before)
