"""The dispatcher's board over real roads and a real process: moves are judged, kept, undone, published once."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from made_plans import plan_of_day
from sqlalchemy import func, select

from recycling import booking, dispatch, runs, tracking
from recycling import network as layers
from recycling.accounts.actors import Actor, Role
from recycling.board import drafts
from recycling.board.asks import BEST, END, FIT, LEAVE, LOCK, MOVE, SPLIT, SWAP, UNLOAD, UNLOCK, Ask
from recycling.board.comparing import compare, the_version
from recycling.board.desk import BoardDesk
from recycling.board.office import Board
from recycling.board.proposing import rest_of, store_proposal
from recycling.board.standing import standing_of
from recycling.errors import BadRequestError, ConflictError
from recycling.figures import newest_plan
from recycling.models import AuditEvent, Booking, Message, Plan, PlanRun
from recycling.stop_names import service_of, stop_of, subject_of
from routing.day import plan_day

LATE = datetime(2026, 3, 4, 12, tzinfo=UTC)  # 20:00 of the evening before
ANN, BEN = (Actor("person", name, Role.DISPATCHER, every_depot=True) for name in ("ann", "ben"))
clock = partial(datetime.fromtimestamp, LATE.timestamp(), UTC)


@pytest.fixture
def plan(settings, fleet, day):
    """Return a function that plans the day of a record as it stands."""

    return lambda record: plan_of_day(record, settings, fleet, day, LATE).version


@pytest.fixture(scope="module")
def desk_of(fleet):
    """One process for all tests of this file."""
    made = {}

    def desk(settings):
        return made.setdefault("desk", BoardDesk(settings, fleet))

    yield desk
    for one in made.values():
        one.close()


@pytest.fixture
def board(sqlite_record, booked, plan, settings, day, desk_of):
    """A planned day of eight bookings on the board."""
    booked(sqlite_record, 8)
    plan(sqlite_record)
    return Board(sqlite_record, settings, desk_of(settings), "DEP-01", day)


def standing(board, version):
    with board.database.read() as session:
        return standing_of(session, board._plan(session, version))


def first_route(board, version=1):
    """A vehicle and the stops that it serves, in order."""
    orders = standing(board, version).orders
    plate = max(orders, key=lambda name: len(orders[name]))
    return plate, [key for kind, key in orders[plate] if kind == "stop"]


def versions(board):
    with board.database.read() as session:
        return session.execute(select(Plan.version, Plan.draft, Plan.owner).order_by(Plan.version)).all()


def rows_of(board, version):
    with board.database.read() as session:
        found = board._plan(session, version)
        return {
            row.plate: [(service_of(v), v.begins_at, v.load_kg, v.way) for v in row.visits]
            for row in drafts.routes_of(session, found)
        }


def test_a_move_is_judged_kept_in_a_draft_and_undone(board, day):
    plate, stops = first_route(board)
    before = rows_of(board, 1)
    answer = board.tried(1, Ask(MOVE, stop=stops[0], vehicle=plate, at=END))
    assert answer.sketches[0].vehicle == plate
    assert versions(board) == [(1, False, "")], "trying writes nothing"
    ask = Ask(MOVE, stop=stops[0], vehicle=plate, at=BEST)
    version = board.kept(1, 0, ask, ANN, clock)
    assert versions(board) == [(1, False, ""), (2, True, "ann")]
    assert rows_of(board, 1) == before, "the plan in force stays as it is"
    with board.database.read() as session:
        assert newest_plan(session, "DEP-01", day).version == 1
        assert session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "plan.changed"))
    board.undone(version, 1, ANN, clock)
    assert [(s, b, k) for s, b, k, _ in rows_of(board, 2)[plate]] == [(s, b, k) for s, b, k, _ in before[plate]]
    with pytest.raises(ConflictError, match="Nothing was changed"):
        board.undone(version, 2, ANN, clock)


def test_what_is_left_out_by_hand_says_why_and_fits_again(board):
    _plate, stops = first_route(board)
    version = board.kept(1, 0, Ask(LEAVE, stop=stops[1], why="gate is closed"), ANN, clock)
    now = standing(board, version)
    assert stops[1] in now.left
    assert stops[1] not in now.begins
    with board.database.read() as session:
        (row,) = [r for r in board._plan(session, version).left_out if stop_of(r) == stops[1]]
        assert (row.reason, row.figures) == (drafts.BY_HAND, {"why": "gate is closed"})
    board.kept(version, 1, Ask(FIT, stop=stops[1]), ANN, clock)
    now = standing(board, version)
    assert stops[1] in now.begins
    assert not now.left


def test_a_broken_promise_is_refused_with_the_rule_and_by_how_much(board):
    """All were promised 08:00 to 10:00; after a visit of the whole morning nobody comes in time."""
    plate, stops = first_route(board)
    with board.database.write() as session:
        late = session.scalars(select(Booking).where(Booking.id == subject_of(stops[0])["booking_id"])).one()
        late.promise_start = late.promise_start.replace(hour=6)  # 14:00 at the depot
        late.promise_end = late.promise_end.replace(hour=8)
        late.working_start, late.working_end = late.promise_start, late.promise_end
    with pytest.raises(BadRequestError, match=r"begins \d+ min outside the hours") as refused:
        board.kept(1, 0, Ask(MOVE, stop=stops[0], vehicle=plate, at=0), ANN, clock)
    assert refused.value.faults[0].values["minutes"] > 60
    assert versions(board) == [(1, False, "")]


def test_minutes_before_the_end_of_a_promise_are_used_for_a_reason_only(board, settings):
    plate, stops = first_route(board)
    ask = Ask(MOVE, stop=stops[0], vehicle=plate, at=END)
    begins = next(hour.after for hour in board.tried(1, ask).hours if hour.stop == stops[0])
    with board.database.write() as session:
        late = session.scalars(select(Booking).where(Booking.id == subject_of(stops[0])["booking_id"])).one()
        late.promise_end = begins + timedelta(minutes=2)
        late.working_start, late.working_end = late.promise_start, late.promise_end
    answer = board.tried(1, ask)
    assert [one.kind for one in answer.allowing] == ["window"]
    assert answer.fits
    with pytest.raises(BadRequestError, match="Say why"):
        board.kept(1, 0, ask, ANN, clock)
    version = board.kept(1, 0, Ask(MOVE, stop=stops[0], vehicle=plate, at=END, why="rang up"), ANN, clock)
    with board.database.read() as session:
        (kept,) = board._plan(session, version).allowances
    assert (kept["kind"], kept["why"], kept["by"]) == ("window", "rang up", "ann")
    assert kept["amount"] <= 60 * settings.planning.promise_slack_minutes
    board.published(version, 1, ANN, clock)


def test_a_route_is_split_swapped_and_locked(board, fleet):
    plate, stops = first_route(board)
    others = [p for p, _, _ in fleet.at("DEP-01") if p not in standing(board, 1).orders]
    version = board.kept(1, 0, Ask(SPLIT, vehicle=plate, at=2, other=others[0]), ANN, clock)
    now = standing(board, version)
    assert [key for kind, key in now.orders[plate] if kind == "stop"] == stops[:2]
    assert [key for kind, key in now.orders[others[0]] if kind == "stop"] == stops[2:]
    assert now.orders[plate][-1][0] == "unload", "each comes home empty"
    board.kept(version, 1, Ask(LOCK, vehicle=plate), ANN, clock)
    with pytest.raises(ConflictError, match="locked"):
        board.kept(version, 2, Ask(SWAP, vehicle=plate, other=others[0]), ANN, clock)
    board.kept(version, 2, Ask(UNLOCK, vehicle=plate), ANN, clock)
    board.kept(version, 3, Ask(SWAP, vehicle=plate, other=others[0]), ANN, clock)
    now = standing(board, version)
    assert [key for kind, key in now.orders[others[0]] if kind == "stop"] == stops[:2]
    board.kept(version, 4, Ask(UNLOAD, vehicle=others[0], site="CEN-01", at=1), ANN, clock)
    assert [kind for kind, _ in standing(board, version).orders[others[0]]] == ["stop", "unload", "stop", "unload"]


def test_publishing_tells_those_whose_hours_change_and_nobody_else(board):
    plate, stops = first_route(board)
    with board.database.read() as session:
        told = {b.id: (b.working_start, b.working_end) for b in session.scalars(select(Booking))}
    with board.database.write() as session:
        for message in session.scalars(select(Message)):
            session.delete(message)
    version = board.kept(1, 0, Ask(MOVE, stop=stops[0], vehicle=plate, at=len(stops)), ANN, clock)
    with board.database.read() as session:
        seen = compare(session, the_version(session, "DEP-01", board.day, 1), board._plan(session, version), "en")
    board.published(version, 1, ANN, clock)
    with board.database.read() as session:
        assert newest_plan(session, "DEP-01", board.day).version == version
        changed = [b.id for b in session.scalars(select(Booking)) if told[b.id] != (b.working_start, b.working_end)]
        assert len(changed) >= seen.told >= 1
        messages = session.scalars(select(Message)).all()
        assert {m.booking_id for m in messages} <= set(changed)
    with pytest.raises(Exception, match="there no more"):
        board.published(version, 1, ANN, clock)


def test_links_that_residents_have_still_lead_to_their_progress(board):
    plate, stops = first_route(board)
    version = board.kept(1, 0, Ask(MOVE, stop=stops[0], vehicle=plate, at=2), ANN, clock)
    board.published(version, 1, ANN, clock)
    with board.database.read() as session:
        plan = newest_plan(session, "DEP-01", board.day)
        (booking,) = session.scalars(select(Booking).where(Booking.id == subject_of(stops[-1])["booking_id"])).all()
        path = tracking.link(booking, 1, "a key", clock(), board.settings)
        assert (plan.version, plan.root) == (version, 1)
        shown = tracking.progress(session, path.removeprefix("/t/"), "a key", board.settings, clock())
        assert shown.state == "planned"


def test_a_second_dispatcher_cannot_take_orders_in_to_overwrite(board, office, wish):
    """Taking in what came later does not bring a draft past what somebody else has published."""
    plate, stops = first_route(board)
    mine = board.kept(1, 0, Ask(MOVE, stop=stops[0], vehicle=plate, at=2), ANN, clock)
    his = board.kept(1, 0, Ask(LEAVE, stop=stops[2], why="moved out"), BEN, clock)
    board.published(mine, 1, ANN, clock)
    board.taken_in(his, BEN, clock)
    with pytest.raises(ConflictError, match="Another plan came into force"):
        board.published(his, 1, BEN, clock)


def test_a_second_dispatcher_cannot_overwrite_and_does_his_changes_again(board):
    plate, stops = first_route(board)
    mine = board.kept(1, 0, Ask(MOVE, stop=stops[0], vehicle=plate, at=2), ANN, clock)
    his = board.kept(1, 0, Ask(LEAVE, stop=stops[2], why="moved out"), BEN, clock)
    with pytest.raises(ConflictError, match="somebody else"):
        board.kept(mine, 1, Ask(MOVE, stop=stops[1], vehicle=plate, at=0), BEN, clock)
    board.published(mine, 1, ANN, clock)
    with pytest.raises(ConflictError, match="Another plan came into force"):
        board.published(his, 1, BEN, clock)
    again, report = board.done_again(his, BEN, clock)
    assert (report.asked, report.done, report.failed) == (1, 1, ())
    assert standing(board, again).left == {stops[2]}
    order = [key for kind, key in standing(board, again).orders[plate] if kind == "stop"]
    assert order.index(stops[0]) == 1, "what the first dispatcher did stays"
    board.published(again, 1, BEN, clock)
    assert [version for version, draft, _ in versions(board) if draft] == []


def test_orders_that_came_later_are_taken_in_and_the_rest_is_told(board, office, wish):
    plate, stops = first_route(board)
    version = board.kept(1, 0, Ask(MOVE, stop=stops[0], vehicle=plate, at=BEST), ANN, clock)
    wanted = wish(items={"paper": 1}, phone="13900139000", address="9栋", window="10:00-12:00")
    made = booking.book(office(board.database), wanted, "a-late-form-of-this-test", LATE.replace(hour=3), "demo")
    with board.database.read() as session:
        ready = board.desk.ready(session, "DEP-01", board.day)
        assert board.waiting(session, standing(board, version), ready) == [f"b:{made.id}"]
    kept, report = board.taken_in(version, ANN, clock)
    assert (kept, report.asked, report.done) == (version, 1, 1)
    assert f"b:{made.id}" in standing(board, version).begins
    board.published(version, 2, ANN, clock)
    with board.database.read() as session:
        assert session.get_one(Booking, made.id).state == "planned"


def test_the_way_back_is_a_draft_of_the_older_version(board):
    _plate, stops = first_route(board)
    before = rows_of(board, 1)
    version = board.kept(1, 0, Ask(LEAVE, stop=stops[0], why="by mistake"), ANN, clock)
    board.published(version, 1, ANN, clock)
    back = board.taken_up(1, BEN, clock)
    assert rows_of(board, back) == before
    board.published(back, 0, BEN, clock)
    with board.database.read() as session:
        assert newest_plan(session, "DEP-01", board.day).version == back


def test_the_search_leaves_what_is_locked(board, settings, fleet, day):
    plate, stops = first_route(board)
    others = [p for p, _, _ in fleet.at("DEP-01") if p not in standing(board, 1).orders]
    version = board.kept(1, 0, Ask(SPLIT, vehicle=plate, at=2, other=others[0]), ANN, clock)
    version = board.kept(version, 1, Ask(LEAVE, stop=stops[-1], why="asked for another day"), ANN, clock)
    board.kept(version, 2, Ask(LOCK, vehicle=plate), ANN, clock)
    locked = rows_of(board, version)[plate]
    with board.database.read() as session:
        whole = dispatch.day_job(session, settings, fleet, layers.the_depot(session, "DEP-01"), day)
        job = rest_of(session, settings, whole, board._plan(session, version))
        run = PlanRun(depot_code="DEP-01", service_day=day, draft_id=board._plan(session, version).id)
    assert plate not in {v.id for v in job.vehicles}
    assert {s.id for s in job.stops} == set(stops[2:-1])
    with board.database.write() as session:
        found = store_proposal(session, settings, run, job, plan_day(job), LATE).version
    assert rows_of(board, found)[plate] == locked
    assert standing(board, found).left == {stops[-1]}
    board.published(found, 0, ANN, clock)


def test_the_day_that_has_begun_is_not_changed_here(board):
    _, stops = first_route(board)
    noon = partial(datetime.fromtimestamp, datetime(2026, 3, 5, 4, tzinfo=UTC).timestamp(), UTC)
    with pytest.raises(ConflictError, match="are out"):
        board.kept(1, 0, Ask(LEAVE, stop=stops[0], why="late"), ANN, noon)


def test_a_plain_plan_is_made_in_a_process_of_its_own_and_only_proposed(board, settings, fleet, day):
    """What is offered when the search fails: no search, every rule kept, marked as what it is, a draft."""
    now = clock()
    with board.database.write() as session:
        run = runs.ask(session, "DEP-01", day, "dispatcher", now, settings, plain=True)
    claimed = runs.claim(board.database, now, run.id)
    key = runs.work(board.database, settings, fleet, claimed)
    with board.database.read() as session:
        plan = session.get_one(Plan, key)
        assert (plan.draft, plan.engine, plan.owner) == (True, "insertion", "")
        assert "without a search" in plan.notes[0]
        assert newest_plan(session, "DEP-01", day).version == 1, "the last good plan stays in force"
        version = plan.version
    assert len(standing(board, version).begins) == 8
    board.published(version, 0, BEN, clock)


def test_the_schedule_does_not_undo_what_was_published_by_hand(board, settings, day):
    _, stops = first_route(board)
    with board.database.write() as session:
        before = runs.ask(session, "DEP-01", day, "schedule", clock(), settings)
        assert not before.proposes
        before.state = "done"
    version = board.kept(1, 0, Ask(LEAVE, stop=stops[0], why="moved away"), ANN, clock)
    board.published(version, 1, ANN, clock)
    with board.database.write() as session:
        assert runs.ask(session, "DEP-01", day, "schedule", clock(), settings).proposes


def test_nothing_is_published_while_a_run_is_under_way(board, settings, day):
    _, stops = first_route(board)
    version = board.kept(1, 0, Ask(LEAVE, stop=stops[0], why="moved away"), ANN, clock)
    with board.database.write() as session:
        runs.ask(session, "DEP-01", day, "schedule", clock(), settings)
    with pytest.raises(ConflictError, match="under way"):
        board.published(version, 1, ANN, clock)


def test_a_draft_that_breaks_a_rule_is_published_by_nobody(board):
    """The promise of a visit is moved after the draft was made: the draft names the visit and by how much."""
    plate, stops = first_route(board)
    version = board.kept(1, 0, Ask(MOVE, stop=stops[0], vehicle=plate, at=BEST), ANN, clock)
    with board.database.write() as session:
        late = session.scalars(select(Booking).where(Booking.id == subject_of(stops[0])["booking_id"])).one()
        late.promise_start += timedelta(hours=8)
        late.promise_end += timedelta(hours=8)
        late.working_start, late.working_end = late.promise_start, late.promise_end
    with pytest.raises(ConflictError) as refused:
        board.published(version, 1, ANN, clock)
    assert all(fault.values["minutes"] > 60 for fault in refused.value.faults)
    assert all(fault.values["plate"] == plate for fault in refused.value.faults)
    with board.database.read() as session:
        assert newest_plan(session, "DEP-01", board.day).version == 1
