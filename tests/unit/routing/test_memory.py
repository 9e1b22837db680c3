"""The limit of a solving process's memory: what it holds already is not counted."""

import subprocess
import sys

import pytest

TRY = """
from routing.memory import in_use, limit_memory
held = bytearray({held} * 1024 * 1024)
limit_memory({limit})
try:
    more = bytearray({more} * 1024 * 1024)
    print("had", len(more) + len(held) <= in_use())
except MemoryError:
    print("refused")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is the system's, and only Linux tells what is in use")
@pytest.mark.parametrize(
    ("held", "more", "said"), [(10, 30, "had True"), (10, 200, "refused"), (300, 30, "had True"), (300, 200, "refused")]
)
def test_so_much_more_and_no_more(held, more, said):
    script = TRY.format(held=held, limit=100, more=more)
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == said
