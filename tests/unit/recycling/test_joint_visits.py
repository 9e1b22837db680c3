"""Taking an old thing down and setting a new one up in one visit: by crews that can, for as long as it takes."""

import pytest

from recycling import deliveries, dispatch, network
from recycling.accounts.actors import Actor, Role
from recycling.booking import Office, open_days
from recycling.booking.visits import order_minutes
from recycling.errors import BadRequestError, ConfigurationError
from recycling.exports.tables import csv_bytes
from recycling.figures import words_of
from recycling.fleet import DepotFleet, Fleet, load_fleet
from recycling.intake import read_table
from routing.day import plan_day

HEAD = ["订单号", "收货人", "电话", "社区", "地址", "新品", "旧物", "日期", "时段", "上门服务", "安装分钟"]
STAFF = Actor("person", "d", Role.DISPATCHER, frozenset({"DEP-01", "DEP-02"}))
BOTH = frozenset({"install", "dismantle"})


def fleet_of(*skills):
    """A box truck each for what its crew can do, at DEP-01."""
    fleets = (DepotFleet(depot="DEP-01", type="box", plates=(f"T-{n}",), skills=s) for n, s in enumerate(skills))
    return Fleet(types=load_fleet().types, fleets=tuple(fleets))


@pytest.fixture
def desk(sqlite_record, settings, catalogue):
    return Office(sqlite_record, settings, catalogue, fleet_of((), ("install", "dismantle")))


@pytest.fixture
def bring(desk, now):
    """Return a function that takes orders, and returns what became of them."""

    def take(*numbers, office=desk, **changes):
        cells = ["王女士", "13800138000", "社区A-001 · 示例镇", "3栋501", "air-conditioner", "air-conditioner*1"]
        day = open_days(desk.settings, now)[0].isoformat()
        whole = dict(zip(HEAD, ["", *cells, day, "09:00-12:00", "拆旧; 安装", ""], strict=True)) | changes
        rows = [[{**whole, "订单号": f"SO-{n}"}[name] for name in HEAD] for n in numbers]
        return deliveries.take_in(office, read_table(csv_bytes(HEAD, rows)), "Shop", STAFF, now).outcomes

    return take


def the_order(desk, number=1):
    with desk.database.read() as session:
        return deliveries.the_order(session, "Shop", f"SO-{number}")


def job_of(desk, order):
    with desk.database.read() as session:
        depot = network.the_depot(session, "DEP-01")
        return dispatch.day_job(session, desk.settings, desk.fleet, depot, order.service_day)


def test_an_order_asks_for_what_its_crew_must_be_able_to_do(bring, desk):
    assert [one.state for one in bring(1)] == ["taken"]
    order = the_order(desk)
    assert order.skills == BOTH
    job = job_of(desk, order)
    (stop,) = job.stops
    assert stop.skills >= BOTH
    assert [vehicle.skills >= BOTH for vehicle in job.vehicles] == [False, True]


def test_the_visit_takes_as_much_longer_as_is_configured(bring, desk, catalogue):
    bring(1)
    bring(2, 上门服务="", 时段="10:00-12:00")
    bring(3, 安装分钟="90", 时段="13:00-15:00")
    bring(4, 上门服务="安装", 时段="15:00-17:00")
    joint, plain, long, install = (the_order(desk, n) for n in (1, 2, 3, 4))
    visit, item = desk.settings.visit, catalogue.items["air-conditioner"]
    down = item.dismantling.minutes if item.dismantling else visit.dismantle_minutes
    assert (plain.joint_minutes, install.joint_minutes) == (0, visit.install_minutes)
    assert joint.joint_minutes == pytest.approx(visit.install_minutes + down, abs=1)
    assert long.joint_minutes == pytest.approx(90 + down, abs=1)
    more = order_minutes(desk.settings, joint) - order_minutes(desk.settings, plain)
    assert more == pytest.approx(joint.joint_minutes / joint.people), "two share the work"
    assert order_minutes(desk.settings, long) > visit.longest_minutes, "it is not cut off at the longest of others"
    services = {stop.id: stop.service for stop in job_of(desk, joint).stops}
    assert services[f"t:{joint.id}"] == round(60 * order_minutes(desk.settings, joint))


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"上门服务": "singing"}, "unknown-choice"), ({"旧物": ""}, "nothing-old")],
)
def test_what_cannot_be_asked_for(bring, changes, code):
    (outcome,) = bring(1, **changes)
    assert [(f.where, f.code) for f in outcome.faults] == [("services", code)]


def test_a_depot_without_such_a_crew_says_so(bring, desk):
    without = Office(desk.database, desk.settings, desk.catalogue, fleet_of((), ("install",), ("dismantle",)))
    (outcome,) = bring(1, office=without)
    assert [f.code for f in outcome.faults] == ["no-crew"]
    assert "DEP-01" in str(outcome.faults[0])
    assert [one.state for one in bring(1, office=without, 上门服务="拆旧")] == ["taken"]


def test_no_more_is_promised_than_those_crews_can_do(bring, desk):
    """The other truck has room left, and nobody on it who can take anything down."""
    outcomes = bring(*range(30), 安装分钟="60")
    taken = [one for one in outcomes if one.state == "taken"]
    refused = {fault.code for one in outcomes for fault in one.faults}
    assert len(taken) == 1, "an hour and more each, of the two hours of one truck"
    assert refused == {"window-full"}
    assert [one.state for one in bring(100, 上门服务="")] == ["taken"], "others have room"


def test_without_looking_at_skills_more_would_be_promised(bring, desk, monkeypatch):
    """The control."""
    monkeypatch.setattr("recycling.booking.fitting.Fits.beyond", lambda *_: False)
    outcomes = bring(*range(30), 安装分钟="60")
    assert sum(one.state == "taken" for one in outcomes) > 1


def test_a_day_that_has_lost_the_crew_says_which_skill_lacks(bring, desk):
    bring(1)
    order = the_order(desk)
    without = Office(desk.database, desk.settings, desk.catalogue, fleet_of((), ("install",)))
    (left,) = plan_day(job_of(without, order)).plan.unserved
    assert (left.stop, left.reason, left.values["skill"]) == (f"t:{order.id}", "skill", "dismantle")
    assert words_of(left.values)["skill"] == "a crew that takes down old appliances"
    assert words_of({"skill": "install, tail-lift"})["skill"] == "a crew that sets up new appliances, a tail lift"


def test_a_skill_that_is_none_is_refused_with_its_line(home):
    path = home / "config" / "fleet.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('skills = ["install", "dismantle"]', 'skills = ["sing"]'), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="skills"):
        load_fleet()


def test_an_order_of_a_program_says_it_too(desk, now):
    day = open_days(desk.settings, now)[0]
    wish = deliveries.OrderWish(
        "A-1", "Wang", "13800138000", "A-001", None, None, "Gate 3", 1, True, "fridge", day, "09:00-12:00",
        services=("install",),
    )  # fmt: skip
    with desk.database.read() as session:
        order = deliveries.checked(session, desk, wish, "Shop", now)
        assert order.crew_skills == "install"
        with pytest.raises(BadRequestError):
            deliveries.checked(session, desk, deliveries.OrderWish(**{**vars(wish), "services": BOTH}), "Shop", now)
    assert order.joint_minutes == desk.settings.visit.install_minutes
