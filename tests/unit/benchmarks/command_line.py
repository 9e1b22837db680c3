"""A benchmark as people start it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def benchmark(name, *words, **environment):
    """Run ``python -m benchmarks.NAME`` with these words and wait for its end."""
    return subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", *map(str, words)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def assert_refused(done, sentence):
    """It has ended with a sentence for people, and with nothing else."""
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
