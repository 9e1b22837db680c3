"""Groups on their pages: open, join by code, change by number without seeing anything, leave; what staff decide."""

import re

import pytest
from sqlalchemy import select

from recycling.models import Booking, Group, Message


@pytest.fixture
def hidden(client):
    """Return a function that reads a page's token and key."""

    def read(path, of=client):
        found = re.findall(r'name="(csrf_token|key)" value="([^"]+)"', of.get(path).text)
        return dict(found)

    return read


@pytest.fixture
def clerk(app, signed_in):
    return signed_in(app, "clerk", ["DEP-01"])


@pytest.fixture
def opened(client, hidden, day):
    """Return a function that opens a group as a resident and returns its code."""

    def make(**changes):
        entries = {"community": "社区A-001 · 示例镇", "address": "3栋", "last_day": str(day), **changes}
        answer = client.post("/g", data={**hidden("/g"), **entries})
        assert answer.status_code == 303, answer.text
        return re.search(r"/g/(\w{8})", answer.location).group(1)

    return make


@pytest.fixture
def joined(client, hidden):
    """Return a function that joins a group and returns where that leads."""

    def make(code, number, expected=303, **changes):
        entries = {"item-paper": "2", "address": f"{number}01", "floor": "2", "contact": f"住户{number}"}
        entries |= {"phone": f"138{number:08d}", **changes}
        answer = client.post(f"/g/{code}", data={**hidden(f"/g/{code}"), **entries})
        assert answer.status_code == expected
        return answer.location if expected == 303 else answer.text

    return make


def all_of(record, model):
    with record.read() as session:
        return session.scalars(select(model)).all()


def test_five_households_and_a_truck(client, opened, joined, sqlite_record, day):
    code = opened()
    pages = [joined(code, number) for number in range(1, 5)]
    assert "还差" not in pages[0]
    shown = client.get(f"/g/{code}").text
    assert 'max="5" value="4"' in shown
    assert "住户1" not in shown
    assert all_of(sqlite_record, Booking) == []
    last = joined(code, 5)
    made = all_of(sqlite_record, Booking)
    assert len(made) == 5
    assert {b.service_day for b in made} == {day}
    (mine,) = [b for b in made if b.contact == "住户5"]
    assert mine.address == "3栋 501"
    assert f"/b/{mine.token}" in client.get(last).text
    shown = client.get(f"/g/{code}").text
    assert '<form method="post" action="/g/' not in shown
    assert all(b.token not in shown for b in made)


def test_a_number_that_is_in_changes_its_entry_and_sees_nothing(client, opened, joined, sqlite_record):
    code = opened()
    own = joined(code, 1)
    again = joined(code, 1, contact="张三")
    assert again == f"/g/{code}?said=changed"
    assert own.rpartition("/")[2] not in client.get(again).text
    assert "张三" in client.get(own).text
    messages = [m for m in all_of(sqlite_record, Message) if m.change == "group_joined"]
    assert {m.link for m in messages} == {own}
    assert {m.phone for m in messages} == {"+8613800000001"}


def test_leaving_and_coming_back(client, opened, joined, token, sqlite_record):
    code = opened()
    own = joined(code, 1)
    assert client.post(f"{own}/leave", data={"csrf_token": token(own)}).status_code == 303
    assert 'value="0"' in client.get(f"/g/{code}").text
    back = {"csrf_token": token(own), "item-fridge": "1", "address": "909", "contact": "回来"}
    assert client.post(own, data=back).status_code == 303
    assert 'value="1"' in client.get(f"/g/{code}").text
    assert client.get(own).headers["Referrer-Policy"] == "no-referrer"


def test_what_is_wrong_stands_beside_its_field(client, opened, joined, hidden):
    text = joined(opened(), 1, 422, **{"item-paper": "0", "phone": "1", "contact": ""})
    for field in ("items", "phone", "contact"):
        assert f'id="fault-{field}"' in text
    assert 'value="101"' in text
    text = client.post("/g", data={**hidden("/g"), "community": "月球", "last_day": "x"}).text
    for field in ("community", "last_day"):
        assert f'id="fault-{field}"' in text


def test_a_closed_group_offers_the_booking_form_filled_in(client, opened, joined, sqlite_record, clerk, hidden):
    code = opened()
    own = joined(code, 1, **{"item-paper": "7"})
    (group,) = all_of(sqlite_record, Group)
    path = f"/clerk/groups/{group.id}"
    answer = clerk.post(f"{path}/call-off", data={**hidden(path, clerk), "reason": ""})
    assert answer.status_code == 422
    assert clerk.post(f"{path}/call-off", data={**hidden(path, clerk), "reason": "试"}).status_code == 303
    assert f"{own}/book" in client.get(own).text
    form = client.get(f"{own}/book").text
    assert re.search(r'name="item-paper"[^>]*value="7"', form)
    assert 'value="3栋 101"' in form
    (message,) = [m for m in all_of(sqlite_record, Message) if m.change == "group_cancelled"]
    assert message.link == f"{own}/book"


