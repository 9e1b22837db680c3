"""Where trucks were seen and what the book says is on board, taken only where it is newer than what else is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recycling.board.known import BY_REPORTS, BY_WORD, Known
from recycling.models import LedgerAccount, LedgerEntry, LedgerLine, TruckPosition
from recycling.plane import Lonlat
from recycling.stock import books
from recycling.stock.on_board import EMPTY, Stock, stocks_of
from recycling.whereabouts.grid import Cell
from recycling.whereabouts.seen import FRESH

OF_BOOK, OF_PLAN = "book", "plan"
TAKEN, OLDER, TOO_OLD, SAID, BOUND = "taken", "older", "too-old", "said", "bound"
"""What became of a place: taken, older than the last report, too old, or its truck is bound to finish something."""


@dataclass(frozen=True)
class Place:
    """Where a truck was seen last, degrees of WGS 84, and when."""

    lonlat: Lonlat
    at: datetime


@dataclass(frozen=True)
class Book:
    """What the book says is on board, and when it was written last; None for never."""

    stock: Stock
    at: datetime | None


def places_of(session: Session, day: date, now: datetime) -> dict[str, Place]:
    """Return where trucks were seen last on a day, those whose drivers agreed."""
    seen = select(TruckPosition).where(TruckPosition.service_day == day, TruckPosition.seen_at <= now)
    return {
        row.plate: Place(Cell(row.grid_row, row.grid_column).centre, row.seen_at)
        for row in session.scalars(seen)
        if row.grid_row is not None and row.grid_column is not None and row.seen_at is not None
    }


def books_of(session: Session, plates: tuple[str, ...]) -> dict[str, Book]:
    """Return what the book says of each vehicle."""
    query = (
        select(LedgerAccount.owner, func.max(LedgerEntry.at))
        .join(LedgerLine, LedgerLine.account_id == LedgerAccount.id)
        .join(LedgerEntry, LedgerEntry.id == LedgerLine.entry_id)
        .where(LedgerAccount.kind == books.TRUCK)
        .group_by(LedgerAccount.owner)
    )
    written: dict[str, datetime] = {}
    for owner, at in session.execute(query):
        plate = owner.rpartition("/")[0]
        written[plate] = max(at, written.get(plate, at))
    stocks = stocks_of(session, plates)
    return {plate: Book(stocks[plate], written.get(plate)) for plate in plates}


def place_is(one: Known, place: Place | None, now: datetime) -> str:
    """Return what becomes of the place where a truck was seen, "" where it was not seen."""
    if place is None or not one.left or one.out:
        return ""
    if one.by == BY_WORD:
        return SAID
    if now - place.at > FRESH:
        return TOO_OLD
    if one.reported is not None and place.at <= one.reported:
        return OLDER
    return BOUND if one.held else TAKEN


def stock_is(one: Known, book: Book | None) -> str:
    """Return whose word on what is on board is taken: the book's, if it is newer than the last load, or the plan's."""
    book = book or Book(EMPTY, None)
    if one.by == BY_REPORTS:
        return OF_BOOK if one.loaded is None or (book.at is not None and book.at >= one.loaded) else OF_PLAN
    if not book.stock.grams or book.at is None:
        return OF_PLAN
    over = [service.begins for service in one.kept if service.ends <= one.free]
    done = over[:-1] if one.held else over
    return OF_BOOK if book.at >= max(done, default=book.at) else OF_PLAN


@dataclass(frozen=True)
class Basis:
    """What a proposal stands on for one vehicle.

    Attributes
    ----------
    place, seen_at
        What became of its place, as `place_is`, and when it was seen.
    stock, book_at
        `OF_BOOK` or `OF_PLAN`, and when the book was written last.
    kg
        On board by the book; None where that is not taken.
    """

    place: str
    seen_at: datetime | None
    stock: str
    book_at: datetime | None
    kg: int | None


def basis(one: Known, places: Mapping[str, Place], books_by: Mapping[str, Book], now: datetime) -> Basis:
    """Return what is taken as known of a vehicle's place and load."""
    place, book = places.get(one.plate), books_by.get(one.plate)
    whose = stock_is(one, book)
    grams = book.stock.grams if book is not None else 0
    return Basis(
        place=place_is(one, place, now),
        seen_at=place.at if place is not None else None,
        stock=whose,
        book_at=book.at if book is not None else None,
        kg=round(grams / 1000) if whose == OF_BOOK else None,
    )
