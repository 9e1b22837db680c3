"""What a form takes as a community: its name, pinyin or initials that mean one, and one of a town that was entered."""

import re
import uuid

import pytest
from sqlalchemy import select, update

from recycling.models import Area, Booking, Community

ENGLISH = {"Accept-Language": "en"}
TOWN = "示例镇 · 示例县"


@pytest.fixture
def called(sqlite_record):
    """Return a function that gives a community another name, in a new edition of the network."""

    def rename(code, name):
        with sqlite_record.write() as session:
            session.execute(update(Community).where(Community.code == code).values(name=name))
            session.execute(update(Area).values(edition=uuid.uuid4().hex))
        return f"{name} · 示例镇"

    return rename


@pytest.fixture
def hill(called):
    """One community has a name that can be typed in letters."""
    return called("A-002", "凤凰山社区")


def made(record):
    with record.read() as session:
        return session.scalar(select(Booking))


def choices(page):
    return re.findall(r'name="community_choice" value="([^"]+)"', page)


@pytest.mark.parametrize("typed", ["凤凰山社区", "A-002", "fenghuangshan", "fhs", "fhssq", "Feng Huang Shan", "凤凰山"])
def test_what_means_one_community_is_taken(client, form, sqlite_record, hill, typed):
    assert client.post("/book", data=form(community=typed)).status_code == 303
    assert made(sqlite_record).community_code == "A-002"


@pytest.mark.parametrize("typed", ["fenghuang", "fh", "shan", "f", "凤"])
def test_a_part_of_a_name_is_not_taken_for_it(client, form, sqlite_record, hill, typed):
    answer = client.post("/book", data=form(community=typed), headers=ENGLISH)
    assert answer.status_code == 422
    assert "We do not know this community" in answer.text
    assert choices(answer.text) == []


def test_letters_that_mean_two_communities_leave_the_choice(client, form, sqlite_record, called, hill):
    other = called("A-003", "富虎山村")
    entries = form(community="fhs")
    answer = client.post("/book", data=entries, headers=ENGLISH)
    assert answer.status_code == 422
    assert "several places of this name" in answer.text
    assert choices(answer.text) == [hill, other]
    assert client.post("/book", data=entries | {"community_choice": other}).status_code == 303
    assert made(sqlite_record).community_code == "A-003"


@pytest.mark.parametrize("typed", [TOWN, "示例镇", "shili", "slz"])
def test_a_town_asks_for_one_of_its_communities(client, form, sqlite_record, typed):
    entries = form(community=typed)
    answer = client.post("/book", data=entries, headers=ENGLISH)
    assert answer.status_code == 422
    assert "示例镇 is a town. Choose one in this town" in answer.text
    assert choices(answer.text) == [f"社区{code} · 示例镇" for code in ("A-001", "A-002", "A-003", "B-001")]
    assert client.post("/book", data=entries | {"community_choice": "社区A-003 · 示例镇"}).status_code == 303
    assert made(sqlite_record).community_code == "A-003"


@pytest.mark.parametrize(
    ("typed", "chosen", "status", "code"),
    [
        ("社区A-001 · 示例镇", "社区A-003 · 示例镇", 303, "A-001"),
        ("Atlantis", "社区A-003 · 示例镇", 422, ""),
        (TOWN, "Atlantis", 422, ""),
    ],
)
def test_a_choice_counts_only_for_what_left_it_open(client, form, sqlite_record, typed, chosen, status, code):
    assert client.post("/book", data=form(community=typed, community_choice=chosen)).status_code == status
    found = made(sqlite_record)
    assert (found.community_code if found else "") == code


def test_a_town_with_a_mark_on_the_map_needs_no_choice(client, form, sqlite_record):
    assert client.post("/book", data=form(community=TOWN, lon="107.473", lat="31.203", pin="given")).status_code == 303


def test_a_town_at_the_counter_asks_for_one_of_its_communities(app, signed_in, form, sqlite_record, day):
    clerk = signed_in(app, "clerk", ["DEP-01"])
    token = re.search(r'name="csrf_token" value="([^"]+)"', clerk.get("/clerk").text).group(1)
    entries = form(csrf_token=token, community=TOWN, slot=f"{day} 08:00-10:00")
    answer = clerk.post("/clerk/book", data=entries, headers=ENGLISH)
    assert answer.status_code == 422
    assert "示例镇 is a town. Choose one in this town" in answer.text
    assert "社区A-003 · 示例镇" in choices(answer.text)
    assert clerk.post("/clerk/book", data=entries | {"community_choice": "社区A-003 · 示例镇"}).status_code == 303
    assert made(sqlite_record).community_code == "A-003"


def test_windows_are_asked_for_the_choice(client):
    asked = {"item-paper": "1", "community": TOWN}
    assert client.get("/windows", query_string=asked).status_code == 422
    chosen = asked | {"community_choice": "社区A-003 · 示例镇"}
    assert client.get("/windows", query_string=chosen).status_code == 200


def test_a_group_and_a_quote_take_initials_and_ask_in_a_town(app, client, signed_in, token, sqlite_record, hill, day):
    entries = {"csrf_token": token("/g"), "key": "a-group-of-the-test", "last_day": str(day), "address": "3栋"}
    refused = client.post("/g", data=entries | {"community": TOWN}, headers=ENGLISH)
    assert refused.status_code == 422
    assert hill in choices(refused.text)
    clerk = signed_in(app, "clerk")
    mine = re.search(r'name="csrf_token" value="([^"]+)"', clerk.get("/clerk").text).group(1)
    wanted = {"csrf_token": mine, "key": "a-quote-of-the-test", "community": TOWN, "deed": "save"}
    quote = clerk.post("/clerk/quotes/new", data=wanted, headers=ENGLISH)
    assert quote.status_code == 422
    assert hill in choices(quote.text)


def test_a_town_s_communities_are_listed(client):
    found = client.get("/places", query_string={"q": "示例镇"}).json
    assert found[0]["kind"] == "town"
    assert found[0]["label"] == TOWN
    within = client.get("/places", query_string={"town": TOWN}).json
    assert [p["label"] for p in within] == [f"社区{code} · 示例镇" for code in ("A-001", "A-002", "A-003", "B-001")]
    assert {p["kind"] for p in within} == {"community"}
    for nothing in ("社区A-001 · 示例镇", "Atlantis"):
        assert client.get("/places", query_string={"town": nothing}).json == []
