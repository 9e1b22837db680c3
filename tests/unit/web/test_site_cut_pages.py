"""A scenario while a road is cut, by its page and in its report."""

import re

import pytest

from recycling import network
from recycling.accounts.actors import system
from recycling.road_changes import ClosureRule, close
from recycling.sites.scenarios import make
from recycling.sites.ways import WaysDesk
from web.app import create_app
from web.services import Services


@pytest.fixture
def planner(sqlite_record, settings, catalogue, fleet, at_now, home, signed_in):
    app = create_app(Services(sqlite_record, settings, catalogue, fleet, ways=WaysDesk(apart=False)))
    client = signed_in(app, "planner")
    client.set_cookie("language", "en")
    return client


@pytest.fixture
def path(sqlite_record, settings, fleet, now, home):
    with sqlite_record.write() as session:
        rule = ClosureRule(name="桥梁施工", edges=tuple(range(100, 108)), last="2026-03-01")
        close(network.the_area(session).roads, rule)
        return f"/plan/sites/{make(session, settings, fleet, '现状', None, system('test'), now).id}"


def test_the_page_offers_closures_names_and_positions(planner, path):
    page = planner.get(f"{path}/cut").text
    assert "桥梁施工" in page
    assert "With all roads open" in page
    assert 'id="cut-data"' in page
    assert f"{path}/cut" in planner.get(path).text


def test_a_closure_is_seen_in_reach_cost_and_tornado(planner, path):
    page = planner.get(f"{path}/cut?closure=桥梁施工").text
    assert "<h1>桥梁施工 is cut</h1>" in page
    for words in ("against this scenario with all roads open", "Towns that have it farther", "Tornado chart", "▲"):
        assert words in page, words
    minutes = re.search(r"row\">Minutes in the mean of all people.*?</tr>", page, re.DOTALL).group(0)
    first, second = (float(one) for one in re.findall(r'<td class="amount">([\d.]+)</td>', minutes)[:2])
    assert second > first
    link = re.search(r'href="([^"]+report\?[^"]+)"', page).group(1)
    report = planner.get(link.replace("&amp;", "&")).text
    assert "A road is cut<br><small>桥梁施工</small>" in report
    assert "A road is cut" not in planner.get(f"{path}/report").text


def test_a_position_is_the_name_of_its_road(planner, path):
    page = planner.get(f"{path}/cut?lon=107.4745&lat=31.2").text
    assert "<h1>107.47450, 31.20000 is cut</h1>" in page


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        ("closure=gone", "closure", "no such closure"),
        ("lon=107.1&lat=31.9", "position", "no road here that could be cut"),
        ("lon=east&lat=31.9", "position", "Write longitude and latitude"),
        ("road=G999", "position", "no road here that could be cut"),
    ],
)
def test_what_cannot_be_cut_stands_beside_its_field(planner, path, asked, field, words):
    answer = planner.get(f"{path}/cut?{asked}")
    assert answer.status_code == 422
    assert re.search(f'id="fault-{field}">[^<]*{words}', answer.text)
    assert "With all roads open" in answer.text


def test_while_ways_are_being_found_the_page_says_so(planner, path, monkeypatch):
    monkeypatch.setattr("recycling.sites.cuts.around", lambda *_: None)
    page = planner.get(f"{path}/cut?closure=桥梁施工").text
    assert "are being found" in page
    assert "data-again" in page
    assert planner.get(f"{path}/report?closure=桥梁施工").status_code == 503
