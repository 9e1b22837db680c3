"""The scale's refusal and protest, complaints by link and at the counter, and the proof beside them."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from judges.slots import faults_of
from sqlalchemy import select

from recycling.booking import life
from recycling.ledger.trial import trial
from recycling.models import Booking, Complaint, Message, Purchase

NEXT_DAY = datetime(2026, 3, 5, 0, 30, tzinfo=UTC)  # 08:30 at the depot, in the first window
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def visited(sqlite_record, booked, now):
    """A fridge on a route; the clock stands in its window."""
    (made,) = booked(sqlite_record, 1, items={"fridge": 1})
    with sqlite_record.write() as session:
        booking = session.get_one(Booking, made.id)
        life.planned(session, [(booking, booking.promise_start, booking.promise_end)], now)
    with time_machine.travel(NEXT_DAY, tick=False):
        yield made
    assert faults_of(sqlite_record) == []
    with sqlite_record.read() as session:
        assert trial(session).sound


@pytest.fixture
def clerk(app, signed_in):
    return signed_in(app, "clerk", at=NEXT_DAY)


@pytest.fixture
def scale(clerk, visited):
    """Return a function that sends the scale's form for the booking, changed where the test says."""

    def send(**changes):
        page = clerk.get("/clerk/scale").text
        hidden = dict(re.findall(r'name="(csrf_token|key)" value="([^"]+)"', page))
        things = {"thing-0": "fridge", "pieces-0": "1", "yuan-0": "40", "payer-0": "we"}
        sound = {"reference": visited.reference, "day": "2026-03-05", "pay_in": "yuan", **things}
        return clerk.post("/clerk/scale", data={**hidden, **sound, **changes}, headers=ENGLISH)

    return send


def send(client, path, token_from, **entries):
    page = client.get(token_from).text
    hidden = {"csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)}
    if key := re.search(r'name="key" value="(complaint-[^"]+)"', page):
        hidden["key"] = key.group(1)
    return client.post(path, data={**hidden, **entries}, headers=ENGLISH)


def rows(record, model):
    with record.read() as session:
        return session.scalars(select(model)).all()


def said(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text)).replace("\xa0", " ")


def test_a_refused_price_is_shown_to_both_sides_and_costs_nothing(sqlite_record, scale, clerk, client, visited):
    answer = scale(refuse="yes", protest="I was promised more")
    assert answer.status_code == 303
    page = said(clerk.get(answer.location, headers=ENGLISH))
    for words in (
        "nothing was taken",
        "Price promised we pay ¥ 30",
        "Offered and refused we pay ¥ 40",
        "I was promised more",
    ):
        assert words in page
    assert rows(sqlite_record, Purchase) == []
    (booking,) = rows(sqlite_record, Booking)
    assert (booking.state, booking.reason) == ("failed", "refused")
    page = said(client.get(f"/b/{visited.token}", headers=ENGLISH))
    assert "You did not accept the price. It costs you nothing" in page
    assert "The price you refused" in page
    assert "Choose a new visit" in page
    assert scale(refuse="yes", protest="I was promised more").location == answer.location
    assert [m.change for m in rows(sqlite_record, Message) if m.change == "failed"] == ["failed"]


@pytest.mark.parametrize(
    ("wrong", "status", "field"),
    [
        ({"protest": ""}, 422, "protest"),
        ({"reference": "", "phone": "13900139000"}, 422, "reference"),
        ({"thing-kg-0": "heavy"}, 422, "thing-0"),
        ({"yuan-0": "1"}, 422, "thing-0"),
        ({"day": "2026-03-06"}, 422, "day"),
    ],
)
def test_a_refusal_that_is_not_complete_comes_back(sqlite_record, scale, wrong, status, field):
    answer = scale(refuse="yes", **{"protest": "太低", **wrong})
    assert answer.status_code == status
    assert f'id="fault-{field}"' in answer.text
    assert [b.state for b in rows(sqlite_record, Booking)] == ["planned"]


def test_a_settled_price_is_not_refused_any_more(scale):
    assert scale().status_code == 303
    answer = scale(refuse="yes", protest="太低")
    assert answer.status_code == 409
    assert 'id="fault-reference"' in answer.text


def test_nothing_is_shown_of_a_price_that_nobody_refused(clerk, visited):
    assert clerk.get(f"/clerk/scale/refused/{visited.id}").status_code == 404


