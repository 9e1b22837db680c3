"""Calls that come at the same moment are counted one after the other."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from limits.storage import MemoryStorage, storage_from_string


@pytest.fixture
def together(monkeypatch):
    """How many callers the library's own counting saw at once, at most."""
    inside, most = [], [0]

    def counted(_, *__):
        inside.append(1)
        most[0] = max(most[0], len(inside))
        time.sleep(0.001)
        inside.pop()
        return True

    monkeypatch.setattr(MemoryStorage, "acquire_entry", counted)
    return most


@pytest.mark.parametrize(("storage", "alone"), [("memory-in-turn://", True), ("memory://", False)])
def test_the_library_counts_for_one_caller_at_a_time(together, storage, alone):
    counts = storage_from_string(storage)
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _: counts.acquire_entry("who", 60, 60), range(40)))
    assert (together[0] == 1) == alone
