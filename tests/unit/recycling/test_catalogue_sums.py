"""What a booking weighs, takes and costs by the catalogue, and which trucks it needs."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from trial_counts import so_many

from recycling.catalogue import (
    Catalogue,
    Price,
    direction_of,
    estimate,
    legs_of,
    load_catalogue,
    minutes_of,
    over_limit,
    visit_minutes,
)
from recycling.errors import BadRequestError, NotFoundError

LAW = settings(deadline=None, max_examples=so_many(60))
DAY = date(2026, 3, 5)
SHIPPED = load_catalogue()
orders = st.dictionaries(st.sampled_from(sorted(SHIPPED.variants)), st.integers(1, 20), min_size=1, max_size=8)


def price(**entries):
    return Price(**{"from": DAY, **entries})


# -- prices ------------------------------------------------------------------------------------------------------


def test_a_price_holds_from_its_first_day_until_the_day_before_the_next(catalogue):
    first, second = catalogue.items["cardboard"].prices
    change = date(2026, 7, 1)
    assert (first.starts, second.starts) == (date(2026, 1, 1), change)
    at = catalogue.items["cardboard"].price_at
    assert at(date(2026, 1, 1)) == at(change - timedelta(days=1)) == first
    assert at(change) == at(change + timedelta(days=1)) == at(date.max) == second
    before, after = (estimate(catalogue, {"cardboard": 2}, day) for day in (change - timedelta(days=1), change))
    assert (before.low, before.high) == (800, 1200)
    assert (after.low, after.high) == (800, 1300)


def test_before_the_first_price_there_is_none(catalogue):
    with pytest.raises(NotFoundError, match="Refrigerator has a price only from 2026-01-01 on") as caught:
        estimate(catalogue, {"fridge": 1}, date(2025, 12, 31))
    assert caught.value.faults[0].values["item"].text("zh") == "冰箱"


@pytest.mark.parametrize(
    ("entries", "kg", "pieces", "fen"),
    [
        ({"by": "item", "we_pay": (300, 500)}, 10, 3, (900, 1500)),
        ({"by": "item", "they_pay": (300, 500)}, 10, 3, (-1500, -900)),
        ({"by": "weight", "we_pay": (5, 8)}, 10, 3, (150, 240)),
        ({"by": "weight", "they_pay": (5, 8), "least": 200}, 10, 1, (-200, -200)),
        ({"by": "weight", "they_pay": (5, 8), "least": 200}, 10, 3, (-240, -200)),
        ({"by": "weight", "we_pay": (5, 8), "least": 200}, 10, 3, (200, 240)),
        ({"by": "points", "points_a_kg": 4}, 10, 3, (0, 0)),
        ({"by": "free"}, 10, 3, (0, 0)),
    ],
)
def test_ways_to_price(entries, kg, pieces, fen):
    assert price(**entries).fen(kg, pieces) == fen


@pytest.mark.parametrize(("kg", "fee"), [(1, 100), (30, 100), (31, 200), (60, 200), (61, 300), (999, 300)])
def test_a_band_holds_up_to_its_weight(kg, fee):
    bands = [{"up_to_kg": 30, "they_pay": (100, 100)}, {"up_to_kg": 60, "they_pay": (200, 200)}]
    banded = price(by="band", bands=[*bands, {"they_pay": (300, 300)}])
    assert banded.fen(kg, 2) == (-2 * fee, -2 * fee)


def test_a_band_without_payer_or_without_end_is_refused():
    for bands in ([{"up_to_kg": 30, "they_pay": (1, 1)}], [{}], [{"we_pay": (1, 1), "they_pay": (1, 1)}]):
        with pytest.raises(ValidationError):
            price(by="band", bands=bands)


def test_points_come_by_piece_and_by_weight():
    both = price(by="item", we_pay=(100, 200), points=5, points_a_kg=2)
    assert both.points_of(10, 3) == 75
    assert both.fen(10) == (100, 200)


@pytest.mark.parametrize(
    ("low", "high", "points", "direction"),
    [(0, 0, 0, "free"), (0, 0, 1, "points"), (0, 1, 0, "we-pay"), (-1, 0, 5, "they-pay"), (-1, 1, 0, "either")],
)
def test_direction(low, high, points, direction):
    assert direction_of(low, high, points) == direction


# -- estimates ---------------------------------------------------------------------------------------------------


def test_an_estimate_sums_its_lines(catalogue):
    found = estimate(catalogue, {"fridge": 1, "cardboard": 4, "sofa": 1, "film": 2, "laptop": 1}, DAY)
    assert [(line.code, line.low, line.high, line.points, line.direction) for line in found.lines] == [
        ("fridge", 3000, 8000, 50, "we-pay"),
        ("cardboard", 1600, 2400, 20, "we-pay"),
        ("sofa", -5000, -2500, 0, "they-pay"),
        ("film", 0, 0, 16, "points"),
        ("laptop", 3000, 15000, 10, "we-pay"),
    ]
    assert (found.low, found.high, found.points, found.direction) == (2600, 22900, 96, "we-pay")
    assert (found.kg, found.litres) == (55 + 20 + 60 + 4 + 1, 1000 + 320 + 1700 + 190 + 6)
    assert (found.people, found.tail_lift, found.tools) == (2, False, ("straps",))
    assert (found.data_bearing, found.photos) == (("laptop",), ("sofa",))


def test_who_pays_can_depend_on_what_is_found(catalogue):
    assert estimate(catalogue, {"fridge": 1, "sofa": 1}, DAY).direction == "either"
    assert estimate(catalogue, {}, DAY).direction == "free"


def test_f02_the_size_changes_weight_room_time_and_price(catalogue):
    small, usual, large = (estimate(catalogue, {code: 1}, DAY) for code in ("fridge.small", "fridge", "fridge.large"))
    for what in ("kg", "litres", "minutes", "low", "high", "points"):
        assert getattr(small, what) < getattr(usual, what) < getattr(large, what), what
    assert (usual.tail_lift, large.tail_lift) == (False, True)
    assert large.lines[0].item.text("zh") == "冰箱(对开门或多门)"
    assert (large.people, large.tools) == (usual.people, usual.tools)
    corner, single = (estimate(catalogue, {code: 1}, DAY) for code in ("sofa.corner", "sofa.single"))
    assert (corner.low, single.low) == (-8000, -3500)  # the band of the size's own weight


def test_f02_count_floor_lift_place_dismantling_and_data_change_the_minutes(catalogue):
    def minutes(code="air-conditioner", pieces=1, floor=5, lift=False, where="flat", dismantle=False):
        return minutes_of(catalogue, code, pieces, floor, lift, where, dismantle)

    assert minutes() == 6 + 4 * 1.0
    assert minutes(pieces=3) == 3 * minutes()
    assert minutes(floor=1) == 6
    assert minutes(floor=6) == minutes() + 1
    assert minutes(floor=-1) == minutes(floor=2) == 7
    assert minutes(lift=True) == minutes(floor=30, lift=True) == 6.5
    assert minutes(floor=1, lift=True) == 6
    assert minutes(where="hallway") == 6 * 0.7 + 4
    assert minutes(where="gate") == minutes(where="gate", floor=1) == 3
    assert minutes(dismantle=True) == minutes() + 20
    assert minutes("paper", dismantle=True) == minutes("paper")
    assert minutes("drum-washer") == 6 + 4 * 1.6
    assert minutes("drum-washer", lift=True) == 6 + 0.5 * 1.4
    same = catalogue.items["tv-flat"]
    marked = same.model_copy(update={"data_bearing": True})
    tables = {name: getattr(catalogue, name) for name in Catalogue.model_fields}
    changed = Catalogue(**{**tables, "items": {**catalogue.items, "tv-flat": marked}})
    assert minutes_of(changed, "tv-flat", 2) == minutes_of(catalogue, "tv-flat", 2) + 2 * 1.0


def test_tools_come_along_only_for_what_is_taken_apart(catalogue):
    asked = estimate(catalogue, {"air-conditioner": 1, "wardrobe": 1}, DAY, dismantle=["air-conditioner"])
    assert asked.tools == ("ac-kit",)
    assert asked.minutes == estimate(catalogue, {"air-conditioner": 1, "wardrobe": 1}, DAY).minutes + 20


def test_two_pieces_from_a_fifth_floor_take_two_people_about_eleven_minutes(catalogue, settings):
    work = minutes_of(catalogue, "table", 2, floor=5) + minutes_of(catalogue, "tv-crt", 1, floor=5)
    assert visit_minutes(settings.visit, minutes_of(catalogue, "tv-crt", 2, floor=5), 2) == 11
    assert visit_minutes(settings.visit, work, 2) > visit_minutes(settings.visit, work, 5)
    assert visit_minutes(settings.visit, 10_000, 2) == settings.visit.longest_minutes
    assert visit_minutes(settings.visit, 160, 2, "school") == settings.visit.parking_minutes + 80
    assert visit_minutes(settings.visit, 10_000, 2, "school") == settings.visit.longest_elsewhere_minutes


@LAW
@given(orders, st.integers(-3, 30), st.booleans(), st.sampled_from(("flat", "hallway", "gate")))
def test_an_estimate_of_two_parts_is_the_sum_of_their_estimates(items, floor, lift, where):
    whole = estimate(SHIPPED, items, DAY, floor=floor, lift=lift, where=where)
    parts = [estimate(SHIPPED, {c: n}, DAY, floor=floor, lift=lift, where=where) for c, n in items.items()]
    for what in ("low", "high", "points", "kg", "litres"):
        assert getattr(whole, what) == sum(getattr(part, what) for part in parts)
    assert whole.minutes == pytest.approx(sum(part.minutes for part in parts))
    assert whole.low <= whole.high


# -- limits ------------------------------------------------------------------------------------------------------


def test_more_than_one_booking_may_hold(catalogue):
    assert over_limit(catalogue, {"fridge": 2, "fridge.large": 1, "paper": 60}) == []
    (fault,) = over_limit(catalogue, {"fridge": 2, "fridge.large": 2, "paper": 60, "nothing": 99})
    assert (fault.where, fault.code) == ("items", "over-limit")
    assert str(fault) == "One booking holds at most 3 × Refrigerator. Book the rest for another day."


@pytest.mark.parametrize("code", ["fridge.huge", "fridge.", ".small", "nothing", "", "fridge.large.large"])
def test_an_unknown_item_is_refused_everywhere(catalogue, code):
    calls = (
        lambda: estimate(catalogue, {code: 1}, DAY),
        lambda: legs_of(catalogue, {code: 1}),
        lambda: minutes_of(catalogue, code, 1),
    )
    for call in calls:
        with pytest.raises(BadRequestError, match="We do not know the item") as caught:
            call()
        assert caught.value.faults[0].where == "items"


# -- legs --------------------------------------------------------------------------------------------------------


def test_electronics_and_furniture_go_on_two_trucks(catalogue):
    legs = legs_of(catalogue, {"sofa.corner": 1, "cardboard": 4, "fridge.large": 1, "small-batteries": 1, "sofa": 2})
    assert [(leg.stream, dict(leg.items)) for leg in legs] == [
        ("electronics", {"fridge.large": 1, "cardboard": 4, "small-batteries": 1}),
        ("furniture", {"sofa": 2, "sofa.corner": 1}),
    ]
    assert (legs[0].kg, legs[0].litres, legs[0].people, legs[0].tail_lift) == (95 + 20 + 1, 1200 + 320 + 3, 2, True)
    assert (legs[1].kg, legs[1].tail_lift) == (80 + 120, False)


@pytest.mark.parametrize(
    ("items", "streams"),
    [
        (["fridge", "laptop"], ["electronics"]),
        (["paper", "glass", "textiles"], ["recyclables"]),
        (["paper", "sofa"], ["furniture"]),
        (["paper", "lead-battery"], ["recyclables"]),
        (["lead-battery"], ["batteries"]),
        (["lead-battery", "sofa", "tv-flat"], ["electronics", "furniture"]),
    ],
)
def test_one_leg_unless_goods_need_their_own_trucks(catalogue, items, streams):
    assert [leg.stream for leg in legs_of(catalogue, dict.fromkeys(items, 1))] == streams


def test_no_items_no_legs(catalogue):
    assert legs_of(catalogue, {}) == []


@LAW
@given(orders, st.randoms())
def test_legs_share_out_everything_once_whatever_the_order(items, random):
    legs = legs_of(SHIPPED, items)
    shared = [(code, pieces) for leg in legs for code, pieces in leg.items.items()]
    assert sorted(shared) == sorted(items.items())
    for leg in legs:
        host = SHIPPED.streams[leg.stream]
        for code in leg.items:
            stream = SHIPPED.stream_of(SHIPPED.find(code))
            assert stream == leg.stream or leg.stream in SHIPPED.streams[stream].rides_with, (host, code)
    own = {leg.stream for leg in legs}
    assert not any(own & set(SHIPPED.streams[stream].rides_with) for stream in own)
    mixed = list(items.items())
    random.shuffle(mixed)
    assert legs_of(SHIPPED, dict(mixed)) == legs
