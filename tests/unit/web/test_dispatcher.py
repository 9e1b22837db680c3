"""The dispatcher's pages: before a plan, after it, and when planning failed."""

import re
import uuid
from datetime import date

import pytest
import time_machine
from made_plans import NINE, make_plan
from sqlalchemy import select

from recycling import clock, runs
from recycling.models import Booking, LeftOut, Plan, PlanRun
from recycling.schedule import Order
from web.dispatcher import item_text

DAY = "/dispatch/DEP-01/2026-03-05"


@pytest.fixture
def client(app, signed_in):
    """A dispatcher at the desk."""
    return signed_in(app, "dispatcher")


@pytest.fixture
def planned(sqlite_record, settings, fleet, booked, now, day, at_now):
    """The town's day with four bookings, planned by the real engine in its own process."""
    booked(sqlite_record, 4)
    with sqlite_record.write() as session:
        run = runs.ask(session, "DEP-01", day, "dispatcher", now, settings)
    claimed = runs.claim(sqlite_record, clock.utc_now(), run.id)
    plan = runs.work(sqlite_record, settings, fleet, claimed)
    assert plan is not None
    return plan


def test_without_orders_the_page_says_what_will_stand_here(client):
    page = client.get(DAY).text
    assert 'class="empty"' in page


def test_the_button_queues_one_run_and_shows_it(client, token, sqlite_record, booked):
    booked(sqlite_record, 2)
    for _ in range(2):
        answer = client.post(DAY + "/plan", data={"csrf_token": token(DAY)})
        assert answer.status_code == 303
    with sqlite_record.read() as session:
        (run,) = session.scalars(select(PlanRun)).all()
    page = client.get(DAY).text
    assert f"/dispatch/runs/{run.id}" in page
    assert "disabled" in page
    assert client.get(f"/dispatch/runs/{run.id}").json == {"state": "queued", "progress": 0.0, "cost": None, "note": ""}


def test_a_day_that_is_over_cannot_be_planned(client, token, sqlite_record):
    answer = client.post("/dispatch/DEP-01/2026-03-01/plan", data={"csrf_token": token(DAY)})
    assert answer.status_code == 422
    with sqlite_record.read() as session:
        assert session.scalars(select(PlanRun)).all() == []


