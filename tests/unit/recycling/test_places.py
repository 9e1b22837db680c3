"""Finding a place by what a person types."""

import random
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from trial_counts import so_many

from recycling import network as layers
from recycling.models import Area, Booking, Community, SignReading
from recycling.pins import remember_answer
from recycling.places import mask_address, named, saved_places, suggest
from recycling.places.index import Place, PlaceIndex, signs_of
from recycling.places.spelling import parts_of, readings_of
from recycling.places.suggest import place_index

LAW = settings(deadline=None, max_examples=so_many(60))


@pytest.fixture(scope="module")
def city():
    """The index of the shipped network."""
    data = layers.shipped_network()
    return index_of((c.code, c.name, c.town, c.county, c.population) for c in data.communities)


def index_of(rows):
    places = [Place("community", code, *names, 107.0, 31.0, people) for code, *names, people in rows]
    return PlaceIndex(places, readings_of(signs_of(n for p in places for n in (p.name, p.town, p.county))))


def labels(index, text, limit=12):
    return [place.label for place in index.find(text, limit)]


def small(*names, town="河东镇"):
    return index_of((f"{n:03d}", name, town, "渠县", 1000 - n) for n, name in enumerate(names))


# -- names that are none ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("二马路社区居委会", "二马路社区 · 东城街道"),
        ("四川省达州市通川区东城街道二马路社区居民委员会", "二马路社区 · 东城街道"),
        ("二码路社区", "二马路社区 · 东城街道"),
        ("二马路小区", "二马路社区 · 东城街道"),
        ("临巴火星村", "火星村 · 临巴镇"),
    ],
)
def test_a_name_that_is_none_is_like_some_that_are(city, text, meant):
    rows = [*city.places, Place("community", "x", "火星村", "临巴镇", "通川区", 107.0, 31.0, 1)]
    index = PlaceIndex([p for p in rows if p.kind == "community"], readings_of(signs_of(p.name for p in rows)))
    assert index.alike(text, 3)[0].label == meant


@pytest.mark.parametrize("text", ["nowhere at all", "", "？", "' OR 1=1 --", "x" * 500])
def test_nothing_is_like_what_is_no_name(city, text):
    assert city.alike(text, 3) == []


def test_no_more_are_named_than_can_be_read(city):
    assert len(city.alike("火星村", 3)) == 3


# -- ways to type ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "凤凰山",
        "凤凰山社区",
        "fenghuangshan",
        "fenghuang",
        "fhs",
        "f",
        "凤huang",
        "feng凰",
        "f凰s",
        "fhuangs",
        "fhsh",
        "fhshan",
        "feng huang shan",
        "  Feng-Huang  SHAN ",
        "fènghuángshān",
        "feng4huang2shan1",
        "ｆｈｓ",
        "凤凰山 · 河东镇",
        "河东凤凰山",
        "hedongfhs",
        "hdfhs",
        "hdzfenghuang",
        "河东 fhs",
        "fhs hedong",
        "渠县 凤凰山",
        "huang",
        "凰山",
        "shan",
        "fenghuangshanshequ",
        "fhssq",
    ],
)
def test_all_these_mean_the_same_place(text):
    assert labels(small("凤凰山社区"), text)[-1] == "凤凰山社区 · 河东镇"


