"""Deliver new, collect old: orders of shops whose goods we bring, and whose customers' old ones we take along."""

from recycling.deliveries.checks import checked
from recycling.deliveries.columns import COLUMNS, template_rows
from recycling.deliveries.entering import cancel, enter
from recycling.deliveries.finding import Standing, order_by_key, orders_between, standing_of, the_order
from recycling.deliveries.shops import the_shop
from recycling.deliveries.taking import take_in
from recycling.deliveries.wish import OrderWish

__all__ = [
    "COLUMNS",
    "OrderWish",
    "Standing",
    "cancel",
    "checked",
    "enter",
    "order_by_key",
    "orders_between",
    "standing_of",
    "take_in",
    "template_rows",
    "the_order",
    "the_shop",
]