def test_the_button_of_a_day_under_way_plans_its_rest(client, planned, sqlite_record, signed_in, app):
    assert "Plan this day again" not in client.get(DAY, headers={"Accept-Language": "en"}).text, "it is tomorrow"
    with time_machine.travel(NINE, tick=False):
        on_the_day = signed_in(app, "dispatcher", at=NINE)
        page = on_the_day.get(DAY, headers={"Accept-Language": "en"}).text
        answer = on_the_day.post(
            DAY + "/plan",
            data={"csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)},
            headers={"Accept-Language": "en"},
        )
    assert "Plan the rest of this day" in page
    assert f'href="{DAY}/under-way?kind=anew"' in page
    assert "Plan this day again" not in page
    assert answer.status_code == 409
    assert "would forget what they have done" in answer.text
    with sqlite_record.read() as session:
        assert [run.state for run in session.scalars(select(PlanRun))] == ["done"]


def test_things_in_sizes_are_told_apart_in_both_languages(app):
    items = (("fridge.large", 1), ("fridge", 2), ("tv-flat.large", 1))
    order = Order("booking", "", "", "", "", "", items, "", None, 0, 0, apart=("fridge.large",))
    said = {}
    for code in ("en", "zh-CN"):
        with app.test_request_context(headers={"Accept-Language": code}):
            said[code] = item_text(order)
    assert said["en"].startswith("Refrigerator (large, side by side) (take down or apart), Refrigerator × 2, ")
    assert said["en"].endswith(", Flat television (55 inches and more)")
    assert said["zh-CN"].startswith("冰箱(对开门或多门)")
    assert "、冰箱 × 2、" in said["zh-CN"]


def test_schedule_and_map_show_every_order(client, planned, sqlite_record):
    with sqlite_record.read() as session:
        references = [b.reference for b in session.scalars(select(Booking))]
    schedule, day_map = client.get(DAY).text, client.get(DAY + "/map").text
    for reference in references:
        assert f'data-reference="{reference}"' in schedule or f'id="left-{reference}"' in schedule
        assert f'data-reference="{reference}"' in day_map
        assert re.search(rf'"title": "[^"]*{reference}', day_map), "no sign on the map"
    assert "138****8000" in schedule
    assert "13800138000" not in schedule + day_map


def test_the_crew_reads_what_the_resident_said_of_the_door(client, sqlite_record, booked, at_now):
    made = booked(sqlite_record, 1, floor=6, standing="hallway", height_limit=2.25, note="bell is broken")[0]
    make_plan(sqlite_record, made, 1)
    page = client.get(DAY, headers={"Accept-Language": "en"}).text
    row = page[page.index(f'data-reference="{made.reference}"') :].partition("</tr>")[0]
    for said in ("floor 6", "no lift", "in the hallway", "2.25 m", "bell is broken"):
        assert said in row


def test_the_notice_is_on_schedule_and_map(client, planned):
    for path in (DAY, DAY + "/map"):
        assert "演示" in client.get(path).text


def test_the_map_names_no_foreign_host(client, planned):
    page = client.get(DAY + "/map").text
    assert not re.findall(r"""(?:src|href)=["']?(?:https?:)?//""", page)
    assert "jquery" not in page.casefold()


def test_the_page_says_how_good_the_plan_is(client, planned, sqlite_record):
    with sqlite_record.write() as session:
        plan = session.scalar(select(Plan))
        assert sum(plan.prices.values()) == plan.cost
        assert plan.bound is None or plan.bound <= plan.cost
        plan.bound, plan.notes = plan.cost, ["an engine <was> dropped"]
    page = client.get(DAY, headers={"Accept-Language": "en"}).text
    assert "proven: no plan is cheaper" in page
    assert "<dt>Kilometres</dt>" in page
    assert "an engine &lt;was&gt; dropped" in page
    with sqlite_record.write() as session:
        session.scalar(select(Plan)).bound = round(session.scalar(select(Plan.cost)) / 1.1)
    assert "at most 10.0 % above the cheapest" in client.get(DAY, headers={"Accept-Language": "en"}).text


def test_a_booking_after_the_plan_is_counted(client, planned, sqlite_record, booked):
    assert 'class="new"' not in client.get(DAY).text
    booked(sqlite_record, 1, contact="李先生")
    assert 'class="new"' in client.get(DAY).text


def test_the_resident_sees_that_the_booking_is_on_a_route(client, planned, sqlite_record):
    with sqlite_record.read() as session:
        left_out = set(session.scalars(select(LeftOut.booking_id)))
        booking = next(b for b in session.scalars(select(Booking)) if b.id not in left_out)
    assert client.get(f"/b/{booking.token}").text.count('<li class="done">') == 2


def test_a_failed_run_is_told_and_the_last_plan_stays(client, planned, sqlite_record, day, now):
    with sqlite_record.write() as session:
        session.add(
            PlanRun(
                id=uuid.uuid4(),
                depot_code="DEP-01",
                service_day=day,
                asked_by="dispatcher",
                asked_at=now.replace(hour=9),
                state="failed",
                error_code="too-slow",
                error="<b>ended</b>",
            )
        )
    page = client.get(DAY).text
    assert "too-slow" in page
    assert "&lt;b&gt;ended" in page
    with sqlite_record.read() as session:
        version = session.scalar(select(Plan.version))
    assert version == 1
    assert 'class="route"' in page


def test_start_leads_to_tomorrow_and_keeps_the_view(client):
    assert client.get("/dispatch/").headers["Location"] == DAY
    chosen = client.get("/dispatch/?depot=DEP-02&day=2026-03-09&view=map")
    assert chosen.headers["Location"] == "/dispatch/DEP-02/2026-03-09/map"
    assert client.get("/dispatch/?day=yesterday").headers["Location"] == DAY


def test_start_leads_to_the_next_day_on_which_there_is_anything_to_do(client, sqlite_record, booked):
    booked(sqlite_record, 1, day=date(2026, 3, 7))
    assert client.get("/dispatch/").headers["Location"] == "/dispatch/DEP-01/2026-03-07"
    assert client.get("/dispatch/?view=map").headers["Location"] == "/dispatch/DEP-01/2026-03-07/map"
    booked(sqlite_record, 2, day=date(2026, 3, 6))
    assert client.get("/dispatch/").headers["Location"] == "/dispatch/DEP-01/2026-03-06"
    assert 'href="/dispatch/DEP-01/2026-03-06"' in client.get(DAY).text  # from tomorrow, on which there is nothing


def test_roads_are_served_once_drawn(client, home):
    answer = client.get("/layers/roads.json")
    assert answer.status_code == 200
    shapes = answer.json["features"]
    assert {f["properties"]["status"] for f in shapes} == {"synthetic"}
    assert answer.json["notice"]["en"] == "demonstration roads, not for navigation"
    assert sum(len(f["geometry"]["coordinates"]) for f in shapes) == 2 * 9 * 8
    assert client.get("/layers/roads.json", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    zipped = client.get("/layers/roads.json", headers={"Accept-Encoding": "gzip"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert len(zipped.data) < len(answer.data)