@pytest.mark.parametrize(
    "text",
    [
        "凤山",
        "山凤",
        "fenhuang",
        "fenghuangz",
        "社区",
        "shequ",
        "区",
        "凤凰山村",
        "fhz",
        "hf",
        "河西凤凰山",
        "x",
        "!?",
        "",
    ],
)
def test_none_of_these_means_it(text):
    assert "凤凰山社区 · 河东镇" not in labels(small("凤凰山社区"), text)


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("吕家坝村", ["lvjiaba", "lujiaba", "lüjiaba", "lǚjiābà", "lu:jia", "lyujia", "ljb", "lv3jia1"]),
        ("绿水村", ["lvshui", "lüshui", "lushui"]),
        ("渠江村", ["qujiang", "qvjiang", "qüjiang"]),
        ("重石村", ["zhongshi", "chongshi", "zs", "cs", "zhs", "chsh"]),
        ("长乐村", ["changle", "zhangle", "changyue", "chle"]),
        ("朝阳村", ["chaoyang", "zhaoyang"]),
        ("单家村", ["danjia", "shanjia"]),
        ("西安村", ["xi'an", "xian", "xi an", "xa"]),
        ("曾家寨村", ["zengjiazhai", "cengjia", "zjz"]),
        ("示例点 001", ["shilidian001", "sld001", "示例点001", "示例点 001", "001", "sld 001"]),
        ("Monaco Nord", ["monaco", "nord", "MONACO NORD", "mónaco"]),
    ],
)
def test_polyphones_and_other_spellings(name, texts):
    index = small(name, town="外")
    for text in texts:
        assert [p.name for p in index.find(text, 12)][-1:] == [name], text


# -- order -------------------------------------------------------------------------------------------------------


def test_exact_then_prefix_then_initials_then_inside_and_then_the_larger():
    index = small("上石桥村", "水山石桥村", "沙坪村", "石桥河村", "石桥寨社区", "石桥社区")
    assert [p.name for p in index.find("石桥", 12)] == ["石桥社区", "石桥河村", "石桥寨社区", "上石桥村", "水山石桥村"]
    assert [p.name for p in index.find("shiqiao", 3)] == ["石桥社区", "石桥河村", "石桥寨社区"]
    index = small("上石桥村", "寺坪村", "寺坪桥村", "孙权村", "沙坪村", "sq街村")
    assert [p.name for p in index.find("sq", 12)] == ["sq街村", "孙权村", "上石桥村"]
    assert [p.name for p in index.find("sp", 12)] == ["寺坪村", "沙坪村", "寺坪桥村"]


def test_a_usual_reading_stands_before_an_unusual_one():
    assert [p.name for p in small("石湾村", "单湾村").find("danwan", 5)] == ["单湾村", "石湾村"]


def test_a_town_stands_above_its_communities_and_brings_them_along():
    index = small("凤凰山社区", "石桥村")
    towns = index.find("hedong", 12)
    assert [p.label for p in towns] == ["河东镇 · 渠县", "凤凰山社区 · 河东镇", "石桥村 · 河东镇"]
    assert (towns[0].kind, towns[0].population) == ("town", 1999)
    assert [p.label for p in index.find("河东", 2)] == ["河东镇 · 渠县", "凤凰山社区 · 河东镇"]
    assert [p.name for p in index.find("河东石桥", 12)] == ["石桥村"]


def test_shipped_names_are_found_in_every_way(city):
    rng = random.Random(1)
    for place in rng.sample(city.places, 150):
        usual = [city.readings.get(sign, (sign,))[0] for sign in place.name]
        for text in (place.name, "".join(usual), " ".join(usual), place.label):
            found = city.find(text, 12)
            assert any(p.name == place.name for p in found), (place.label, text)
        assert place in city.find(place.label, 3)
        initials = "".join(reading[0] for reading in usual)
        assert place in city.find(initials, 2500)


def test_codes_of_shipped_towns_are_those_of_the_statistics_office(city):
    (east,) = city.named("东城街道 · 通川区")
    assert (east.kind, east.code) == ("town", "511702001")
    assert sum(p.kind == "town" for p in city.places) == 200


# -- properties --------------------------------------------------------------------------------------------------

POOL = readings_of("凤凰山石桥河重长乐朝阳吕绿单曾渠达川州家坝湾沟寺庙龙双大竹宣汉万源开江新平安西")
names = st.text(st.sampled_from(sorted(POOL)), min_size=1, max_size=5)


