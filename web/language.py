"""Chinese and English: which one a page speaks, and how days, hours, money and faults are said."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from babel import Locale
from flask import Flask, g, request
from flask_babel import Babel, format_date, format_decimal, get_locale, get_translations, gettext

from recycling import clock
from recycling.errors import Fault
from web.programs import asked_by_program
from web.services import services

LANGUAGES = ("zh_CN", "en")
_LOCALES = {name: Locale.parse(name) for name in LANGUAGES}  # reading a name takes longer than saying a sentence


def set_up_languages(app: Flask) -> None:
    """Install translations and the words that templates use."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    app.config["BABEL_DEFAULT_LOCALE"] = "en"  # the language that the sentences are written in
    Babel(app, locale_selector=_chosen)
    _translate_quickly(app.jinja_env)
    app.jinja_env.globals.update(language=language, html_language=html_language, comma=comma)
    app.jinja_env.filters.update(
        day=day_text,
        dated=dated_text,
        hour=hour_text,
        day_of=day_of,
        span=span_text,
        fault=fault_text,
        yuan=yuan,
        price=price_text,
        paid=paid_text,
        number=format_decimal,
    )


def _translate_quickly(environment: Any) -> None:
    """Let templates find the translations of a page once, and not again for each of its hundreds of sentences."""
    environment.install_gettext_callables(
        gettext=lambda one: _translations().ugettext(one),
        ngettext=lambda one, many, count: _translations().ungettext(one, many, count),
        newstyle=True,
        pgettext=lambda context, one: _translations().upgettext(context, one),
        npgettext=lambda context, one, many, count: _translations().unpgettext(context, one, many, count),
    )


def _translations() -> Any:
    if not g:
        return get_translations()  # outside of any request there are none
    if "translations" not in g:
        g.translations = get_translations()
    return g.translations


def _chosen() -> Locale:
    cookie = "" if asked_by_program() else request.cookies.get("language", "")
    if cookie in LANGUAGES:
        return _LOCALES[cookie]
    return _LOCALES["en" if request.accept_languages.best_match(["zh", "en"], "zh") == "en" else "zh_CN"]


def language() -> str:
    """Return ``zh_CN`` or ``en``, whichever the page speaks."""
    locale = get_locale()
    return "zh_CN" if locale is not None and locale.language == "zh" else "en"


def html_language() -> str:
    """Return the language for the ``lang`` attribute."""
    return "zh-CN" if language() == "zh_CN" else "en"


def comma() -> str:
    """Return what stands between the members of a list."""
    return "，" if language() == "zh_CN" else ", "


def day_text(day: date) -> str:
    """Say a day with its weekday: 11月25日 周三, Wed 25 Nov."""
    return format_date(day, "M月d日 EEE" if language() == "zh_CN" else "EEE d MMM")


def dated_text(day: date) -> str:
    """Say a day with its weekday, and with its year where that is not this one: 2027年1月11日 周一, Mon 11 Jan 2027."""
    if day.year == services().settings.clock.today(clock.utc_now()).year:
        return day_text(day)
    return format_date(day, "y年M月d日 EEE" if language() == "zh_CN" else "EEE d MMM y")


def day_of(moment: datetime) -> date:
    """Return a moment's local day."""
    return services().settings.clock.today(moment)


def hour_text(moment: datetime) -> str:
    """Say a moment's local hour: 14:05."""
    return f"{services().settings.clock.local(moment):%H:%M}"


def span_text(start: datetime, end: datetime) -> str:
    """Say a window: 14:00–16:00; one that ends on the next day says so: 20:00–02:00 (next day)."""
    said = f"{hour_text(start)}–{hour_text(end)}"
    return said if day_of(end) <= day_of(start) else gettext("%(hours)s (next day)", hours=said)


def fault_text(fault: Fault) -> str:
    """Say what is wrong in the page's language."""
    sentence = gettext(fault.template)
    values = {name: _said(value) for name, value in fault.values.items()}
    return sentence % values if values else sentence


def _said(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return dated_text(value)
    return translated(value) if hasattr(value, "text") else value


def yuan(fen: int, signed: bool = False) -> str:
    """Say an amount: ¥ 1,234.50; or by how much something grows or shrinks: +¥ 12.00, −¥ 3.10."""
    sign = "−" if fen < 0 else "+" if signed else ""
    return f"{sign}¥\N{NO-BREAK SPACE}{abs(fen) / 100:,.2f}"


def price_text(low: int, high: int) -> str:
    """Say a price range with its direction."""
    if low == high == 0:
        return gettext("free of charge")
    if high <= 0:
        return gettext("you pay %(amount)s", amount=_range(-high, -low))
    if low < 0:
        return gettext("you pay %(pay)s or we pay %(get)s", pay=_range(-low, -low), get=_range(high, high))
    return gettext("we pay %(amount)s", amount=_range(low, high))


def paid_text(low: int, high: int) -> str:
    """Say a range of fen as staff read it: who pays, the operator or the customer."""
    if high <= 0 and low < 0:
        return gettext("they pay %(amount)s", amount=_range(-high, -low))
    return price_text(low, high)


def _range(low: int, high: int) -> str:
    first, last = (f"{fen / 100:,.2f}" if fen % 100 else f"{fen // 100:,}" for fen in (low, high))
    return f"¥\N{NO-BREAK SPACE}{first}" if first == last else f"¥\N{NO-BREAK SPACE}{first}–{last}"


def translated(texts: Any) -> str:
    """Choose from a pair of words by language: an object with ``text(language)``."""
    word: str = texts.text(language())
    return word
