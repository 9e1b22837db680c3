"""What is wrong with a shop's order, all of it at once; what is right becomes an order not yet in the record."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from recycling.booking import BookingRequest, Office
from recycling.booking.checks import checked as checked_door
from recycling.booking.checks import clean
from recycling.booking.days import open_days
from recycling.catalogue import Item
from recycling.clock import Span
from recycling.deliveries.hours import SHORTEST, fetch_hours
from recycling.deliveries.wish import OrderWish
from recycling.errors import N_, BadRequestError, Fault, Listing
from recycling.models import Booking, TradeInOrder
from recycling.settings import Settings

PACKED = 1.15
"""What is new comes in a box: so many times the weight and the size of a used one."""

BRINGING = 2
"""Carrying something new in and unpacking it takes so many times as long as carrying a used one out."""

MOST_ID, MOST_CONDITION, MOST_INSTALLING, MOST_PEOPLE, MOST_PRICE = 60, 60, 240, 6, 1_000_000
MOST_KG, MOST_LITRES, MOST_OLD = 1000, 10_000, 20
DOOR = ("contact", "phone", "community", "position", "address", "floor", "height_limit", "note", "pin")
FEN = 100


def checked(session: Session, office: Office, wish: OrderWish, shop: str, now: datetime) -> TradeInOrder:
    """Return the order that the wish describes; BadRequestError with a fault for each field to be mended.

    Whether its window still has room is not asked here.
    """
    settings = office.settings
    faults: list[Fault] = list(wish.unreadable.values())
    if not wish.external or len(wish.external) > MOST_ID:
        text = N_("Each order needs a number of its own, of at most %(most)s signs.")
        faults += [Fault("id", "no-id", text, {"most": MOST_ID})] if "id" not in wish.unreadable else []
    door = _door(session, office, wish, now, faults)
    new = _item(office, wish.new_item, "new_item", wish, faults)
    old = _old(office, wish, faults)
    _within(wish.new_kg, "new_kg", MOST_KG, faults)
    _within(wish.new_litres, "new_litres", MOST_LITRES, faults)
    _within(wish.install_minutes, "install_minutes", MOST_INSTALLING, faults, least=0)
    _within(wish.people, "people", MOST_PEOPLE, faults, least=0)
    _within(wish.price_yuan, "price", MOST_PRICE, faults, least=0)
    if door is not None:
        _crewed(office, wish, door.depot_code, faults)
    span = _hours(settings, wish, now, faults)
    today = settings.clock.today(now)
    ordered = wish.ordered_on or today
    if ordered > today:
        faults.append(Fault("ordered", "in-the-future", N_("An order cannot have been placed on a day to come.")))
    condition = clean(wish.condition)
    if len(condition) > MOST_CONDITION:
        text = N_("This is longer than %(most)s characters. Shorten it.")
        faults.append(Fault("condition", "too-long", text, {"most": MOST_CONDITION}))
    rule = settings.deliveries.rule_of(shop) if old else "door"
    if wish.fetch_window and rule == "door":
        text = N_("What is old is taken along by the visit that brings the new thing. Leave these hours out.")
        faults.append(Fault("fetch_window", "no-second-visit", text))
    if faults or door is None or new is None or span is None or wish.day is None:
        raise BadRequestError(*_once(faults))
    at_door = old if rule == "door" else []
    price = round((wish.price_yuan or 0) * FEN)
    scheme = settings.schemes.of_order(wish.new_item, ordered, bool(old))
    order = TradeInOrder(
        retailer=shop,
        external_id=wish.external,
        depot_code=door.depot_code,
        service_day=wish.day,
        promise_start=settings.clock.at(wish.day, span.start),
        promise_end=settings.clock.at(wish.day, span.end),
        place=door.place,
        lon=door.lon,
        lat=door.lat,
        floor=wish.floor,
        lift=wish.lift,
        new_item=wish.new_item,
        new_kg=math.ceil(wish.new_kg or new.kg * PACKED),
        new_litres=math.ceil(wish.new_litres or new.litres * PACKED),
        old_item=next((code for code, _, _ in old), ""),
        old_kg=sum(item.kg * pieces for _, item, pieces in old),
        old_litres=sum(item.litres * pieces for _, item, pieces in old),
        people=max(wish.people, new.people, *(item.people for _, item, _ in at_door)),
        minutes=new.minutes * BRINGING
        + sum(item.minutes * pieces for _, item, pieces in at_door)
        + (0 if "install" in wish.services else wish.install_minutes),
        crew_skills=",".join(sorted(wish.services)),
        joint_minutes=math.ceil(_joint_minutes(settings, wish, old)),
        tail_lift=new.tail_lift or any(item.tail_lift for _, item, _ in old),
        height_limit=wish.height_limit,
        state="open",
        reason="",
        contact=door.contact,
        phone=door.phone,
        address=door.address,
        note=door.note,
        old_items=[[code, pieces] for code, _, pieces in old],
        condition=condition,
        install_minutes=math.ceil(wish.install_minutes),
        price=price,
        scheme=scheme.code if scheme else "",
        voucher=scheme.worth(price) if scheme else 0,
        ordered_on=ordered,
        language="en" if wish.language.startswith("en") else "zh",
        old_goods=rule,
        fetch_minutes=0.0,
        fetch_people=0,
    )
    if rule != "door":
        order.fetch_minutes = sum(item.minutes * pieces for _, item, pieces in old)
        order.fetch_people = max(item.people for _, item, _ in old)
        order.fetch_start, order.fetch_end = order.promise_end, order.promise_end  # so that nothing is carried at once
        hours = fetch_hours(settings, order, wish.fetch_window, SHORTEST)
        if isinstance(hours, Fault):
            raise BadRequestError(hours)
        order.fetch_start, order.fetch_end = hours
        order.fetch_state = "open"
    return order


def _door(session: Session, office: Office, wish: OrderWish, now: datetime, faults: list[Fault]) -> Booking | None:
    """Return a booking that stands for place and person, which are checked as any resident's are."""
    stand_in = BookingRequest(
        items={next(iter(office.catalogue.items)): 1},
        community=wish.community,
        lon=wish.lon,
        lat=wish.lat,
        address=wish.address,
        floor=wish.floor,
        lift=wish.lift,
        height_limit=wish.height_limit,
        day=office.clock.today(now) + timedelta(days=1),
        window=str(office.settings.service.window_spans[0]),
        contact=wish.contact,
        phone=wish.phone,
        note=wish.note,
        crs=wish.crs,
    )
    try:
        return checked_door(session, office, stand_in, now, open_only=False)
    except BadRequestError as error:
        faults += [fault for fault in error.faults if fault.where in DOOR and fault.where not in wish.unreadable]
        return None


