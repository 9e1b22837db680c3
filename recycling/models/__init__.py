"""The record: typed SQLAlchemy mappings, one file an aggregate."""

from recycling.models.base import Base
from recycling.models.booking import Booking, BookingLine
from recycling.models.network import Area, Community, Site
from recycling.models.place import PinAnswer, SignReading
from recycling.models.plan import LeftOut, Plan, PlanRoute, PlanRun, PlanVisit
from recycling.models.schedule import JobTick
from recycling.models.timetable import Call
from recycling.models.trade_in import TradeInOrder

__all__ = [
    "Area",
    "Base",
    "Booking",
    "BookingLine",
    "Call",
    "Community",
    "JobTick",
    "LeftOut",
    "PinAnswer",
    "Plan",
    "PlanRoute",
    "PlanRun",
    "PlanVisit",
    "SignReading",
    "Site",
    "TradeInOrder",
]
