"""The page of a day under way: said, seen, accepted or dropped, and every wrong form answered with a sentence."""

from datetime import UTC, datetime

import pytest
from made_plans import plan_of_day
from sqlalchemy import select

from recycling.board.desk import BoardDesk
from recycling.models import Plan
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
    assert client.post(path + "/deed", data={"deed": "fly", "version": "2"}).status_code == 422
    assert client.post(path + "/deed", data={"deed": "accept", "version": "2"}).status_code == 303
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
