"""At the counter the clerk chooses the language of a caller's messages; the page's own says nothing of it."""

import re

import pytest
from sqlalchemy import select

from recycling.models import Booking, Message

CHOSEN = re.compile(r'<option value="(zh|en)" lang="\w+" selected')


@pytest.fixture
def clerk(app, signed_in):
    made = signed_in(app, "clerk")
    made.set_cookie("language", "en")
    return made


@pytest.fixture
def desk(clerk):
    """Return a function that asks for a caller and returns the page."""

    def ask(phone):
        form = re.search(r'name="csrf_token" value="([^"]+)"', clerk.get("/clerk").text).group(1)
        return clerk.post("/clerk/caller", data={"csrf_token": form, "who": phone}).text

    return ask


def test_a_new_caller_is_told_in_chinese_and_one_who_is_known_as_before(desk, booked, sqlite_record):
    booked(sqlite_record, 1, phone="13700137000", language="en")
    assert CHOSEN.findall(desk("13800138000")) == ["zh"]
    assert CHOSEN.findall(desk("13700137000")) == ["en"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_the_clerk_chooses_is_kept(clerk, desk, sqlite_record, day, language):
    hidden = dict(re.findall(r'name="(csrf_token|key)" value="([^"]+)"', desk("13800138000")))
    sent = {
        **hidden,
        "item-fridge": "1",
        "community": "社区A-001 · 示例镇",
        "address": "3栋2单元501",
        "floor": "5",
        "slot": f"{day} 08:00-10:00",
        "contact": "王女士",
        "phone": "13800138000",
        "language": language,
    }
    assert clerk.post("/clerk/book", data=sent).status_code == 303
    with sqlite_record.read() as session:
        assert session.scalar(select(Booking.language)) == language
        assert session.scalar(select(Message.language)) == language
