"""A crew notes what it does not take and reads where that goes; the centre and those who plan see how often."""

import re

import pytest

from recycling.models import TurnedAway

ENGLISH = {"Accept-Language": "en"}
SCALE = "/crew/T-BOX/2026-03-04/hand-in"
AWAY = "/crew/T-BOX/2026-03-04/turned-away"


@pytest.fixture
def crew(app, signed_in, at_now):
    return signed_in(app, "driver", ["DEP-01"])


@pytest.fixture
def note(crew):
    """Return a function that fills in the form of the page and sends it."""

    def call(**entries):
        page = crew.get(SCALE).text
        form = page[page.index(f'action="{AWAY}"') :]
        hidden = dict(re.findall(r'name="(csrf_token|key|community)" value="([^"]*)"', form))
        return crew.post(AWAY, data={**hidden, "what": "mattress", "reason": "dirty", **entries}, headers=ENGLISH)

    return call


def kept(record):
    with record.read() as session:
        return [(row.what, row.reason) for row in session.query(TurnedAway)]


def test_it_is_noted_and_counted_where_people_look(note, app, signed_in, sqlite_record):
    answer = note()
    assert answer.status_code == 200
    assert "Noted as not taken: mattress" in answer.text
    assert kept(sqlite_record) == [("mattress", "dirty")]
    for role, path in (
        ("centre", "/centre"),
        ("dispatcher", "/dispatch/low-value"),
        ("manager", "/dispatch/low-value"),
    ):
        page = signed_in(app, role).get(path, headers=ENGLISH).text
        row = re.search(r"<tr><td>mattress</td>.*?</tr>", page, re.S).group(0)
        assert "it is soiled or mixed" in row
        assert '<td class="figure">1</td>' in row
    elsewhere = signed_in(app, "centre", ["DEP-02"]).get("/centre", headers=ENGLISH).text
    assert "mattress" not in elsewhere
    assert "Everything that was brought was taken." in elsewhere


def test_what_is_never_taken_is_told_where_it_goes(note, catalogue):
    refused = next(iter(catalogue.not_taken.values()))
    answer = note(what=refused.en, reason="not_taken")
    assert refused.instead.en in answer.text.replace("&#39;", "'")


@pytest.mark.parametrize(
    ("entries", "said"),
    [({"what": ""}, "Enter what was brought"), ({"reason": ""}, "Choose why it is not taken.")],
)
def test_what_is_missing_is_told_at_its_field(note, sqlite_record, entries, said):
    answer = note(**entries)
    assert answer.status_code == 422
    assert said in answer.text
    assert re.search(r'<details class="apart" open', answer.text)
    assert kept(sqlite_record) == []