def test_a_protest_is_answered_from_the_list_with_both_figures_beside_it(sqlite_record, scale, clerk, client, visited):
    assert scale(protest="the scale stood askew").status_code == 303
    (made,) = rows(sqlite_record, Complaint)
    assert "Complaints (1)" in clerk.get("/clerk", headers=ENGLISH).text
    listed = clerk.get("/clerk/complaints", headers=ENGLISH)
    assert f'href="/clerk/complaints/{made.id}"' in listed.text
    assert "1 waits for an answer" in said(listed)
    page = said(clerk.get(f"/clerk/complaints/{made.id}", headers=ENGLISH))
    for words in (
        "the scale stood askew",
        "at the scale, with the price accepted",
        "Price promised we pay ¥ 30",
        "Weighed and settled: ¥ 40.00",
        "put on a route",
        "settled: ¥ 40.00",
        visited.reference,
    ):
        assert words in page, words
    assert visited.phone.removeprefix("+86") not in page
    path = f"/clerk/complaints/{made.id}"
    refused = send(clerk, f"{path}/answer", path, answer=" ")
    assert refused.status_code == 422
    assert send(clerk, f"{path}/answer", path, answer="we pay the rest").status_code == 303
    assert "No complaint waits" in said(clerk.get("/clerk/complaints", headers=ENGLISH))
    assert "Our answer: we pay the rest" in said(client.get(f"/b/{visited.token}", headers=ENGLISH))
    late = send(clerk, f"{path}/answer", "/clerk/complaints", answer="something else")
    assert late.status_code == 409
    assert [m.change for m in rows(sqlite_record, Message)].count("complaint_answered") == 1


def test_a_resident_complains_from_the_receipt(sqlite_record, scale, client, visited):
    scale()
    link = f"/b/{visited.token}"
    answer = send(client, f"{link}/complain", link, kind="price", complaint="<b>太轻</b>")
    assert answer.status_code == 303
    (made,) = rows(sqlite_record, Complaint)
    assert (made.kind, made.text, made.opened_by) == ("price", "<b>太轻</b>", "resident")
    page = client.get(link, headers=ENGLISH)
    assert "&lt;b&gt;太轻" in page.text
    assert "when it is answered" in said(page)


def test_what_was_typed_stays_when_it_is_not_complete(sqlite_record, client, visited):
    link = f"/b/{visited.token}"
    answer = send(client, f"{link}/complain", link, complaint="等了很久")
    assert answer.status_code == 422
    assert "等了很久</textarea>" in answer.text
    assert "Choose what it is about" in answer.text
    assert rows(sqlite_record, Complaint) == []


def test_the_form_is_there_from_the_visit_on_and_while_it_is_open(client, visited):
    link = f"/b/{visited.token}"
    assert f"{link}/complain" in client.get(link).text
    for moment in (NEXT_DAY - timedelta(hours=1), NEXT_DAY + timedelta(days=15)):
        with time_machine.travel(moment, tick=False):
            assert f"{link}/complain" not in client.get(link).text
            assert send(client, f"{link}/complain", link, kind="late", complaint="x").status_code in (409, 422)


def test_a_clerk_takes_one_down_for_a_caller(sqlite_record, clerk, visited):
    own = f"/clerk/bookings/{visited.id}"
    answer = send(clerk, f"{own}/complain", own, kind="late", complaint="十点还没来")
    (made,) = rows(sqlite_record, Complaint)
    assert answer.location == f"/clerk/complaints/{made.id}"
    assert (made.opened_by, made.opened_person) == ("clerk", str(clerk.account))
    assert "十点还没来" in clerk.get(own).text
    wrong = send(clerk, f"{own}/complain", own, kind="price", complaint="太轻")
    assert wrong.status_code == 422
    assert "太轻</textarea>" in wrong.text
    assert send(clerk, f"/clerk/bookings/{made.id}/complain", own, kind="late", complaint="x").status_code == 404


def test_a_manager_reads_and_answers_nothing(app, signed_in, scale, sqlite_record):
    scale(protest="too light")
    (made,) = rows(sqlite_record, Complaint)
    manager = signed_in(app, "manager", at=NEXT_DAY)
    page = manager.get(f"/clerk/complaints/{made.id}")
    assert page.status_code == 200
    assert "/answer" not in page.text
    assert f"/clerk/bookings/{made.booking_id}" not in page.text
    assert 'href="/clerk/complaints"' in manager.get("/").text


def test_a_missed_visit_stands_in_the_same_list(app, client, signed_in, visited):
    link, over = f"/b/{visited.token}", NEXT_DAY + timedelta(hours=3)
    with time_machine.travel(over, tick=False):
        assert send(client, f"{link}/missed", link).status_code == 303
        page = said(signed_in(app, "clerk", at=over).get("/clerk/complaints", headers=ENGLISH))
    assert "Reported as missed" in page
    assert visited.reference in page
    assert "The new visit:" in page
