"""Trips with room to spare on pages: announced, offered, accepted, reported; and what the dispatcher sees of it."""

import io
import re
from datetime import timedelta

import pytest
import time_machine
from admitting import admit
from searching_here import search_here
from sqlalchemy import select

from recycling import spare
from recycling.exports.tables import csv_bytes
from recycling.models import Booking, SpareOffer, SpareTrip
from recycling.partner_companies import Partners

ENGLISH = {"Accept-Language": "en"}
LIST = "/trips?day=2026-03-05"


@pytest.fixture
def settings(settings):
    """The first partner of the file collects paper in the town too."""
    first, *_ = settings.partners.partner
    mine = first.model_copy(update={"areas": ("A-",), "materials": ("paper", "appliances")})
    vars(settings)["partners"] = Partners(partner=(mine,))
    return settings


@pytest.fixture
def partner(app, signed_in, sqlite_record, settings):
    return admit(sqlite_record, settings, signed_in(app, "partner"), "example-appliances")


@pytest.fixture
def dispatcher(app, signed_in):
    return signed_in(app, "dispatcher", ["DEP-01"], phone="13900139001")


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """Let the search work in this process."""

    search_here(monkeypatch)


def hidden(client, path="/trips/new"):
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text).group(1)


def entries(**changes):
    sound = {
        "id": "T-1",
        "day": "2026-03-05",
        "window": "08:00-18:00",
        "start": "社区A-001",
        "places": "社区A-003 09:00-12:00 10分\n社区A-002",
        "vehicle": "van",
        "kg": "300",
        "litres": "2000",
        "people": "2",
        "tail_lift": "yes",
        "materials": ["paper", "appliances"],
        "drops": ["CEN-01"],
        "ask_visit": "2",
        "ask_kg": "0.1",
        "detour": "60",
    }
    return {**sound, **changes}


def announce(client, **changes):
    return client.post("/trips/new", data={"csrf_token": hidden(client), **entries(**changes)}, headers=ENGLISH)


@pytest.fixture
def offered(partner, dispatcher, sqlite_record, booked, office, at_now, day):
    """Announce a trip and look; return the trip's address and its offers."""
    booked(sqlite_record, 2, window="10:00-12:00")
    made = announce(partner)
    assert made.status_code == 303, made.text
    page = made.headers["Location"]
    with sqlite_record.read() as session:
        trip = session.scalars(select(SpareTrip)).one()
    answer = dispatcher.post(f"{page}/look", data={"csrf_token": hidden(dispatcher)})
    assert answer.status_code == 303
    with sqlite_record.read() as session:
        found = spare.offers_of(session, [trip.id])[trip.id]
    assert len(found) == 2
    return page, found


def test_a_partner_announces_and_sees_its_own_trips_alone(partner, sqlite_record):
    made = announce(partner)
    assert made.status_code == 303
    page = partner.get(made.headers["Location"], headers=ENGLISH).text
    assert "社区A-003" in page
    assert "Nothing offered yet" in page
    assert "Look for take-backs now" not in page
    shown = partner.get(LIST, headers=ENGLISH).text
    assert "300 kg and 2,000 l free" in shown
    assert "our day costs less" not in shown
    with sqlite_record.read() as session:
        assert session.scalars(select(SpareTrip.partner)).one() == "example-appliances"


def test_what_is_wrong_stands_beside_its_field_and_entries_stay(partner):
    answer = announce(partner, start="Nowhere", kg="much", drops=[])
    assert answer.status_code == 422
    for field in ("start", "kg", "drops"):
        assert f'id="fault-{field}"' in answer.text
    assert 'value="Nowhere"' in answer.text


def test_staff_name_the_partner(dispatcher, sqlite_record):
    assert announce(dispatcher, partner="example-appliances").status_code == 303
    assert 'id="fault-partner"' in announce(dispatcher, partner="nobody", id="T-2").text


