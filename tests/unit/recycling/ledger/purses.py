"""Two purses, a debt and a source, to post between."""

from recycling.ledger import Account

SOURCE = Account("goods", "", "points")
PURSE, OTHER = (Account("holder", owner, "points", keeps="above") for owner in ("ann", "bob"))
DEBT = Account("owing", "ann", "points", keeps="below")
