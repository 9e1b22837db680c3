"""A statement with a partner recycler, as a page and as a table, for staff and for the partner itself."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, make_response, render_template
from flask_babel import gettext

from recycling import handing, network
from recycling.errors import DomainError
from recycling.models import PartnerSettlement
from web.language import language
from web.services import services
from web.uploads import table_file


def statement_page(partner: str, number: int, staff: bool, error: DomainError | None = None) -> Response:
    """Return the page of a statement."""
    with services().database.read() as session:
        found = handing.the_statement(session, partner, number)
        lines = handing.lines_of(session, found)
    return _page(partner, found, lines, staff, error)


def draft_page(partner: str, staff: bool) -> Response:
    """Return the page of what will stand on the next statement."""
    with services().database.read() as session:
        lines = handing.draft_lines(session, partner)
    return _page(partner, None, lines, staff)


def statement_table(partner: str, number: int, ending: str) -> Response:
    """Return a statement as a file."""
    with services().database.read() as session:
        found = handing.the_statement(session, partner, number)
        lines = handing.lines_of(session, found)
    return table_file(f"statement-{partner}-{number}", ending, *handing.table_of(lines))


def said(line: handing.Line) -> str:
    """Say what a line is for: an item, a material, the pickup itself, all of a trip's visit, or a correction."""
    if line.reason:
        return gettext("Correction: %(reason)s", reason=line.reason)
    if line.trip and line.pieces:
        return f"{said_of(line)} × {line.pieces}"
    return said_of(line)


def said_of(line: handing.Line | handing.Entry) -> str:
    """Say what was taken: an item with its pieces, a material, or the pickup itself."""
    catalogue = services().catalogue
    if line.item in catalogue.variants:
        return f"{catalogue.variants[line.item].text(language())} × {line.pieces}"
    if line.material in catalogue.materials:
        return catalogue.materials[line.material].text(language())
    return line.item or line.material or gettext("The pickup")


def _page(
    partner: str,
    found: PartnerSettlement | None,
    lines: Sequence[handing.Line],
    staff: bool,
    error: DomainError | None = None,
) -> Response:
    s = services()
    with s.database.read() as session:
        area = network.the_area(session)
    text = render_template(
        "partner_statement.html",
        area=area,
        partner=partner,
        found=found,
        fen=sum(line.fen for line in lines),
        lines=[(line, said(line)) for line in lines],
        trips=any(line.trip for line in lines),
        name=s.settings.partners.name_of(partner, language()),
        staff=staff,
        error=error,
    )
    return make_response(text, error.status if error else 200)
