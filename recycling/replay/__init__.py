"""A past day from a spreadsheet: planned as we would have planned it, beside what was driven."""

from recycling.replay.columns import COLUMNS, template_rows
from recycling.replay.comparing import Figures, Replay, replay
from recycling.replay.visits import Visit, visits_of

__all__ = ["COLUMNS", "Figures", "Replay", "Visit", "replay", "template_rows", "visits_of"]
