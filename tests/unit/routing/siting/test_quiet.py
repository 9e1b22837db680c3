"""What a C library prints into a command's output, with the hush and without."""

import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, subprocess, sys
from routing.siting.quiet import hush
if sys.argv[1] == "hushed":
    hush()
    hush()
ctypes.CDLL(None).puts(b"HighsMipSolverData::line")
print("ours", flush=True)
subprocess.run([sys.executable, "-c", "print('theirs')"], check=True)
"""


def said(how):
    done = subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_what_a_library_prints_goes_nowhere_and_what_python_prints_stays():
    assert said("loud") == {"HighsMipSolverData::line", "ours", "theirs"}
    assert said("hushed") == {"ours", "theirs"}


def test_every_mixed_integer_model_is_solved_hushed(monkeypatch):
    import numpy as np
    from scipy.sparse import csr_array

    from routing.siting import highs

    asked = []
    monkeypatch.setattr(highs, "hush", lambda: asked.append(True))
    one = np.ones(1)
    model = highs.Model(one, one > 0, 0 * one, 5 * one, csr_array([[1.0]]), 2 * one, 5 * one)
    assert highs.solve(model, 1.0).value == pytest.approx(2.0)
    assert asked == [True]
