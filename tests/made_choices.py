"""What searches keep of a choice for several scenarios of demand, and of sites and rounds together."""

NOTICE = {"zh": "演示", "en": "demonstration"}
PLACES = {
    "CEN-01": {"name": "中心", "name_en": "Centre one", "lon": 107.48, "lat": 31.22},
    "STA-01": {"name": "一站", "name_en": "Station one", "lon": 107.46, "lat": 31.2},
    "A-001": {"name": "镇心", "name_en": "Town centre", "lon": 107.47, "lat": 31.21},
}
SHARED = {
    "notice": NOTICE, "places": PLACES, "off_road": [["A-009", "远村"]], "candidates": 3, "people": 6500.0,
    "points": {"A-002": ["示例镇 一", 107.45, 31.19], "A-003": ["示例镇 二", 107.49, 31.2]},
}  # fmt: skip


def choice(sites, values, regrets, expected):
    return {
        "sites": sites, "values": values, "regrets": regrets, "expected": expected,
        "worst_regret": None if None in regrets else max(regrets),
    }  # fmt: skip


SMALL, LARGE = {"CEN-01": "standing"}, {"A-001": "large", "CEN-01": "standing"}
ROBUST = SHARED | {
    "model": "cost", "unit": "yuan a year",
    "scenarios": [
        {"name": "歉年", "weight": 0.4, "percent": 80.0, "own": {}, "tonnes": 48.0,
         "best_alone": choice(SMALL, [400_000.0, None], [0.0, None], None), "bound": 400_000.0},
        {"name": "丰年", "weight": 0.6, "percent": 130.0, "own": {"paper": 150.0}, "tonnes": 90.0,
         "best_alone": choice(LARGE, [460_000.0, 600_000.0], [60_000.0, 0.0], 544_000.0), "bound": 590_000.0},
    ],
    "least_expected_cost": choice(LARGE, [460_000.0, 600_000.0], [60_000.0, 0.0], 544_000.0)
    | {"bound": 544_000.0, "proven": True},
    "least_worst_regret": choice({"STA-01": "small"}, [440_000.0, 640_000.0], [40_000.0, 40_000.0], 560_000.0)
    | {"bound": 38_000.0, "proven": False},
    "robustness_costs": 16_000.0, "robustness_saves": 20_000.0,
    "drawn": [
        {"scenario": 0, "flows": [["A-002", "CEN-01", 48.0]], "loads": {"CEN-01": [48.0, 0.9]}},
        {"scenario": 1, "flows": [], "loads": {}},
        {"scenario": 1, "flows": [["A-002", "A-001", 60.0], ["A-003", "CEN-01", 30.0]],
         "loads": {"A-001": [60.0, 0.5], "CEN-01": [30.0, None]}},
        {"scenario": 1, "flows": [["A-002", "STA-01", 90.0]], "loads": {"STA-01": [90.0, 1.2]}},
    ],
}  # fmt: skip
ROBUST_ASKED = {
    "demands": [
        {"name": "歉年", "weight": 4, "percent": 80, "own": {}},
        {"name": "丰年", "weight": 6, "percent": 130, "own": {"paper": 150}},
    ],
    "count": 3, "budget": 500_000.0,
}  # fmt: skip


def routed(sites, cost, model, **more):
    return {
        "sites": sites, "routed": cost, "days": [cost - 1000, cost + 1000], "model": model, "corrected": cost + 500.0,
        "turn": 1, "left_out": 0, "trucks": 6, "km": 312.4, "taken": {code: 1 / len(sites) for code in sites},
    } | more  # fmt: skip


LOCATED = SHARED | {
    "answers": [
        routed(LARGE, 700_000.0, 430_000.0),
        routed(SMALL, 720_000.0, 425_000.0, turn=2, left_out=1),
        routed({"A-001": "small", "CEN-01": "standing"}, 730_000.0, 440_000.0),
    ],
    "turns": [
        {"turn": 1, "added": 2, "best": 700_000.0, "floor": None, "noise": 5000.0, "error": 800.0, "slope": 1.25},
        {"turn": 2, "added": 1, "best": 700_000.0, "floor": 705_000.0, "noise": 5000.0, "error": 900.0, "slope": 1.2},
    ],
    "ended": "sure", "noise": 5000.0, "floor": 706_000.0, "floor_error": 900.0, "model_first": SMALL,
    "changed_by_routing": True, "tonnes": 60.0, "days": 6, "over": ["CEN-01"],
    "drawn": [
        {"flows": [["A-002", "A-001", 40.0], ["A-003", "CEN-01", 20.0]],
         "loads": {"A-001": [30.0, 0.3], "CEN-01": [30.0, 1.5]}},
        {"flows": [["A-002", "CEN-01", 60.0]], "loads": {"CEN-01": [60.0, 3.0]}},
        {"flows": [["A-002", "A-001", 60.0]], "loads": {"A-001": [60.0, None], "CEN-01": [0.0, 0.0]}},
    ],
}  # fmt: skip
