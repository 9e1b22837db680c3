"""A scenario of sorting centres as a PDF (A4): its map drawn as lines and signs, its tables, what its cost hangs on.

All words come in the language of the reader; this only lays them out.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recycling.exports.calendar import plain

if TYPE_CHECKING:
    from fpdf import FPDF

MARGIN, LINE = 12.0, 4.4
"""Millimetres: around the page, and of a line of a table."""

DOT, NUMBER, KEY = 0.75, 2.6, 6.0
"""Millimetres: half of a community's sign, half of a site's, and the height of a line of the key."""

LESS, MORE, GREY = "#7fa8d8", "#1f4e8c", "#9aa0a8"

NARROW = str.maketrans("“”’", '""\'')
"""A font with Chinese characters has these marks as wide as those; other languages take narrow ones."""

Spot = tuple[float, float]

_one_at_a_time = threading.Lock()
"""A report takes a core for a second or two; a server makes them one after the other."""


@dataclass(frozen=True)
class Dots:
    """Communities of one catchment, or without a way: where they lie, and their hue and sign.

    ``sign`` is ``full``, ``ring``, ``cross``, or ``lost`` (small and grey).
    """

    spots: Sequence[Spot]
    hue: str
    sign: str


@dataclass(frozen=True)
class Site:
    """An open site on the map and in its key; a thick edge says that it is over full."""

    spot: Spot
    number: int
    name: str
    hue: str
    sign: str
    over: bool


@dataclass(frozen=True)
class Drawing:
    """A map from the left upper corner on, in units of which it is so many wide and high."""

    width: float
    height: float
    rings: Sequence[Sequence[Spot]]
    dots: Sequence[Dots]
    sites: Sequence[Site]


@dataclass(frozen=True)
class Table:
    """A table: its title, heads, rows as texts, and how wide the columns are beside each other.

    Columns but the first, and those in ``words``, hold amounts and stand on the right.
    """

    title: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    widths: tuple[float, ...]
    words: tuple[int, ...] = ()


@dataclass(frozen=True)
class Tornado:
    """Bars of a tornado by their word: (start, length, whether it is of less), in units of which 600 are a width."""

    title: str
    about: str
    bars: Sequence[tuple[str, Sequence[tuple[float, float, bool]]]]
    less: str
    more: str


Part = Table | Tornado | str


def scenario_pdf(
    title: str,
    about: str,
    notice: str,
    drawing: Drawing,
    parts: Sequence[Part],
    font: tuple[Path, int],
    by_character: bool,
    foot: str,
) -> bytes:
    """Return the report.

    Parameters
    ----------
    about, notice
        Lines below the title; the notice is of roads that are not real ones, and stands on every page too.
    parts
        What follows the map, in order; a text is a paragraph.
    font
        File and face, as `fonts.chinese_font` gives them.
    by_character
        Lines may break between any two characters, as in Chinese.
    foot
        Stands on every page beside its number.
    """
    with _one_at_a_time:
        pdf = _document(title, font, " · ".join(text for text in (foot, notice) if text))
        pdf.add_page()
        pdf.set_font(size=17)
        pdf.multi_cell(w=0, h=8, text=plain(title), new_x="LMARGIN", new_y="NEXT")
        for text in (about, notice):
            if text:
                _paragraph(pdf, text)
        if drawing.sites:
            _map(pdf, drawing)
            _keys(pdf, drawing.sites)
        for part in parts:
            if isinstance(part, Table):
                _table(pdf, part, by_character)
            elif isinstance(part, Tornado):
                _tornado(pdf, part)
            else:
                _paragraph(pdf, part if by_character else part.translate(NARROW))
        return bytes(pdf.output())


def _document(title: str, font: tuple[Path, int], foot: str) -> FPDF:
    from fpdf import FPDF

    class Report(FPDF):
        """Says on every page what it is of, and which page it is."""

        def footer(self) -> None:
            """Draw the foot."""
            self.set_y(-MARGIN)
            self.set_font("report", size=7)
            self.set_text_color(0)
            self.cell(w=self.epw - 20, h=4, text=plain(foot))
            self.cell(w=20, h=4, text=f"{self.page_no()} / {{nb}}", align="R")

    pdf = Report(format="A4")
    path, face = font
    pdf.add_font("report", fname=str(path), collection_font_number=face)
    pdf.set_title(plain(title))
    pdf.set_margins(MARGIN, MARGIN)
    pdf.set_auto_page_break(True, margin=MARGIN + 6)
    pdf.set_font("report", size=9)
    return pdf


def _paragraph(pdf: FPDF, text: str) -> None:
    pdf.set_font(size=9)
    pdf.multi_cell(w=0, h=5, text=plain(text), align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(1)


def _room(pdf: FPDF, height: float) -> None:
    """Begin a page where so much has no room on this one."""
    if pdf.get_y() + height > pdf.page_break_trigger:
        pdf.add_page()


# -- the map ----------------------------------------------------------------------------------------------------------


def _map(pdf: FPDF, drawing: Drawing) -> None:
    most = 165.0
    scale = min(pdf.epw / drawing.width, most / drawing.height)
    _room(pdf, drawing.height * scale)
    left, top = pdf.l_margin + (pdf.epw - drawing.width * scale) / 2, pdf.get_y()

    def at(spot: Spot) -> Spot:
        return left + spot[0] * scale, top + spot[1] * scale

    pdf.set_draw_color(GREY)
    pdf.set_line_width(0.3)
    for ring in drawing.rings:
        pdf.polygon([at(spot) for spot in ring])
    for dots in drawing.dots:
        for spot in dots.spots:
            _sign(pdf, at(spot), dots.hue, dots.sign, DOT)
    for site in drawing.sites:
        _number(pdf, at(site.spot), site.number, site.over)
    pdf.set_y(top + drawing.height * scale + 2)


def _sign(pdf: FPDF, spot: Spot, hue: str, sign: str, half: float) -> None:
    pdf.set_draw_color(hue)
    x, y = spot
    if sign == "ring":
        pdf.set_line_width(half * 0.55)
        pdf.circle(x, y, half * 0.75, style="D")
    elif sign == "cross":
        pdf.set_line_width(half * 0.6)
        reach = half * 0.75
        pdf.line(x - reach, y - reach, x + reach, y + reach)
        pdf.line(x - reach, y + reach, x + reach, y - reach)
    else:
        pdf.set_fill_color(hue)
        pdf.circle(x, y, half / 2 if sign == "lost" else half, style="F")


def _number(pdf: FPDF, spot: Spot, number: int, over: bool) -> None:
    x, y = spot
    half, side = NUMBER, NUMBER * 0.88
    corners = [(0, -half), (side, -half / 2), (side, half / 2), (0, half), (-side, half / 2), (-side, -half / 2)]
    pdf.set_draw_color(0)
    pdf.set_fill_color(255)
    pdf.set_line_width(0.9 if over else 0.4)
    pdf.polygon([(x + dx, y + dy) for dx, dy in corners], style="DF")
    pdf.set_font(size=7.5)
    text = str(number)
    pdf.text(x - pdf.get_string_width(text) / 2, y + 0.95, text)


def _keys(pdf: FPDF, sites: Sequence[Site]) -> None:
    """List the sites in two columns: number, sign, name."""
    wide = pdf.epw / 2
    pdf.set_font(size=8.5)
    for k in range(0, len(sites), 2):
        _room(pdf, KEY)
        top = pdf.get_y()
        for column, site in enumerate(sites[k : k + 2]):
            left = pdf.l_margin + column * wide
            _number(pdf, (left + NUMBER, top + KEY / 2), site.number, site.over)
            _sign(pdf, (left + 3 * NUMBER, top + KEY / 2), site.hue, site.sign, 1.3)
            pdf.set_font(size=8.5)
            pdf.set_xy(left + 4 * NUMBER, top)
            pdf.cell(w=wide - 4 * NUMBER, h=KEY, text=_cut(pdf, plain(site.name), wide - 4 * NUMBER - 2))
        pdf.set_xy(pdf.l_margin, top + KEY)
    pdf.ln(2)


def _cut(pdf: FPDF, text: str, width: float) -> str:
    """Return a text that is no wider than that."""
    if pdf.get_string_width(text) <= width:
        return text
    while text and pdf.get_string_width(f"{text}…") > width:
        text = text[:-1]
    return f"{text}…"


# -- tables and bars --------------------------------------------------------------------------------------------------


def _heading(pdf: FPDF, text: str, height: float) -> None:
    """Write a title that does not stand alone at the end of a page: so much follows it."""
    _room(pdf, 8 + height)
    pdf.ln(2)
    pdf.set_font(size=12)
    pdf.multi_cell(w=0, h=6, text=plain(text), align="L", new_x="LMARGIN", new_y="NEXT")


def _table(pdf: FPDF, part: Table, by_character: bool) -> None:
    from fpdf.enums import Align, TableBordersLayout, WrapMode
    from fpdf.fonts import FontFace

    if part.title:
        _heading(pdf, part.title, 5 * LINE)
    pdf.set_font(size=8)
    pdf.set_line_width(0.15)
    pdf.set_draw_color(GREY)
    pdf.set_fill_color(255)  # rows take what was filled with last
    aligned = [Align.L if k == 0 or k in part.words else Align.R for k in range(len(part.head))]
    whole = sum(part.widths)
    with pdf.table(
        width=pdf.epw,
        col_widths=tuple(pdf.epw * one / whole for one in part.widths),
        text_align=tuple(aligned),
        line_height=LINE,
        padding=0.6,
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        headings_style=FontFace(fill_color=235),
        wrapmode=WrapMode.CHAR if by_character else WrapMode.WORD,
    ) as table:
        for texts in (part.head, *part.rows):
            line = table.row()
            for text in texts:
                line.cell(plain(text))
    pdf.ln(2)


def _tornado(pdf: FPDF, part: Tornado) -> None:
    high = 9.0
    _heading(pdf, part.title, 12 + high * len(part.bars))
    _paragraph(pdf, part.about)
    _room(pdf, high * len(part.bars) + 6)
    scale, top = pdf.epw / 600, pdf.get_y()
    for k, (word, bars) in enumerate(part.bars):
        y = top + k * high
        pdf.set_font(size=8.5)
        pdf.text(pdf.l_margin, y + 3.4, plain(word))
        for start, length, is_less in bars:
            pdf.set_fill_color(LESS if is_less else MORE)
            pdf.rect(pdf.l_margin + start * scale, y + 4.4, max(0.1, length * scale), 3.2, style="F")
    middle, end = pdf.l_margin + pdf.epw / 2, top + high * len(part.bars)
    pdf.set_draw_color(GREY)
    pdf.set_line_width(0.3)
    pdf.line(middle, top, middle, end)
    pdf.set_xy(pdf.l_margin, end + 1)
    _legend(pdf, ((LESS, part.less), (MORE, part.more)))


def _legend(pdf: FPDF, entries: Sequence[tuple[str, str]]) -> None:
    pdf.set_font(size=8.5)
    for hue, text in entries:
        pdf.set_fill_color(hue)
        pdf.rect(pdf.get_x(), pdf.get_y() + 1, 3, 3, style="F")
        pdf.set_x(pdf.get_x() + 4)
        pdf.cell(w=pdf.get_string_width(plain(text)) + 6, h=5, text=plain(text))
    pdf.ln(6)
