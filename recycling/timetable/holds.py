"""How much of what people bring a type of vehicle holds, with the compartments of its hold."""

from __future__ import annotations

from collections import defaultdict

from recycling.fleet import VehicleType
from recycling.settings.stock import StockSettings
from recycling.stock.loads import litres_a_kg
from recycling.stock.vehicle import Vehicle


def most_kg(rules: StockSettings, kind: VehicleType) -> int:
    """Return the kilograms of the usual mixture (``stock.brought``) with which the first compartment is full.

    At most the payload; materials that no compartment takes are left aside. Each call brings the same mixture, so that
    a vehicle that keeps to this keeps to all of its compartments.
    """
    if not kind.compartments:
        return kind.kg
    hold = Vehicle("", "", kind, kind.compartments)
    kg: dict[str, float] = defaultdict(float)
    litres: dict[str, float] = defaultdict(float)
    for material, share in rules.brought.items():
        code = hold.compartment_of(material)
        kg[code] += share
        litres[code] += share * litres_a_kg(rules, material)
    most = float(kind.kg)
    for part in kind.compartments:
        if kg[part.code] > 0:
            most = min(most, part.kg / kg[part.code])
        if litres[part.code] > 0:
            most = min(most, part.litres / litres[part.code])
    return int(most)
