"""The page of a day under way: said, seen, accepted or dropped, and every wrong form answered with a sentence."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from made_plans import plan_of_day
from sqlalchemy import select

from recycling.board.agreements import Over
from recycling.board.desk import BoardDesk
from recycling.models import Booking, LeftOut, Plan
from recycling.stop_names import stop_of, subject_of
from web.app import create_app
from web.services import Services

NINE = datetime(2026, 3, 5, 1, tzinfo=UTC)  # 09:00 at the depot


@pytest.fixture
def under_way(sqlite_record, settings, catalogue, fleet, booked, day, now, at_now, signed_in, monkeypatch):
    """A dispatcher's client on a day of three bookings that is being driven, and the path of its page."""
    booked(sqlite_record, 3)
    plan_of_day(sqlite_record, settings, fleet, day, now)
    desk = BoardDesk(settings, fleet)
    app = create_app(Services(sqlite_record, settings, catalogue, fleet, board=desk))
    app.config["WTF_CSRF_ENABLED"] = False
    monkeypatch.setattr("recycling.clock.utc_now", lambda: NINE)
    client = signed_in(app, "dispatcher", at=NINE)
    client.set_cookie("language", "en")
    yield client, f"/dispatch/DEP-01/{day}/under-way", sqlite_record
    desk.close()


def test_a_proposal_is_seen_accepted_and_in_force(under_way):
    client, path, record = under_way
    page = client.get(path)
    assert page.status_code == 200
    assert "What happened?" in page.text
    with record.read() as session:
        plate = session.scalars(select(Plan)).one().routes[0].plate
    made = client.post(path, data={"kind": "out", "vehicle": plate, "why": "engine"})
    assert made.status_code == 303, made.text
    proposal = client.get(made.location)
    assert proposal.status_code == 200
    for said in ("A vehicle can do no more today", "engine", "Simple insertion", "by plan: nothing was reported"):
        assert said in proposal.text
    assert "its plan says: the book has nothing of it" in proposal.text
    drawn = client.get(path + "/roads.json?version=2").get_json()["features"]
    lines = [one["properties"] for one in drawn if one["geometry"]["type"] == "LineString"]
    points = [one["properties"] for one in drawn if one["geometry"]["type"] == "Point"]
    assert {one["part"] for one in lines} <= {"done", "before", "after"}
    assert [one["out"] for one in points if one.get("truck") and one["plate"] == plate] == [True]
    fates = [one["fate"] for one in points if "stop" in one]
    assert len(fates) == 3, "each visit once"
    assert set(fates) <= {"done", "vehicle", "off"}, "the truck that is out does nothing more"
    assert client.post(path + "/deed", data={"deed": "fly", "version": "2"}).status_code == 422
    accepted = client.post(path + "/deed", data={"deed": "accept", "version": "2"})
    assert (accepted.status_code, accepted.location) == (303, path.removesuffix("/under-way"))
    assert client.get(path + "/roads.json?version=2").status_code == 404, "it is a proposal no more"
    assert f"{plate}: out today" in client.get(path).text
    with record.read() as session:
        assert [(p.version, p.draft) for p in session.scalars(select(Plan).order_by(Plan.version))] == [
            (1, False),
            (2, False),
        ]
    again = client.post(path, data={"kind": "out", "vehicle": plate})
    assert again.status_code == 409
    assert "is out already" in again.text


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({}, "Choose what happened."),
        ({"kind": "out", "vehicle": "<script>alert(1)</script>"}, "The day has no vehicle"),
        ({"kind": "late", "vehicle": "T-BOX", "minutes": "x"}, "Enter 1 to 600 minutes."),
    ],
)
def test_a_wrong_form_is_answered_with_a_sentence(under_way, form, sentence):
    client, path, record = under_way
    answer = client.post(path, data=form)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "<script>alert" not in answer.text
    with record.read() as session:
        assert len(session.scalars(select(Plan)).all()) == 1


