"""Route sheets as a PDF (A4): one route begins on a page of its own, one visit a line, with boxes to tick."""

from __future__ import annotations

import io
import threading
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import segno

from recycling.errors import N_
from recycling.exports.calendar import plain
from recycling.exports.sheet_words import Row, Words, rows_of
from recycling.schedule import RouteSheet, Schedule

if TYPE_CHECKING:
    from fpdf import FPDF

MARGIN, QR_SIDE, LINE = 10.0, 24.0, 4.3
"""Millimetres: around the page, of the code, and of a line of the table."""

WIDTHS = (6, 8, 21, 21, 70, 42, 22)
"""Of the columns, in millimetres: box, number, planned, promised, where, things, load."""


_one_at_a_time = threading.Lock()
"""A day's sheets take a core for a second or two and some memory; a server makes them one after the other."""


def sheets_pdf(
    schedule: Schedule,
    sheets: Sequence[RouteSheet],
    words: Words,
    font: tuple[Path, int],
    depot: str,
    vehicle: Mapping[str, str],
    address: Mapping[str, str],
    notice: str,
    printed: datetime,
    numbers: Mapping[uuid.UUID, str] | None = None,
) -> bytes:
    """Return the sheets of some routes of a schedule.

    Parameters
    ----------
    font
        File and face, as `fonts.chinese_font` gives them.
    vehicle, address
        By plate: what kind of vehicle it is, and the address of its crew's page, drawn as a code to scan.
    notice
        Of roads that are not real ones; it stands at the foot of every page.
    numbers
        As `rows_of` takes them.
    """
    with _one_at_a_time:
        pdf = _document(font, _foot(schedule, words, notice, printed))
        for sheet in sheets:
            pdf.add_page()
            _head(
                pdf,
                schedule,
                sheet,
                words,
                depot,
                vehicle.get(sheet.route.plate, ""),
                address.get(sheet.route.plate, ""),
            )
            _table(pdf, rows_of(sheet, words, schedule.plan.service_day, numbers), words)
            pdf.ln(2)
            home = words.filled(N_("Back at %(depot)s at %(hour)s"), depot=depot, hour=words.hour(sheet.route.ends_at))
            pdf.cell(text=plain(home), new_x="LMARGIN", new_y="NEXT")
            pdf.ln(3)
            pdf.cell(text=words.say(N_("Crew:")) + " " + "_" * 24 + "    " + words.say(N_("Remarks:")) + " " + "_" * 40)
        return bytes(pdf.output())


def _document(font: tuple[Path, int], foot: str) -> FPDF:
    from fpdf import FPDF

    class Sheets(FPDF):
        """Says on every page which plan it is of, and which page it is."""

        def footer(self) -> None:
            """Draw the foot."""
            self.set_y(-MARGIN)
            self.set_font("sheet", size=7)
            width = self.epw - 20
            self.cell(w=width, h=4, text=foot)
            self.cell(w=20, h=4, text=f"{self.page_no()} / {{nb}}", align="R")

    pdf = Sheets(format="A4")
    path, face = font
    pdf.add_font("sheet", fname=str(path), collection_font_number=face)
    pdf.set_margins(MARGIN, MARGIN)
    pdf.set_auto_page_break(True, margin=MARGIN + 6)
    pdf.set_font("sheet", size=9)
    return pdf


def _foot(schedule: Schedule, words: Words, notice: str, printed: datetime) -> str:
    plan = schedule.plan
    made = words.clock.local(plan.made_at)
    said = [
        words.filled(N_("Plan version %(number)s of %(made)s"), number=plan.version, made=f"{made:%Y-%m-%d %H:%M}"),
        words.filled(N_("printed %(hour)s"), hour=f"{words.clock.local(printed):%Y-%m-%d %H:%M}"),
        words.say(N_("Only for this round: destroy it afterwards.")),
    ]
    return plain(" · ".join([*said, notice] if notice else said))


def _head(
    pdf: FPDF, schedule: Schedule, sheet: RouteSheet, words: Words, depot: str, vehicle: str, address: str
) -> None:
    route, top = sheet.route, pdf.get_y()
    if address:
        code = io.BytesIO()
        segno.make(address, error="m", micro=False).save(code, kind="png", scale=6, border=2)
        code.seek(0)
        pdf.image(code, x=pdf.w - MARGIN - QR_SIDE, y=top, w=QR_SIDE, h=QR_SIDE)
    width = pdf.epw - QR_SIDE - 4
    pdf.set_font(size=18)
    title = words.filled(N_("Route %(number)s"), number=route.number)
    pdf.multi_cell(w=width, h=9, text=plain(f"{title} · {route.plate}"), new_x="LMARGIN", new_y="NEXT")
    pdf.set_font(size=11)
    about = [words.day(schedule.plan.service_day), depot, vehicle]
    pdf.multi_cell(w=width, h=6, text=plain(" · ".join(p for p in about if p)), new_x="LMARGIN", new_y="NEXT")
    figures = [
        words.span(route.starts_at, route.ends_at),
        words.filled(N_("stops: %(count)s"), count=sheet.stops),
        f"{route.distance / 1000:.1f} km",
        f"{route.capacity_kg} kg · {route.capacity_litres / 1000:.1f} m³",
    ]
    pdf.multi_cell(w=width, h=6, text=plain(" · ".join(figures)), new_x="LMARGIN", new_y="NEXT")
    pdf.set_y(max(pdf.get_y(), top + QR_SIDE) + 2)
    pdf.set_font(size=9)


def _table(pdf: FPDF, rows: Sequence[Row], words: Words) -> None:
    from fpdf.enums import TableBordersLayout, WrapMode
    from fpdf.fonts import FontFace

    titles = ("", N_("No."), N_("Planned"), N_("Promised"), N_("Where and who"), N_("Things"), N_("On board after"))
    wrap = WrapMode.CHAR if words.language.startswith("zh") else WrapMode.WORD
    pdf.set_font(size=8)
    with pdf.table(
        width=sum(WIDTHS),
        col_widths=WIDTHS,
        align="LEFT",
        text_align="LEFT",
        line_height=LINE,
        padding=0.8,
        borders_layout=TableBordersLayout.ALL,
        headings_style=FontFace(fill_color=230),
        wrapmode=wrap,
    ) as table:
        head = table.row()
        for title in titles:
            head.cell(words.say(title) if title else "")
        for row in rows:
            aside = FontFace(fill_color=242) if row.kind in ("break", "unload") else None
            line = table.row()
            for text in _cells(row):
                line.cell(text, style=aside)
    pdf.set_font(size=9)


def _cells(row: Row) -> tuple[str, ...]:
    box = "" if row.kind == "break" else "□"
    first = f"{row.what} ({row.gone})" if row.gone else row.what
    about = " · ".join(part for part in (first, row.person) if part)
    where = "\n".join(plain(part) for part in (about, row.place, row.door, row.note) if part)
    goods = "\n".join(plain(part) for part in row.things.split("\n"))
    load = row.load.replace(" · ", "\n")
    return box, row.number, row.time, row.promised, where, goods, load
