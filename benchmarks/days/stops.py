"""What a made-up day asks for: every kind of stop there is, in the shares of a company that collects at doors."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from benchmarks.days.town import FIRST_DOOR, Town
from routing.problem import Load, Pair, Stop, TimeWindow, Vehicle

HOUR = 3600
SLOTS = tuple(TimeWindow(int(a * HOUR), int(b * HOUR) - 60) for a, b in ((8, 10), (10, 12), (13.5, 15.5), (15.5, 17.5)))
"""Hours that residents are promised; the last minute is the next one's."""
DAY = TimeWindow(8 * HOUR, 17 * HOUR)
WISHES = (TimeWindow(9 * HOUR, 11 * HOUR), TimeWindow(14 * HOUR, 15 * HOUR))
CALLS = tuple(TimeWindow(begin, begin + 600) for begin in (34_200, 39_000, 50_400, 55_200))
"""When trucks call at communities; each truck has one call after the other."""
NONE: Load = (0,) * 6
SHARES = {
    "call": 0.03,
    "pair": 0.03,
    "choice": 0.03,
    "together": 0.02,
    "shop": 0.05,
    "delivery": 0.05,
    "trade-in": 0.12,
}
"""Of all stops, how many are of a kind; a pair, a choice and doors that belong together are two stops."""


def stops_for(
    stops: int, town: Town, vehicles: Sequence[Vehicle], random_: random.Random
) -> tuple[tuple[Stop, ...], tuple[Pair, ...]]:
    """Make so many stops, one of every kind at least, at the doors of the town in its order."""
    maker = _Maker(town, vehicles, random_)
    made: list[Stop] = []
    for kind, share in SHARES.items():
        for k in range(max(1, round(share * stops))):
            made += maker.of(kind, k)
    if len(made) > stops:
        raise ValueError(f"{stops} stops are too few for one of every kind")
    while len(made) < stops:
        made += maker.of("door", len(made))
    return tuple(made), tuple(maker.pairs)


class _Maker:
    def __init__(self, town: Town, vehicles: Sequence[Vehicle], random_: random.Random) -> None:
        self.town, self.random = town, random_
        self.trucks = [v.id for v in vehicles if v.type == "truck"]
        self.pairs: list[Pair] = []
        self.places: Iterator[int] = iter(range(FIRST_DOOR, 10**9))

    def of(self, kind: str, k: int) -> list[Stop]:
        """Make the stops of the k-th thing of a kind."""
        made: list[Stop] = {
            "call": self.call,
            "pair": self.pair,
            "choice": self.choice,
            "together": self.together,
            "shop": self.shop,
            "delivery": self.delivery,
            "trade-in": self.trade_in,
            "door": self.door,
        }[kind](k)
        return made

    # -- parts -------------------------------------------------------------------------------------------------

    def stop(self, name: str, windows: Sequence[TimeWindow], minutes: tuple[int, int], **other: Any) -> Stop:
        service = 60 * self.random.randint(*minutes)
        basis = Stop(name, next(self.places), tuple(windows), service, NONE, NONE, 100 * self.random.randint(150, 400))
        return replace(basis, **other)

    def slots(self, number: int = 1) -> list[TimeWindow]:
        return sorted(self.random.sample(SLOTS, number), key=lambda window: window.start)

    def light(self, most: int = 80) -> Load:
        """Paper and plastics, kilograms and litres."""
        paper, plastics = self.random.randint(5, most), self.random.randint(0, most // 4)
        return paper, plastics, 0, paper * self.random.randint(4, 7), plastics * self.random.randint(10, 16), 0

    def bulky(self) -> Load:
        """One appliance."""
        kg = self.random.randint(20, 75)
        return 0, 0, kg, 0, 0, kg * self.random.randint(7, 11)

    # -- kinds -------------------------------------------------------------------------------------------------

    def door(self, k: int) -> list[Stop]:
        """A pickup in a promised slot, in one of two, or at any hour; some lanes are too narrow for trucks."""
        dice = self.random.random()
        free = dice >= 0.8
        windows = self.slots() if dice < 0.55 else self.slots(2) if not free else [DAY]
        both = [sum(pair) for pair in zip(self.light(), self.bulky(), strict=True)]
        stop = self.stop(
            f"door-{k}",
            windows,
            (6, 14),
            pickup=self.light() if self.random.random() < 0.85 else tuple(both),
            required=self.random.random() < 0.05,
            forbidden=frozenset(self.trucks) if self.random.random() < 0.1 else frozenset(),
        )
        if free and self.random.random() < 0.5:
            return [replace(stop, wishes=WISHES, wish_price=1_500)]
        return [stop]

    def trade_in(self, k: int) -> list[Stop]:
        """Bring a new appliance and take the old one; for some the new one comes to the depot in the morning.

        Some were told which truck comes.
        """
        late = k % 4 == 0
        return [
            self.stop(
                f"trade-in-{k}",
                [self.random.choice(SLOTS[2:])] if late else self.slots(),
                (22, 30),
                delivery=self.bulky(),
                pickup=self.bulky(),
                skills=frozenset({"two people"}),
                service_by_crew={"two people": 60 * self.random.randint(10, 16)},
                release=9 * HOUR + 1800 if late else 0,
                stays=self.trucks[k % len(self.trucks)] if k % 3 == 0 else "",
                stays_price=800 if k % 3 == 0 else 0,
            )
        ]

    def delivery(self, k: int) -> list[Stop]:
        """Bring containers that light goods are collected in; at every other door the crew has wishes."""
        stop = self.stop(f"delivery-{k}", [DAY], (5, 10), delivery=self.light(40))
        return [stop if k % 2 else replace(stop, wishes=WISHES, wish_price=1_500)]

    def shop(self, k: int) -> list[Stop]:
        """Packaging of a shop, taken when nothing is to be delivered any more."""
        return [
            self.stop(f"shop-{k}", [TimeWindow(10 * HOUR, 17 * HOUR)], (6, 12), pickup=self.light(90), backhaul=True)
        ]

    def call(self, k: int) -> list[Stop]:
        """A truck calls at a community at its minute."""
        truck = self.trucks[k % len(self.trucks)]
        hour = CALLS[k // len(self.trucks) % len(CALLS)]
        kept = {"required": True, "vehicles": frozenset({truck})}
        return [self.stop(f"call-{k}", [hour], (25, 35), pickup=self.light(200), **kept)]

    def pair(self, k: int) -> list[Stop]:
        """Furniture from one door to another."""
        goods = self.bulky()
        collect = self.stop(f"from-{k}", [DAY], (8, 15), pickup=goods)
        drop = self.stop(f"to-{k}", [TimeWindow(10 * HOUR, 17 * HOUR)], (8, 15), delivery=goods)
        self.pairs.append(Pair(collect.id, drop.id))
        return [collect, drop]

    def choice(self, k: int) -> list[Stop]:
        """A customer who is at home in the morning or at work in the afternoon."""
        goods = self.light()
        hours = (SLOTS[:2], SLOTS[2:])
        return [
            self.stop(
                f"choice-{k}-{side}", [self.random.choice(hours[side])], (6, 12), pickup=goods, group=f"choice-{k}"
            )
            for side in (0, 1)
        ]

    def together(self, k: int) -> list[Stop]:
        """Two doors of one committee, whose goods are weighed on the same vehicle."""
        window = TimeWindow(13 * HOUR, 17 * HOUR) if k % 2 else TimeWindow(8 * HOUR, 12 * HOUR)
        return [
            self.stop(f"same-{k}-{n}", [window], (5, 10), pickup=self.light(), together=f"same-{k}") for n in (0, 1)
        ]
