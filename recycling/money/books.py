"""The accounts that points and money move between.

A seller holds points and fen (never below zero) and may owe some (never above zero); the operator's own side is the
goods that were bought, the vouchers that were given, and the money that was paid, by method.
"""

from __future__ import annotations

import uuid
from typing import Literal

from recycling.ledger import Account

PayIn = Literal["points", "yuan"]
UNITS: dict[PayIn, str] = {"points": "points", "yuan": "fen"}


def holding(seller_id: uuid.UUID, unit: str) -> Account:
    """What the seller has to spend or to be paid."""
    return Account("holder", str(seller_id), unit, "above")


def owing(seller_id: uuid.UUID, unit: str) -> Account:
    """What the seller owes, as a negative amount: fees, and what a correction took back that was spent already."""
    return Account("owing", str(seller_id), unit, "below")


def goods(unit: str) -> Account:
    """What was given for goods."""
    return Account("goods", "", unit)


def rewards() -> Account:
    """Points that were given for windows in which a vehicle was near."""
    return Account("rewards", "", "points")


def given(voucher: str) -> Account:
    """Points that came back for a voucher."""
    return Account("vouchers", voucher, "points")


def paid(method: str) -> Account:
    """Money that went out, less what came in, by method."""
    return Account("paid", method, "fen")
