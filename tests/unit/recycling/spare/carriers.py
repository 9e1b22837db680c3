"""Partners with trips of their own, in the town of the tests, and whoever works at its depot."""

from datetime import date

from recycling.accounts.actors import Actor, Role
from recycling.partner_companies import Partner, Terms

STAFF = Actor("person", "d", Role.DISPATCHER, frozenset({"DEP-01"}))


def company(code, **changes):
    sound = {
        "zh": f"示例{code}",
        "en": f"Example {code}",
        "phone": "+8608180000001",
        "areas": ("51",),
        "materials": ("paper", "appliances", "metal"),
        "hours": "08:00-18:00",
        "weekdays": (1, 2, 3, 4, 5, 6, 7),
        "answer_hours": 2,
        "notice_hours": 1,
        "most_a_day": 10,
        "licence": "X",
        "licence_until": date(2030, 1, 1),
        "first": date(2026, 1, 1),
        "sourced": "assumed",
        "price": (Terms(**{"from": date(2026, 1, 1)}),),
    }
    return Partner(code=code, **{**sound, **changes}).model_copy(update={"areas": ("A-", "B-")})  # the town's
