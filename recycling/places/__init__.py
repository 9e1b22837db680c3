"""Finding a place by what a person types, without a geocoder: communities, towns, and places used before."""

from recycling.places.saved import SavedPlace, mask_address, saved_places
from recycling.places.suggest import Suggestion, named, suggest

__all__ = ["SavedPlace", "Suggestion", "mask_address", "named", "saved_places", "suggest"]
