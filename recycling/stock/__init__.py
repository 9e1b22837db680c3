"""The stock of trucks, by material and compartment: movements of the ledger in grams and millilitres.

What is on board is a query and is never negative. Goods come on board from a community and leave it for a site or for
another truck; what a scale says otherwise stands on an account of differences.
"""

from recycling.stock.fill import Fill, fills
from recycling.stock.loads import Load, load_of
from recycling.stock.movements import collect, hand_over, unload
from recycling.stock.on_board import Stock, stock_of
from recycling.stock.vehicle import Vehicle, the_vehicle

__all__ = [
    "Fill",
    "Load",
    "Stock",
    "Vehicle",
    "collect",
    "fills",
    "hand_over",
    "load_of",
    "stock_of",
    "the_vehicle",
    "unload",
]
