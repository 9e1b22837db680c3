"""A past day from a spreadsheet: read with its faults at their lines, planned, and held against what was driven."""

import json
from dataclasses import replace
from datetime import date, time

import pytest

from recycling import replay as past
from recycling.cli_replay import summary
from recycling.errors import BadRequestError
from recycling.exports.tables import csv_bytes
from recycling.intake import read_table
from recycling.replay.comparing import stated_job
from recycling.replay.visits import USUAL_MINUTES, depot_of
from routing.day import plan_day, stated

DAY = date(2026, 3, 5)
HEAD = ["编号", "社区", "物品", "时段", "车辆", "顺序", "到达"]


@pytest.fixture
def desk(sqlite_record, office):
    return office(sqlite_record)


@pytest.fixture
def read(desk):
    def visits(rows, head=HEAD):
        with desk.database.read() as session:
            return past.visits_of(session, desk, read_table(csv_bytes(head, rows)))

    return visits


def rows(*numbers, driven=True):
    """Visits at the communities A-001 .. in order, each driven by one truck one after the other."""
    return [
        [
            f"v{n}",
            f"A-00{n}",
            "paper*2",
            "08:00-10:00",
            *(["T-BOX", str(k), f"08:{10 * k:02d}"] if driven else ["", "", ""]),
        ]
        for k, n in enumerate(numbers, 1)
    ]


@pytest.fixture
def replayed(desk):
    def make(visits):
        with desk.database.read() as session:
            depot = depot_of(session, visits)
            job = replace(stated_job(session, desk, depot, DAY, visits), seconds=0.3)
        return past.replay(desk.settings, depot, DAY, visits, stated(job), plan_day(job))

    return make


def test_a_row_says_what_was_done_and_how(read, desk):
    (visit,) = read(rows(1))
    paper = desk.catalogue.items["paper"]
    assert (visit.id, visit.kg, visit.litres) == ("v1", 2 * paper.kg, 2 * paper.litres)
    assert (str(visit.span), visit.vehicle, visit.sequence, visit.arrived) == ("08:00-10:00", "T-BOX", 1, time(8, 10))
    assert visit.seconds > 60 * desk.settings.visit.parking_minutes


def test_numbers_of_the_file_come_before_those_of_the_catalogue(read):
    head = ["id", "longitude", "latitude", "coordinates", "kg", "litres", "brings kg", "minutes", "crew"]
    (visit,) = read([["1", "107.4762", "31.2031", "gcj02", "80", "900", "40", "12", "2"]], head)
    assert (visit.kg, visit.litres, visit.brings_kg, visit.seconds, visit.people) == (80, 900, 40, 720, 2)
    assert 107.47 < visit.lon < 107.4762, "the mark of a Chinese phone lies elsewhere in WGS 84"
    (plain,) = read([["1", "107.4762", "31.2031"]], head[:3])
    assert (plain.kg, plain.seconds, plain.span) == (0, 60 * USUAL_MINUTES, None)


@pytest.mark.parametrize(
    ("head", "cells", "said"),
    [
        (HEAD[:2], ["1", "nowhere"], "line 2, community: We do not know"),
        (HEAD[:2], ["1", ""], "line 2, community: Say where it was"),
        (["id", "longitude", "latitude"], ["1", "east", "31"], "line 2, longitude: east is not a number"),
        (["id", "longitude", "latitude"], ["1", "190", "31"], "line 2, longitude: Send longitude"),
        (["id", "community", "kg"], ["1", "A-001", "-3"], "line 2, kg: -3 is not a number"),
        (["id", "community", "hours"], ["1", "A-001", "9-12"], "line 2, hours: Write the hours"),
        (["id", "community", "arrived"], ["1", "A-001", "25:00"], "line 2, arrived: Write the hour"),
        (["id", "community", "items"], ["1", "A-001", "dragon"], "line 2, items: We do not know the item"),
        (["community"], ["A-001"], "编号 / id"),
    ],
)
def test_what_cannot_be_read_is_told_with_line_and_column(read, head, cells, said):
    with pytest.raises(BadRequestError) as caught:
        read([cells], head)
    assert said.replace("-3", "'-3") in str(caught.value) or said in str(caught.value)


def test_an_empty_table_is_no_day(read):
    with pytest.raises(BadRequestError, match="no rows"):
        read([])


def test_the_plan_is_held_against_what_was_driven(read, replayed):
    found = replayed(read(rows(3, 1, 2)))  # to the far end first, and back and forth
    assert (found.visits, found.known) == (3, 3)
    assert found.driven is not None
    assert (found.driven.vehicles, found.driven.served) == (1, 3)
    assert (found.driven.promised, found.driven.kept) == (3, 3)
    assert (found.planned.served, found.planned.kept) == (3, 3)
    assert 0 < found.planned.bare_km <= found.driven.bare_km
    assert found.planned.km >= found.planned.bare_km
    assert found.driven.hours > 0
    text = "\n".join(summary(found))
    assert "3 of 3" in text
    assert "km between the visits" in text
    assert "demonstration roads" in text


def test_a_late_arrival_breaks_its_promise(read, replayed):
    late = rows(1, 2)
    late[1][-1] = "10:30"
    found = replayed(read(late))
    assert (found.driven.promised, found.driven.kept) == (2, 1)


def test_a_file_that_says_nothing_of_the_driving_is_planned_all_the_same(read, replayed):
    found = replayed(read(rows(1, 2, driven=False)))
    assert found.driven is None
    assert found.planned.served == 2
    assert "driven" not in "\n".join(summary(found))


def test_kilometres_of_other_visits_are_not_held_against_each_other(read, replayed):
    text = "\n".join(summary(replayed(read([*rows(1, 2), *rows(3, driven=False)]))))
    assert "not the same visits (3 and 2 of 3)" in text
    assert "planned against driven" not in text


def test_rows_without_arrivals_take_the_time_of_the_roads(read, replayed):
    some = rows(1, 2)
    for row in some:
        row[-1] = ""
    found = replayed(read(some))
    assert found.driven.promised == 0
    assert found.driven.hours > 0
    assert "not known" in "\n".join(summary(found))


def test_the_command_writes_routes_figures_and_a_template(run, upgraded, network, tmp_path):
    network(upgraded)
    file = tmp_path / "day.csv"
    file.write_bytes(csv_bytes(HEAD, rows(1, 2, 3)))
    routes, figures = tmp_path / "routes.csv", tmp_path / "figures.json"
    status, out, err = run(
        "replay",
        file,
        "--depot",
        "DEP-01",
        "--day",
        "2026-03-05",
        "--seconds",
        0.5,
        "--plan",
        routes,
        "--json",
        figures,
    )
    assert status == 0, err
    assert out.startswith("3 visits, depot DEP-01, 2026-03-05")
    assert {line.split(",")[3] for line in routes.read_text(encoding="utf-8-sig").splitlines()[1:]} >= {
        "v1",
        "v2",
        "v3",
    }
    assert json.loads(figures.read_text(encoding="utf-8"))["planned"]["served"] == 3
    template = tmp_path / "template.xlsx"
    assert run("replay", "--template", template)[0] == 0
    assert len(read_table(template.read_bytes())) == 3
    status, _, err = run("replay", template)
    assert (status, "line 2, community" in err) == (2, True)
    assert run("replay")[0] == 2
