"""Partner recyclers, as config/partners.toml names them: what each takes, where, when, and at which prices."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from recycling.clock import Span
from recycling.errors import N_, ConfigurationError, Fault

LARGEST = 1_000_000
Fen = Annotated[int, Field(strict=True, ge=-LARGEST, le=LARGEST)]
Weekday = Annotated[int, Field(strict=True, ge=1, le=7)]


class Terms(BaseModel):
    """What is paid for a pickup from a day on: fen, positive where the partner pays us, negative where we pay.

    Attributes
    ----------
    visit
        For each pickup.
    kg
        For a kilogram, by material.
    item
        For a piece, by item; what it weighs then costs nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    starts: date = Field(alias="from")
    visit: Fen = 0
    kg: Mapping[str, Fen] = {}
    item: Mapping[str, Fen] = {}


class Partner(BaseModel):
    """A company that collects in our place.

    Attributes
    ----------
    code
        Its name in the record, in addresses and in files.
    zh, en
        Its name in Chinese and in English.
    accounts
        Sign-in names of its people. They choose those themselves, so none counts that is not entered here.
    areas
        Beginnings of the codes of the communities in which it collects: 6 digits a county, 9 a town, 12 a community.
    materials, items
        Codes of the catalogue of what it takes: whole materials, and single things besides.
    hours, weekdays
        When it collects; Monday is 1.
    answer_hours
        Until which an offer has to be answered.
    notice_hours
        That it needs at least between its answer and the promised hours.
    most_a_day
        Pickups of one day that it is offered at most.
    licence, licence_until
        The number of its registration, and the last day on which that is good.
    first, last
        Days of its contract, both included; None: it goes on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    zh: str = Field(min_length=1, max_length=40)
    en: str = Field(min_length=1, max_length=40)
    phone: str = Field(pattern=r"^\+[0-9]{8,15}$")
    accounts: tuple[Annotated[str, Field(pattern=r"^[a-z0-9./-]{3,32}$")], ...] = ()
    areas: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,12}$")], ...] = Field(min_length=1)
    materials: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    hours: str
    weekdays: tuple[Weekday, ...] = Field(min_length=1)
    answer_hours: float = Field(gt=0, le=72)
    notice_hours: float = Field(ge=0, le=72)
    most_a_day: int = Field(ge=1, le=1000)
    licence: str = Field(min_length=1, max_length=60)
    licence_until: date
    first: date
    last: date | None = None
    sourced: Literal["contract", "assumed"]
    price: tuple[Terms, ...] = Field(min_length=1)

    @field_validator("hours")
    @classmethod
    def _a_span(cls, value: str) -> str:
        Span.parse(value)
        return value

    @model_validator(mode="after")
    def _in_order(self) -> Partner:
        if not self.materials and not self.items:
            raise ValueError("it takes nothing; name its materials or items")
        if self.last is not None and self.last < self.first:
            raise ValueError(f"last is {self.last}, before first; exchange them")
        for earlier, later in pairwise(self.price):
            if later.starts <= earlier.starts:
                raise ValueError(f"the prices from {later.starts} stand after those from {earlier.starts}; order them")
        if self.price[0].starts > self.first:
            raise ValueError(f"it has no prices from {self.first} on; begin the first ones on that day")
        return self

    def text(self, language: str) -> str:
        """Return its name in Chinese or English."""
        return self.zh if language.startswith("zh") else self.en

    @property
    def span(self) -> Span:
        """The hours of the day in which it collects."""
        return Span.parse(self.hours)

    @property
    def answering(self) -> timedelta:
        """How long it has to answer an offer."""
        return timedelta(hours=self.answer_hours)

    @property
    def notice(self) -> timedelta:
        """How long it needs at least between its answer and the promised hours."""
        return timedelta(hours=self.notice_hours)

    def works_on(self, day: date) -> bool:
        """Tell whether its contract and its registration hold on a day, and it collects on that weekday."""
        contract = self.first <= day and (self.last is None or day <= self.last)
        return contract and day <= self.licence_until and day.isoweekday() in self.weekdays

    def covers(self, community: str) -> bool:
        """Tell whether it collects in the community of a code; never where that is not known."""
        return bool(community) and community.startswith(self.areas)

    def takes(self, item: str, material: str) -> bool:
        """Tell whether it takes a thing of an item's code and its material; a size goes with its item."""
        return material in self.materials or item in self.items or item.partition(".")[0] in self.items

    def terms_on(self, day: date) -> Terms:
        """Return the prices of a day: the first ones for any day before them."""
        return next((terms for terms in reversed(self.price) if terms.starts <= day), self.price[0])

    def by_when(self, now: datetime) -> datetime:
        """Return until when it has to answer what is offered now."""
        return now + self.answering


class Partners(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    partner: tuple[Partner, ...] = ()

    @model_validator(mode="after")
    def _sound(self) -> Partners:
        seen: dict[str, str] = {}
        for number, one in enumerate(self.partner):
            for key, name in (("code", one.code), ("zh", one.zh), ("en", one.en)):
                if seen.setdefault(name, one.code) != one.code or (key == "code" and self._twice(name)):
                    raise ValueError(f"partner.{number}.{key}: {name} stands there twice; give each one of its own")
        logins = [login for one in self.partner for login in one.accounts]
        for login in logins:
            if logins.count(login) > 1:
                raise ValueError(f"partner: the account {login} stands there twice; leave it with one of them")
        return self

    def _twice(self, code: str) -> bool:
        return sum(one.code == code for one in self.partner) > 1

    def find(self, name: str) -> Partner | None:
        """Return a partner by its code or by its name in either language, None where the file has none of it."""
        return next((one for one in self.partner if name in (one.code, one.zh, one.en)), None)

    def of_login(self, login: str | None) -> Partner | None:
        """Return the partner that an account of a sign-in name acts for, None for none."""
        return next((one for one in self.partner if login in one.accounts), None)

    def name_of(self, code: str, language: str) -> str:
        """Return the name of a code, the code itself where the file has it no more."""
        found = self.find(code)
        return found.text(language) if found else code


def demand_known_codes(partners: Partners, materials: Collection[str], items: Collection[str]) -> None:
    """Raise ConfigurationError for every material and item that the catalogue does not hold."""
    faults = [*_unknown(partners, materials, items)]
    if faults:
        raise ConfigurationError(*faults)


def _unknown(partners: Partners, materials: Collection[str], items: Collection[str]) -> Iterator[Fault]:
    for one in partners.partner:
        kilograms = [code for terms in one.price for code in terms.kg]
        pieces = [code for terms in one.price for code in terms.item]
        yield from _missing(one.code, [*one.materials, *kilograms], materials)
        yield from _missing(one.code, [*one.items, *pieces], items)


def _missing(partner: str, wanted: Iterable[str], known: Collection[str]) -> Iterator[Fault]:
    for code in dict.fromkeys(wanted):
        if code not in known:
            near = next(iter(difflib.get_close_matches(code, known, n=1)), "") or ", ".join(sorted(known))
            text = N_(
                "config/partners.toml: %(partner)s names %(code)s, which the catalogue does not hold. It has: %(near)s."
            )
            yield Fault(partner, "partner-code", text, {"partner": partner, "code": code, "near": near})
