"""What clerks enter for contracts, what the pages say of them, and how far each clerk sees."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from recycling.booking.contracts import Rule
from recycling.errors import N_
from recycling.models import Booking, Contract, ContractDate
from web.recurrence import entered_rule, read_contract, rule_words

MISSED = date(2026, 3, 23)
SENT = {
    "contact": "张老师",
    "phone": "13800138000",
    "community": "社区A-001 · 示例镇",
    "address": "实验小学",
    "floor": "1",
    "scene": "school",
    "standing": "gate",
    "item-paper": "20",
    "every": "1",
    "weekday": ["0"],
    "window": "08:00-10:00",
    "first_day": "2026-03-09",
    "last_day": "",
    "on_holiday": "after",
    "key": "a-key-of-the-test",
}


@pytest.fixture
def clerk(app, signed_in):
    app.config["WTF_CSRF_ENABLED"] = False
    return signed_in(app, "clerk", ["DEP-01"])


@pytest.fixture
def made(clerk, sqlite_record):
    """A contract on Mondays, made by the clerk."""
    answer = clerk.post("/clerk/contracts/new", data=SENT)
    assert answer.status_code == 303, answer.text
    with sqlite_record.read() as session:
        return session.scalars(select(Contract)).one()


def rows(record, model):
    with record.read() as session:
        return session.scalars(select(model)).all()


def test_a_contract_is_made_and_its_dates_are_booked_at_once(clerk, made, sqlite_record):
    again = clerk.post("/clerk/contracts/new", data=SENT)
    assert (made.rule, made.scene, made.standing, made.phone) == (
        "FREQ=WEEKLY;BYDAY=MO", "school", "gate", "+8613800138000",
    )  # fmt: skip
    assert again.headers["Location"].endswith(str(made.id))
    booked = rows(sqlite_record, Booking)
    assert sorted(b.service_day.day for b in booked) == [9, 16]
    page = clerk.get(f"/clerk/contracts/{made.id}", headers={"Accept-Language": "en"}).text
    assert "Every week on Monday, 08:00–10:00" in page
    assert "138****8000" in page
    assert "13800138000" not in page
    assert all(b.reference in page for b in booked)
    assert "Mon 23 Mar" in page
    listed = clerk.get("/clerk/contracts", headers={"Accept-Language": "zh"}).text
    assert made.reference in listed
    assert "每周 星期一" in listed


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"weekday": []}, "Choose on which days we come."),
        ({"every": "0"}, "Choose on which days we come."),
        ({"every": "nth", "nth": "7", "nth_weekday": "0"}, "Choose on which days we come."),
        ({"first_day": "soon"}, "soon is not a day"),
        ({"first_day": ""}, "Enter the first day"),
        ({"last_day": "2026-03-01"}, "The last day is before the first one."),
        ({"item-paper": ""}, "Choose at least one thing"),
        ({"community": "nowhere"}, "We do not know this community"),
        ({"on_holiday": ""}, "Choose what we do on a holiday."),
    ],
)
def test_what_is_wrong_stands_beside_what_was_entered(clerk, sqlite_record, changes, said):
    answer = clerk.post("/clerk/contracts/new", data={**SENT, **changes}, headers={"Accept-Language": "en"})
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="张老师"' in answer.text
    assert rows(sqlite_record, Contract) == []


def test_the_next_ten_dates_are_shown_before_with_what_holidays_do(clerk):
    query = {"every": "nth", "nth": "1", "nth_weekday": "0", "first_day": "2026-03-09", "on_holiday": "before"}
    shown = clerk.get("/clerk/contracts/dates", query_string=query, headers={"Accept-Language": "en"}).text
    days = re.findall(r'<strong><span class="day">(.+?)</span>', shown)
    assert days[:2] == ["Fri 3 Apr", "Thu 30 Apr"]
    assert len(days) == 10
    assert "instead of Mon 6 Apr: Qingming Festival" in shown
    assert "The public holidays of 2027 have not been entered yet" in shown
    off = clerk.get(
        "/clerk/contracts/dates", query_string={**query, "on_holiday": "skip"}, headers={"Accept-Language": "zh"}
    )
    assert "不上门：清明节" in off.text
    bad = clerk.get("/clerk/contracts/dates", query_string={"every": "1"}, headers={"Accept-Language": "en"})
    assert "Choose on which days we come." in bad.text


def test_a_change_needs_a_reason_and_the_version_that_was_seen(clerk, made, sqlite_record):
    form = clerk.get(f"/clerk/contracts/{made.id}/change").text
    assert 'name="version" value="1"' in form
    assert re.search(r'name="weekday" value="0" checked', form)
    change = {**SENT, "version": "1", "weekday": ["1"]}
    assert clerk.post(f"/clerk/contracts/{made.id}/change", data=change).status_code == 422
    change["why"] = "the school asked"
    assert clerk.post(f"/clerk/contracts/{made.id}/change", data=change).status_code == 303
    assert clerk.post(f"/clerk/contracts/{made.id}/change", data=change).status_code == 409
    (now,) = rows(sqlite_record, Contract)
    assert (now.version, now.rule) == (2, "FREQ=WEEKLY;BYDAY=TU")
    page = clerk.get(f"/clerk/contracts/{made.id}", headers={"Accept-Language": "en"}).text
    assert "changed · clerk-" in page
    assert "the school asked" in page


def test_dates_are_left_out_and_come_back(clerk, made):
    path = f"/clerk/contracts/{made.id}"
    assert clerk.post(f"{path}/leave-out", data={"from": "", "why": "x"}).status_code == 422
    assert clerk.post(f"{path}/leave-out", data={"from": "2026-03-16", "why": "x"}).status_code == 409
    assert clerk.post(f"{path}/leave-out", data={"from": "2026-03-23", "to": "2026-03-30"}).status_code == 422
    sent = {"from": "2026-03-23", "to": "2026-03-30", "why": "camp"}
    assert clerk.post(f"{path}/leave-out", data=sent).status_code == 303
    page = clerk.get(path, headers={"Accept-Language": "en"}).text
    assert page.count("nobody comes: camp") == 2
    assert clerk.post(f"{path}/take-back/2026-03-23").status_code == 303
    assert clerk.get(path, headers={"Accept-Language": "en"}).text.count("nobody comes: camp") == 1


def test_a_date_without_a_booking_stands_before_the_clerk_until_seen_to(clerk, made, sqlite_record, at_now):
    path = f"/clerk/contracts/{made.id}"
    late = N_("This window is in the past. Choose a later one.")
    with sqlite_record.write() as session:
        row = ContractDate(contract_id=made.id, rule_day=MISSED, day=MISSED, at=at_now, settled_by="")
        row.faults = [{"where": "day", "code": "past", "template": late, "values": {}}]
        session.add(row)
    for page in ("/clerk", "/clerk/contracts", path):
        assert clerk.get(page).text.count(made.reference) >= 1
    assert "这个时段已过。请选择以后的时段。" in clerk.get(path).text
    assert clerk.post(f"{path}/again/2026-03-23").status_code == 409  # too far ahead still
    assert clerk.post(f"{path}/settled/2026-03-23").status_code == 303
    assert made.reference not in clerk.get("/clerk").text
    assert clerk.post(f"{path}/settled/2026-03-24").status_code == 404


def test_ending_cancels_what_is_ticked(clerk, made, sqlite_record):
    path = f"/clerk/contracts/{made.id}"
    first, second = sorted(rows(sqlite_record, Booking), key=lambda b: b.service_day)
    assert clerk.post(f"{path}/end", data={"booking": [str(second.id)]}).status_code == 422
    assert clerk.post(f"{path}/end", data={"booking": [str(second.id), "x"], "why": "moved"}).status_code == 303
    states = {b.id: b.state for b in rows(sqlite_record, Booking)}
    assert states == {first.id: "booked", second.id: "cancelled"}
    page = clerk.get(path, headers={"Accept-Language": "en"}).text
    assert "Cancel what is booked ahead" in page
    assert "Change the contract" not in page


def test_a_clerk_of_another_depot_sees_and_changes_nothing(app, clerk, made, signed_in, sqlite_record):
    other = signed_in(app, "clerk", ["DEP-02"])
    path = f"/clerk/contracts/{made.id}"
    assert made.reference not in other.get("/clerk/contracts").text
    for page in (path, f"{path}/change", f"/clerk/contracts/dates?contract={made.id}"):
        assert other.get(page).status_code == 403
    for deed in ("change", "end", "leave-out", "take-back/2026-03-23", "again/2026-03-09", "settled/2026-03-09"):
        data = {**SENT, "why": "x", "version": "1", "from": "2026-03-23"}
        assert other.post(f"{path}/{deed}", data=data).status_code == 403, deed
    assert other.post("/clerk/contracts/new", data={**SENT, "key": "another-key"}).status_code == 403
    assert [c.version for c in rows(sqlite_record, Contract)] == [1]


@pytest.mark.parametrize(
    ("rule", "en", "zh"),
    [
        ("FREQ=WEEKLY;BYDAY=MO,TH", "Every week on Monday, Thursday", "每周 星期一、星期四"),
        ("FREQ=WEEKLY;INTERVAL=4;BYDAY=SU", "Every 4 weeks on Sunday", "每 4 周一次，星期日"),
        ("FREQ=MONTHLY;BYDAY=1MO", "On the first Monday of the month", "每月第一个星期一"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "On the last Friday of the month", "每月最后一个星期五"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "On day 31 of the month", "每月 31 日"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "On the last day of the month", "每月最后一天"),
    ],
)
def test_rules_are_said_in_words_and_come_back_from_the_form(app, rule, en, zh):
    for language, words in (("en", en), ("zh", zh)):
        with app.test_request_context(headers={"Accept-Language": language}):
            assert rule_words(Rule.parse(rule)) == words
            assert read_contract(entered_rule(Rule.parse(rule))).rule == rule