def test_the_partner_sees_no_person_before_it_accepts(partner, offered):
    page, _ = offered
    text = partner.get(page, headers=ENGLISH).text
    assert "Waits for your answer" in text
    assert "社区A-001" in text
    for secret in ("王女士", "3栋2单元501", "13800138000", "saves us"):
        assert secret not in text


def test_some_are_accepted_the_others_declined(partner, offered, sqlite_record):
    page, (first, second) = offered
    data = {"csrf_token": hidden(partner), "deed": "accept", "offer": [str(first.id)]}
    assert partner.post(f"{page}/answer", data=data).status_code == 303
    text = partner.get(page, headers=ENGLISH).text
    assert "王女士" in text
    assert "3栋2单元501" in text
    assert "13800138000" not in text
    with sqlite_record.read() as session:
        assert session.get_one(SpareOffer, first.id).state == "accepted"
        assert session.get_one(SpareOffer, second.id).state == "declined"


def test_the_number_is_shown_when_it_is_asked_for(partner, offered):
    page, (first, _) = offered
    partner.post(f"{page}/answer", data={"csrf_token": hidden(partner), "deed": "accept", "offer": [str(first.id)]})
    shown = partner.post(f"/trips/offers/{first.id}/number", data={"csrf_token": hidden(partner)})
    assert "+8613800138000" in shown.text


def test_the_dispatcher_sees_what_it_saves(dispatcher, offered):
    page, offers = offered
    assert "saves us" in dispatcher.get(page, headers=ENGLISH).text
    data = {"csrf_token": hidden(dispatcher), "deed": "accept", "offer": [str(o.id) for o in offers]}
    dispatcher.post(f"{page}/answer", data=data)
    text = dispatcher.get(LIST, headers=ENGLISH).text
    assert "our day costs less" in text
    assert re.search(r"saves ¥.[\d.]+ for ¥.[\d.]+", text)


def test_the_day_itself(app, partner, signed_in, offered, sqlite_record, settings, now):
    page, (first, second) = offered
    data = {"csrf_token": hidden(partner), "deed": "accept", "offer": [str(first.id), str(second.id)]}
    partner.post(f"{page}/answer", data=data)
    with time_machine.travel(now + timedelta(minutes=30), tick=False):
        early = partner.post(
            f"/trips/offers/{first.id}/collected",
            data={"csrf_token": hidden(partner), "kg-paper": "20"},
            headers=ENGLISH,
        )
        assert early.status_code == 409
        assert "Say on that day" in early.text
    later = now + timedelta(hours=20)
    with time_machine.travel(later, tick=False):
        partner = signed_in(app, "partner", phone="13900139007", at=later)
        admit(sqlite_record, settings, partner, "example-appliances")
        token = {"csrf_token": hidden(partner)}
        wrong = partner.post(f"/trips/offers/{first.id}/collected", data={**token, "kg-paper": "x"}, headers=ENGLISH)
        assert "x is no weight" in wrong.text
        empty = partner.post(f"/trips/offers/{first.id}/collected", data=token, headers=ENGLISH)
        assert "Enter what was collected" in empty.text
        done = partner.post(f"/trips/offers/{first.id}/collected", data={**token, "kg-paper": "21,5"})
        assert done.status_code == 303
        gone = partner.post(f"/trips/offers/{second.id}/failed", data={**token, "reason": "no-time"})
        assert gone.status_code == 303
        text = partner.get(page, headers=ENGLISH).text
        assert "21.5 kg" in text
        assert "the trip had no time left" in text
        assert "王女士" not in text  # both are over
        said = partner.get("/trips/statement", headers=ENGLISH).text
        assert "¥\N{NO-BREAK SPACE}4.15" in said
        table = partner.get("/trips/statement.csv").text
        assert "T-1" in table
        assert "paper 21.5" in table
    with sqlite_record.read() as session:
        assert session.get_one(Booking, first.booking_id).state == "collected"
        assert (session.get_one(Booking, second.booking_id).partner) == ""


