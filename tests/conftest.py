"""What all tests stand on: their order, a clean environment, and the fixtures of each subject."""

import gc
import os
import re
from functools import cache

import hypothesis
import pytest
from trial_counts import full_counts, so_many

pytest_plugins = [
    f"fixtures.{subject}" for subject in ("quick", "databases", "configuration", "town", "orders", "people")
]

# How long an example takes says nothing on a busy machine. `make test` draws the same examples each time, so that what
# fails there fails again and none takes minutes by chance; `make soak` draws others each time.
hypothesis.settings.register_profile("suite", deadline=None, max_examples=so_many(100), derandomize=not full_counts())
hypothesis.settings.load_profile("suite")

SLOWEST = (
    "browser/",
    "integration/test_late_bookings",
    "faults/test_oversell",
    "benchmarks/test_hammering",
    "recycling/test_cli",
    "booking/test_any_sequence",
    "unit/web/test_server",
    "money/test_vouchers",
    "routing/test_executors",
    "benchmarks/",
    "integration/",
    "routing/siting/",
    "routing/periodic/",
    "routing/ruin/",
    "routing/exact/",
    "faults/",
    "security/",
    "recycling/timetable/",
    "routing/test_solve",
    "recycling/test_replay",
    "web/test_dispatcher",
    "web/test_under_way_page",
)
"""The files that take longest, in this order, by `--durations`."""


def pytest_collection_modifyitems(items):
    """Begin with the slowest files, so that no worker is alone with one of them at the end."""
    items.sort(key=lambda item: next((n for n, part in enumerate(SLOWEST) if part in item.nodeid), len(SLOWEST)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Give whole files to workers, and all files that look at the demonstration to one, so that it is begun once."""
    from xdist.scheduler import LoadFileScheduling

    class OneDemonstration(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            return "the demonstration" if demonstrated(config.rootpath / file) else file

    return OneDemonstration(config, log) if config.getvalue("dist") == "loadfile" else None


@cache
def demonstrated(file):
    """Whether tests of a file ask for the demonstration's server, or for a person who looks at it."""
    return "browser" in file.parts and bool(re.search(r"(?m)^def test_.*\b(site|person)\b", file.read_text("utf-8")))


def pytest_collection_finish():
    """Look for garbage less often, and never among what is loaded by now: it took a sixth of the tests' time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def clean_environment():
    """Nobody's own RECYCLING_* settings reach a test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.upper().startswith("RECYCLING_"):
                patch.delenv(name)
        yield
