"""The record: typed SQLAlchemy mappings, one file an aggregate."""

from recycling.models.account import (
    Account,
    AccountDepot,
    AccountSession,
    ApiKey,
    OneTimeCode,
    OneTimeLink,
    SignInTry,
)
from recycling.models.asked_change import AskedChange
from recycling.models.audit import AuditEvent
from recycling.models.base import Base
from recycling.models.booking import Booking, BookingLine
from recycling.models.call_watch import CallWatch
from recycling.models.complaint import Complaint
from recycling.models.contract import Contract, ContractDate, ContractLine, ContractSkip
from recycling.models.group import Group, GroupMember, GroupMemberLine
from recycling.models.handover import Handover, HandoverLine, HandoverSerial, PartnerSettlement
from recycling.models.ledger import LedgerAccount, LedgerEntry, LedgerGuard, LedgerLine
from recycling.models.network import Area, Community, Site
from recycling.models.outbox import Message, MessageConsent
from recycling.models.partner_correction import PartnerCorrection
from recycling.models.photo import Photo, PhotoFile, PhotoTwin
from recycling.models.place import PinAnswer, SignReading
from recycling.models.plan import LeftOut, Plan, PlanEdit, PlanRoute, PlanRun, PlanVisit
from recycling.models.purchase import (
    Purchase,
    PurchaseEvidence,
    PurchaseLine,
    PurchasePayment,
    Seller,
    SellerDeclaration,
)
from recycling.models.quote import Quote, QuoteLine
from recycling.models.reach import ReachStudy
from recycling.models.scenario import Scenario, ScenarioLayer, ScenarioMarket, ScenarioSite, SiteSearch
from recycling.models.schedule import JobTick
from recycling.models.shop_event import ShopEvent, ShopHook
from recycling.models.slot import Hold, Slot
from recycling.models.spare import SpareOffer, SpareTrip
from recycling.models.stock import StockCorrection, StockSerial, StockWeighIn, StockWeighInLine
from recycling.models.timetable import Call, Timetable, TimetableRoads, TimetableVisit
from recycling.models.timetable_run import TimetableRun
from recycling.models.trade_in import TradeInOrder
from recycling.models.turned_away import TurnedAway
from recycling.models.village_round import RoundDay, RoundPlace, VillageRound
from recycling.models.voucher import Redemption, VoucherStock
from recycling.models.waiting import Waiting
from recycling.models.whereabouts import TruckPosition

__all__ = [
    "Account",
    "AccountDepot",
    "AccountSession",
    "ApiKey",
    "Area",
    "AskedChange",
    "AuditEvent",
    "Base",
    "Booking",
    "BookingLine",
    "Call",
    "CallWatch",
    "Community",
    "Complaint",
    "Contract",
    "ContractDate",
    "ContractLine",
    "ContractSkip",
    "Group",
    "GroupMember",
    "GroupMemberLine",
    "Handover",
    "HandoverLine",
    "HandoverSerial",
    "Hold",
    "JobTick",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerGuard",
    "LedgerLine",
    "LeftOut",
    "Message",
    "MessageConsent",
    "OneTimeCode",
    "OneTimeLink",
    "PartnerCorrection",
    "PartnerSettlement",
    "Photo",
    "PhotoFile",
    "PhotoTwin",
    "PinAnswer",
    "Plan",
    "PlanEdit",
    "PlanRoute",
    "PlanRun",
    "PlanVisit",
    "Purchase",
    "PurchaseEvidence",
    "PurchaseLine",
    "PurchasePayment",
    "Quote",
    "QuoteLine",
    "ReachStudy",
    "Redemption",
    "RoundDay",
    "RoundPlace",
    "Scenario",
    "ScenarioLayer",
    "ScenarioMarket",
    "ScenarioSite",
    "Seller",
    "SellerDeclaration",
    "ShopEvent",
    "ShopHook",
    "SignInTry",
    "SignReading",
    "Site",
    "SiteSearch",
    "Slot",
    "SpareOffer",
    "SpareTrip",
    "StockCorrection",
    "StockSerial",
    "StockWeighIn",
    "StockWeighInLine",
    "Timetable",
    "TimetableRoads",
    "TimetableRun",
    "TimetableVisit",
    "TradeInOrder",
    "TruckPosition",
    "TurnedAway",
    "VillageRound",
    "VoucherStock",
    "Waiting",
]
