"""The page of a past day: its file, what is to be mended in it, how far it is, and the plan beside what was driven."""

import io
import json
import re
import time
from datetime import date

import pytest

from recycling import runs
from recycling.exports.tables import csv_bytes
from recycling.intake import MOST_BYTES, read_table
from recycling.replay import COLUMNS
from recycling.replay.apart import Outcome
from recycling.replay.comparing import Figures, Replay
from routing.plan import Plan, Route, Unserved
from routing.plan import Visit as Planned
from web.replays import EXPLAINED
from web.services import services

HEAD = ["编号", "社区", "物品", "时段", "车辆", "顺序", "到达"]
ROWS = [[f"v{k}", f"A-00{k}", "paper*2", "08:00-10:00", "T-BOX", str(k), f"08:{10 * k}"] for k in (1, 2)]
ENGLISH = {"Accept-Language": "en"}


def outcome(driven=True, served=2, notice=None):
    """A plan of the two rows as the process would give it; `served` of them are driven."""
    visits = (
        Planned("stop", "r:0", 30_000, 30_000, 30_300, (20, 200), (20, 200)),
        Planned("unload", "CEN-01", 31_000, 31_000, 31_900, (0, 0), (0, 0)),
    )
    route = Route("T-BOX", 29_000, 33_000, (0, 0), visits, (), 12_345, 1_000, 5_000)
    plan = Plan((route,), (Unserved("r:1", "no-road", {"metres": 900}),), 5_000, "ruin", 0.1)
    planned = Figures(1, 1 if served == 1 else 2, 12.3, 8.0, 1.1, 2, 2)
    drove = Figures(1, 2, 16.0, 16.0, 2.5, 2, 1) if driven else None
    day = Replay(date(2026, 3, 3), "DEP-01", 2, planned, drove, 2, {"v2": "no-road"}, 1, plan, notice)
    return Outcome(day, {"T-BOX": [[(107.48, 31.21), (107.47, 31.20)]] * 3})


@pytest.fixture
def client(app, signed_in):
    app.config["WTF_CSRF_ENABLED"] = False
    return signed_in(app, "dispatcher", ["DEP-01"])


@pytest.fixture(autouse=True)
def solver(monkeypatch, app):
    """What the process answers, instead of a process; `wait` keeps it at work until it is stopped."""
    found = {"outcome": outcome(), "wait": False, "asked": []}

    def watched(function, values, seconds, settings, report):
        found["asked"].append((values, seconds))
        report(0.42, 123_400)
        while found["wait"]:
            report(0.42, 123_400)
            time.sleep(0.01)
        if isinstance(found["outcome"], Exception):
            raise found["outcome"]
        return found["outcome"]

    monkeypatch.setattr(runs, "watched", watched)
    yield found
    found["wait"] = False
    app.extensions["recycling"].replays.close()


@pytest.fixture
def send(client):
    def post(rows=ROWS, head=HEAD, who=client, data=None, **form):
        file = (io.BytesIO(csv_bytes(head, rows) if data is None else data), "day.csv")
        given = {"day": "2026-03-03", "seconds": "10", "file": file, **form}
        return who.post("/replay", data=given, content_type="multipart/form-data", headers=ENGLISH)

    return post


def until_over(client, path):
    for _ in range(500):
        if client.get(f"{path}/progress", headers=ENGLISH).json["state"] == "done":
            return client.get(path, headers=ENGLISH).text
        time.sleep(0.02)
    return pytest.fail("the planning does not end")


def test_the_form_explains_each_column_and_gives_a_template(client):
    page = client.get("/replay", headers=ENGLISH).text
    assert set(EXPLAINED) == {column.field for column in COLUMNS}
    for column in COLUMNS:
        assert f"{column.zh} / {column.en}" in page
    assert "forgotten 60 minutes after" in page
    for ending in ("csv", "xlsx"):
        table = client.get(f"/replay/template.{ending}")
        assert f'filename="past-day.{ending}"' in table.headers["Content-Disposition"]
        assert len(read_table(table.data)) == 3


def test_a_day_is_sent_planned_and_shown_beside_what_was_driven(client, send, solver):
    answer = send()
    assert answer.status_code == 303
    page = until_over(client, answer.location)
    ((values, seconds),) = solver["asked"]
    job, *_, depot, visits = values
    assert (depot, seconds, job.day, job.seconds) == ("DEP-01", 10, date(2026, 3, 3), 10.0)
    assert [visit.id for visit in visits] == ["v1", "v2"]
    assert "The plan drives 50.0 % fewer kilometres between the visits." in page
    assert "it drives 4.3 km to unload (times: 1)" in page
    cells = [re.sub(r"<[^>]+>", " ", row).split() for row in re.findall(r"<tr><th scope=\"row\">.*?</tr>", page)]
    assert ["Kilometres", "between", "the", "visits", "8.0", "16.0"] in cells
    assert ["Kilometres", "with", "unloads", "12.3", "–"] in cells
    assert ["Promises", "kept", "2", "/", "2", "(100", "%)", "1", "/", "2", "(50", "%)"] in cells
    assert "v2" in page[page.index("Left out") :]
    assert "900 m" in page
    assert 'data-route="1"' in page
    assert "recyclingMap" in page


