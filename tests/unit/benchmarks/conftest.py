"""Benchmarks are run from the repository's folder and are not installed; tests find them there."""

import gzip
import sys
from pathlib import Path

import pytest
from toy import texts

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))


@pytest.fixture
def toy(tmp_path):
    """Write the tiny network; takes other text for some files, and which of them are gzipped."""

    def write(other=(), gzipped=()):
        for name, text in {**texts(), **dict(other)}.items():
            raw = text if isinstance(text, bytes) else text.encode()
            if name in gzipped:
                (tmp_path / f"{name}.gz").write_bytes(gzip.compress(raw))
            else:
                (tmp_path / name).write_bytes(raw)
        return tmp_path

    return write
