"""The centre's pages: trucks that are due, weighing them in, and differences until somebody says why."""

import re

import pytest

from recycling.models import StockWeighIn
from recycling.stock import collect, load_of, stock_of, the_vehicle
from recycling.stock.movements import HAND_IN, Deed

ENGLISH = {"Accept-Language": "en"}
PATH = "/centre/trucks/T-BOX"


@pytest.fixture
def clerk(app, signed_in, at_now):
    return signed_in(app, "centre")


@pytest.fixture
def loaded(sqlite_record, fleet, settings, now):
    with sqlite_record.write() as session:
        loads = [load_of(settings.stock, m, g) for m, g in (("paper", 100_000), ("glass", 500_000))]
        collect(
            session, the_vehicle(fleet, "T-BOX"), loads, "A-001", HAND_IN, Deed("a-load-on-board", "crew", now), "R"
        )
    return sqlite_record


@pytest.fixture
def sends(clerk):
    def call(path=PATH, form=None, **entries):
        hidden = dict(re.findall(r'name="(csrf_token|key)" value="([^"]+)"', clerk.get(form or path).text))
        return clerk.post(path, data={**hidden, **entries}, headers=ENGLISH)

    return call


def test_trucks_stand_there_with_what_their_book_says(clerk, loaded):
    page = clerk.get("/centre", headers=ENGLISH).text
    assert "T-BOX" in page
    assert "Paper and cardboard 100.0\N{NO-BREAK SPACE}kg" in page
    assert "T-VAN" not in page
    form = clerk.get(PATH, headers=ENGLISH).text
    assert re.search(r'for="kg-glass">Glass</label></th>\s*<td class="figure">500\.0</td>', form)
    assert "Textiles" in form


def test_a_truck_is_weighed_in_and_a_difference_stays_open_until_it_is_explained(loaded, clerk, sends):
    answer = sends(site="CEN-01", **{"kg-paper": "95", "kg-glass": "450", "kg-metal": "0"})
    assert answer.status_code == 303
    page = clerk.get(answer.location, headers=ENGLISH).text
    assert page.count("within the tolerance") == 2
    assert "-50.0" in page
    assert "-50.0" in clerk.get("/centre", headers=ENGLISH).text
    assert sends(answer.location, material="glass", reason=" ").status_code == 422
    assert sends(answer.location, material="glass", reason="broken on the way").status_code == 303
    assert "explained: broken on the way" in clerk.get(answer.location, headers=ENGLISH).text
    assert "No difference is open." in clerk.get("/centre", headers=ENGLISH).text
    with loaded.read() as session:
        assert stock_of(session, "T-BOX").loads == []


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"site": "", "kg-paper": "1"}, "Choose at which centre"),
        ({"site": "STA-01", "kg-paper": "1"}, "Choose at which centre"),
        ({"site": "CEN-01"}, "Nothing was weighed yet"),
        ({"site": "CEN-01", "kg-paper": "heavy"}, "heavy is no weight"),
        ({"site": "CEN-01", "kg-paper": "100", "gross": "4000", "tare": "3000"}, "says 1000 kg net"),
        ({"site": "CEN-01", "kg-paper": "100", "gross": "4000"}, "or neither"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(loaded, clerk, sends, entries, said):
    answer = sends(**entries)
    assert answer.status_code == 422
    assert said in answer.text
    with loaded.read() as session:
        assert session.query(StockWeighIn).count() == 0
        assert stock_of(session, "T-BOX").of("paper") == 100_000


def test_the_same_truck_again_so_soon_is_asked_about(loaded, sends):
    assert sends(site="CEN-01", **{"kg-paper": "100"}).status_code == 303
    answer = sends(site="CEN-01", **{"kg-glass": "500"})
    assert answer.status_code == 409
    assert 'name="again"' in answer.text
    assert sends(site="CEN-01", again="yes", **{"kg-glass": "500"}).status_code == 303


def test_a_centre_sees_trucks_of_its_depots_only(app, signed_in, loaded, sends):
    weighed = sends(site="CEN-01", **{"kg-paper": "0"}).location
    other = signed_in(app, "centre", ["DEP-02"])
    assert "T-BOX" not in other.get("/centre").text
    assert other.get(PATH).status_code == 403
    assert other.get(weighed).status_code == 403
    assert other.get("/centre/trucks/T-NONE").status_code == 404
