"""For dispatchers: how full each truck of a day is and will be; and the book of low-value materials."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from recycling import clock, network
from recycling.accounts.rights import Action, Subject, may
from recycling.counter import turned_away
from recycling.exports.tables import csv_bytes
from recycling.stock.forecast import Point
from recycling.stock.low_value import HEAD, LowValueLine, low_value_book
from recycling.stock.truck_day import TruckDay, truck_day
from recycling.stock.vehicle import vehicles_of
from web.rights import actor, needs
from web.services import services
from web.truck_hand_in import TURNED_AWAY
from web.trucks import part_name

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

pages = Blueprint("fills", __name__, url_prefix="/dispatch")

WIDTH, HEIGHT, MOST = 320, 90, 1.5
"""Of a curve, in units of its own; shares above ``MOST`` stand at the upper edge."""


@pages.get("/<depot>/<day:day>/fill")
@needs(Action.DAY_READ, depot="depot")
def fill(depot: str, day: date) -> str:
    """Show each truck's fill over its stops, those that get too full first."""
    s, now = services(), clock.utc_now()
    with s.database.read() as session:
        area, site = network.the_area(session), network.the_depot(session, depot)
        vehicles = vehicles_of(s.fleet, depot)
        sites = {one.code: one for one in network.sites(session)}
        found = [truck_day(session, s.settings, s.catalogue, vehicle, day, now) for vehicle in vehicles]
    shown = sorted((one for one in found if one.points or one.stock.loads), key=lambda one: one.proposal is None)
    return render_template(
        "fills.html", area=area, depot=site, day=day, trucks=shown, part_name=part_name, curve=curve_points,
        fullest=fullest, idle=len(found) - len(shown), width=WIDTH, height=HEIGHT, most=MOST,
        today=s.settings.clock.today(now), sites=sites,
    )  # fmt: skip


@pages.get("/low-value")
@needs(Action.DAY_READ)
def low_value() -> str:
    """Show the low-value materials by month and community."""
    s = services()
    first, last = _months()
    lines = _book(first, last)
    until = (last + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    with s.database.read() as session:
        area = network.the_area(session)
        away = turned_away(session, first, until, _own(session))
    totals: dict[tuple[date, str], int] = {}
    for line in lines:
        totals[line.month, line.material] = totals.get((line.month, line.material), 0) + line.grams
    return render_template(
        "low_value.html", area=area, lines=lines, totals=totals, first=first, last=last,
        materials=s.catalogue.materials, turned_away=away, why_not=TURNED_AWAY,
    )  # fmt: skip


@pages.get("/low-value.csv")
@needs(Action.DAY_READ)
def low_value_csv() -> ResponseReturnValue:
    """Return the same as a file."""
    first, last = _months()
    response: Response = make_response(csv_bytes(HEAD, [line.cells for line in _book(first, last)]))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="low-value-{first:%Y-%m}-{last:%Y-%m}.csv"'
    return response


def fullest(point: Point) -> tuple[str, float, float]:
    """Return the code of what is likely to be fullest after a stop, with its expected and its likely share."""
    code = max(point.likely, key=lambda c: point.likely[c])
    return code, point.expected[code], point.likely[code]


def curve_points(truck: TruckDay, likely: bool) -> str:
    """Return the curve of what is fullest as points of a polyline, from now to the last stop."""
    shares = [truck.fullest]
    shares += [max((point.likely if likely else point.expected).values()) for point in truck.points]
    step = WIDTH / max(1, len(shares) - 1)
    return " ".join(f"{k * step:.0f},{_height(share):.0f}" for k, share in enumerate(shares))


def _height(share: float) -> float:
    return HEIGHT * (1 - min(share, MOST) / MOST)


def _months() -> tuple[date, date]:
    """Return the first days of the months that are asked for; this year's until now where none are."""
    today = services().settings.clock.today(clock.utc_now())
    first, last = _month("first") or today.replace(month=1, day=1), _month("last") or today.replace(day=1)
    return min(first, last), max(first, last)


def _month(name: str) -> date | None:
    try:
        return date.fromisoformat(f"{request.args.get(name, '')}-01")
    except ValueError:
        return None


def _book(first: date, last: date) -> Sequence[LowValueLine]:
    s = services()
    with s.database.read() as session:
        return low_value_book(session, s.catalogue, s.settings.clock, first, last, _own(session))


def _own(session: Session) -> list[str] | None:
    """Return the depots whose days the person who asks may see, None for all of them."""
    codes = [depot.code for depot in network.depots(session)]
    own = [code for code in codes if may(actor(), Action.DAY_READ, Subject(depot=code))]
    return None if len(own) == len(codes) else own
