"""What is collected, as config/catalogue.toml says: materials, items, handling, dated prices, and what is not taken."""

from recycling.catalogue.entries import Entry, Name
from recycling.catalogue.estimate import Estimate, EstimateLine, estimate
from recycling.catalogue.items import Dismantling, Item, Size
from recycling.catalogue.limits import over_limit
from recycling.catalogue.load import load_catalogue
from recycling.catalogue.prices import Band, Direction, Price, direction_of
from recycling.catalogue.service import Place, ServiceRule, minutes_of, visit_minutes
from recycling.catalogue.streams import Leg, Stream, legs_of
from recycling.catalogue.whole import Catalogue, Hazard, Material, Refused

__all__ = [
    "Band",
    "Catalogue",
    "Direction",
    "Dismantling",
    "Entry",
    "Estimate",
    "EstimateLine",
    "Hazard",
    "Item",
    "Leg",
    "Material",
    "Name",
    "Place",
    "Price",
    "Refused",
    "ServiceRule",
    "Size",
    "Stream",
    "direction_of",
    "estimate",
    "legs_of",
    "load_catalogue",
    "minutes_of",
    "over_limit",
    "visit_minutes",
]
