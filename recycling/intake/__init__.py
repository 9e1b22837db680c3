"""Bookings from a file: of shops and property managers that send many at once."""

from recycling.intake.columns import COLUMNS, template_rows
from recycling.intake.reading import MOST_BYTES, read_table
from recycling.intake.report import Outcome, Report, report_csv
from recycling.intake.taking import take_in

__all__ = [
    "COLUMNS",
    "MOST_BYTES",
    "Outcome",
    "Report",
    "read_table",
    "report_csv",
    "take_in",
    "template_rows",
]
