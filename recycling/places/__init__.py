"""Finding a place by what a person types, without a geocoder: communities, towns, and places used before."""

from recycling.places.saved import SavedPlace, mask_address, saved_places
from recycling.places.suggest import Meaning, Suggestion, alike, communities_of, meaning, named, suggest

__all__ = [
    "Meaning",
    "SavedPlace",
    "Suggestion",
    "alike",
    "communities_of",
    "mask_address",
    "meaning",
    "named",
    "saved_places",
    "suggest",
]
