"""What differs from the free road: the rules of config/roads.toml, and the closures that somebody has made for now."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from recycling.catalogue import Entry
from recycling.clock import parse_hour
from recycling.errors import N_, ConfigurationError, ConflictError, NotFoundError
from recycling.fleet import Energy, PlateColour
from recycling.settings import configuration_error, home, read_toml
from routing.roads.changes import DAY, Change, ClassSpeeds, Closure, DrivingBan, SlowZone, Vehicles, When, Where

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Factor = Annotated[float, Field(gt=0, le=5)]
Digit = Annotated[int, Field(ge=0, le=9)]


class _Rule(Entry):
    """Name, layer and hours of a rule."""

    name: str = Field(min_length=1)
    layer: str = ""
    hours: tuple[str, ...] = ()
    weekdays: tuple[Weekday, ...] = ()
    first: date | None = None
    last: date | None = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for text in self.hours:
            _spans(text)
        if self.first and self.last and self.first > self.last:
            raise ValueError(f"first ({self.first}) is after last ({self.last})")
        return self

    def when(self) -> When:
        """The hours as data."""
        return When(
            tuple(span for text in self.hours for span in _spans(text)),
            frozenset(WEEKDAYS.index(day) for day in self.weekdays),
            self.first,
            self.last,
        )


class _Placed(_Rule):
    """A rule about some roads."""

    area: str = ""
    roads: tuple[str, ...] = ()
    ways: tuple[int, ...] = ()
    edges: tuple[int, ...] = ()
    near: tuple[tuple[float, float], ...] = ()
    rim: bool | None = None

    @model_validator(mode="after")
    def _placed(self) -> Self:
        if not (self.area or self.roads or self.ways or self.edges or self.near):
            raise ValueError("say which roads: area, roads, ways, edges or near")
        return self

    def where(self, folder: Path) -> Where:
        """The roads as data; an area's file is read from `folder`."""
        area = self.area
        if area and not area.lstrip().startswith("{"):
            try:
                area = (folder / area).read_text(encoding="utf-8-sig")
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigurationError.one(
                    "area-missing",
                    N_("The area file %(file)s of '%(name)s' cannot be read. Put it beside roads.toml."),
                    file=area,
                    name=self.name,
                ) from error
        return Where(area, self.roads, self.ways, self.edges, self.near, self.rim)


class ClosureRule(_Placed):
    """Roads that nobody drives."""

    reason: str = ""

    def change(self, folder: Path) -> Closure:
        """The rule as data."""
        return Closure(self.name, self.where(folder), self.when())


class SlowZoneRule(_Placed):
    """Roads driven at a share of the free speed."""

    factor: Factor

    def change(self, folder: Path) -> SlowZone:
        """The rule as data."""
        return SlowZone(self.name, self.where(folder), self.factor, self.when())


class ClassSpeedRule(_Rule):
    """Shares of the free speed by highway class."""

    factors: dict[str, Factor]

    def change(self, folder: Path) -> ClassSpeeds:
        """The rule as data."""
        return ClassSpeeds(self.name, tuple(sorted(self.factors.items())), self.when())


class VehicleGroup(Entry):
    """Vehicles that a ban is about, or that it spares."""

    plate_colours: tuple[PlateColour, ...] = ()
    energies: tuple[Energy, ...] = ()
    kinds: tuple[str, ...] = ()
    from_weight: float = Field(default=0, ge=0)
    parity: Literal["", "odd", "even", "date"] = ""
    digits: dict[Weekday, tuple[Digit, ...]] = Field(default_factory=dict)

    def vehicles(self) -> Vehicles:
        """The group as data."""
        return Vehicles(
            frozenset(self.plate_colours),
            frozenset(self.energies),
            frozenset(self.kinds),
            self.from_weight,
            self.parity,
            tuple((WEEKDAYS.index(day), frozenset(digits)) for day, digits in sorted(self.digits.items())),
        )


class BanRule(_Placed, VehicleGroup):
    """Roads that some vehicles may not use."""

    through: bool = False
    exempt: tuple[VehicleGroup, ...] = ()
    permits: tuple[str, ...] = ()

    def change(self, folder: Path) -> DrivingBan:
        """The rule as data."""
        return DrivingBan(
            self.name,
            self.where(folder),
            self.when(),
            self.vehicles(),
            tuple(group.vehicles() for group in self.exempt),
            frozenset(self.permits),
            self.through,
        )


