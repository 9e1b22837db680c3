"""What became of each row of a file, for the page, the command and the file that is given back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from recycling.errors import Fault
from recycling.exports.tables import Cell, csv_bytes
from recycling.intake.cells import Column, column_name

BOOKED, KNOWN, SOUND, REFUSED, LEFT = "booked", "known", "sound", "refused", "left"
HEAD = {
    "zh": ("行", "编号", "结果", "预约号", "日期", "时段", "列", "问题与处理"),
    "en": ("line", "id", "outcome", "reference", "day", "window", "column", "what to mend"),
}


@dataclass(frozen=True)
class Outcome:
    """What became of a row.

    ``state``: ``booked``; ``known``: booked by an earlier import; ``sound``: would be booked; ``refused``: see
    ``faults``; ``left``: sound, but not booked because others were refused.
    """

    line: int
    external: str
    state: str
    reference: str = ""
    day: str = ""
    window: str = ""
    faults: Sequence[Fault] = ()


@dataclass(frozen=True)
class Report:
    """What became of all rows, in the order of the file."""

    outcomes: Sequence[Outcome]

    def count(self, *states: str) -> int:
        """Return how many rows ended so."""
        return sum(outcome.state in states for outcome in self.outcomes)

    @property
    def refused(self) -> list[Outcome]:
        """Rows that have something to mend."""
        return [outcome for outcome in self.outcomes if outcome.state == REFUSED]


def report_csv(
    report: Report,
    columns: Sequence[Column],
    language: str,
    say: Callable[[Fault], str],
    word: Callable[[str], str],
) -> bytes:
    """Return the report as a table, one line a row and fault; `say` and `word` put faults and states into words."""
    short = "zh" if language.startswith("zh") else "en"
    rows: list[Sequence[Cell]] = []
    for one in report.outcomes:
        start = (one.line, one.external, word(one.state), one.reference, one.day, one.window)
        for fault in one.faults or (None,):
            end = ("", "") if fault is None else (column_name(columns, fault.where, short), say(fault))
            rows.append((*start, *end))
    return csv_bytes(HEAD[short], rows)
