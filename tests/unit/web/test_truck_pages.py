"""The crew's pages: what is on the truck, taking in, unloading, handing over, correcting."""

import re
from datetime import timedelta

import pytest
import time_machine
from made_timetables import of_the_town
from sqlalchemy import func, select

from recycling.models import LedgerEntry, Purchase, StockCorrection, StockSerial, StockWeighIn
from recycling.stock import collect, load_of, stock_of, the_vehicle
from recycling.stock.movements import HAND_IN, Deed

ENGLISH = {"Accept-Language": "en"}
TRUCK = "/crew/T-BOX/2026-03-09"


@pytest.fixture
def monday(sqlite_record, settings, now):
    """09:30 on a Monday, in the middle of the truck's call at A-001; the van is at A-003."""
    of_the_town(sqlite_record, settings, now)
    moment = now + timedelta(days=4, hours=23, minutes=30)
    with time_machine.travel(moment, tick=False):
        yield moment


@pytest.fixture
def crew(app, signed_in, monday):
    return signed_in(app, "driver", ["DEP-01"], at=monday)


@pytest.fixture
def lead(app, signed_in, monday):
    return signed_in(app, "dispatcher", at=monday)


@pytest.fixture
def sends(crew):
    """Return a function that opens a page and sends a form of it, changed where the test says."""

    def call(path, form=None, client=None, again=None, **entries):
        who = client or crew
        hidden = again or dict(re.findall(r'name="(csrf_token|key)" value="([^"]+)"', who.get(form or path).text))
        return who.post(path, data={**hidden, **entries}, headers=ENGLISH), hidden

    return call


@pytest.fixture
def aboard(sqlite_record, fleet, settings, monday):
    """Return a function that puts kilograms on board."""

    def call(plate="T-BOX", **kg):
        loads = [load_of(settings.stock, m, round(1000 * v)) for m, v in kg.items()]
        deed = Deed(f"aboard-{plate}-{kg}", "crew", monday)
        with sqlite_record.write() as session:
            collect(session, the_vehicle(fleet, plate), loads, "A-001", HAND_IN, deed, "R")

    return call


def grams(database, plate="T-BOX"):
    with database.read() as session:
        return {load.material: load.grams for load in stock_of(session, plate).loads}


def count(database, model):
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(model))


BROUGHT = {"who": "13800138000", "pay_in": "points", "material-0": "paper", "kg-0": "12.5", "community": "A-001"}


def test_a_crew_sees_its_trucks_and_what_is_on_them(crew, aboard):
    aboard(paper=120)
    page = crew.get("/crew", headers=ENGLISH).text
    assert "T-BOX" in page
    assert "T-VAN" in page
    assert "120.0 kg on board" in page
    assert crew.get("/crew/T-BOX").location == TRUCK
    truck = crew.get(TRUCK, headers=ENGLISH).text
    assert re.search("Paper <small>Paper and cardboard 120\\.0\N{NO-BREAK SPACE}kg</small>", truck)
    assert ">21\N{NO-BREAK SPACE}%<" in truck  # 1200 of 5500 litres
    assert "社区A-001" in truck
    assert "社区A-002" in truck


def test_what_somebody_brings_is_bought_and_on_board_once(sqlite_record, sends, crew):
    answer, sent = sends(f"{TRUCK}/hand-in", **BROUGHT)
    assert answer.status_code == 303
    receipt = crew.get(answer.location, headers=ENGLISH).text
    assert "12.500" in receipt
    assert "750 points" in receipt
    assert "<svg" in receipt
    assert grams(sqlite_record) == {"paper": 12_500}
    again, _ = sends(f"{TRUCK}/hand-in", again=sent, **BROUGHT)
    assert again.location == answer.location
    assert (count(sqlite_record, Purchase), grams(sqlite_record)) == (1, {"paper": 12_500})
    with sqlite_record.read() as session:
        assert session.scalars(select(Purchase.source)).one() == "call:A-001"


def test_the_page_begins_where_the_truck_stands(crew):
    page = crew.get(f"{TRUCK}/hand-in", headers=ENGLISH).text
    assert re.search(r'<option value="A-001" selected>09:00 社区A-001', page)
    assert "Textiles" in page


def test_somebody_without_a_number_gets_cash(sqlite_record, sends, crew):
    answer, _ = sends(f"{TRUCK}/hand-in", **{**BROUGHT, "who": "", "pay_in": "yuan"})
    assert "Paid in cash." in crew.get(answer.location, headers=ENGLISH).text
    answer, _ = sends(f"{TRUCK}/hand-in", **{**BROUGHT, "who": ""})
    assert answer.status_code == 422
    assert "Points need a number" in answer.text
    answer, _ = sends(f"{TRUCK}/hand-in", **{**BROUGHT, "who": "QQQQQQQQ"})
    assert "Nobody has the number QQQQQQQQ" in answer.text
    assert count(sqlite_record, Purchase) == 1


