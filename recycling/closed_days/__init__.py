"""Days that are closed after something was put on them: what stands there, where it could go, and moving it.

Bookings are `recycling.booking.closed_days`; shops' orders and truck calls are here, and the count of all three.
"""

from recycling.closed_days.calls import CallProposal, call_proposals, move_calls
from recycling.closed_days.moved import Left, MovedThere, Standing, standing_on_closed
from recycling.closed_days.orders import OrderProposal, move_orders, order_proposals

__all__ = [
    "CallProposal",
    "Left",
    "MovedThere",
    "OrderProposal",
    "Standing",
    "call_proposals",
    "move_calls",
    "move_orders",
    "order_proposals",
    "standing_on_closed",
]
