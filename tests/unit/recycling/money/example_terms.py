"""Terms of the tests' own: two periods of rates, one voucher, a limit, a registered operator."""

from datetime import date
from zoneinfo import ZoneInfo

from recycling.clock import ServiceClock

TODAY = date(2026, 3, 4)
CLOCK = ServiceClock(ZoneInfo("Asia/Shanghai"))
TERMS = {
    "rates": [
        {
            "valid_from": date(2026, 1, 1),
            "fen_per_kg": {"paper": 60, "plastic": 50, "metal": 181, "glass": 0, "furniture": -30},
            "points_per_kg": {"paper": 7, "plastic": 6, "metal": 20, "glass": 1},
            "points_per_yuan": 10,
        },
        {
            "valid_from": date(2026, 3, 1),
            "fen_per_kg": {"paper": 70, "plastic": 50, "metal": 200, "glass": 0, "furniture": -30},
            "points_per_kg": {"paper": 10, "plastic": 6, "metal": 20, "glass": 1},
            "points_per_yuan": 10,
        },
    ],
    "vouchers": {
        "bag": {
            "zh": "袋", "en": "Bag", "points": 30, "stock": 5, "cancel_hours": 24,
            "valid_from": date(2026, 3, 1), "valid_until": date(2026, 3, 31),
        },
    },
    "seller_limits": [{"valid_from": date(2024, 4, 29), "yuan": 5_000_000, "warn_percent": [60, 80, 95]}],
    "goods_codes": {"paper": "G1", "metal": "G2"},
    "operator": {
        "name": "示例再生资源", "taxpayer_number": "T1", "registration": "R1", "registration_until": date(2026, 12, 31),
    },
}  # fmt: skip
