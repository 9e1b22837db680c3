"""Changing what a booking says on its page and at the counter, and finding one that was made already."""

import re

import pytest
from made_plans import make_plan
from sqlalchemy import func, select

from recycling.models import Booking, Message, Waiting

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def made(sqlite_record, booked):
    return booked(sqlite_record, 1)[0]


def form(client, path):
    """The entries of the page's form that changes a booking, as a browser would send them."""
    page = client.get(path, headers=ENGLISH)
    assert page.status_code == 200
    text = page.text[page.text.index('<form method="post"') :]
    text = re.sub(r'<input type="checkbox"(?![^>]*checked)[^>]*>', "", text)
    sent = dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', text))
    token = re.search(r'name="csrf_token" value="([^"]+)"', text).group(1)
    return {k: v for k, v in sent.items() if not k.startswith("item-") or v != "0"} | {"csrf_token": token}


def now(record, booking):
    with record.read() as session:
        found = session.get_one(Booking, booking.id)
        return {line.item: line.pieces for line in found.lines}, found.note, found.version


def test_a_resident_changes_the_things_in_the_same_window(client, made, sqlite_record):
    entered = form(client, f"/b/{made.token}/amend")
    answer = client.post(f"/b/{made.token}/amend", data=entered | {"item-microwave": "2", "note": "后门"})
    assert answer.status_code == 303
    things, note, version = now(sqlite_record, made)
    assert things["microwave"] == 2
    assert note == "后门"
    assert version == made.version + 1
    assert client.get(f"/b/{made.token}").text.count(made.promise_start.strftime("%M")) > 0


def test_what_is_wrong_comes_back_with_what_was_entered(client, made, sqlite_record):
    entered = form(client, f"/b/{made.token}/amend") | {"address": "", "note": "<b>x</b>", "floor": "many"}
    answer = client.post(f"/b/{made.token}/amend", data=entered, headers=ENGLISH)
    assert answer.status_code == 422
    assert "Enter street, building and door." in answer.text
    assert "many is not a whole number." in answer.text
    assert "&lt;b&gt;x&lt;/b&gt;" in answer.text
    assert now(sqlite_record, made)[2] == made.version


def test_what_somebody_changed_meanwhile_is_not_undone(client, made, sqlite_record):
    old = form(client, f"/b/{made.token}/amend")
    assert client.post(f"/b/{made.token}/amend", data=old | {"note": "first"}).status_code == 303
    answer = client.post(f"/b/{made.token}/amend", data=old | {"note": "second"}, headers=ENGLISH)
    assert answer.status_code == 409
    assert "was changed by somebody else meanwhile" in answer.text
    assert now(sqlite_record, made)[1] == "first"


def test_a_clerk_changes_it_for_a_caller(app, signed_in, made, sqlite_record):
    clerk = signed_in(app, "clerk")
    path = f"/clerk/bookings/{made.id}/amend"
    answer = clerk.post(path, data=form(clerk, path) | {"note": "ring twice"})
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/clerk/bookings/{made.id}")
    assert now(sqlite_record, made)[1] == "ring twice"


def wish(made, **more):
    things = {f"item-{line.item}": str(line.pieces) for line in made.lines}
    return things | {
        "lon": str(made.lon),
        "lat": str(made.lat),
        "address": made.address,
        "day": made.service_day.isoformat(),
        "window": made.window,
        "contact": made.contact,
        "phone": made.phone.removeprefix("+86"),
        "key": "another-form",
        **more,
    }


def test_whoever_books_the_same_again_gets_the_link_by_message(client, made, sqlite_record):
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/book").text).group(1)
    page = client.post("/book", data=wish(made, csrf_token=token), headers=ENGLISH)
    assert page.status_code == 409
    assert 'formaction="/book/link"' in page.text
    assert made.token not in page.text
    for _ in range(2):
        said = client.post("/book/link", data=wish(made, csrf_token=token), headers=ENGLISH)
        assert said.status_code == 200
        assert made.reference in said.text
        assert made.token not in said.text
    with sqlite_record.read() as session:
        (message,) = session.scalars(select(Message).where(Message.change == "link_asked"))
    assert (message.phone, message.link) == (made.phone, f"/b/{made.token}")


def test_nobody_gets_a_link_who_books_something_else(client, made, sqlite_record):
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/book").text).group(1)
    other = wish(made, csrf_token=token, phone="13900139000", address="9 elsewhere")
    said = client.post("/book/link", data=other, headers=ENGLISH)
    assert said.status_code == 404
    assert "no open booking like this one" in said.text