@st.composite
def typed(draw):
    """A name and one way to type it: each sign as itself, in a reading, or by an initial."""
    name = draw(names)
    parts = []
    for sign in name:
        reading = draw(st.sampled_from(POOL[sign]))
        ways = [sign, reading, reading[0], reading[:2] if reading[:2] in ("zh", "ch", "sh") else reading[0]]
        parts.append(draw(st.sampled_from(ways)))
    return name, draw(st.sampled_from(["", " ", "  "])).join(parts)


@LAW
@given(typed(), st.sampled_from(["社区", "村", ""]), st.sampled_from([str.lower, str.upper, str.title]))
def test_a_name_is_found_by_every_mixture(pair, ending, spelled):
    name, text = pair
    index = index_of([("1", name + ending, "外", "外", 5)])
    assert name + ending in [p.name for p in index.find(spelled(text), 5)]


@LAW
@given(names, st.data())
def test_a_name_is_found_from_every_sign_and_while_it_is_typed(name, data):
    index = index_of([("1", f"{name}村", "9", "9", 5)])
    start = data.draw(st.integers(0, len(name) - 1))
    text = "".join(POOL[sign][0] for sign in name[start:])
    end = data.draw(st.integers(1, len(text)))
    assert [p.name for p in index.find(text[:end], 5)] == [f"{name}村"]


@LAW
@given(
    st.lists(names, min_size=1, max_size=6),
    st.text(st.sampled_from("fhsqczlvd凤石桥 ·1!"), max_size=8),
    st.integers(0, 9),
)
def test_whatever_is_typed_the_answer_is_short_without_repetition_and_a_prefix_of_the_longer_one(rows, text, limit):
    index = small(*rows)
    found = index.find(text, limit)
    assert len(found) <= limit
    assert len({id(p) for p in found}) == len(found)
    assert found == index.find(text, 1000)[:limit]


@LAW
@given(st.text(max_size=200))
def test_any_text_has_a_spelling(text):
    for word in parts_of(text):
        assert word.isalnum()
        assert parts_of(word) == [word]


# -- in the record -----------------------------------------------------------------------------------------------


def test_suggestions_of_the_record(record):
    with record.read() as session:
        found = suggest(session, "shequ a", 12)
        assert [s.label for s in found] == ["社区A-001 · 示例镇", "社区A-002 · 示例镇", "社区A-003 · 示例镇"]
        assert [s.code for s in suggest(session, "sqb", 1)] == ["B-001"]
        assert (found[0].kind, found[0].code, found[0].town) == ("community", "A-001", "示例镇")
        community = session.get(Community, "A-001")
        assert (found[0].lon, found[0].lat) == (community.lon, community.lat)
        town = suggest(session, "示例镇", 1)[0]
        assert (town.kind, town.code, town.label, town.lon) == ("town", "", "示例镇 · 示例县", community.lon)
        assert suggest(session, "", 12) == suggest(session, "社区", 0) == []
        assert [s.code for s in named(session, "社区A-001 · 示例镇")] == ["A-001"]
        assert [s.code for s in named(session, " B-001 ")] == ["B-001"]
        assert named(session, "社区A") == named(session, "") == []


def test_the_index_is_made_once_and_anew_when_the_network_changes(record, now):
    with record.read() as session:
        first = place_index(session)
    with record.read() as session:
        assert place_index(session) is first
    with record.write() as session:
        session.get(Community, "A-001").name = "凤凰山社区"
    with record.read() as session:
        assert [s.code for s in suggest(session, "fhs")] == ["A-001"]
        second = place_index(session)
    with record.write() as session:
        remember_answer(session, "+8613800138000", "", "1栋", (107.5, 31.2), (107.5, 31.2), now)  # not of the network
    with record.read() as session:
        assert place_index(session) is second
    with record.write() as session:
        session.delete(session.get(Community, "B-001"))
    with record.read() as session:
        assert suggest(session, "b001") == []


