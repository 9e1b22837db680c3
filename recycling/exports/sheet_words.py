"""What a printed route sheet says: lines of text from a schedule, the same on the page and in the PDF."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from recycling.clock import ServiceClock
from recycling.errors import N_
from recycling.schedule import Order, RouteSheet, VisitLine

KINDS = {
    "booking": N_("Door pickup"),
    "call": N_("Truck call"),
    "delivery": N_("Delivery"),
    "take-back": N_("Delivery with take-back"),
    "fetch": N_("Old things of a delivery"),
    "unload": N_("Unload"),
}
GONE = {"cancelled": N_("Cancelled"), "failed": N_("Not collected"), "collected": N_("Collected")}
DELIVERIES = ("delivery", "take-back")
DELIVERY_GONE = {"cancelled": N_("cancelled"), "failed": N_("not delivered"), "delivered": N_("delivered")}
FETCH_GONE = {"cancelled": N_("cancelled"), "failed": N_("not fetched"), "fetched": N_("fetched")}
"""How an order stands when it needs no visit of this plan any more."""


@dataclass(frozen=True)
class Words:
    """How a sheet speaks.

    Attributes
    ----------
    say
        Translates a sentence of this package.
    language
        ``zh`` or ``en``, as `text` of the catalogue and of the fleet takes it.
    things
        Says (item code, pieces), and which of them are taken apart.
    day
        Says a day.
    standings
        Where things stand, by the codes of bookings.
    """

    say: Callable[[str], str]
    language: str
    clock: ServiceClock
    things: Callable[[Iterable[tuple[str, int]], Collection[str]], str]
    day: Callable[[date], str]
    standings: Mapping[str, str]

    def hour(self, moment: datetime) -> str:
        """Say a local hour: 14:05."""
        return f"{self.clock.local(moment):%H:%M}"

    def span(self, first: datetime, last: datetime) -> str:
        """Say hours: 14:00–16:00."""
        return f"{self.hour(first)}–{self.hour(last)}"

    def filled(self, sentence: str, **values: object) -> str:
        """Return a sentence translated, with its values."""
        return self.say(sentence) % values


@dataclass(frozen=True)
class Row:
    """One line of a sheet; `kind` as `Order.kind`, or ``break``."""

    kind: str
    number: str
    time: str
    promised: str
    what: str
    place: str
    door: str
    person: str
    note: str
    things: str
    load: str
    gone: str = ""


def rows_of(sheet: RouteSheet, words: Words, day: date, numbers: Mapping[uuid.UUID, str] | None = None) -> list[Row]:
    """Return the lines of a route in order, its break where it lies.

    Parameters
    ----------
    numbers
        Whole numbers to call, by the ids of bookings and of shops' orders; others stay masked.
    """
    rows = [_visit(line, words, day, numbers or {}) for line in sheet.lines]
    route = sheet.route
    if route.rest_start is not None and route.rest_end is not None:
        at = next((k for k, v in enumerate(sheet.lines) if v.visit.begins_at >= route.rest_end), len(rows))
        hours = words.span(route.rest_start, route.rest_end)
        rows.insert(at, Row("break", "", hours, "", words.say(N_("Break")), "", "", "", "", "", ""))
    return rows


def _visit(line: VisitLine, words: Words, day: date, numbers: Mapping[uuid.UUID, str]) -> Row:
    order, visit = line.order, line.visit
    cubic = f"{visit.load_litres / 1000:.1f}"
    key = visit.booking_id or visit.order_id
    phone = numbers.get(key, order.phone) if key else order.phone
    return Row(
        kind=order.kind,
        number=str(line.number),
        time=words.span(visit.begins_at, visit.ends_at),
        promised=_promised(order, words),
        what=words.say(KINDS[order.kind]) + ("" if order.reference == order.place else f" {order.reference}"),
        place=f"{order.place} {order.address}".strip(),
        door=_door(order, words),
        person=f"{order.contact} {phone}".strip(),
        note=order.door.note if order.door else "",
        things=_things(order, words),
        load=f"{visit.load_kg} kg · {cubic} m³ · {round(100 * line.load_share)} %",
        gone=_gone(order, words, day),
    )


def _promised(order: Order, words: Words) -> str:
    if order.promise is None:
        return ""
    first, last = order.promise
    return words.hour(first) if first == last else words.span(first, last)


def _door(order: Order, words: Words) -> str:
    door = order.door
    if door is None:
        return ""
    said = [
        words.filled(N_("floor %(floor)s"), floor=door.floor),
        words.say(N_("with a lift")) if door.lift else words.say(N_("no lift")),
    ]
    if door.standing in words.standings:
        said.append(words.say(words.standings[door.standing]))
    if door.height_limit:
        said.append(words.filled(N_("way in %(metres)s m high"), metres=f"{door.height_limit:g}"))
    return " · ".join(said)


def _things(order: Order, words: Words) -> str:
    if order.kind == "unload":
        return words.say(N_("unload everything, weigh"))
    if order.kind == "call":
        return words.say(N_("take in what people bring"))
    found = words.things(order.items, order.apart)
    if order.kind == "fetch":
        return words.filled(N_("takes back %(things)s"), things=found)
    if order.kind not in DELIVERIES:
        return found
    said = words.filled(N_("brings %(things)s"), things=found)
    if order.taken_back:
        said += "\n" + words.filled(N_("takes back %(things)s"), things=words.things(order.taken_back, ()))
    if order.fetched is not None:
        said += "\n" + words.filled(N_("the old things are fetched %(hours)s"), hours=words.span(*order.fetched))
    return said


def _gone(order: Order, words: Words, day: date) -> str:
    if order.kind in DELIVERIES:
        return words.say(DELIVERY_GONE[order.state]) if order.state in DELIVERY_GONE else ""
    if order.kind == "fetch":
        return words.say(FETCH_GONE[order.state]) if order.state in FETCH_GONE else ""
    if order.day is not None and order.day != day:
        return words.filled(N_("moved to %(day)s"), day=words.day(order.day))
    return words.say(GONE[order.state]) if order.state in GONE else ""