def _item(office: Office, code: str, where: str, wish: OrderWish, faults: list[Fault]) -> Item | None:
    found = office.catalogue.variants.get(code)
    if found is None and where not in wish.unreadable:
        text = N_("We do not know the item %(item)s. Choose one from the list.")
        faults.append(Fault(where, "unknown-item", text, {"item": code[:40]}))
    return found


def _old(office: Office, wish: OrderWish, faults: list[Fault]) -> list[tuple[str, Item, int]]:
    found = []
    for code, pieces in wish.old_items.items():
        item = _item(office, code, "old_items", wish, faults)
        if not 1 <= pieces <= MOST_OLD:
            text = N_("%(pieces)s pieces of one kind are not possible. Enter 1 to %(most)s.")
            faults.append(Fault("old_items", "bad-pieces", text, {"pieces": pieces, "most": MOST_OLD}))
        elif item is not None:
            found.append((code, item, pieces))
    return found


def _crewed(office: Office, wish: OrderWish, depot: str, faults: list[Fault]) -> None:
    """Look whether the depot has a crew for what it shall do besides carrying."""
    asked = frozenset(wish.services)
    if "dismantle" in asked and not wish.old_items and "old_items" not in wish.unreadable:
        text = N_("There is no old thing to take down. Name it, or leave that out.")
        faults.append(Fault("services", "nothing-old", text))
    elif not any(asked <= office.fleet.skills_of(plate) for plate, _, _ in office.fleet.at(depot)):
        text = N_("No crew of depot %(depot)s can do this: %(services)s. Order it without, or call the dispatcher.")
        faults.append(Fault("services", "no-crew", text, {"depot": depot, "services": Listing(sorted(asked))}))


def _joint_minutes(settings: Settings, wish: OrderWish, old: list[tuple[str, Item, int]]) -> float:
    """Return what setting up and taking down take one person."""
    minutes = 0.0
    if "install" in wish.services:
        minutes += wish.install_minutes or settings.visit.install_minutes
    if "dismantle" in wish.services:
        for _, item, pieces in old:
            each = item.dismantling.minutes if item.dismantling else settings.visit.dismantle_minutes
            minutes += each * pieces
    return minutes


def _within(number: float | None, where: str, most: int, faults: list[Fault], least: float = 0.01) -> None:
    if number is not None and not least <= number <= most:
        text = N_("%(number)s is not possible here. Enter at most %(most)s.")
        faults.append(Fault(where, "out-of-range", text, {"number": number, "most": most}))


def _hours(settings: Settings, wish: OrderWish, now: datetime, faults: list[Fault]) -> Span | None:
    """Return the hours in which the crew comes; a fault where they are none or their day is not open."""
    if wish.day is None:
        if not {"day"} & wish.unreadable.keys():
            faults.append(Fault("day", "no-day", N_("Choose a day.")))
    else:
        _open(settings, wish.day, now, faults)
    shift = Span.parse(settings.service.shift)
    try:
        span = Span.parse(wish.window)
    except ValueError:
        text = N_("Write the hours as in 09:00-12:00.")
        faults.append(Fault("window", "bad-hours", text))
        return None
    day = date.min
    long = datetime.combine(day, span.end) - datetime.combine(day, span.start)
    if span.start < shift.start or span.end > shift.end or long < SHORTEST:
        text = N_("Crews drive from %(first)s to %(last)s, and need an hour at least. Choose other hours.")
        values: dict[str, object] = {"first": f"{shift.start:%H:%M}", "last": f"{shift.end:%H:%M}"}
        faults.append(Fault("window", "bad-hours", text, values))
        return None
    return span


def _open(settings: Settings, day: date, now: datetime, faults: list[Fault]) -> None:
    days = open_days(settings, now)
    if day in days:
        return
    closed, later = settings.holidays.on(day), next((one for one in days if one > day), None)
    if closed is not None and later is not None:
        text = N_("Nobody drives on %(closed)s, %(holiday)s. The next day that is open is %(day)s.")
        faults.append(Fault("day", "no-service", text, {"closed": day, "holiday": closed, "day": later}))
    elif days and day > days[-1]:
        text = N_("This day is too far ahead. The last day that is open is %(day)s.")
        faults.append(Fault("day", "too-far", text, {"day": days[-1]}))
    else:
        text = N_("This day is closed since %(cut_off)s. The next day that is open is %(day)s.")
        first = days[0] if days else "-"
        faults.append(Fault("day", "closed", text, {"cut_off": settings.service.evening_cut_off, "day": first}))


def _once(faults: list[Fault]) -> list[Fault]:
    """Return the faults without those that are said twice of one field."""
    return list({(fault.where, fault.code): fault for fault in faults}.values())