def test_whoever_finds_no_other_window_is_called_once(client, made, sqlite_record):
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(f"/b/{made.token}/move").text).group(1)
    for _ in range(2):
        assert client.post(f"/b/{made.token}/call-back", data={"csrf_token": token}).status_code == 303
    with sqlite_record.read() as session:
        (asked,) = session.scalars(select(Waiting))
        assert session.scalar(select(func.count()).select_from(Booking)) == 1
    assert asked.call_back
    assert asked.phone == made.phone


def test_things_that_need_two_vehicles_are_told_before_one_books(client, made):
    many = {"item-fridge": "1", "item-sofa": "1"}
    answer = client.get("/windows", query_string=wish(made) | many, headers=ENGLISH | {"Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    said = answer.json
    assert len(said["visits"]) > 1
    assert any("Refrigerator" in text for text in said["visits"])
    assert client.get("/windows", query_string=wish(made), headers=ENGLISH).json["visits"] == []


def test_the_form_tells_todays_prices_the_least_and_the_sizes(client, catalogue):
    page = client.get("/book", headers=ENGLISH).text
    assert 'name="item-fridge.large"' in page
    least = next(item for item in catalogue.items.values() if item.prices[-1].least)
    row = next(row for row in page.split("<li ") if least.en in row and "data-least" in row)
    price = least.prices[-1]
    assert f'data-least="{price.least}"' in row
    assert f'data-low="{price.each(least.kg)[0]}"' in row
    assert "at least" in row
    assert "Holds data" in page


def minutes(record, booking):
    with record.read() as session:
        return {line.item: (line.minutes, line.dismantle) for line in session.get_one(Booking, booking.id).lines}


def test_what_is_taken_down_takes_longer_and_stays_so(client, made, sqlite_record, catalogue):
    longer = catalogue.items["air-conditioner"].dismantling.minutes
    path = f"/b/{made.token}/amend"
    client.post(path, data=form(client, path) | {"item-air-conditioner": "1", "apart-microwave": "yes"})
    (plain, apart) = minutes(sqlite_record, made)["air-conditioner"]
    assert not apart
    client.post(path, data=form(client, path) | {"apart-air-conditioner": "yes"})
    assert minutes(sqlite_record, made)["air-conditioner"] == (plain + longer, True)
    for page in (path, f"/b/{made.token}/again"):
        box = re.search(r'<input type="checkbox" name="apart-air-conditioner"[^>]*>', client.get(page).text).group(0)
        assert "checked" in box, page
    assert not any(apart for item, (_, apart) in minutes(sqlite_record, made).items() if item != "air-conditioner")


def test_programs_say_what_is_taken_down(client, made, sqlite_record):
    wish = {
        "items": {"air-conditioner": 1},
        "dismantle": ["air-conditioner"],
        "position": {"lon": made.lon, "lat": made.lat},
        "address": "7栋707",
        "contact": "孙",
        "phone": "13600136000",
        "day": made.service_day.isoformat(),
        "window": made.window,
    }
    keyed = {"Idempotency-Key": "a-key-of-a-program-0009"}
    answer = client.post("/api/v1/bookings", json=wish, headers=keyed)
    assert answer.status_code == 201, answer.text
    assert answer.json["dismantle"] == ["air-conditioner"]
    wrong = client.post("/api/v1/bookings", json=wish | {"dismantle": "all"}, headers=ENGLISH | keyed)
    assert wrong.json["errors"][0]["code"] == "not-a-list"


def test_what_is_changed_on_a_route_is_told_at_the_counter_and_to_the_dispatcher(app, signed_in, made, sqlite_record):
    make_plan(sqlite_record, made, 1)
    with sqlite_record.write() as session:
        session.get_one(Booking, made.id).state = "planned"
    clerk, dispatcher = signed_in(app, "clerk"), signed_in(app, "dispatcher")
    page, day = f"/clerk/bookings/{made.id}", f"/dispatch/{made.depot_code}/{made.service_day}"
    assert "before this change" not in clerk.get(page, headers=ENGLISH).text
    assert "Changed since the routes were made" not in dispatcher.get(day, headers=ENGLISH).text
    answer = clerk.post(f"{page}/amend", data=form(clerk, f"{page}/amend") | {"item-microwave": "2", "floor": "5"})
    assert answer.status_code == 303
    said = clerk.get(page, headers=ENGLISH).text
    assert re.search(r"The route of T-BOX was made before this change: \d+ minutes more at the door, \d+ kg and", said)
    listed = dispatcher.get(day, headers=ENGLISH).text
    assert "Changed since the routes were made (1)" in listed
    assert re.search(rf"{made.reference} · T-BOX · \d+ minutes more at the door, \d+ kg and \d+ litres more", listed)
    assert "Plan the day again, so that no promise is broken." in listed
    assert re.search(r"上门多用\d+分钟，多\d+公斤、\d+升", dispatcher.get(day).text)
