"""Route sheets and files of a day on the dispatcher's page: what they hold, for whom, and what is written down."""

import csv
import io
import json
import re
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pypdfium2
import pytest
import time_machine
from made_plans import make_plan
from sqlalchemy import select, update

from recycling.exports import fonts
from recycling.models import AuditEvent, Booking

DAY = "/dispatch/DEP-01/2026-03-05"
ENGLISH = {"Accept-Language": "en"}
CHINESE = {"Accept-Language": "zh-CN"}

has_font = pytest.mark.skipif(
    not any(Path(path).is_file() for path in fonts.KNOWN), reason="no Chinese font here: run tests/prepare-system"
)


@pytest.fixture
def client(app, signed_in):
    """A dispatcher at the desk."""
    app.config["WTF_CSRF_ENABLED"] = False
    return signed_in(app, "dispatcher", ["DEP-01"])


@pytest.fixture
def bookings(sqlite_record, booked):
    """Two bookings on one route, an unload between them."""
    first, second = booked(sqlite_record, 2)
    make_plan(sqlite_record, second, 1, before=(first,))
    return first, second


def seen(database):
    with database.read() as session:
        query = select(AuditEvent).where(AuditEvent.action == "caller.seen")
        return [(event.subject_id, event.actor_id, event.after) for event in session.scalars(query)]


def read(data):
    pdf = pypdfium2.PdfDocument(data)
    text = "".join(page.get_textpage().get_text_range() for page in pdf)
    pdf.close()
    return text


def test_the_page_has_each_stop_in_order_with_masked_numbers(client, bookings, sqlite_record):
    page = client.get(f"{DAY}/sheets", headers=ENGLISH).text
    first, second = bookings
    assert page.index(first.reference) < page.index("CEN-01") < page.index(second.reference)
    assert "138****8000" in page
    assert "13800138000" not in page
    assert "08:00–10:00" in page
    assert page.count('class="qr"') == 1
    assert "Only for this round" in page
    assert seen(sqlite_record) == []


def test_the_schedule_leads_to_sheets_and_files(client, bookings):
    page = client.get(DAY, headers=ENGLISH).text
    for path in ("/sheets", "/sheets?route=1", "/routes.pdf?route=1", "/routes.gpx?route=1"):
        assert f'href="{DAY}{path}"' in page
    sheets = client.get(f"{DAY}/sheets", headers=ENGLISH).text
    for path in re.findall(rf'href="({DAY}/[^"]+)"', sheets):
        assert client.get(path, headers=ENGLISH).status_code == 200, path


def test_a_day_without_a_plan_and_a_route_that_is_not_there(client, bookings):
    for path, words in (("/dispatch/DEP-01/2026-03-09/sheets", "no plan yet"), (f"{DAY}/sheets?route=7", "no route 7")):
        answer = client.get(path, headers=ENGLISH)
        assert (answer.status_code, words in answer.text) == (404, True)
    assert client.get(f"{DAY}/routes.exe").status_code == 404
    assert 'href="/dispatch/DEP-01/2026-03-09/sheets"' not in client.get("/dispatch/DEP-01/2026-03-09").text


def test_the_files(client, bookings):
    table = client.get(f"{DAY}/routes.csv", headers=ENGLISH)
    assert table.headers["Content-Disposition"] == "attachment; filename=DEP-01-2026-03-05.csv"
    rows = list(csv.DictReader(io.StringIO(table.data.decode("utf-8-sig"))))
    assert [row["kind"] for row in rows] == ["booking", "unload", "booking"]
    assert rows[0]["things"].endswith(" ×2")
    track = client.get(f"{DAY}/routes.gpx?route=1")
    assert track.headers["Content-Disposition"] == "attachment; filename=DEP-01-2026-03-05-1.gpx"
    assert ElementTree.fromstring(track.data).tag.endswith("}gpx")
    drawn = json.loads(client.get(f"{DAY}/routes.geojson").data)
    assert [f["properties"]["kind"] for f in drawn["features"]] == ["depot", "booking", "unload", "booking"]
    for answer in (track, client.get(f"{DAY}/routes.geojson")):
        assert b"8000" not in answer.data
        assert "王女士".encode() not in answer.data


@has_font
def test_the_pdf_in_both_languages(client, bookings):
    chinese = read(client.get(f"{DAY}/routes.pdf", headers=CHINESE).data)
    for said in (
        "线路 1",
        "上门回收",
        "社区A-001" if "社区A-001" in chinese else "示例",
        "王女士 138****8000",
        "用后销毁",
    ):
        assert said in chinese, said
    english = read(client.get(f"{DAY}/routes.pdf", headers=ENGLISH).data)
    assert "Route 1" in english
    assert "Door pickup" in english


@has_font
def test_numbers_are_printed_on_demand_and_that_is_written_down(client, bookings, sqlite_record):
    answer = client.post(f"{DAY}/sheets", data={"route": "1"})
    assert answer.headers["Content-Type"] == "application/pdf"
    assert read(answer.data).count("13800138000") == 2
    expected = {(str(b.id), str(client.account)) for b in bookings}
    assert {(subject, who) for subject, who, _ in seen(sqlite_record)} == expected
    assert all(after == {"printed": True} for *_, after in seen(sqlite_record))


@has_font
def test_a_visit_that_is_off_has_no_number(client, bookings, sqlite_record, now):
    gone, _ = bookings
    with sqlite_record.write() as session:
        session.execute(update(Booking).where(Booking.id == gone.id).values(state="cancelled", ended_at=now))
    assert read(client.post(f"{DAY}/sheets").data).count("13800138000") == 1
    assert len(seen(sqlite_record)) == 1


def test_numbers_of_days_that_are_over_are_not_printed(app, client, signed_in, bookings, sqlite_record, now):
    later = now + timedelta(days=2)
    with time_machine.travel(later, tick=False):
        client = signed_in(app, "dispatcher", at=later)
        answer = client.post(f"{DAY}/sheets", headers=ENGLISH)
        page = client.get(f"{DAY}/sheets", headers=ENGLISH).text
    assert (answer.status_code, "is over" in answer.text) == (409, True)
    assert "numbers to call" not in page
    assert seen(sqlite_record) == []


@pytest.mark.parametrize(
    ("role", "depots"),
    [("manager", None), ("clerk", ["DEP-01"]), ("driver", ["DEP-01"]), ("planner", None), ("dispatcher", ["DEP-02"])],
)
def test_numbers_are_for_the_depots_dispatchers_alone(app, client, signed_in, bookings, sqlite_record, role, depots):
    other = signed_in(app, role, depots, phone="13900139001")
    assert other.post(f"{DAY}/sheets").status_code == 403
    assert "numbers to call" not in other.get(f"{DAY}/sheets", headers=ENGLISH).text
    assert other.get(f"{DAY}/sheets").status_code == (200 if role == "manager" else 403)
    assert seen(sqlite_record) == []


def test_without_a_font_it_is_said_what_to_install(client, bookings, monkeypatch):
    monkeypatch.setattr(fonts, "KNOWN", ())
    answer = client.get(f"{DAY}/routes.pdf", headers=ENGLISH)
    assert (answer.status_code, "fonts-noto-cjk" in answer.text) == (503, True)
    assert client.get(f"{DAY}/sheets", headers=ENGLISH).status_code == 200, "the page prints without one"