def test_another_partner_sees_nothing_of_it(app, partner, offered, signed_in, sqlite_record, settings):
    page, (first, _) = offered
    other = signed_in(app, "partner", phone="13900139005")
    two = settings.partners.partner[0].model_copy(update={"code": "other", "zh": "别家", "en": "Other", "accounts": ()})
    vars(settings)["partners"] = Partners(partner=(*settings.partners.partner, two))
    admit(sqlite_record, settings, other, "other")
    token = {"csrf_token": hidden(other)}
    assert other.get(page).status_code == 403
    assert "T-1" not in other.get(LIST).text
    for path in (f"{page}/answer", f"{page}/cancel", f"/trips/offers/{first.id}/back"):
        assert other.post(path, data=token).status_code == 403


def test_a_depot_for_which_one_does_not_work(app, offered, signed_in):
    page, _ = offered
    stranger = signed_in(app, "dispatcher", ["DEP-02"], phone="13900139006")
    assert stranger.get(page).status_code == 403
    assert "T-1" not in stranger.get(LIST).text
    assert stranger.post(f"{page}/look", data={"csrf_token": hidden(stranger)}).status_code == 403


def test_cancelling_says_why(partner, dispatcher, offered):
    page, _ = offered
    token = {"csrf_token": hidden(partner)}
    assert partner.post(f"{page}/cancel", data={**token, "reason": "no driver"}).status_code == 303
    assert "(no driver)" in partner.get(page, headers=ENGLISH).text
    assert "History" in dispatcher.get(page, headers=ENGLISH).text


def test_what_was_lost_meanwhile_is_said(app, signed_in, sqlite_record, settings, offered):
    page, (first, _) = offered
    with time_machine.travel(first.answer_by, tick=False):
        partner = signed_in(app, "partner", phone="13900139007", at=first.answer_by)
        admit(sqlite_record, settings, partner, "example-appliances")
        data = {"csrf_token": hidden(partner), "deed": "accept", "offer": [str(first.id)]}
        answer = partner.post(f"{page}/answer", data=data, headers=ENGLISH)
    assert "1 of these were not on offer any more" in answer.text


def test_a_strange_offer_is_refused(partner, offered):
    page, _ = offered
    data = {"csrf_token": hidden(partner), "deed": "accept", "offer": ["nonsense"]}
    assert partner.post(f"{page}/answer", data=data).status_code == 422


def test_a_file_is_checked_and_taken(partner):
    head = ["trip", "date", "hours", "start", "vehicle", "spare kg", "spare litres", "may carry", "drops"]
    row = ["T-7", "2026-03-05", "08:00-18:00", "社区A-001", "van", "300", "2000", "paper", "CEN-01"]
    data = csv_bytes(head, [row, ["", *row[1:]]])

    def send(mode):
        fields = {"csrf_token": hidden(partner), "mode": mode, "file": (io.BytesIO(data), "trips.csv")}
        return partner.post("/trips", data=fields, headers=ENGLISH, content_type="multipart/form-data").text

    assert "1 would be taken" in send("check")
    said = send("good")
    assert "1 taken" in said
    assert "1 to be mended" in said
    assert "1 taken before" in send("good")
    fields = {"csrf_token": hidden(partner), "mode": "good"}
    assert "The file is empty" in partner.post("/trips", data=fields, headers=ENGLISH).text


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_template(partner, ending):
    assert partner.get(f"/trips/template.{ending}").status_code == 200


def test_a_trip_that_cannot_be_driven_says_so(partner, dispatcher, booked, sqlite_record):
    booked(sqlite_record, 1, window="10:00-12:00")
    page = announce(partner, places="社区B-001 08:00-08:01").headers["Location"]
    dispatcher.post(f"{page}/look", data={"csrf_token": hidden(dispatcher)})
    assert "min too late" in partner.get(page, headers=ENGLISH).text
    assert "min too late" in partner.get(LIST, headers=ENGLISH).text
