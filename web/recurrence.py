"""How often a contract's things are collected, in the words of a form, and read from one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from flask_babel import get_locale, gettext
from werkzeug.datastructures import MultiDict

from recycling.booking.contracts import ContractRequest, Rule
from recycling.errors import N_, Fault
from web.language import language
from web.resident import read_request

ON_HOLIDAY = {
    "after": N_("come on the next working day"),
    "before": N_("come on the working day before"),
    "skip": N_("do not come"),
}
NTH = {1: N_("first"), 2: N_("second"), 3: N_("third"), 4: N_("fourth"), -1: N_("last")}


def read_contract(entered: Mapping[str, str]) -> ContractRequest:
    """Read a contract's form; what cannot be read at all becomes a fault of its field."""
    visit = read_request({name: text for name, text in entered.items() if name != "day"})
    unreadable = dict(visit.unreadable)

    def a_day(name: str) -> date | None:
        text = entered.get(name, "").strip()
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            unreadable[name] = Fault(name, "not-a-day", N_("%(text)s is not a day. Choose one."), {"text": text[:20]})
            return None

    first, last = a_day("first_day"), a_day("last_day")
    return ContractRequest(
        replace(visit, unreadable=unreadable, different=True),
        rule=_rule(entered),
        first_day=first,
        last_day=last,
        on_holiday=entered.get("on_holiday", ""),
    )


def entered_rule(rule: Rule) -> dict[str, str]:
    """Return a rule as the form's entries."""
    if rule.weekdays:
        return {"every": str(rule.interval), "weekdays": ",".join(map(str, rule.weekdays))}
    if rule.nth:
        return {"every": "nth", "nth": str(rule.nth[0][0]), "nth_weekday": str(rule.nth[0][1])}
    return {"every": "day", "month_day": str(rule.month_days[0])}


def rule_words(rule: Rule) -> str:
    """Say a rule: Every 2 weeks on Monday, Thursday; On the first Monday of the month."""
    comma = "、" if language() == "zh_CN" else ", "
    names = weekday_names()
    if rule.weekdays:
        days = comma.join(names[day] for day in rule.weekdays)
        if rule.interval == 1:
            return gettext("Every week on %(days)s", days=days)
        return gettext("Every %(weeks)s weeks on %(days)s", weeks=rule.interval, days=days)
    if rule.nth:
        nth = nth_words()
        return comma.join(gettext("On the %(nth)s %(day)s of the month", nth=nth[n], day=names[d]) for n, d in rule.nth)
    return comma.join(
        gettext("On the last day of the month") if day < 0 else gettext("On day %(day)s of the month", day=day)
        for day in rule.month_days
    )


def weekday_names() -> dict[int, str]:
    """Return the names of the weekdays, 0 for Monday."""
    return {day: str(get_locale().days["stand-alone"]["wide"][day]) for day in range(7)}


def nth_words() -> dict[int, str]:
    """Return the words for which one of a month."""
    return {n: gettext(word) for n, word in NTH.items()}


def _rule(entered: Mapping[str, str]) -> str:
    """Return the rule that a form says, as RFC 5545 writes it; nothing when it says none."""
    every = entered.get("every", "")
    try:
        if every == "nth":
            return str(Rule(nth=((int(entered.get("nth", "")), int(entered.get("nth_weekday", "")) % 7),)))
        if every == "day":
            return str(Rule(month_days=(int(entered.get("month_day", "")),)))
        ticked = entered.getlist("weekday") if isinstance(entered, MultiDict) else []
        days = ticked or [text for text in entered.get("weekdays", "").split(",") if text]
        return str(Rule(int(every), weekdays=tuple(sorted({int(day) % 7 for day in days})))) if days else ""
    except ValueError:
        return ""
