"""What is answered when somebody asks why a stop is left out."""

from dataclasses import replace

import pytest
from days import day, site, stop, truck

from routing.plan import Fix
from routing.schedule import plan_of
from routing.solve.exact import asked
from routing.solve.exact.asked import answer
from routing.solve.exact.search import best_of

A, B = stop("a", 1, delivery=60, vehicles=frozenset({"v"})), stop("b", 2, delivery=60)


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """CP-SAT in this process, and always as long as it takes."""

    def best(problem, start, seconds, cores=1, must=(), stop=None):
        return best_of(problem, start, 60.0, cores, must)

    monkeypatch.setattr(asked, "best_apart", best)


def left(stops, vehicles, sites=(), **other):
    """The day with the last stop on the first vehicle."""
    problem = day(stops, vehicles, sites, **other)
    return problem, plan_of(problem, [(vehicles[0].id, [("stop", stops[-1].id)])])


def test_another_plan_serves_it_as_well():
    """b is on v, where a must be, and could be on w."""
    told = answer(*left([A, B], [truck("v"), truck("w")]), "a")
    assert told.certainty == "possible"
    assert Fix("rearrange", 1_200) in told.unserved.fixes
    assert told.unserved.reason == "full"


def test_no_plan_serves_it_as_well_and_what_could_be_left_out():
    told = answer(*left([A, B], [truck("v")]), "a")
    assert told.certainty == "proven"
    assert Fix("instead", 1_000_000 - 1_200, {"at": "b"}) in told.unserved.fixes
    assert told.notes == ()


def test_what_it_would_have_to_be_worth_is_proven():
    dear = replace(A, location=4, prize=1_000)
    told = answer(*left([dear, B], [truck("v", 200, km=100)]), "a")
    assert (told.certainty, told.unserved.reason) == ("proven", "not-worth")
    assert told.unserved.fixes[0] == Fix("prize", 4_800, {"prize": 4_801})


def test_a_reason_that_is_certain_is_not_asked_about(monkeypatch):
    monkeypatch.setattr(asked, "best_apart", None)
    told = answer(*left([replace(A, skills=frozenset({"crane"})), B], [truck("v")]), "a")
    assert (told.certainty, told.unserved.reason) == ("proven", "skill")
    assert [f.change for f in told.unserved.fixes] == []
    with pytest.raises(LookupError):
        answer(*left([A, B], [truck("v")]), "b")


def test_what_its_fellows_keep_it_from_is_not_certain():
    """b is on v, which cannot hold a; w could take both."""
    a, b = (stop(name, at, delivery=units, together="t") for name, at, units in (("a", 1, 150), ("b", 2, 10)))
    told = answer(*left([a, b], [truck("v"), truck("w", 200)]), "a")
    assert (told.certainty, told.unserved.reason) == ("possible", "apart")
    assert [f.change for f in told.unserved.fixes] == ["rearrange"]
    told = answer(*left([a, b], [truck("v"), truck("w", 140)]), "a")
    assert (told.certainty, told.unserved.reason) == ("proven", "too-large")


def test_goods_that_no_site_takes_are_kept_by_whoever_keeps_stock():
    """w alone keeps what a gives, and is full with b until it comes too late; v could bring b."""
    a, b = stop("a", 1, [(600, 600)], delivery=30, pickup=10), stop("b", 2, delivery=60)
    told = answer(*left([a, b], [truck("w", 60, keeps_stock=True), truck("v")]), "a")
    assert (told.certainty, told.unserved.reason) == ("possible", "full")
    assert "rearrange" in {f.change for f in told.unserved.fixes}
    told = answer(*left([a, b], [truck("w", 60), truck("v")]), "a")
    assert (told.certainty, told.unserved.reason) == ("proven", "no-site")


def test_a_proof_that_fails_leaves_what_the_routes_say(monkeypatch):
    def fail(*_):
        raise asked.ProofFailedError("no room")

    monkeypatch.setattr(asked, "best_apart", fail)
    told = answer(*left([A, B], [truck("v")]), "a")
    assert (told.certainty, told.unserved.reason, told.notes) == ("routes", "full", ("nothing is proven: no room",))


def test_on_a_large_day_other_plans_are_searched_for():
    """Fifteen more stops, so that CP-SAT is not asked: w has room for b, and nobody has room for both."""
    more = [stop(f"s{k}", 3, delivery=5, vehicles=frozenset({"w"})) for k in range(15)]
    stops = [A, *more, B]
    for room, certainty, change in ((200, "possible", "rearrange"), (100, "routes", "instead")):
        problem = day(stops, [truck("v"), truck("w", room)], [site("u", 9)])
        plan = plan_of(problem, [("v", [("stop", "b")]), ("w", [("stop", s.id) for s in more])])
        told = answer(problem, plan, "a", 1.0)
        assert told.certainty == certainty
        assert change in {f.change for f in told.unserved.fixes}