class RoadRules(Entry):
    """The rules of one file."""

    closures: tuple[ClosureRule, ...] = ()
    slow_zones: tuple[SlowZoneRule, ...] = ()
    class_speeds: tuple[ClassSpeedRule, ...] = ()
    bans: tuple[BanRule, ...] = ()

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        seen: set[str] = set()
        for kind in ("closures", "slow_zones", "class_speeds", "bans"):
            for number, rule in enumerate(getattr(self, kind)):
                if rule.name in seen:
                    raise ValueError(f"{kind}.{number}.name: there are two rules called {rule.name!r}")
                seen.add(rule.name)
        return self

    def changes(self, layer: str, folder: Path) -> tuple[Change, ...]:
        """All rules that are about a layer, as data."""
        rules: Sequence[Any] = (*self.closures, *self.slow_zones, *self.class_speeds, *self.bans)
        return tuple(rule.change(folder) for rule in rules if rule.layer in ("", layer))


def road_changes(layer: str) -> tuple[Change, ...]:
    """Read all that differs from the free road of a layer: the operator's rules, then the closures made for now.

    Raises
    ------
    ConfigurationError
        With file, line and key of what is wrong.
    """
    path = home() / "config" / "roads.toml"
    rules = _read(path, read_toml(path)) if path.is_file() else RoadRules()
    now = closures(layer)
    return (*rules.changes(layer, path.parent), *(rule.change(path.parent) for rule in now))


def closures(layer: str) -> tuple[ClosureRule, ...]:
    """Read the closures that somebody has made for a layer, past ones too."""
    path = _closures_file(layer)
    if not path.is_file():
        return ()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError.one(
            "closures-unreadable",
            N_("%(file)s cannot be read. Mend it, or delete it: all roads are open then."),
            file=path.name,
        ) from error
    return _read(path, {"closures": data}).closures


def close(layer: str, rule: ClosureRule) -> None:
    """Add a closure; ConflictError when there is one of that name."""
    with _writing(layer) as now:
        if any(other.name == rule.name for other in now):
            raise ConflictError.one(
                "closure-there",
                N_("'%(name)s' is closed already. Open it first, or give the closure another name."),
                name=rule.name,
            )
        now.append(rule)


def reopen(layer: str, name: str) -> ClosureRule:
    """Take a closure away and return it; NotFoundError names the ones that there are."""
    with _writing(layer) as now:
        found = next((rule for rule in now if rule.name == name), None)
        if found is None:
            raise NotFoundError.one(
                "no-closure",
                N_("There is no closure '%(name)s' on %(layer)s. There are: %(known)s."),
                name=name,
                layer=layer,
                known=", ".join(rule.name for rule in now) or "-",
            )
        now.remove(found)
        taken: ClosureRule = found
    return taken


def _closures_file(layer: str) -> Path:
    return home() / "var" / "roads" / f"{layer}.closures.json"


@contextmanager
def _writing(layer: str) -> Any:
    """Give the closures to be changed; write them in one step afterwards, one writer at a time."""
    import fcntl

    path = _closures_file(layer)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        now = list(closures(layer))
        yield now
        rows = [rule.model_dump(mode="json", exclude_defaults=True) for rule in now]
        draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        draft.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        os.replace(draft, path)


def _read(path: Path, data: dict[str, Any]) -> RoadRules:
    try:
        return RoadRules(**data)
    except ValidationError as error:
        raise configuration_error([path], error, RoadRules) from error


def _spans(text: str) -> list[tuple[int, int]]:
    """Read hours such as 07:00-09:00 or 22:00-06:00 as seconds of the day; over midnight they are two spans."""
    begin, dash, end = text.partition("-")
    if not dash:
        raise ValueError(f"{text!r} is not a span such as 07:00-09:00")
    start, stop = _second(begin), DAY if end.strip() == "24:00" else _second(end)
    if start == stop:
        raise ValueError(f"{text!r} ends when it begins; leave the hours out for all day")
    return [(start, stop)] if start < stop else [(start, DAY), *([(0, stop)] if stop else [])]


def _second(text: str) -> int:
    hour = parse_hour(text.strip())
    return hour.hour * 3600 + hour.minute * 60
