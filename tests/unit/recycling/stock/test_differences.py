"""The centre's scale against the truck's book, and the start of a day."""

from datetime import timedelta

import pytest

from recycling.accounts.actors import Actor, Role
from recycling.errors import BadRequestError, ConflictError, NotFoundError
from recycling.ledger import balances
from recycling.stock.differences import Scale, explain, found_empty, open_lines, weigh_in

CENTRE = Actor("person", "centre-clerk", Role.CENTRE)


@pytest.fixture
def weighed(truck, rules, deed, now):
    """Return a function that weighs the truck in at CEN-01, kilograms by material."""

    def call(database, key="", at=now, site="CEN-01", gross=None, tare=None, again=False, **kg):
        scale = Scale(site, {m: round(1000 * v) for m, v in kg.items()}, gross, tare, again)
        with database.write() as session:
            return weigh_in(session, rules, truck, scale, now.date(), deed(key, at))

    return call


def grams(database, kind):
    with database.read() as session:
        return {key: v for key, v in balances(session, kind).items() if key[1].endswith(" g")}


def states(made):
    return {line.material: (line.difference, line.state) for line in made.lines}


def test_book_and_scale_agree_within_the_tolerance(record, brought, weighed, on_board):
    brought(record, paper=100, metal=1000, glass=50)
    made = weighed(record, paper=110, metal=969)
    assert states(made) == {"paper": (10_000, "within"), "metal": (-31_000, "open")}
    assert on_board(record) == {"glass": 50_000}  # not weighed: still on board
    assert grams(record, "site") == {("CEN-01", "paper g"): 110_000, ("CEN-01", "metal g"): 969_000}
    assert grams(record, "difference") == {("T-BOX", "paper g"): -10_000, ("T-BOX", "metal g"): 31_000}


@pytest.mark.parametrize(
    ("book", "scale", "state"),
    [
        (100, 110, "within"),
        (100, 110.001, "open"),
        (100, 89.999, "open"),
        (1000, 970, "within"),
        (1000, 969.999, "open"),
    ],
)
def test_the_tolerance_is_three_percent_or_ten_kilograms(record, brought, weighed, book, scale, state):
    brought(record, glass=book)
    (line,) = weighed(record, glass=scale).lines
    assert line.state == state


def test_what_the_book_never_had_is_a_difference_too(record, weighed, on_board):
    made = weighed(record, textiles=25, paper=0)
    assert states(made) == {"textiles": (25_000, "open"), "paper": (0, "within")}
    assert on_board(record) == {}
    assert grams(record, "difference") == {("T-BOX", "textiles g"): -25_000}


def test_a_difference_is_open_until_somebody_says_why(record, brought, weighed, now):
    brought(record, paper=100)
    made = weighed(record, paper=60)
    with record.read() as session:
        assert [(n.material, n.difference) for n in open_lines(session)] == [("paper", -40_000)]
        assert open_lines(session, frozenset({"DEP-02"})) == []
    with record.write() as session, pytest.raises(BadRequestError):
        explain(session, made.id, "paper", "  ", CENTRE, now)
    with record.write() as session, pytest.raises(NotFoundError):
        explain(session, made.id, "glass", "why", CENTRE, now)
    for _ in range(2):
        with record.write() as session:
            line = explain(session, made.id, "paper", " it had  rained ", CENTRE, now)
        assert (line.state, line.reason, line.explained_by) == ("explained", "it had rained", "centre-clerk")
    with record.write() as session, pytest.raises(ConflictError):
        explain(session, made.id, "paper", "another story", CENTRE, now)
    with record.read() as session:
        assert open_lines(session) == []


def test_the_same_truck_so_soon_is_asked_about(record, brought, weighed, now, on_board):
    brought(record, paper=100, glass=5)
    weighed(record, paper=100)
    with pytest.raises(ConflictError) as caught:
        weighed(record, glass=5, at=now + timedelta(minutes=9))
    assert caught.value.faults[0].code == "weighed-just-now"
    assert on_board(record) == {"glass": 5000}
    weighed(record, glass=5, at=now + timedelta(minutes=9), again=True)
    weighed(record, glass=0, at=now + timedelta(minutes=30))
    assert on_board(record) == {}


def test_the_same_key_is_the_same_weighing(record, brought, weighed):
    brought(record, paper=100)
    first = weighed(record, key="weigh-it-once", paper=100)
    assert weighed(record, key="weigh-it-once", paper=100).id == first.id
    with pytest.raises(ConflictError) as caught:
        weighed(record, key="weigh-it-once", paper=99)
    assert caught.value.faults[0].code == "key-used"


@pytest.mark.parametrize(
    ("gross", "tare", "fine"),
    [
        (4_500_000, 4_400_000, True),
        (4_500_000, 4_389_000, False),
        (4_400_000, 4_500_000, False),
        (4_500_000, None, False),
    ],
)
def test_the_weighbridge_and_the_materials_agree(record, brought, weighed, gross, tare, fine):
    brought(record, paper=100)
    if fine:
        assert weighed(record, paper=100, gross=gross, tare=tare).gross_grams == gross
    else:
        with pytest.raises(BadRequestError) as caught:
            weighed(record, paper=100, gross=gross, tare=tare)
        assert caught.value.faults[0].code == "bridge"


@pytest.mark.parametrize("kg", [{}, {"paper": -1}, {"paper": 10**6}])
def test_what_is_no_weighing(record, weighed, kg):
    with pytest.raises(BadRequestError):
        weighed(record, **kg)


def test_a_truck_that_begins_its_day_empty_leaves_what_it_had_to_be_explained(
    record, brought, truck, rules, deed, day, on_board
):
    brought(record, paper=100, glass=5)
    for _ in range(2):
        with record.write() as session:
            made = found_empty(session, rules, truck, day, deed())
        assert states(made) == {"paper": (-100_000, "open"), "glass": (-5_000, "within")}
        assert made.site_code is None
    assert on_board(record) == {}
    brought(record, paper=1)
    with record.write() as session:
        found_empty(session, rules, truck, day, deed())  # once a day
    assert on_board(record) == {"paper": 1000}
