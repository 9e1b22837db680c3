"""The words of messages: config/messages.toml, checked when it is read, and filled in when a message is sent."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from recycling.clock import ServiceClock
from recycling.notify.changes import CHANGES, OWN, Kind
from recycling.settings import Settings, configuration_error, home, read_toml

MOST_PARTS = 3
LONGEST_WORD = 20
LONGEST_NAME = {"zh": 20, "en": 40}
WITHOUT_NAME = {"zh": "停运", "en": "closed day"}
"""What stands for the name of a reason that has none in the language."""

GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_DOUBLE = frozenset("^{}\\[~]|€")
WEEKDAYS = {"zh": "一二三四五六日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SPANS: Mapping[str, tuple[str, str]] = {"": ("start", "end"), "from_": ("from_start", "from_end")}
"""Figures that are said as a day and a window, by what their variables begin with."""

PLACES: Mapping[str, str] = {"day": "12月31日周三", "window": "08:00–10:00", "reference": "W" * 8}
SAMPLES: Mapping[Kind, str] = {"word": "9" * LONGEST_WORD, "number": "9999", "moment": "23:59"}
ONLY_WITH_LINK = re.compile(r"\[([^\[\]]*)\]")
"""What stands in such brackets is said only where there is a link."""

TOKEN = "k" * 60
"""About as long as what makes a link secret."""


def sms_parts(text: str) -> int:
    """Return how many text messages the text takes: 160 letters of GSM 03.38 or 70 others, a little less when joined.

    Source: 3GPP TS 23.038 (alphabet), 23.040 (joined messages).
    """
    if all(c in GSM7 or c in GSM7_DOUBLE for c in text):
        size, one, joined = sum(1 + (c in GSM7_DOUBLE) for c in text), 160, 153
    else:
        size, one, joined = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if size <= one else -(-size // joined)


class _Pair(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: str
    en: str

    def text(self, language: str) -> str:
        return self.zh if language.startswith("zh") else self.en


class _File(BaseModel):
    """The whole file: a text for every change, words for reasons, also of deliveries."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    changes: dict[str, _Pair]
    reasons: dict[str, _Pair]
    order_reasons: dict[str, _Pair]

    @model_validator(mode="after")
    def _complete(self) -> _File:
        if missing := sorted(set(CHANGES) - set(self.changes)):
            raise ValueError(f"changes: there is no text for {missing[0]}")
        for table, known in (("reasons", self.reasons), ("order_reasons", self.order_reasons)):
            if "other" not in known:
                raise ValueError(f"{table}: there is no text for other")
        for code, pair in self.changes.items():
            if code not in CHANGES:
                raise ValueError(f"changes.{code}: there is no such change; take it out")
            allowed = _variables_of(code)
            for language, text in (("zh", pair.zh), ("en", pair.en)):
                where = f"changes.{code}.{language}"
                if {"[", "]"} & set(ONLY_WITH_LINK.sub("", text)):
                    raise ValueError(f"{where}: each [ needs its ], and none stands inside of another")
                for name in _variables(where, text):
                    if name not in allowed:
                        raise ValueError(
                            f"changes.{code}.{language}: {{{name}}} is not known here;"
                            f" use: {', '.join(sorted(allowed))}"
                        )
        return self


def _variables_of(change: str) -> set[str]:
    """Return what the text of a change may say."""
    figures = {*OWN, *CHANGES[change].figures}
    spans = {name: pair for name, pair in SPANS.items() if set(pair) <= figures}
    said = {f"{name}{part}" for name in spans for part in ("day", "window")}
    return {*figures, *said, "link"} - {moment for pair in spans.values() for moment in pair}


def _variables(where: str, text: str) -> list[str]:
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error
    for _, name, form, conversion in parts:
        if name is not None and (form or conversion or not name.isidentifier()):
            raise ValueError(f"{where}: write a variable as {{name}} and nothing else")
    return [name for _, name, _, _ in parts if name]


