"""Ten thousand attempts of eight processes on the same windows, on both databases; SOAK_ATTEMPTS says how many."""

import os
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "faults"))

ATTEMPTS = int(os.environ.get("SOAK_ATTEMPTS", "10000"))

pytestmark = pytest.mark.soak


def test_no_window_is_oversold(record, office, wish, now, capsys):
    from hammering import hammered

    seen, wrong, oversold = hammered(record, office, wish, now, ATTEMPTS)
    with capsys.disabled():
        print(f"\n{record.engine.dialect.name}: {ATTEMPTS} attempts, {dict(seen)}, oversold {len(oversold)}")
    assert set(seen) <= {"booked", "kept", "window-full"}
    assert (wrong, oversold) == ([], [])
