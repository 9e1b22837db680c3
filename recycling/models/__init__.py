"""The record: typed SQLAlchemy mappings, one file an aggregate."""

from recycling.models.base import Base
from recycling.models.booking import Booking, BookingLine
from recycling.models.ledger import LedgerAccount, LedgerEntry, LedgerGuard, LedgerLine
from recycling.models.network import Area, Community, Site
from recycling.models.plan import LeftOut, Plan, PlanRoute, PlanRun, PlanVisit
from recycling.models.purchase import (
    Purchase,
    PurchaseEvidence,
    PurchaseLine,
    PurchasePayment,
    Seller,
    SellerDeclaration,
)
from recycling.models.schedule import JobTick
from recycling.models.timetable import Call
from recycling.models.trade_in import TradeInOrder
from recycling.models.voucher import Redemption, VoucherStock

__all__ = [
    "Area",
    "Base",
    "Booking",
    "BookingLine",
    "Call",
    "Community",
    "JobTick",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerGuard",
    "LedgerLine",
    "LeftOut",
    "Plan",
    "PlanRoute",
    "PlanRun",
    "PlanVisit",
    "Purchase",
    "PurchaseEvidence",
    "PurchaseLine",
    "PurchasePayment",
    "Redemption",
    "Seller",
    "SellerDeclaration",
    "Site",
    "TradeInOrder",
    "VoucherStock",
]
