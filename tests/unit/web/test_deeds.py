"""What residents and clerks do with a booking on its pages, seen through to the record."""

import re
from dataclasses import replace

import pytest
import time_machine
from sqlalchemy import select, update

from recycling.models import Booking, Slot, Waiting

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def made(sqlite_record, booked):
    return booked(sqlite_record, 1)[0]


def token_of(page):
    return re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)


def now(record, booking):
    with record.read() as session:
        return session.get_one(Booking, booking.id)


def another(page):
    """A window on the page that is not the one that is chosen."""
    return next(slot for slot in re.findall(r'name="slot" required value="([^"]+)"(?! checked)', page))


def post(client, path, **sent):
    """Send what a page's form sends, with the page's own token."""
    page = client.get(path.rpartition("/")[0] if path.endswith(("missed", "move", "cancel")) else path).text
    return client.post(path, data={"csrf_token": token_of(page), **sent}, headers=ENGLISH)


def test_a_resident_moves_a_booking(client, made, sqlite_record):
    page = client.get(f"/b/{made.token}/move").text
    slot = another(page)
    answer = client.post(f"/b/{made.token}/move", data={"csrf_token": token_of(page), "slot": slot})
    assert answer.status_code == 303
    moved = now(sqlite_record, made)
    assert f"{moved.service_day} {moved.window}" == slot
    assert f"{made.service_day} {made.window}" != slot


def test_a_resident_cancels_and_books_the_same_again(client, made, sqlite_record):
    page = client.get(f"/b/{made.token}/cancel").text
    assert client.post(f"/b/{made.token}/cancel", data={"csrf_token": token_of(page)}).status_code == 303
    assert now(sqlite_record, made).state == "cancelled"
    again = client.get(f"/b/{made.token}/again").text
    for line in made.lines:
        row = re.search(rf'<input id="item-{re.escape(line.item)}"[^>]*>', again).group(0)
        assert f'value="{line.pieces}"' in row
    assert made.address in again


def test_a_resident_reports_that_nobody_came(client, made, sqlite_record):
    page = client.get(f"/b/{made.token}").text
    with time_machine.travel(made.promise_end, tick=False):
        page = client.get(f"/b/{made.token}").text
        answer = client.post(f"/b/{made.token}/missed", data={"csrf_token": token_of(page)})
    assert answer.status_code == 303
    assert now(sqlite_record, made).state == "failed"
    with sqlite_record.read() as session:
        assert session.scalar(select(Booking).where(Booking.follows == made.id)) is not None


def test_the_page_carries_a_code_that_leads_to_it(client, made):
    page = client.get(f"/b/{made.token}", headers=ENGLISH).text
    assert re.search(r'<details class="code">.*?<svg.*?</svg>', page, re.S)


def test_a_form_whose_window_was_filled_comes_back_with_its_entries(client, made, sqlite_record):
    with sqlite_record.write() as session:
        session.execute(update(Slot).values(taken=Slot.capacity))
    page = client.get("/book").text
    wish = {
        "item-microwave": "1",
        "lon": str(made.lon),
        "lat": str(made.lat),
        "address": "9栋909",
        "day": made.service_day.isoformat(),
        "window": made.window,
        "contact": "钱女士",
        "phone": "13700137000",
        "key": "a-late-form-0001",
        "csrf_token": token_of(page),
    }
    answer = client.post("/book", data=wish, headers=ENGLISH)
    assert answer.status_code == 409
    assert "has just been filled" in answer.text
    for entry in ("9栋909", "钱女士", "13700137000", 'data-step="3"'):
        assert entry in answer.text


@pytest.fixture
def clerk(app, signed_in):
    return signed_in(app, "clerk")


def test_a_clerk_moves_with_a_reason(clerk, made, sqlite_record):
    path = f"/clerk/bookings/{made.id}"
    slot = another(clerk.get(path).text)
    assert post(clerk, f"{path}/move", slot=slot, reason="asked by phone").status_code == 303
    moved = now(sqlite_record, made)
    assert f"{moved.service_day} {moved.window}" == slot


def test_a_clerk_cancels_with_a_reason_and_not_without(clerk, made, sqlite_record):
    path = f"/clerk/bookings/{made.id}/cancel"
    assert post(clerk, path, reason=" ").status_code == 422
    assert now(sqlite_record, made).state == "booked"
    assert post(clerk, path, reason="moved away").status_code == 303
    assert now(sqlite_record, made).state == "cancelled"


@pytest.mark.parametrize(
    ("state", "offered"),
    [("booked", True), ("planned", True), ("on_the_way", True), ("collected", False), ("cancelled", False)],
)
def test_the_counter_offers_to_cancel_what_staff_can_still_cancel(clerk, client, made, sqlite_record, state, offered):
    ended = made.promise_end if state in ("collected", "cancelled") else None
    with sqlite_record.write() as session:
        session.execute(update(Booking).where(Booking.id == made.id).values(state=state, ended_at=ended))
    path = f"/clerk/bookings/{made.id}"
    page = clerk.get(path, headers=ENGLISH).text
    assert (f'action="{path}/cancel"' in page) is offered
    assert ("The crew is on its way already" in page) is (state == "on_the_way")
    assert f"/b/{made.token}/cancel" not in client.get(f"/b/{made.token}").text or state in ("booked", "planned")
    if state == "on_the_way":
        assert post(clerk, f"{path}/cancel", reason="nobody is in").status_code == 303
        assert now(sqlite_record, made).state == "cancelled"


@pytest.mark.parametrize(("role", "depots"), [("clerk", ["DEP-02"]), ("manager", []), ("driver", ["DEP-01"])])
def test_who_may_not_cancel_is_not_shown_how(app, signed_in, made, sqlite_record, role, depots):
    with sqlite_record.write() as session:
        session.execute(update(Booking).where(Booking.id == made.id).values(state="on_the_way"))
    other, path = signed_in(app, role, depots), f"/clerk/bookings/{made.id}"
    assert other.get(path).status_code == 403
    token = token_of(other.get("/g").text)
    assert other.post(f"{path}/cancel", data={"reason": "x", "csrf_token": token}).status_code == 403
    assert now(sqlite_record, made).state == "on_the_way"


def test_a_clerk_takes_down_that_nobody_came(app, signed_in, made, sqlite_record):
    path, clerk = f"/clerk/bookings/{made.id}", signed_in(app, "clerk", at=made.promise_end)
    with time_machine.travel(made.promise_end, tick=False):
        assert post(clerk, f"{path}/missed", reason="waited all morning").status_code == 303
    assert now(sqlite_record, made).state == "failed"


@pytest.fixture
def offered(client, made, office, sqlite_record):
    """Somebody on the waiting list to whom a window is offered."""
    from recycling.booking import offer_what_is_free, wait, wish_of
    from recycling.clock import utc_now

    desk, wish = office(sqlite_record), replace(wish_of(made), different=True)
    place = wait(desk, wish, made.service_day, "waits-for-a-window", utc_now())
    offer_what_is_free(desk, utc_now())
    return place


@pytest.mark.parametrize(("deed", "state"), [("accept", "booked"), ("withdraw", "withdrawn")])
def test_whoever_waits_takes_the_offer_or_leaves_the_list(client, offered, sqlite_record, deed, state):
    page = client.get(f"/w/{offered.token}", headers=ENGLISH).text
    answer = client.post(f"/w/{offered.token}/{deed}", data={"csrf_token": token_of(page)})
    assert answer.status_code == 303
    with sqlite_record.read() as session:
        found = session.get_one(Waiting, offered.id)
        assert found.state == state
        assert (found.booking_id is not None) == (deed == "accept")
