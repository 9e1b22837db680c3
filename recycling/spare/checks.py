"""What is wrong with an announced trip, all of it at once; what is right becomes a trip not yet in the record."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling import network
from recycling.booking import Office
from recycling.booking.days import closes_at, open_days
from recycling.booking.request import SYSTEMS
from recycling.catalogue.entries import Name
from recycling.clock import ServiceClock
from recycling.errors import N_, BadRequestError, Fault, Listing
from recycling.fleet import SKILLS
from recycling.kept_network import the_community
from recycling.models import Area, Site, SpareTrip
from recycling.partner_companies import Partner
from recycling.spare.hours import moments_of
from recycling.spare.wish import PlaceWish, TripWish
from recycling.stock.ahead import accepted_at

MOST_ID, MOST_PLACES, MOST_PARTS, MOST_DROPS, MOST_PEOPLE = 60, 40, 6, 5, 6
MOST_MINUTES, MOST_YUAN, MOST_DETOUR, MOST_STOPS, MOST_KG, MOST_LITRES = 480, 1000, 120, 50, 20_000, 100_000
SHORTEST = timedelta(hours=1)
FEN = 100
ANY_DAY = date(2026, 1, 5)
"""On which it is tried whether hours can be read."""


def checked(session: Session, office: Office, wish: TripWish, partner: Partner, now: datetime) -> SpareTrip:
    """Return the trip that the wish describes; BadRequestError with a fault for each field to be mended."""
    faults: list[Fault] = list(wish.unreadable.values())
    unread = wish.unreadable
    if not 1 <= len(wish.external.strip()) <= MOST_ID and "id" not in unread:
        text = N_("Each trip needs a number of its own, of at most %(most)s signs.")
        faults.append(Fault("id", "no-id", text, {"most": MOST_ID}))
    span = _hours(office, wish, now, faults)
    _contract(wish, partner, faults)
    place = _Places(session, office.clock, wish.crs, faults)
    start = None if "start" in unread else place("start", wish.start)
    end = start if wish.end is None or "end" in unread else place("end", wish.end)
    places = [place("places", one, number) for number, one in enumerate(wish.places, 1)]
    if len(places) > MOST_PLACES:
        text = N_("A trip goes to at most %(most)s places. Announce it in parts.")
        faults.append(Fault("places", "too-many", text, {"most": MOST_PLACES}))
    _vehicle(office, wish, faults)
    materials = _materials(office, wish, partner, faults)
    drops = _drops(session, wish, materials, faults)
    _parts(office, wish, faults)
    for value, where in ((wish.ask_visit, "ask_visit"), (wish.ask_item, "ask_item"), (wish.ask_kg, "ask_kg")):
        _within(value, where, MOST_YUAN, faults)
    _within(wish.detour_minutes, "detour", MOST_DETOUR, faults, 1)
    _within(wish.most, "most", MOST_STOPS, faults, 1)
    found = [one for one in (start, end, *places) if one is not None]
    if faults or span is None or wish.day is None or start is None or end is None or len(found) < len(places) + 2:
        raise BadRequestError(*{(fault.where, fault.code, str(fault)): fault for fault in faults}.values())
    settings = office.settings
    return SpareTrip(
        partner=partner.code,
        external_id=wish.external.strip(),
        depot_code=network.nearest(network.depots(session), start["lon"], start["lat"]).code,
        service_day=wish.day,
        starts_at=span[0],
        ends_at=span[1],
        start=start,
        end=end,
        places=found[2:],
        vehicle_type=wish.vehicle,
        kg=math.floor(wish.kg or 0),
        litres=math.floor(wish.litres or 0),
        compartments=[{"litres": math.floor(p.litres), "materials": sorted(p.materials)} for p in wish.parts],
        people=wish.people,
        tail_lift=wish.tail_lift,
        skills=",".join(sorted(wish.services)),
        materials=",".join(materials),
        drops=",".join(drops),
        ask_visit=round(wish.ask_visit * FEN),
        ask_item=round(wish.ask_item * FEN),
        ask_kg=round(wish.ask_kg * FEN),
        detour_minutes=round(wish.detour_minutes or settings.spare.detour_minutes),
        most=round(wish.most or settings.spare.most),
        state="open",
        made_at=now,
    )


class _Places:
    """Reads places into what the record keeps of them."""

    def __init__(self, session: Session, clock: ServiceClock, crs: str, faults: list[Fault]) -> None:
        self._session, self._clock, self._crs, self._faults = session, clock, crs, faults
        self._area: Area = network.the_area(session)
        self._label = ""

    def __call__(self, where: str, wish: PlaceWish, number: int = 0) -> dict[str, Any] | None:
        before, self._label = len(self._faults), _label(wish, number)
        lonlat, name = self._position(where, wish, number)
        window = wish.window
        if window:
            try:
                moments_of(self._clock, ANY_DAY, window)
            except ValueError:
                self._add(where, "bad-hours", N_("%(place)s: write the hours as in 09:00-12:00."))
        ranges = ((wish.minutes, MOST_MINUTES), (wish.kg, MOST_KG), (wish.litres, MOST_LITRES))
        for value, most in ranges:
            if not 0 <= value <= most:
                text = N_("%(place)s: %(number)s is not possible here. Enter at most %(most)s.")
                self._add(where, "out-of-range", text, number=value, most=most)
        if lonlat is None or len(self._faults) > before:
            return None
        return {
            "place": name,
            "lon": lonlat[0],
            "lat": lonlat[1],
            "window": window,
            "minutes": round(wish.minutes),
            "kg": math.floor(wish.kg),
            "litres": math.floor(wish.litres),
        }

    def _position(self, where: str, wish: PlaceWish, number: int) -> tuple[tuple[float, float] | None, str]:
        community = the_community(self._session, wish.community) if wish.community else None
        if wish.community and community is None:
            text = N_("%(place)s: we do not know this community. Write its name as the booking page shows it.")
            self._add(where, "unknown-community", text)
            return None, ""
        name = community.name if community is not None else ""
        if wish.lon is None or wish.lat is None:
            if community is not None:
                return (community.lon, community.lat), name
            self._add(where, "no-place", N_("%(place)s: name a community, or a longitude and a latitude."))
            return None, ""
        if self._crs not in SYSTEMS:
            text = N_("%(crs)s is no system of positions that we know. Send one of: %(known)s.")
            self._faults.append(Fault("crs", "unknown-crs", text, {"crs": self._crs[:20], "known": Listing(SYSTEMS)}))
            return None, ""
        found = None
        if abs(wish.lon) <= 180 and abs(wish.lat) <= 90:
            found = _wgs84(wish.lon, wish.lat, self._crs)
        if found is None or not all(map(math.isfinite, found)) or not network.inside(self._area, *found):
            text = N_("%(place)s: this is outside %(area)s. Name a place inside it.")
            self._add(where, "outside-area", text, area=self._area.name)
            return None, ""
        return found, name or f"{found[0]:.4f}, {found[1]:.4f}"

    def _add(self, where: str, code: str, text: str, **values: object) -> None:
        self._faults.append(Fault(where, code, text, {"place": self._label, **values}))


def _wgs84(lon: float, lat: float, crs: str) -> tuple[float, float]:
    if crs == "wgs84":
        return lon, lat
    from routing.roads.crs import to_wgs84  # brings numpy

    ((east, north),) = to_wgs84([(lon, lat)], crs).round(6).tolist()
    return east, north


def _label(wish: PlaceWish, number: int) -> str:
    """Return what a sentence calls a place: its number in the list, and how it was named."""
    named = wish.community[:40] or (f"{wish.lon}, {wish.lat}" if wish.lon is not None or wish.lat is not None else "-")
    return f"{number}. {named}" if number else named


def _hours(office: Office, wish: TripWish, now: datetime, faults: list[Fault]) -> tuple[datetime, datetime] | None:
    """Return when the trip begins and ends; a fault where it cannot be, or can be announced no more.

    Hours that end before they begin, such as 20:00-02:00, end on the next day.
    """
    _open(office, wish, now, faults)
    try:
        span = moments_of(office.clock, wish.day or office.clock.today(now), wish.window)
    except ValueError:
        if "window" not in wish.unreadable:
            faults.append(Fault("window", "bad-hours", N_("Write the hours as in 09:00-12:00.")))
        return None
    if span[1] - span[0] < SHORTEST:
        faults.append(Fault("window", "too-short", N_("A trip lasts an hour at least. Choose other hours.")))
        return None
    return span


def _open(office: Office, wish: TripWish, now: datetime, faults: list[Fault]) -> None:
    days = open_days(office.settings, now)
    if wish.day is None:
        if "day" not in wish.unreadable:
            faults.append(Fault("day", "no-day", N_("Choose a day.")))
    elif wish.day in days and now < answers_until(office, wish.day):
        return
    elif days and wish.day > days[-1]:
        text = N_("This day is too far ahead. The last day that is open is %(day)s.")
        faults.append(Fault("day", "too-far", text, {"day": days[-1]}))
    else:
        text = N_("Trips of this day cannot be announced any more. The next day that is open is %(day)s.")
        later = [day for day in days if wish.day < day and now < answers_until(office, day)]
        faults.append(Fault("day", "closed", text, {"day": later[0] if later else "-"}))


def answers_until(office: Office, day: date) -> datetime:
    """Return until when offers for a day's trips are made and answered: some minutes before its cut-off."""
    return closes_at(office.settings, day) - office.settings.spare.ending


