"""Links are read back as the applications read them, and must lead to the stop."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from routing.errors import InputError
from routing.roads.crs import from_wgs84, to_wgs84
from routing.roads.links import NAME_LENGTH, navigation_links

GEOD = Geod(ellps="WGS84")
DAZHOU = (107.468, 31.209)
HARD = "达州|通川区 \"3\" & 号,\n(后门)=?#%/+;:\t'<b>'"


def fields(url):
    """Every field of the query, once each, percent-decoded."""
    found = parse_qs(urlsplit(url).query, strict_parsing=True, keep_blank_values=True)
    assert all(len(values) == 1 for values in found.values())
    return {name: values[0] for name, values in found.items()}


def read(app, url):
    """Longitude, latitude, the system they are in, and the name or None, as the vendor's page says to read them."""
    if app == "geo":
        lat, lon, again, name = re.fullmatch(r"geo:([-\d.]+),([-\d.]+)\?q=([-\d.,]+)\((.*)\)", url).groups()
        assert again == f"{lat},{lon}"
        return float(lon), float(lat), "wgs84", unquote(name)
    said = fields(url)
    if app == "amap":
        lon, lat, name = said["to"].split(",")
        return float(lon), float(lat), {"gaode": "gcj02"}[said["coordinate"]], name
    if app in ("amap_android", "amap_ios"):
        return float(said["lon"]), float(said["lat"]), {"0": "gcj02"}[said["dev"]], said["poiname"]
    if app in ("baidu", "baidu_app"):
        place, name = said["destination"].split("|")
        lat, lon = place.removeprefix("latlng:").split(",")
        return float(lon), float(lat), said["coord_type"], name.removeprefix("name:")
    if app in ("tencent", "tencent_app"):
        lat, lon = said["tocoord"].split(",")
        assert said.get("coord_type", "2") == "2"
        return float(lon), float(lat), "gcj02", said["to"]
    lat, lon = said[{"google": "destination", "apple": "daddr"}[app]].split(",")
    return float(lon), float(lat), {"google": "wgs84", "apple": "gcj02"}[app], None


APPS = list(navigation_links(*DAZHOU, "站"))


def test_which_links():
    assert APPS == [
        "amap", "amap_android", "amap_ios", "baidu", "baidu_app", "tencent", "tencent_app", "google", "apple", "geo",
    ]  # fmt: skip
    starts = {
        "amap": "https://uri.amap.com/navigation?",
        "amap_android": "androidamap://navi?",
        "amap_ios": "iosamap://navi?",
        "baidu": "https://api.map.baidu.com/direction?",
        "baidu_app": "baidumap://map/direction?",
        "tencent": "https://apis.map.qq.com/uri/v1/routeplan?",
        "tencent_app": "qqmap://map/routeplan?",
        "google": "https://www.google.com/maps/dir/?",
        "apple": "https://maps.apple.com/?",
        "geo": "geo:",
    }
    for app, url in navigation_links(*DAZHOU, "站").items():
        assert url.startswith(starts[app])


@pytest.mark.parametrize("app", APPS)
@given(st.floats(72.1, 137.7), st.floats(0.9, 55.7), st.sampled_from(["wgs84", "gcj02", "bd09"]))
def test_each_leads_to_the_stop(app, lon, lat, crs):
    """Six decimals are 6 cm at most either way, 8 cm across."""
    place = np.array([[lon, lat]])
    given_lon, given_lat = from_wgs84(place, crs)[0]
    lon, lat, system, _ = read(app, navigation_links(given_lon, given_lat, "站", crs)[app])
    back = to_wgs84([[lon, lat]], system)
    assert GEOD.inv(*place[0], *back[0])[2] < 0.09


def test_in_dazhou_by_hand():
    """The shift of this point as prcoords 1.0.2 gives it: 107.4726553, 31.2068537 in GCJ-02."""
    links = navigation_links(*DAZHOU, "站")
    for app in ("amap", "amap_android", "baidu", "tencent", "apple"):
        assert read(app, links[app])[:2] == (107.472655, 31.206854)
    for app in ("google", "geo"):
        assert read(app, links[app])[:2] == DAZHOU


def test_outside_china_all_systems_are_one():
    for app, url in navigation_links(1.52, 42.5, "Andorra").items():
        assert read(app, url)[:2] == (1.52, 42.5)


def test_what_else_the_pages_ask_for():
    links = navigation_links(*DAZHOU, "站")
    assert fields(links["amap"]).items() >= {"mode": "car", "callnative": "1", "src": "recycling"}.items()
    assert fields(links["baidu"]).items() >= {"mode": "driving", "output": "html", "origin": "我的位置"}.items()
    assert re.fullmatch(r"webapp\.\w+\.\w+", fields(links["baidu"])["src"])
    assert re.fullmatch(r"andr\.\w+\.\w+", fields(links["baidu_app"])["src"])
    assert fields(links["tencent"]).items() >= {"type": "drive", "referer": "recycling"}.items()
    assert fields(links["tencent_app"]).items() >= {"type": "drive", "fromcoord": "CurrentLocation"}.items()
    assert fields(links["google"]).items() >= {"api": "1", "travelmode": "driving"}.items()
    assert fields(links["apple"])["dirflg"] == "d"


def narrow(name):
    """Undo the wide forms, which stand for characters that a vendor uses between fields."""
    return name.translate(str.maketrans("，｜（）", ",|()"))


@pytest.mark.parametrize("app", APPS)
def test_a_hard_name_arrives(app):
    name = read(app, navigation_links(*DAZHOU, HARD)[app])[3]
    if name is not None:
        assert narrow(name) == HARD.replace("\n", " ").replace("\t", " ")


@pytest.mark.parametrize("app", APPS)
@given(st.text(st.characters(), max_size=200))
def test_no_name_breaks_a_link(app, name):
    url = navigation_links(*DAZHOU, name)[app]
    assert url.isascii()
    assert url.isprintable()
    assert not set(' "<>\\^`{|}') & set(url)
    *place, _, arrived = read(app, url)
    assert place == list(read(app, navigation_links(*DAZHOU, "站")[app])[:2])
    if arrived is not None:
        assert 0 < len(arrived) <= NAME_LENGTH
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", arrived)


def test_a_long_name_is_cut():
    assert read("tencent", navigation_links(*DAZHOU, "里" * 500)["tencent"])[3] == "里" * NAME_LENGTH


def test_without_a_name_the_coordinates_stand_in():
    assert read("tencent", navigation_links(*DAZHOU, " \n")["tencent"])[3] == "31.209000 107.468000"


@pytest.mark.parametrize(
    "place", [(31.2, 107.5), (float("nan"), 31.0), (float("inf"), 31.0), ("east", 31.0), (None, 1)]
)
def test_no_position(place):
    with pytest.raises(InputError) as caught:
        navigation_links(*place, "站")
    assert caught.value.code == "bad-positions"


def test_unknown_system():
    with pytest.raises(InputError, match="'mars' is not known"):
        navigation_links(*DAZHOU, "站", "mars")
