"""An answer for stations and centres, and a front, as searches keep them."""

MEASURES = {"cost": 450_123.4, "carbon": 12.34, "within": 4500.0, "worst-town": 9.96, "driving": None}
PARTS = {"fixed": 205_000, "running": 100_000, "transport": 200_123, "fees": -55_000}
OPENED = [{"STA-01": "standing"}, {"CEN-01": "standing", "A-001": "large"}, {"MKT-01": ""}]
WORTH = {
    "best": "cost", "value": 450_123.4, "bound": 440_000.0, "gap": 0.0225, "proven": False,
    "measures": MEASURES, "parts": PARTS,
}  # fmt: skip
SHARED = {
    "notice": {"zh": "演示", "en": "demonstration"}, "years": ["2027", "2028"], "tonnes": [60.0, 66.0],
    "people": 6500.0, "candidates": [3, 3, 2], "off_road": [["A-009", "远村"]],
    "places": [
        {"STA-01": ["一站", "Station one", 107.46, 31.2], "A-001": ["镇站", "Town station", 107.47, 31.21]},
        {"CEN-01": ["中心", "Centre one", 107.48, 31.22], "A-001": ["镇心", "Town centre", 107.47, 31.21]},
        {"MKT-01": ["市场", "Market one", 107.49, 31.23]},
    ],
}  # fmt: skip
TIERS = SHARED | WORTH | {
    "points": {"A-002": ["示例镇", 107.45, 31.19]},
    "opened": [OPENED, [{"A-001": "small"}, *OPENED[1:]]],
    "loads": [
        [{"STA-01": [60.0, 0.75]}, {"CEN-01": [60.0, 1.2], "A-001": [0.0, 0.0]}, {"MKT-01": [60.0, None]}],
        [{"A-001": [66.0, 0.5]}, {"CEN-01": [66.0, 0.5], "A-001": [0.0, 0.0]}, {"MKT-01": [66.0, None]}],
    ],
    "by_community": {"within": 4321.0, "worst-town": 8.76, "driving": 5.43},
    "bound_by_community": 432_100.0,
    "flows": [
        [0, 0, "A-002", "STA-01", "paper", 40.0], [0, 0, "A-002", "STA-01", "glass", 20.0],
        [0, 1, "STA-01", "CEN-01", "paper", 40.0], [0, 1, "STA-01", "CEN-01", "glass", 20.0],
        [0, 2, "CEN-01", "MKT-01", "paper", 40.0], [1, 0, "A-002", "A-001", "paper", 66.0],
    ],
}  # fmt: skip
ROW = WORTH | {"first": 450_123.4, "second": 9.96, "held": True, "proven": True, "opened": [OPENED]}
FRONT = SHARED | {
    "measures": ["cost", "worst-town"], "complete": True, "losses": [1234.0, 0.55], "unknown": 0.0,
    "rows": [
        ROW,
        ROW | {"first": 500_000.0, "second": 7.0, "proven": False},
        ROW | {"first": 600_000.0, "second": 6.0, "bound": 590_000.0, "gap": 0.0167, "held": False, "proven": False},
        ROW | {"first": 700_000.0, "second": None, "bound": None, "held": False, "proven": False},
    ],
}  # fmt: skip