def _vehicle(office: Office, wish: TripWish, faults: list[Fault]) -> None:
    kind = office.fleet.types.get(wish.vehicle)
    if kind is None:
        if "vehicle" not in wish.unreadable:
            text = N_("We know no vehicle %(word)s. Choose one of: %(known)s.")
            values: dict[str, object] = {"word": wish.vehicle[:20], "known": Listing(office.fleet.types)}
            faults.append(Fault("vehicle", "unknown-vehicle", text, values))
        return
    for value, most, where in ((wish.kg, kind.kg, "kg"), (wish.litres, kind.litres, "litres")):
        if where in wish.unreadable:
            continue
        if value is None:
            faults.append(Fault(where, "missing", N_("Say how much room is free when the trip begins.")))
        else:
            _within(value, where, most, faults, 1)
    _within(wish.people, "people", MOST_PEOPLE, faults, 1)
    for word in sorted(set(wish.services) - set(SKILLS)):
        text = N_("%(word)s is not one of the choices: %(known)s.")
        faults.append(Fault("services", "unknown-choice", text, {"word": word[:20], "known": Listing(SKILLS)}))


def _contract(wish: TripWish, partner: Partner, faults: list[Fault]) -> None:
    if wish.day is not None and not partner.works_on(wish.day):
        text = N_("By its contract and its registration %(partner)s does not collect on %(day)s. Choose another day.")
        faults.append(
            Fault("day", "no-contract", text, {"partner": Name(zh=partner.zh, en=partner.en), "day": wish.day})
        )