@dataclass(frozen=True)
class Texts:
    """The texts with what fills them: the depot's clock, the site's address, what messages are signed with."""

    file: _File
    clock: ServiceClock
    site: str
    signature: Mapping[str, str]

    def say(self, change: str, language: str, figures: Mapping[str, Any], link: str) -> str:
        """Return the message in full; `link` is a path."""
        kinds = {**OWN, **CHANGES[change].figures}
        words = {name: self._word(kinds[name], value, language) for name, value in figures.items() if name in kinds}
        dash = "–" if language.startswith("zh") else "-"  # the other is no letter of a plain text message
        for span, pair in SPANS.items():
            if set(pair) <= set(figures):
                start, end = (self.clock.local(datetime.fromisoformat(figures[name])) for name in pair)
                words[f"{span}day"] = day_words(start, language)
                words[f"{span}window"] = f"{start:%H:%M}{dash}{end:%H:%M}"
        return self._fill(change, language, {**words, "link": self.site + link})

    def reasons(self, language: str) -> dict[str, str]:
        """Return why a visit can have failed, in words, by code."""
        return {code: pair.text(language) for code, pair in self.file.reasons.items()}

    def longest(self, change: str, language: str) -> str:
        """Return the message with the longest words that it may have to hold."""
        reason = max((pair.text(language) for pair in self.file.reasons.values()), key=len)
        of_order = max((pair.text(language) for pair in self.file.order_reasons.values()), key=len)
        longest = {
            **SAMPLES,
            "reason": reason,
            "order_reason": of_order,
            "name": ("停" if language == "zh" else "m") * LONGEST_NAME[language],
        }
        samples = {name: longest[kind] for name, kind in CHANGES[change].figures.items()}
        link = f"{self.site}/t/{TOKEN}"
        window = PLACES["window"] if language == "zh" else PLACES["window"].replace("–", "-")
        day = PLACES["day"] if language == "zh" else "Wed 31 Dec"
        spans = {f"{span}{name}": said for span in SPANS for name, said in (("day", day), ("window", window))}
        words = {**PLACES, **spans, **samples, "link": link}
        return self._fill(change, language, words)

    def _fill(self, change: str, language: str, words: Mapping[str, str]) -> str:
        text = self.file.changes[change].text(language)
        chosen = ONLY_WITH_LINK.sub(r"\1" if self.site else "", text).rstrip()
        return self.signature[language] + chosen.format_map(words)

    def _word(self, kind: Kind, value: Any, language: str) -> str:
        if kind == "moment":
            return f"{self.clock.local(datetime.fromisoformat(value)):%H:%M}"
        if kind == "reason":
            return self.file.reasons.get(str(value), self.file.reasons["other"]).text(language)
        if kind == "order_reason":
            return self.file.order_reasons.get(str(value), self.file.order_reasons["other"]).text(language)
        said = " ".join("".join(c if c.isprintable() else " " for c in str(value)).split())
        if kind == "name":
            spoken = "zh" if language.startswith("zh") else "en"
            return said[: LONGEST_NAME[spoken]] or WITHOUT_NAME[spoken]
        return said[:LONGEST_WORD]


def day_words(moment: datetime, language: str) -> str:
    """Say a local day with its weekday: 3月5日周四, Thu 5 Mar."""
    if language.startswith("zh"):
        return f"{moment.month}月{moment.day}日周{WEEKDAYS['zh'][moment.weekday()]}"
    return f"{WEEKDAYS['en'][moment.weekday()]} {moment.day} {MONTHS[moment.month - 1]}"


def load_texts(settings: Settings) -> Texts:
    """Read config/messages.toml.

    Raises
    ------
    ConfigurationError
        When a text is missing, uses a variable that is not known, or is too long with its longest words.
    """
    path = home() / "config" / "messages.toml"
    data = read_toml(path)
    signature = settings.messages.signature.model_dump()
    try:
        texts = Texts(_File(**data), settings.clock, settings.messages.site.rstrip("/"), signature)
        _Lengths(texts=texts)
    except ValidationError as error:
        raise configuration_error([path], error, _File) from error
    return texts


class _Lengths(BaseModel):
    """Refuses a text that is too long for a phone, or that leads nowhere."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    texts: Texts

    @model_validator(mode="after")
    def _short(self) -> _Lengths:
        for code in CHANGES:
            for language in ("zh", "en"):
                text = self.texts.file.changes[code].text(language)
                if not self.texts.site and "{link}" in ONLY_WITH_LINK.sub("", text):
                    raise ValueError(
                        f"changes.{code}.{language}: messages.site is empty, so there is no {{link}}; put [ and ]"
                        " around the words that lead to it"
                    )
                parts = sms_parts(self.texts.longest(code, language))
                if parts > MOST_PARTS:
                    raise ValueError(
                        f"changes.{code}.{language}: with its longest words this takes {parts} text messages;"
                        f" shorten it to {MOST_PARTS}"
                    )
        return self