def test_what_is_wrong_stands_at_its_row_with_everything_kept(sends):
    answer, _ = sends(f"{TRUCK}/hand-in", **{**BROUGHT, "kg-0": "much", "protest": "too little"})
    assert answer.status_code == 422
    assert "much is no weight" in answer.text
    assert 'value="too little"' in answer.text
    answer, _ = sends(f"{TRUCK}/hand-in", **{**BROUGHT, "material-0": "furniture"})
    assert answer.status_code == 422
    assert "There is no rate for Furniture" in answer.text


def test_a_full_compartment_is_asked_about_and_the_payload_is_not(sqlite_record, sends, aboard):
    aboard(paper=540)
    answer, _ = sends(f"{TRUCK}/hand-in", **BROUGHT)
    assert answer.status_code == 422
    assert "no room left in Paper" in answer.text
    assert 'name="fits"' in answer.text
    answer, _ = sends(f"{TRUCK}/hand-in", **BROUGHT, fits="yes")
    assert answer.status_code == 303
    aboard(glass=1240)
    answer, _ = sends(f"{TRUCK}/hand-in", **BROUGHT, fits="yes")
    assert answer.status_code == 422
    assert "too heavy" in answer.text


def test_a_serial_number_is_kept(sqlite_record, sends):
    fridge = {
        "thing-0": "fridge",
        "pieces-0": "1",
        "payer-0": "we",
        "yuan-0": "30",
        "why-0": "old",
        "serial-0": "SN 12",
    }
    answer, _ = sends(f"{TRUCK}/hand-in", who="13800138000", pay_in="yuan", cash="yes", community="", **fridge)
    assert answer.status_code == 303
    with sqlite_record.read() as session:
        assert session.scalars(select(StockSerial.serial)).all() == ["SN12"]


def test_unloading_takes_all_that_is_taken_there_or_what_is_entered(sqlite_record, sends, aboard, crew):
    aboard(paper=100, glass=20)
    form = f"{TRUCK}/unload"
    answer, _ = sends(form, site="")
    assert "Choose where you unload" in answer.text
    answer, _ = sends(form, site="CEN-01", **{"kg-paper": "400"})
    assert answer.status_code == 422
    assert "there are 100 kg on board" in answer.text
    answer, _ = sends(form, site="CEN-01", **{"kg-paper": "40", "kg-glass": "0"})
    assert (answer.status_code, answer.location) == (303, TRUCK)
    assert grams(sqlite_record) == {"paper": 60_000, "glass": 20_000}
    _, sent = sends(form, site="CEN-01")
    assert grams(sqlite_record) == {}
    aboard(metal=1)
    answer, _ = sends(form, again=sent, site="CEN-01")
    assert (answer.status_code, grams(sqlite_record)) == (303, {"metal": 1000})


def test_goods_go_over_to_another_truck(sqlite_record, sends, aboard):
    aboard(paper=100)
    answer, sent = sends(f"{TRUCK}/hand-over", form=f"{TRUCK}/book", taker="T-VAN", **{"kg-paper": "30"})
    assert answer.status_code == 303
    sends(f"{TRUCK}/hand-over", again=sent, taker="T-VAN", **{"kg-paper": "30"})
    assert (grams(sqlite_record), grams(sqlite_record, "T-VAN")) == ({"paper": 70_000}, {"paper": 30_000})
    answer, _ = sends(f"{TRUCK}/hand-over", form=f"{TRUCK}/book", taker="T-NONE")
    assert answer.status_code == 404


def test_a_correction_takes_two_people(sqlite_record, sends, aboard, crew, lead):
    aboard(paper=100)
    wish = {"material": "paper", "way": "less", "grams": "2.5", "reason": "wet scale"}
    answer, _ = sends(f"{TRUCK}/correct", form=f"{TRUCK}/book", **wish)
    assert answer.status_code == 303
    assert "somebody else decides it" in crew.get(f"{TRUCK}/book", headers=ENGLISH).text
    with sqlite_record.read() as session:
        key = session.scalars(select(StockCorrection.id)).one()
    path = f"{TRUCK}/corrections/{key}"
    assert sends(path, form=f"{TRUCK}/book", deed="yes")[0].status_code == 403
    other = path.replace("T-BOX", "T-VAN")
    assert sends(other, form=f"{TRUCK}/book", client=lead, deed="yes")[0].status_code == 404
    assert grams(sqlite_record) == {"paper": 100_000}
    assert sends(path, form=f"{TRUCK}/book", client=lead, deed="yes")[0].status_code == 303
    assert grams(sqlite_record) == {"paper": 97_500}
    answer, _ = sends(f"{TRUCK}/correct", form=f"{TRUCK}/book", **{**wish, "reason": ""})
    assert answer.status_code == 422
    assert 'value="2.5"' in answer.text


