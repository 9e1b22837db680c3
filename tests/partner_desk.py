"""Partner recyclers of the tests' town, and bookings in each state of being handed to one."""

from datetime import date, timedelta

from recycling import deliveries, handing
from recycling.accounts.actors import Actor, Role
from recycling.exports.tables import csv_bytes
from recycling.handing import Weighed
from recycling.intake import read_table
from recycling.models import Handover
from recycling.partner_companies import Partners

DISPATCHER = Actor("person", "d-1", Role.DISPATCHER, frozenset({"DEP-01"}))
CLERK = Actor("person", "c-1", Role.CLERK, frozenset({"DEP-01"}))
CASHIER = Actor("person", "a-1", Role.ADMIN, every_depot=True)
COMPANY = Actor("key", "k-1", Role.PARTNER, scopes=frozenset({"handover.take"}))
SOUND = {
    "code": "scrap",
    "zh": "示例回收站",
    "en": "Example Scrap",
    "phone": "+8608180000002",
    "accounts": ("scrap-desk", "scrap-yard"),
    "areas": ("A",),
    "materials": ("paper", "metal", "appliances"),
    "hours": "08:00-18:00",
    "weekdays": (1, 2, 3, 4, 5),
    "answer_hours": 4,
    "notice_hours": 2,
    "most_a_day": 2,
    "licence": "L-1",
    "licence_until": date(2027, 12, 31),
    "first": date(2026, 1, 1),
    "sourced": "assumed",
    "price": (
        {"from": date(2026, 1, 1), "visit": -500, "kg": {"paper": 15, "appliances": 60}, "item": {"fridge": 3000}},
    ),
}
PAPER = Weighed(material="paper", grams=12_345)
FRIDGE = Weighed(item="fridge", pieces=1, grams=55_000, serials=("ab 12 34",))
OTHER = {**SOUND, "accounts": (), "code": "other", "zh": "另一家", "en": "Other Company"}


def companies(**changes):
    """The partners of config/partners.toml as a test wants them: `scrap`, changed, and `other`."""
    return Partners.model_validate({"partner": [{**SOUND, **changes}, OTHER]})


def with_partners(desk, **changes):
    """Let a counter know the partners, and return the changed one."""
    vars(desk.settings)["partners"] = companies(**changes)
    return desk.settings.partners.find("scrap")


def offered(desk, booking, now, key="an-offer-1", partner="scrap"):
    """Offer a booking; it stands until two in the afternoon, four hours after `now`."""
    return handing.offer(desk, booking.id, partner, key, DISPATCHER, now)


def accepted(desk, booking, now, key="an-offer-1"):
    """The same, accepted."""
    made = offered(desk, booking, now, key)
    with desk.database.write() as session:
        return handing.accept(session, desk, desk.settings.partners.find("scrap"), made.id, COMPANY, now)


def collected(desk, handover, now, *lines):
    """Report what a partner took when the promised hours have begun."""
    with desk.database.write() as session:
        partner = desk.settings.partners.find("scrap")
        at = max(now, handover.promise_start + timedelta(minutes=5))
        return handing.collected(session, desk, partner, handover.id, lines, COMPANY, at)


def code_of(error):
    """The code of the first fault of an error that was caught."""
    return error.value.faults[0].code


def step(desk, function, *arguments):
    """Take a step in a unit of its own."""
    with desk.database.write() as session:
        return function(session, *arguments)


def the_handover(desk, handover):
    """A hand-over as it stands now."""
    with desk.database.read() as session:
        return session.get_one(Handover, handover.id)


HEAD = ["订单号", "收货人", "电话", "社区", "地址", "新品", "旧物", "日期", "时段"]


def ordered(desk, day, now, count=1, shop="Door", **changes):
    """Take orders of a shop, SO-1 and on, each a refrigerator for an old one; return what became of their rows."""
    cells = [
        "王女士",
        "13800138000",
        "社区A-001 · 示例镇",
        "3栋501",
        "fridge",
        "fridge*1",
        day.isoformat(),
        "09:00-12:00",
    ]
    whole = dict(zip(HEAD, ["", *cells], strict=True)) | changes
    rows = [[{**whole, "订单号": f"SO-{number}"}[name] for name in HEAD] for number in range(1, count + 1)]
    report = deliveries.take_in(desk, read_table(csv_bytes(HEAD, rows)), shop, DISPATCHER, now)
    return [one.state for one in report.outcomes]