def test_two_records_have_two_indexes(sqlite_record, empty_database, town):
    empty_database.migrate()
    data = town()
    data.communities[0].name = "石桥村"
    with empty_database.write() as session:
        layers.store(session, data)
    for _ in range(2):
        with sqlite_record.read() as session:
            assert suggest(session, "shiqiao") == []
        with empty_database.read() as session:
            assert [s.code for s in suggest(session, "shiqiao")] == ["A-001"]


def test_readings_are_kept_with_the_network_and_found_without_them(sqlite_record):
    with sqlite_record.read() as session:
        kept = dict(session.execute(select(SignReading.sign, SignReading.readings)).all())
    assert kept.keys() == set("社区示例镇县")
    assert kept["区"].split()[0] == "qu"
    with sqlite_record.write() as session:
        session.execute(delete(SignReading))
        session.execute(update(Area).values(edition="a record that was made before readings were kept"))
    with sqlite_record.read() as session:
        assert [s.code for s in suggest(session, "sqb")] == ["B-001"]


def test_searching_needs_no_dictionary(sqlite_record):
    code = (
        "import sys\nfrom recycling.db import Database\nfrom recycling.places import suggest\n"
        "with Database(sys.argv[1]).read() as session:\n"
        "    print([s.code for s in suggest(session, 'sqb')], 'pypinyin' in sys.modules, 'numpy' in sys.modules)"
    )
    url = sqlite_record.engine.url.render_as_string()
    done = subprocess.run([sys.executable, "-c", code, url], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['B-001'] False False"


# -- places used before ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("3栋2单元501", "3栋*单元***"),
        ("荷叶街12号A座1203", "荷叶街12号*座****"),
        ("村委会旁红房子", "村委*****"),
        ("12", "12"),
        ("", ""),
    ],
)
def test_masked_addresses(address, masked):
    assert mask_address(address) == masked


def test_saved_places_are_those_of_one_phone(record, booked):
    mine, other = "+8613800138000", "+8613900139000"
    booked(record, 1, phone="13800138000", address="3栋2单元501", community="A-001")
    booked(record, 1, phone="13800138000", address="7栋1单元202", community="A-002", floor=2)
    booked(record, 1, phone="13800138000", address="3栋2单元501", community="A-001", items={"glass": 1})
    booked(record, 1, phone="13900139000", address="9栋9单元909", community="A-003")
    with record.read() as session:
        found = saved_places(session, mine)
        assert sorted(s.label for s in found) == ["社区A-001 · 3栋*单元***", "社区A-002 · 7栋*单元***"]
        second = next(s for s in found if s.community == "A-002")
        assert (second.address, second.floor, second.lift, second.town) == ("7栋1单元202", 2, False, "示例镇")
        assert session.scalar(select(Booking.lon).where(Booking.community_code == "A-002")) == second.lon
        assert "7栋1单元202" not in repr(second)
        assert len(saved_places(session, mine, limit=1)) == 1
        assert [s.community for s in saved_places(session, other)] == ["A-003"]
        assert saved_places(session, "+8613700137000") == []


def test_saved_places_stand_first_and_only_for_the_person(record, booked):
    booked(record, 1, phone="13800138000", address="3栋2单元501", community="A-002")
    with record.read() as session:
        assert [s.kind for s in suggest(session, "社区a", 3)] == ["community"] * 3
        mine = suggest(session, "社区a", 3, phone="+8613800138000")
        assert [s.kind for s in mine] == ["saved", "community", "community"]
        assert mine[0].label == "社区A-002 · 3栋*单元***"
        assert [s.kind for s in suggest(session, "", 3, phone="+8613800138000")] == ["saved"]
        assert [s.kind for s in suggest(session, "社区b", 3, phone="+8613800138000")] == ["community"]
        assert [s.kind for s in suggest(session, "社区a", 3, phone="+8613900139000")] == ["community"] * 3
