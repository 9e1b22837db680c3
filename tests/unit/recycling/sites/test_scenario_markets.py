"""Markets and dismantlers of a scenario: from files and by hand, near and far, counted, and out again."""

import json
from dataclasses import replace

import numpy as np
import pytest
from town_streets import crossing

from recycling import audit
from recycling.accounts.actors import system
from recycling.errors import BadRequestError, ConflictError, NotFoundError
from recycling.layers import keeping
from recycling.layers.reading import read
from recycling.layers.roads import without_road
from recycling.layers.writing import FORMS, site_values, written
from recycling.models import ScenarioMarket
from recycling.sites import markets
from recycling.sites.facts import facts_of
from recycling.sites.scenarios import copy, make, the_scenario
from recycling.sites.tier_apart import answered
from recycling.sites.tier_asking import TierQuestion
from recycling.sites.tier_searching import drawn_of
from recycling.siting import Place, road_engine
from recycling.tier_markets import Beyond, Buyer, configured, fees, with_stated
from recycling.tiers import built
from routing.errors import InputError
from routing.siting.highs import never

WHO = system("test")
EVERYTHING = "paper=300; plastic=350; metal=600; glass=-20; textiles=60"
FAR = {"code": "CQ-1", "name": "重庆市场", "kind": "市场", "prices": EVERYTHING, "way_km": 230, "operator": "示例",
       "ownership": "合作", "rent_yuan": 500}  # fmt: skip
CHONGQING = (106.55, 29.56)