def test_what_comes_while_a_proposal_is_looked_at_is_named_and_stays_waiting(under_way, booked):
    client, path, record = under_way
    made = client.post(path, data={"kind": "anew"})
    (new,) = booked(record, 1, window="15:00-17:00", phone="13800138005", address="9栋")
    page = client.get(made.location).text
    assert "1 order came since this proposal was made; it is not in it:" in page
    assert f'name="also" value="b:{new.id}"' in page
    accepted = client.post(path + "/deed", data={"deed": "accept", "version": "2"})
    assert (accepted.status_code, accepted.location) == (303, path), "the page says what came"
    after = client.get(path).text
    assert "Came after the plan" in after
    assert new.reference in after
    day = client.get(path.removesuffix("/under-way")).text
    assert "1 order came after this plan. Take it in on the page of the day under way." in day


@pytest.mark.parametrize("order", ["", "no-key", "8a30c3c9-ff96-4dd2-9e06-4c0c6d9a33d6"])
def test_what_is_no_order_is_not_reopened(under_way, order):
    client, path, _ = under_way
    answer = client.post(path + "/reopen", data={"order": order})
    assert answer.status_code == 404
    assert "This depot has no such order." in answer.text
    assert client.get(path + "/roads.json?version=x").status_code == 422


def test_a_proposal_that_is_too_old_is_asked_for_again_with_one_press(under_way, monkeypatch):
    client, path, record = under_way
    with record.read() as session:
        plate = session.scalars(select(Plan)).one().routes[0].plate
    asked = {"kind": "late", "vehicle": plate, "minutes": "20", "done": "0", "why": "flat tyre"}
    client.post(path, data=asked)
    monkeypatch.setattr("recycling.clock.utc_now", lambda: NINE + timedelta(minutes=11))
    refused = client.post(path + "/deed", data={"deed": "accept", "version": "2"})
    assert refused.status_code == 409
    assert "older than 10 minutes" in refused.text
    form = refused.text.split('role="alert"')[1].split("</form>")[0]
    assert "Ask for it again" in form
    sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    assert {name: sent[name] for name in asked} == asked
    assert client.post(path, data=sent).status_code == 303


def test_who_takes_over_what_and_who_is_kept_first_are_read(under_way, signed_in):
    client, path, record = under_way
    with record.read() as session:
        plan = session.scalars(select(Plan)).one()
        plate, stop = plan.routes[0].plate, stop_of(plan.routes[0].visits[0])
    other = "T-VAN" if plate == "T-BOX" else "T-BOX"
    over = Over(
        plate, other, (107.5, 31.2), NINE + timedelta(minutes=20), NINE + timedelta(minutes=35), (), 40, 300,
        {"paper": 40_000},
    ).to_dict()  # fmt: skip
    client.post(path, data={"kind": "out", "vehicle": plate})
    nobody = {"giver": plate, "at": [107.5, 31.2], "thing": "", "kg": 60, "reason": "no-place", "figures": {}}
    with record.write() as session:
        draft = session.scalars(select(Plan).where(Plan.draft)).one()
        draft.happened = {**draft.happened, "over": [over], "not_over": [nobody], "ranks": {stop: ["missed", 3]}}
        draft.routes[0].plan.left_out.append(LeftOut(**subject_of(stop), reason="no-place", figures={}))
        booking = session.get_one(Booking, subject_of(stop)["booking_id"])
    page = client.get(path + "?version=2").text
    said = f"{other} takes over from {plate}, which stands at"
    assert said in page
    assert "Paper" in page.split(said)[1].split("</li>")[0]
    assert "40 kg" in page
    assert f"Nobody takes over 60 kg from {plate}" in page
    assert "nobody came the last time, asked for 3 days ago" in page.split(booking.reference)[-1].split("</li>")[0]
    with record.write() as session:
        plan = session.scalars(select(Plan).where(Plan.draft.is_(False))).one()
        plan.happened = {"out": [plate], "closed": {}, "over": [over]}
    page = client.get(path).text
    assert said in page
    assert f"/crew/{plate}/" in page
    with client.application.app_context():
        crew = signed_in(client.application, "driver", at=NINE, phone="13900139001")
    crew.set_cookie("language", "en")
    day = path.split("/")[3]
    for truck, may_book in ((plate, True), (other, False)):
        page = crew.get(f"/crew/{truck}/{day}").text
        assert said in page
        assert ("Book it over when it has been done" in page) is may_book
