"""Putting a partner's weights right on the pages: one asks, another decides, draft and next statement show it."""

import re

import pytest
import time_machine
from partner_desk import FRIDGE, PAPER, accepted, collected, companies
from sqlalchemy import select, update

from recycling.models import Account, Handover, PartnerCorrection
from web.app import create_app
from web.services import KEY, Services


@pytest.fixture
def town_app(sqlite_record, settings, catalogue, fleet, now):
    vars(settings)["partners"] = companies()
    with time_machine.travel(now, tick=False):
        yield create_app(Services(sqlite_record, settings, catalogue, fleet))


@pytest.fixture
def done(town_app, booked, sqlite_record, now):
    """A pickup of 12.345 kg of paper and a refrigerator, settled by nobody yet."""
    (booking,) = booked(sqlite_record, 1)
    desk = town_app.extensions[KEY].office
    made = collected(desk, accepted(desk, booking, now), now, PAPER, FRIDGE)
    with sqlite_record.write() as session:
        session.execute(update(Handover).values(service_day=now.date()))
        return session.get_one(Handover, made.id)


@pytest.fixture
def clerk(town_app, signed_in):
    return signed_in(town_app, "clerk", ["DEP-01"])


@pytest.fixture
def admin(town_app, signed_in):
    return signed_in(town_app, "admin", [])


def send(client, page, path, **entered):
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text).group(1)
    return client.post(path, data={"csrf_token": token, **entered})


def asked(client, done, kg="2.345", **changes):
    page = f"/handovers/corrections/{done.id}"
    shown = client.get(page).text
    key = re.search(r'name="key" value="(correction-[^"]+)"', shown).group(1)
    form = dict(re.findall(r'name="((?:kg|pieces|item|material|serials)-w\d\d)" (?:[^>]* )?value="([^"]*)"', shown))
    form |= {"kg-w01": kg, "key": key, "reason": "the scale was off"}
    return send(client, page, page, **(form | changes))


def the_correction(record):
    with record.read() as session:
        return session.scalars(select(PartnerCorrection)).one()


def test_one_asks_and_another_decides(clerk, admin, done, sqlite_record):
    draft = "/handovers/statements/scrap/draft"
    assert "26.85" in clerk.get(draft).text
    assert f"/handovers/corrections/{done.id}" in clerk.get(draft).text
    assert asked(clerk, done).status_code == 303
    made = the_correction(sqlite_record)
    listed = clerk.get("/handovers/statements").text
    assert "the scale was off" in listed
    assert f"{made.id}/decide" not in listed, "who asked sees no button"
    own = send(clerk, "/handovers/statements", f"/handovers/corrections/{made.id}/decide", word="make")
    assert own.status_code == 403
    assert f"{made.id}/decide" in admin.get("/handovers/statements").text
    sent = send(admin, "/handovers/statements", f"/handovers/corrections/{made.id}/decide", word="make")
    assert sent.status_code == 303
    assert "25.35" in clerk.get(draft).text
    assert the_correction(sqlite_record).state == "made"


def test_a_correction_of_a_closed_statement_is_a_line_of_the_next_one(clerk, admin, done, sqlite_record):
    day = done.service_day.isoformat()
    send(clerk, "/handovers/statements", "/handovers/statements", partner="scrap", last=day)
    asked(clerk, done)
    made = the_correction(sqlite_record)
    send(admin, "/handovers/statements", f"/handovers/corrections/{made.id}/decide", word="make")
    assert "26.85" in clerk.get("/handovers/statements/scrap/1").text
    send(clerk, "/handovers/statements", "/handovers/statements", partner="scrap", last=day)
    second = clerk.get("/handovers/statements/scrap/2").text
    assert "-1.50" in second
    assert "the scale was off" in second
    assert "the scale was off" in clerk.get("/handovers/statements/scrap/2.csv").text


def test_what_is_wrong_is_said_at_its_line_and_stays_entered(clerk, done):
    again = asked(clerk, done, kg="", **{"kg-w02": "-3"})
    assert again.status_code == 422
    assert 'role="alert"' in again.text
    assert 'value="-3"' in again.text
    same = asked(clerk, done, kg="12.345")
    assert same.status_code == 422
    assert "the scale was off" in same.text


def test_the_partner_sees_what_will_stand_on_its_statement(town_app, signed_in, done, sqlite_record):
    client = signed_in(town_app, "partner", [])
    with sqlite_record.write() as session:
        session.get_one(Account, client.account).login = "scrap-desk"
        reference = session.scalars(select(Handover)).one().id
    shown = client.get("/partner/statements/draft").text
    assert "26.85" in shown
    assert "/handovers/corrections" not in shown
    assert client.get(f"/handovers/corrections/{reference}").status_code == 403


def test_a_serial_number_is_put_right_on_the_form(clerk, admin, done, sqlite_record):
    page = clerk.get(f"/handovers/corrections/{done.id}").text
    assert 'name="serials-w02" autocomplete="off" value="AB1234"' in page
    wrong = asked(clerk, done, kg="12.345", **{"serials-w02": "AB1, AB2"})
    assert wrong.status_code == 422
    assert 'value="AB1, AB2"' in wrong.text, "what was typed stays"
    assert asked(clerk, done, kg="12.345", **{"serials-w02": "AB1243"}).status_code == 303
    listed = admin.get("/handovers/statements", headers={"Accept-Language": "en"}).text
    assert "serial numbers reported: AB1234 → right: AB1243" in " ".join(listed.split())
    made = the_correction(sqlite_record)
    send(admin, "/handovers/statements", f"/handovers/corrections/{made.id}/decide", word="make")
    assert 'value="AB1243"' in clerk.get(f"/handovers/corrections/{done.id}").text
