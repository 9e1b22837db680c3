"""`recycling partners` as somebody types it."""

import re
from datetime import date, timedelta

import pytest
from partner_desk import COMPANY, ordered

from recycling import handing
from recycling.booking import Office, book
from recycling.catalogue import load_catalogue
from recycling.fleet import load_fleet
from recycling.handing import Weighed
from recycling.settings import load_settings


@pytest.fixture
def desk(home, upgraded, network, at_once):
    path = home / "config" / "partners.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"(?m)^areas = .*$", 'areas = ["A"]', text), encoding="utf-8")
    network(upgraded)
    return Office(upgraded, load_settings(), load_catalogue(), load_fleet())


@pytest.fixture
def booking(desk, wish, now, time_machine):
    time_machine.move_to(now, tick=False)
    return book(desk, wish(items={"paper": 2}, window="10:00-12:00"), "a-booking-1", now)


def test_the_whole_way_by_command(run, desk, booking, time_machine):
    status, out, _ = run("partners", "list")
    assert (status, out.splitlines()[-1]) == (0, "2 partners")
    status, out, _ = run("partners", "offer", booking.reference, "example-scrap", "--key", "an-offer-1")
    assert status == 0
    assert "until 2026-03-04 12:00" in out
    pickup = out.split()[0]
    assert run("partners", "offer", booking.reference, "example-scrap", "--key", "an-offer-1")[1] == out
    status, out, _ = run("partners", "pickups", "2026-03-05")
    assert f"{pickup} 2026-03-05 10:00-12:00 {booking.reference} example-scrap: offered" in out
    assert run("partners", "pickups", "--partner", "nobody")[1] == "0 pickups\n"
    with desk.database.write() as session:
        partner = desk.settings.partners.find("example-scrap")
        made = handing.of_depot(session, "DEP-01", booking.created_at)[0].handover
        handing.accept(session, desk, partner, made.id, COMPANY, booking.created_at)
    with desk.database.write() as session:
        at = booking.promise_start + timedelta(minutes=1)
        lines = [Weighed(material="paper", grams=1500)]
        handing.collected(session, desk, partner, made.id, lines, COMPANY, at)
    time_machine.move_to(at, tick=False)
    status, out, _ = run("partners", "settle", "example-scrap", "2026-03-05")
    assert out == "Statement 1 with example-scrap: 1 pickups, 0.23 yuan.\n"
    table = desk.settings.home / "statement.csv"
    status, out, _ = run("partners", "statement", "example-scrap", "1", "--csv", table)
    assert out.splitlines()[-1] == "1 pickups until 2026-03-05: 0.23 yuan, not paid yet"
    assert "0.23" in table.read_text(encoding="utf-8-sig")
    assert run("partners", "paid", "example-scrap", "1", "--transfer", "T-1")[0] == 0
    assert "paid by T-1" in run("partners", "statement", "example-scrap", "1")[1]


def test_taking_back_and_lapsing(run, desk, booking, time_machine, now):
    pickup = run("partners", "offer", booking.reference, "example-scrap")[1].split()[0]
    assert run("partners", "withdraw", pickup, "--reason", "a mistake")[:2] == (
        0,
        "It is ours again, in the promised hours.\n",
    )
    run("partners", "offer", booking.reference, "example-scrap")
    time_machine.move_to(now + timedelta(hours=3), tick=False)
    assert run("partners", "lapse")[1] == "1 offers are over.\n"


def test_what_cannot_be(run, desk, booking):
    for words, said in (
        (("offer", booking.reference, "nobody"), "Choose one of: example-appliances, example-scrap"),
        (("offer", booking.reference, "example-appliances"), "does not take all of it: not paper"),
        (("offer", "NOBODY", "example-scrap"), "There is no booking of this number"),
        (("settle", "example-scrap", "2026-03-04"), "Nothing of example-scrap until 2026-03-04"),
        (("statement", "example-scrap", "1"), "There is no statement 1"),
        (("paid", "example-scrap", "1", "--transfer", "T"), "There is no statement 1"),
        (("withdraw", "00000000-0000-0000-0000-000000000000", "--reason", "x"), "There is no such pickup"),
    ):
        status, _, complaint = run("partners", *words)
        assert status == 2, words
        assert said in complaint


def test_what_is_old_of_an_order_is_offered_by_command(run, desk, now, time_machine):
    time_machine.move_to(now, tick=False)
    assert ordered(desk, date(2026, 3, 5), now) == ["taken"]
    status, out, _ = run("partners", "offer-order", "SO-1", "example-appliances", "--from", "Door")
    assert status == 0
    assert re.fullmatch(
        r"\S+ is offered to example-appliances until 2026-03-04 \d\d:\d\d: 2026-03-05 1\d:\d\d-1\d:\d\d\.\n", out
    )
    assert "SO-1 example-appliances: offered" in run("partners", "pickups", "2026-03-05")[1]
    assert run("partners", "offer-order", "SO-2", "example-appliances", "--from", "Door")[0] == 2
    assert run("partners", "offer-order", "SO-1", "example-scrap", "--from", "Door")[0] == 2
    with desk.database.write() as session:
        partner = desk.settings.partners.find("example-appliances")
        made = handing.of_depot(session, "DEP-01", now)[0].handover
        handing.accept(session, desk, partner, made.id, COMPANY, now)
    assert "fetched by example-appliances" in run("orders", "list", "2026-03-05")[1]