def test_a_truck_that_is_empty_in_the_morning_says_so(sqlite_record, sends, aboard, crew, monday):
    aboard(paper=100)
    assert "It is empty" not in crew.get(TRUCK, headers=ENGLISH).text  # its first call has begun
    with time_machine.travel(monday - timedelta(hours=2), tick=False):
        assert "It is empty" in crew.get(TRUCK, headers=ENGLISH).text
        assert sends(f"{TRUCK}/empty", form=f"{TRUCK}/book")[0].status_code == 303
    assert grams(sqlite_record) == {}
    assert count(sqlite_record, StockWeighIn) == 1


def test_a_warning_names_the_stop_and_where_to_unload(crew, aboard):
    aboard(plastic=110)
    page = crew.get(TRUCK, headers=ENGLISH).text
    assert re.search(r"Plastics, textiles is likely to be too full at 社区A-00[12]", page)
    assert "Unload before it at Example CEN-0" in page
    assert re.search(r'<option value="CEN-0\d" selected>', crew.get(f"{TRUCK}/unload", headers=ENGLISH).text)


def test_point_27_a_driver_opens_only_trucks_of_the_depot_and_only_today(app, signed_in, crew, lead, monday):
    assert crew.get("/crew/T-BOX/2026-03-10").status_code == 403
    assert lead.get("/crew/T-BOX/2026-03-10").status_code == 200
    other = signed_in(app, "driver", ["DEP-02"], at=monday)
    for path in ("", "/hand-in", "/unload", "/book"):
        assert other.get(TRUCK + path).status_code == 403
    assert crew.get("/crew/T-NONE/2026-03-09").status_code == 404


def test_a_post_to_a_truck_of_another_depot_changes_nothing(app, sqlite_record, signed_in, sends, aboard, monday):
    aboard(paper=5)
    other = signed_in(app, "driver", ["DEP-02"], at=monday)
    before = count(sqlite_record, LedgerEntry)
    for path, entries in (
        ("hand-in", BROUGHT), ("unload", {"site": "CEN-01"}), ("hand-over", {"taker": "T-VAN"}), ("empty", {}),
        ("correct", {"material": "paper", "grams": "1", "reason": "x"}),
    ):  # fmt: skip
        assert sends(f"{TRUCK}/{path}", form="/crew", client=other, **entries)[0].status_code == 403, path
    assert count(sqlite_record, LedgerEntry) == before
    assert count(sqlite_record, StockCorrection) == 0


# -- the dispatcher and everybody ----------------------------------------------------------------------------------


def test_the_dispatcher_sees_the_fill_of_each_truck(lead, aboard):
    aboard(plastic=110)
    page = lead.get("/dispatch/DEP-01/2026-03-09/fill", headers=ENGLISH).text
    assert page.index("T-BOX") < page.index("T-VAN")  # the one that gets too full first
    assert page.count("<polyline") == 4
    assert "is likely to be too full at" in page
    assert lead.get("/dispatch/DEP-02/2026-03-09/fill", headers=ENGLISH).status_code == 200


def test_everybody_sees_what_is_full(client, aboard, monday):
    aboard(paper=540)
    for path in ("/calls/A-001", "/calls"):
        page = client.get(path, headers=ENGLISH).text
        assert "Full: Paper and cardboard" in page
        assert "still taken: Plastics" in page
    calls = {c["community"]: c for c in reversed(client.get("/calls/data.json").get_json()["calls"])}
    assert calls["A-001"]["full"] == ["paper"]
    assert "glass" in calls["A-001"]["taken"]
    assert calls["A-003"]["full"] == []


def test_low_value_materials_by_month_and_community(app, lead, signed_in, aboard, monday):
    aboard(plastic=10, glass=2.5, paper=100)
    page = lead.get("/dispatch/low-value", headers=ENGLISH).text
    assert "社区A-001" in page
    assert "10.0" in page
    assert "100.0" not in page
    rows = lead.get("/dispatch/low-value.csv").get_data(as_text=True).splitlines()
    assert rows[1:] == ["2026-03,glass,A-001,社区A-001,示例镇,2.5", "2026-03,plastic,A-001,社区A-001,示例镇,10.0"]
    other = signed_in(app, "dispatcher", ["DEP-02"], at=monday)
    assert len(other.get("/dispatch/low-value.csv").get_data(as_text=True).splitlines()) == 1
    assert "2026-03,glass" not in lead.get("/dispatch/low-value.csv?first=2026-01&last=2026-02").get_data(as_text=True)


def test_a_crew_reads_receipts_of_calls_only(app, sqlite_record, signed_in, crew, monday):
    clerk = signed_in(app, "clerk", at=monday)
    hidden = dict(re.findall(r'name="(csrf_token|key)" value="([^"]+)"', clerk.get("/clerk/scale").text))
    walk_in = {"phone": "13800138001", "material-0": "metal", "kg-0": "1", "day": "2026-03-09", "pay_in": "points"}
    made = clerk.post("/clerk/scale", data={**hidden, **walk_in})
    assert made.status_code == 303
    assert crew.get(f"{TRUCK}/receipt/{made.location.rpartition('/')[2]}").status_code == 404