def _materials(office: Office, wish: TripWish, partner: Partner, faults: list[Fault]) -> list[str]:
    known = office.catalogue.materials
    single = {item.material for code, item in office.catalogue.variants.items() if partner.takes(code, "")}
    beyond = [code for code in known if code in set(wish.materials) and code not in {*partner.materials, *single}]
    if beyond:
        text = N_("By its contract %(partner)s does not take %(materials)s. Leave that out.")
        values: dict[str, object] = {"partner": Name(zh=partner.zh, en=partner.en), "materials": Listing(beyond)}
        faults.append(Fault("materials", "no-contract", text, values))
    for word in sorted(set(wish.materials) - known.keys()):
        text = N_("We do not know the material %(word)s. Choose from: %(known)s.")
        faults.append(Fault("materials", "unknown-material", text, {"word": word[:20], "known": Listing(known)}))
    if not wish.materials and "materials" not in wish.unreadable:
        text = N_("Say what the trip may carry; nothing else is offered to it.")
        faults.append(Fault("materials", "missing", text))
    return [code for code in known if code in set(wish.materials)]


def _drops(session: Session, wish: TripWish, materials: Sequence[str], faults: list[Fault]) -> list[str]:
    query = select(Site).where(Site.kind.in_(("station", "comprehensive", "specialised")))
    known = {site.code: site for site in session.scalars(query.order_by(Site.code))}
    drops = list(dict.fromkeys(wish.drops))
    for code in (code for code in drops if code not in known):
        text = N_("We know no station or centre %(code)s. Take its code from the list of sites.")
        faults.append(Fault("drops", "unknown-site", text, {"code": code[:40]}))
    if not drops and "drops" not in wish.unreadable:
        text = N_("Name a station or centre at which the trip may unload.")
        faults.append(Fault("drops", "missing", text))
    if len(drops) > MOST_DROPS:
        text = N_("Name at most %(most)s stations and centres.")
        faults.append(Fault("drops", "too-many", text, {"most": MOST_DROPS}))
    sites = [known[code] for code in drops if code in known]
    accepted = [set(accepted_at(site)) for site in sites]
    homeless = [code for code in materials if all(takes and code not in takes for takes in accepted)]
    if sites and len(sites) == len(drops) and homeless:
        text = N_("None of these stations and centres takes %(materials)s. Name one that does, or leave that out.")
        faults.append(Fault("drops", "not-taken", text, {"materials": Listing(homeless)}))
    return drops


def _parts(office: Office, wish: TripWish, faults: list[Fault]) -> None:
    if "parts" in wish.unreadable:
        return
    named = [code for part in wish.parts for code in part.materials]

    def fault(code: str, text: str) -> None:
        faults.append(Fault("parts", code, text))

    if len(wish.parts) > MOST_PARTS:
        text = N_("A hold is divided into at most %(most)s parts.")
        faults.append(Fault("parts", "too-many", text, {"most": MOST_PARTS}))
    if any(code not in office.catalogue.materials for code in named):
        fault("unknown-material", N_("A part names a material that we do not know. Take the names of the list."))
    if len(set(named)) < len(named) or sum(not part.materials for part in wish.parts) > 1:
        fault("twice", N_("A material has its place in one part, and one part takes all others. Name each once."))
    if any(part.litres < 1 for part in wish.parts):
        fault("empty-part", N_("Each part of the hold needs its litres."))
    if wish.litres is not None and sum(part.litres for part in wish.parts) > wish.litres:
        fault("too-large", N_("The parts hold more litres than are free. Make them smaller."))
    frees = any(place.litres for place in wish.places)
    if wish.parts and frees and all(part.materials for part in wish.parts):
        fault("no-rest", N_("Places free room, but no part takes all other things. Name such a part."))


def _within(value: float | None, where: str, most: float, faults: list[Fault], least: float = 0) -> None:
    if value is not None and not least <= value <= most:
        text = N_("%(number)s is not possible here. Enter %(least)s to %(most)s.")
        faults.append(Fault(where, "out-of-range", text, {"number": value, "least": least, "most": most}))
