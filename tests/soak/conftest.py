"""The long trials of plans use the drawn days and the laws that stand beside the short ones."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "unit" / "routing"))