def test_what_it_says_while_it_works_and_when_it_is_stopped(client, send, solver):
    solver["wait"] = True
    path = send().location
    for _ in range(500):
        told = client.get(f"{path}/progress", headers=ENGLISH).json
        if told["progress"]:
            break
        time.sleep(0.02)
    assert told == {"state": "running", "progress": 0.42, "note": "Best so far: ¥\N{NO-BREAK SPACE}1,234.00"}
    page = client.get(path, headers=ENGLISH).text
    assert f'data-run="{path}/progress"' in page
    assert "2 visits are being planned" in page
    assert "is being planned" in client.get("/replay", headers=ENGLISH).text
    assert client.post(f"{path}/stop").status_code == 303
    page = until_over(client, path)
    assert "The planning was stopped. Nothing came of it." in page
    assert client.get(f"{path}/routes.csv", headers=ENGLISH).status_code == 422


@pytest.mark.parametrize(
    ("error", "words"),
    [(TimeoutError(), "did not end in time"), (MemoryError(), "more memory"), (ValueError("odd"), "planning failed")],
)
def test_a_planning_that_fails_is_told(client, send, solver, error, words):
    solver["outcome"] = error
    page = until_over(client, send().location)
    assert words in page
    assert 'href="/replay"' in page


def test_rows_to_be_mended_are_listed_with_line_column_and_remedy(client, send, solver):
    rows = [["1", "nowhere", "dragon", "9-12", "", "", "25:00"], ["2", "", "冰箱*1", "", "", "", ""]]
    answer = send(rows)
    assert answer.status_code == 422
    assert "5 things are to be mended; nothing was planned." in answer.text
    found = re.findall(r"<tr><td>(\d+)</td><td>(\w+)</td><td>([^<]+)</td></tr>", answer.text)
    assert [(line, column) for line, column, _ in found] == [
        *(("2", name) for name in ("community", "items", "hours", "arrived")), ("3", "community"),
    ]  # fmt: skip
    assert "Write the hours as in 09:00-12:00." in found[2]
    chinese = client.post(
        "/replay",
        data={"file": (io.BytesIO(csv_bytes(HEAD, rows)), "day.csv")},
        content_type="multipart/form-data",
        headers={"Accept-Language": "zh"},
    ).text
    assert "<td>时段</td>" in chinese
    assert "时段请写成 09:00-12:00 的样式。" in chinese
    assert "nowhere" in chinese
    assert solver["asked"] == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "The file is empty"),
        (csv_bytes(HEAD, []), "has no rows"),
        (csv_bytes(["x"], [["1"]]), "编号 / id"),
        (b"PK\x03\x04 half of a spreadsheet", ""),
        (b"\xff\xfe\x00\x01\x02", ""),
        (b"x" * (MOST_BYTES + 1), "Send it in parts"),
    ],
)
def test_files_that_are_no_day(send, solver, data, words):
    answer = send(data=data)
    assert answer.status_code == 422
    assert "fault-file" in answer.text
    assert words in answer.text
    assert solver["asked"] == []


@pytest.mark.parametrize(
    ("form", "words"),
    [({"seconds": "9"}, "Choose from the list"), ({"seconds": "x"}, "not a whole number"), ({"day": "x"}, "not a day")],
)
def test_entries_that_cannot_be(send, solver, form, words):
    answer = send(**form)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert solver["asked"] == []


def test_another_depot_is_for_its_own_dispatchers(app, send, solver, signed_in):
    assert send(depot="DEP-02").status_code == 403
    assert solver["asked"] == []
    other = signed_in(app, "manager", phone="13900139001")
    assert send(who=other, depot="DEP-02").status_code == 303


def test_nobody_else_sees_it(app, client, send, signed_in):
    path = send().location
    until_over(client, path)
    other = signed_in(app, "dispatcher", ["DEP-01"], phone="13900139001")
    for tail in ("", "/progress", "/routes.csv", "/figures.json"):
        assert other.get(path + tail).status_code == 404, tail
    for tail in ("/stop", "/forget"):
        assert other.post(path + tail).status_code == 404, tail
    assert client.get(path).status_code == 200


def test_the_result_is_taken_away_and_forgotten(client, send):
    path = send().location
    until_over(client, path)
    table = read_table(client.get(f"{path}/routes.csv").data)
    assert [line.cells[:5] for line in table] == [
        ["vehicle", "position", "begins", "visit", "kind"],
        ["T-BOX", "1", "08:20", "v1", "stop"],
        ["T-BOX", "2", "08:36", "CEN-01", "unload"],
    ]
    assert len(read_table(client.get(f"{path}/routes.xlsx").data)) == 3
    figures = json.loads(client.get(f"{path}/figures.json").data)
    assert (figures["planned"]["km"], figures["driven"]["km"]) == (12.3, 16.0)
    assert client.post(f"{path}/forget").location == "/replay"
    gone = client.get(path, headers=ENGLISH)
    assert (gone.status_code, "kept for an hour" in gone.text) == (404, True)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ({"driven": False}, "names no vehicles"),
        ({"served": 1}, "not the same visits (1 and 2 of 2)"),
        ({"notice": {"zh": "演示", "en": "only a demonstration"}}, "only a demonstration"),
    ],
)
def test_what_cannot_be_held_against_each_other_is_not(client, send, solver, made, words):
    solver["outcome"] = outcome(**made)
    assert words in until_over(client, send().location)


def test_texts_of_a_file_are_only_text(client, send):
    table = [HEAD, ["=1+1", *ROWS[0][1:]], ["<script>alert(1)</script>", *ROWS[1][1:]]]
    path = send(data="\n".join(",".join(row) for row in table).encode()).location
    page = until_over(client, path)
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert ",'=1+1," in client.get(f"{path}/routes.csv").text


def test_the_day_leads_there(app, client):
    assert 'href="/replay"' in client.get("/dispatch/DEP-01/2026-03-05").text
    with app.app_context():
        assert services().replays is app.extensions["recycling"].replays
