"""A new stop in a published day: where it could go, what that adds, and what it moves.

`Published` knows of each position of each route beforehand when one can be there at the soonest, when one is home if
one is there at some second, what is on board, and what there is room for. So most positions are judged by a few sums,
all of them at once, and only those that are offered are calculated in full, by `routing.timing`.
"""

from __future__ import annotations

from routing.insertion.filling import filled_up
from routing.insertion.offers import Offer, Published, accepted
from routing.insertion.places import Place, Places, Ways

__all__ = ["Offer", "Place", "Places", "Published", "Ways", "accepted", "filled_up"]