def test_a_code_is_found_however_it_is_typed(client, opened):
    code = opened()
    assert client.get(f"/g?code={code[:4].lower()}+{code[4:].lower()}").location == f"/g/{code}"
    assert client.get("/g/NOSUCHGR").status_code == 404
    assert client.get(f"/g/{code}/nobody").status_code == 404


def test_an_unknown_code_stays_in_its_field(client):
    answer = client.get("/g?code=nosu+chxx")
    assert answer.status_code == 404
    assert 'value="NOSUCHXX"' in answer.text
    assert 'id="fault-code"' in answer.text


def test_the_same_place_leads_to_its_group(client, opened):
    assert opened() == opened()


def test_staff_open_decide_and_see_what_waits(clerk, client, hidden, joined, sqlite_record, day):
    entries = {"community": "社区A-002 · 示例镇", "address": "", "quorum": "300", "unit": "kg", "last_day": str(day)}
    answer = clerk.post("/clerk/groups", data={**hidden("/clerk/groups", clerk), **entries})
    path = answer.location
    (group,) = all_of(sqlite_record, Group)
    assert (group.unit, group.quorum) == ("kg", 300)
    joined(group.code, 1)
    shown = clerk.get(path).text
    assert "13800000001" not in shown
    assert "住户1" in shown
    change = {**hidden(path, clerk), "quorum": "200", "unit": "kg", "last_day": str(day), "reason": "够了"}
    assert clerk.post(f"{path}/change", data=change).status_code == 303
    assert clerk.post(f"{path}/change", data={**change, "quorum": "many"}).status_code == 422
    assert clerk.post(f"{path}/decide", data={**hidden(path, clerk), "reason": "老人"}).status_code == 303
    assert len(all_of(sqlite_record, Booking)) == 1
    assert "老人" in clerk.get(path).text


def test_staff_of_another_depot_see_nothing(app, signed_in, opened, sqlite_record, hidden, day):
    code = opened()
    (group,) = all_of(sqlite_record, Group)
    other = signed_in(app, "clerk", ["DEP-02"])
    assert code not in other.get("/clerk/groups").text
    token = hidden("/clerk/groups", other)
    assert other.get(f"/clerk/groups/{group.id}").status_code == 403
    for deed in ("decide", "change", "call-off"):
        answer = other.post(f"/clerk/groups/{group.id}/{deed}", data={**token, "reason": "x", "quorum": "2"})
        assert answer.status_code == 403, deed
    entries = {"community": "社区A-001 · 示例镇", "address": "9栋", "quorum": "3", "last_day": str(day)}
    assert other.post("/clerk/groups", data={**token, **entries}).status_code == 403


def test_staff_say_what_kind_of_place_a_group_is(clerk, client, hidden, sqlite_record, day):
    entries = {"community": "社区A-001 · 示例镇", "last_day": str(day), "quorum": "9", "unit": "households"}
    token = hidden("/clerk/groups", clerk)
    clerk.set_cookie("language", "en")
    refused = clerk.post("/clerk/groups", data={**token, **entries, "scene": "moon"})
    assert refused.status_code == 422
    assert 'id="fault-scene"' in refused.text
    path = clerk.post("/clerk/groups", data={**token, **entries, "scene": "office"}).location
    assert re.search(r"What kind of place</dt><dd>Office<", clerk.get(path).text)
    change = {**hidden(path, clerk), "quorum": "9", "unit": "households", "last_day": str(day), "reason": "x"}
    assert clerk.post(f"{path}/change", data={**change, "scene": "shop"}).status_code == 303
    (group,) = all_of(sqlite_record, Group)
    assert group.scene == "shop"
    assert 'name="scene"' not in client.get("/g").text


def test_no_window_yet_is_shown_to_staff(clerk, opened, joined, sqlite_record, day):
    from sqlalchemy import update

    from recycling.booking.capacity import make_rows
    from recycling.models import Slot
    from web.services import services

    code = opened()
    with clerk.application.app_context():
        office = services().office
    with sqlite_record.write() as session:
        make_rows(session, office, "DEP-01", [day])
        session.execute(update(Slot).values(capacity=0))
    for number in range(5):
        joined(code, number)
    (group,) = all_of(sqlite_record, Group)
    assert group.state == "reached"
    clerk.set_cookie("language", "en")
    assert "Quorum reached, no window yet" in clerk.get("/clerk/groups").text
    assert "tried again every minute" in clerk.get(f"/clerk/groups/{group.id}").text