def layer(*rows):
    features = [
        {"type": "Feature", "properties": row, "geometry": {"type": "Point", "coordinates": [*map(float, at)]}}
        for at, row in rows
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


@pytest.fixture
def bring(sqlite_record, settings, catalogue, now):
    """Return a function that takes a file into a scenario: how many came or changed, or what is wrong."""

    def call(key, data):
        found, names = read(data, "sites", ""), keeping.material_names(settings, catalogue)
        with sqlite_record.write() as session:
            scenario = the_scenario(session, key)
            kept, wrong = keeping.drafted(session, scenario, "sites", found, names, WHO, now)
            if kept is None:
                return [(one.number, one.fault.where, one.fault.code) for one in wrong]
            return keeping.take(session, scenario, scenario.version, kept, False, WHO, now)

    return call


@pytest.fixture
def found(sqlite_record, drawn, settings, fleet, day):
    """Return a function that answers a question of the scenario in the test's own process."""

    def answer(**wanted):
        question = TierQuestion(**{"by": "community", "seconds": 20} | wanted)
        with sqlite_record.read() as session:
            sketch = drawn_of(session, settings, fleet, the_scenario(session, drawn), question)
            engine = road_engine(session, settings, fleet, day)
        ground = built(sketch, engine, fleet.road_profile("", "box"))
        return answered(sketch, ground, question, 15, never, lambda _: None)

    return answer


def market(code="", at=None, **facts):
    lon, lat = at or crossing(1, 1)
    facts = {"prices": {"paper": 100.0}} | facts
    return ScenarioMarket(
        code=code, position=0, kind="market", name="市场", name_en="Market", lon=lon, lat=lat, is_open=True, facts=facts
    )


def test_they_come_in_with_a_layer_and_go_out_in_every_form(drawn, bring, scenario_of, sqlite_record, now):
    near = {"name": "拆解厂", "kind": "dismantler", "prices": "metal=900", "materials": "metal=40", "open": "no"}
    assert bring(drawn, layer((CHONGQING, FAR), (crossing(1, 1), near), (crossing(2, 1), {"name": "城北"}))) == 3
    found = scenario_of(drawn)
    assert [(m.code, m.kind, m.is_open) for m in found.markets] == [
        ("CQ-1", "market", True), ("M1", "dismantler", False),
    ]  # fmt: skip
    assert [row.name for row in found.sites[2:]] == ["城北"], "a market is no sorting centre"
    facts = facts_of(found.markets[0])
    assert (facts.way_km, facts.prices["glass"], facts.yuan, facts.operator) == (230, -20, 500, "示例")
    version = found.version
    for form in FORMS:
        data = written("sites", site_values(found), form)
        assert bring(drawn, data) == 0, form
    assert scenario_of(drawn).version == version
    assert bring(drawn, layer((CHONGQING, FAR | {"way_km": 250}))) == 1
    assert facts_of(scenario_of(drawn).markets[0]).way_km == 250
    with sqlite_record.write() as session:
        twin = copy(session, the_scenario(session, drawn), "双", WHO, now).id
    assert [markets.said(m) for m in scenario_of(twin).markets] == [markets.said(m) for m in scenario_of(drawn).markets]


@pytest.mark.parametrize(
    ("cells", "where", "code"),
    [
        ({"prices": ""}, "prices", "no-prices"),
        ({"prices": "paper"}, "prices", "bad-prices"),
        ({"prices": "gold=5"}, "prices", "bad-prices"),
        ({"prices": "paper=1; paper=2"}, "prices", "bad-prices"),
        ({"size": "small"}, "size", "not-of-markets"),
        ({"feeds": "market"}, "feeds", "not-of-markets"),
        ({"way_km": "far"}, "way_km", "no-amount"),
        ({"way_km": "", "way_min": 5}, "way_km", "no-km"),
        ({"way_km": ""}, "way_km", "no-way-there"),
        ({"code": "STA-01"}, "code", "code-of-a-site"),
        ({"kind": "own"}, "way_km", "of-markets-alone"),
        ({"kind": ""}, "prices", "of-markets-alone"),
        ({"ownership": "rented", "rent_yuan": "", "run_yuan": 5}, "rent_yuan", "cost-missing"),
    ],
)
def test_what_is_wrong_of_a_market_is_told_by_feature_and_column(drawn, bring, scenario_of, cells, where, code):
    wrong = bring(drawn, layer((crossing(1, 1), {"name": "a"}), (CHONGQING, FAR | cells)))
    assert (2, where, code) in wrong
    assert scenario_of(drawn).markets == []


def test_no_more_come_than_a_scenario_may_have(drawn, bring, settings, monkeypatch, sqlite_record, now):
    monkeypatch.setattr(markets, "MOST_MARKETS", 3)
    rows = [(CHONGQING, FAR | {"code": f"Q{k}"}) for k in range(4)]
    assert bring(drawn, layer(*rows)) == [(0, "", "too-many-markets")]
    assert bring(drawn, layer(*rows[:3])) == 3
    with sqlite_record.write() as session:
        scenario = the_scenario(session, drawn)
        with pytest.raises(BadRequestError, match="3 markets"):
            markets.put(session, settings, scenario, scenario.version, market(), WHO, now)
        session.rollback()


def test_a_far_market_is_not_looked_for_by_road(drawn, sqlite_record, settings, catalogue, fleet, desk, day, now):
    data = layer((CHONGQING, FAR), (crossing(1, 1), FAR | {"code": "N", "way_km": ""}))
    with sqlite_record.write() as session:
        scenario = the_scenario(session, drawn)
        names = keeping.material_names(settings, catalogue)
        kept, _ = keeping.drafted(session, scenario, "sites", read(data, "sites", ""), names, WHO, now)
        seen = keeping.preview(session, scenario, kept)
        assert dict(seen.kinds) == {"market": 2}
        assert [name for name, _, _ in seen.places] == ["重庆市场"], "that inside the area alone"
        assert without_road(session, settings, fleet, desk, scenario, kept, seen, day, 60) == []


def test_by_hand_the_markets_of_the_configuration_become_the_scenarios_own(
    drawn, sqlite_record, settings, scenario_of, now
):
    def by_hand(function, *values, version=None):
        with sqlite_record.write() as session:
            scenario = the_scenario(session, drawn)
            return function(session, settings, scenario, version or scenario.version, *values, WHO, now)

    codes = [one.code for one in settings.siting.tiers.markets]
    assert [one.code for one in markets.in_force(settings, scenario_of(drawn))] == codes
    assert scenario_of(drawn).markets == []
    assert by_hand(markets.put, market()).code == "M1"
    assert [one.code for one in scenario_of(drawn).markets] == [*codes, "M1"]
    by_hand(markets.put, market("M1", prices={"paper": 120.0}))
    assert facts_of(scenario_of(drawn).markets[-1]).prices == {"paper": 120.0}
    with sqlite_record.read() as session:
        last = audit.events(session, "scenario", drawn)[-1]
    assert (last.action, last.before["M1"]["facts"], last.after["M1"]["facts"]) == (
        "scenario.market-put", {"prices": {"paper": 100.0}}, {"prices": {"paper": 120.0}},
    )  # fmt: skip
    version = scenario_of(drawn).version
    by_hand(markets.put, market("M1", prices={"paper": 120.0}))
    assert scenario_of(drawn).version == version, "nothing has changed"
    by_hand(markets.take_away, codes[0])
    assert [one.code for one in scenario_of(drawn).markets] == [*codes[1:], "M1"]
    with pytest.raises(NotFoundError, match="no market XX"):
        by_hand(markets.take_away, "XX")
    with pytest.raises(ConflictError):
        by_hand(markets.put, market(), version=1)
    with pytest.raises(BadRequestError, match="outside the area"):
        by_hand(markets.put, market(at=CHONGQING))
    with sqlite_record.write() as session:
        scenario = the_scenario(session, drawn)
        markets.drop_all(session, scenario, scenario.version, WHO, now)
    assert [one.code for one in markets.in_force(settings, scenario_of(drawn))] == codes


def test_a_far_market_is_counted_by_the_way_that_is_stated(drawn, bring, found, settings):
    bring(drawn, layer((CHONGQING, FAR | {"rent_yuan": 0})))
    near = found()
    assert set(near["opened"][0][2]) == {"CQ-1"}
    bring(drawn, layer((CHONGQING, FAR | {"way_km": 330, "rent_yuan": 500})))
    far, rules = found(), settings.siting.tiers
    sold = sum(flow[5] for flow in far["flows"] if flow[1] == 2)
    assert sold == pytest.approx(far["tonnes"][0], rel=1e-2)
    fen = 2 * (100 * rules.cost_per_km + 100 / 60 * rules.cost_per_hour) / rules.load_tonnes
    more = sold * fen / 100
    assert far["measures"]["cost"] - near["measures"]["cost"] == pytest.approx(more + 500, abs=2)
    assert far["parts"]["fixed"] - near["parts"]["fixed"] == pytest.approx(500, abs=1)
    grams = sold * 2 * 100 * round(rules.grams_co2_per_km) / rules.load_tonnes
    assert far["measures"]["carbon"] - near["measures"]["carbon"] == pytest.approx(grams / 1e6, abs=2e-3)
    assert far["beyond"] == {"CQ-1": [330.0, 330.0, True]}


def test_a_material_that_no_open_market_takes_and_no_open_market_at_all_are_told(drawn, bring, found):
    bring(drawn, layer((CHONGQING, FAR | {"prices": "paper=300"})))
    with pytest.raises(InputError, match="plastic"):
        found()
    bring(drawn, layer((CHONGQING, FAR | {"open": "no"})))
    with pytest.raises(BadRequestError, match="No market is open"):
        found()


def test_prices_room_and_ways_become_numbers_of_the_model(settings):
    brought = {"paper": 0.5, "metal": 0.25, "glass": 0.25}
    one = Buyer(Place("A", "", "", 0, 0), {"paper": 300.0, "glass": -20.0}, {"": 90.0, "glass": 10.0}, 7.0, 3.0)
    size = one.candidate(brought).sizes[0]
    assert (size.capacity, size.fixed, size.running) == ((60.0, 0.0, 10.0), 700.0, 300.0)
    free = replace(one, tonnes={}).candidate(brought).sizes[0]
    assert free.capacity == (np.inf, 0.0, np.inf)
    assert fees([one], brought).tolist() == [[-30_000.0, 0.0, 2_000.0]]
    seconds, metres = np.array([[100, -1], [-1, 50]], np.int32), np.array([[1000, -1], [-1, 500]], np.int32)
    with_stated(["A", "B"], {"A": Beyond.of(60, None, False), "B": Beyond.of(2, 9, True)}, seconds, metres)
    assert seconds.tolist() == [[3700, 540], [-1, 540]]
    assert metres.tolist() == [[61_000, 2_000], [-1, 2_000]]
    rules = settings.siting.tiers
    stated = rules.markets[0].model_copy(update={"way_km": 120.0})
    tiers = rules.model_copy(update={"markets": (stated,)})
    far = settings.model_copy(update={"siting": settings.siting.model_copy(update={"tiers": tiers})})
    assert configured(far)[0].beyond == Beyond(120_000, 7200, True)
    assert configured(settings)[0].beyond is None


def test_those_of_other_scenarios_stay_their_own(drawn, bring, sqlite_record, settings, fleet, now, scenario_of):
    with sqlite_record.write() as session:
        other = make(session, settings, fleet, "别的", None, WHO, now).id
    bring(drawn, layer((CHONGQING, FAR)))
    assert scenario_of(other).markets == []
