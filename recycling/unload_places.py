"""Where a depot's trucks may unload what, as the materials of the sites say.

As long as the comprehensive centres take everything that any site takes, a day knows only kilograms and litres, and a
truck leaves all that it has at any of them. Where they do not, what they lack becomes loads of its own, such as
``kg appliances``. Those stay on board until a site that takes them: a licensed dismantler, a centre for furniture.
Materials that the same sites take are one load.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.models import Site
from recycling.stock.ahead import accepted_at
from recycling.stock.on_board import Stock
from routing.problem import Compartment, Load, Stop, Vehicle

DIMENSIONS = ("kg", "litres")

CENTRES = 3
"""How many of the nearest centres a depot's day may unload at."""

FOR_EACH = 2
"""How many of the nearest sites that take what the centres do not."""

Shares = Mapping[str, tuple[int, int]]
"""Kilograms and litres by material."""


@dataclass(frozen=True)
class UnloadPlaces:
    """The sites of a depot's day, and the loads that are told apart by them.

    Attributes
    ----------
    groups
        By the name of a load of its own the materials that it is of; none where every centre takes everything.
    """

    sites: Sequence[Site]
    groups: Mapping[str, frozenset[str]]

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions of the day's loads: kilograms and litres of the rest, and of each load of its own."""
        return (*DIMENSIONS, *(f"{unit} {name}" for name in self.groups for unit in DIMENSIONS))

    def takes(self, site: Site) -> frozenset[str] | None:
        """Return the dimensions of which a site takes all that is on board; None for all."""
        accepted = accepted_at(site)
        if not self.groups or not accepted:
            return None
        own = {name for name, materials in self.groups.items() if materials <= set(accepted)}
        rest = set(DIMENSIONS) if site.kind == "comprehensive" else set()
        return frozenset(rest | {f"{unit} {name}" for name in own for unit in DIMENSIONS})

    def loaded(self, stop: Stop, shares: Shares) -> Stop:
        """Return a stop, of which kilograms and litres in all are known, with what is collected told apart."""
        if not self.groups:
            return stop
        parts = []
        for materials in self.groups.values():
            found = [load for material, load in shares.items() if material in materials]
            parts += [min(stop.pickup[k], sum(load[k] for load in found)) for k in range(len(DIMENSIONS))]
        rest = tuple(max(0, stop.pickup[k] - sum(parts[k :: len(DIMENSIONS)])) for k in range(len(DIMENSIONS)))
        nothing = (0,) * len(parts)
        return replace(stop, delivery=(*stop.delivery, *nothing), pickup=(*rest, *parts))

    def sized(self, vehicle: Vehicle) -> Vehicle:
        """Return a vehicle, of which the capacity in all is known, that all loads share."""
        if not self.groups:
            return vehicle
        shared = tuple(
            Compartment(frozenset(name for name in self.dimensions if name.partition(" ")[0] == unit), capacity)
            for unit, capacity in zip(DIMENSIONS, vehicle.capacity, strict=True)
        )
        return replace(vehicle, capacity=vehicle.capacity * (1 + len(self.groups)), compartments=shared)


def unload_places(session: Session, depot: Site, by_material: bool = True) -> UnloadPlaces:
    """Return where a depot's trucks unload; without `by_material` everything goes to the comprehensive centres."""
    all_sites = session.scalars(
        select(Site).where(Site.kind.in_(("comprehensive", "specialised"))).order_by(Site.code)
    ).all()
    by_way = sorted(all_sites, key=lambda site: (site.lon - depot.lon) ** 2 + (site.lat - depot.lat) ** 2)
    chosen = [site for site in by_way if site.kind == "comprehensive"][:CENTRES]
    if not by_material:
        return UnloadPlaces(chosen, {})
    known = sorted({material for site in all_sites for material in accepted_at(site)})
    lacking = [material for material in known if not all(_accepts(site, material) for site in chosen)]
    for material in lacking:
        chosen += [site for site in by_way if _accepts(site, material) and site not in chosen][:FOR_EACH]
    together: dict[frozenset[str], list[str]] = {}
    for material in lacking:
        together.setdefault(frozenset(s.code for s in chosen if _accepts(s, material)), []).append(material)
    return UnloadPlaces(chosen, {"+".join(group): frozenset(group) for group in together.values()})


def dimensioned(dimensions: Sequence[str], stock: Stock) -> Load:
    """Return what is on board in a day's dimensions: kilograms and litres, of some materials by themselves."""
    found = dict.fromkeys(dimensions, 0)
    own = {material: name for name in dimensions for material in name.partition(" ")[2].split("+") if material}
    for load in stock.loads:
        group = f" {own[load.material].partition(' ')[2]}" if load.material in own else ""
        found[f"kg{group}"] += load.grams
        found[f"litres{group}"] += load.millilitres
    return tuple(-(-max(0, amount) // 1000) for amount in found.values())


def in_all(load: Sequence[int]) -> tuple[int, int]:
    """Return the kilograms and litres of a load of all its dimensions together."""
    kg, litres = (sum(load[k :: len(DIMENSIONS)]) for k in range(len(DIMENSIONS)))
    return kg, litres


def _accepts(site: Site, material: str) -> bool:
    accepted = accepted_at(site)
    return not accepted or material in accepted
