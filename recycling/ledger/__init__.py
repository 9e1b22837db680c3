"""Double-entry bookkeeping in integers, whatever the unit: points, fen, later kilograms on a truck.

An entry has lines that sum to zero in each unit; it is added once (by a key), never changed, and corrected by an entry
that reverses it. A balance is a query. An account that keeps to one side of zero is guarded by a conditional update
in the transaction of the entry.
"""

from recycling.ledger.accounts import Account
from recycling.ledger.balances import balance, balances
from recycling.ledger.once import once
from recycling.ledger.posting import Draft, Line, entry_by_key, post, reverse

__all__ = ["Account", "Draft", "Line", "balance", "balances", "entry_by_key", "once", "post", "reverse"]
