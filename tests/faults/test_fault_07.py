"""FAULT 7: the PostgreSQL server stops at once and comes back under load. What a person was told stands, whole."""

import pytest
from crashing import crashed, judge
from sqlalchemy import text

from recycling.db import Database
from recycling.fleet import DepotFleet, Fleet, load_fleet

pytestmark = pytest.mark.postgres


@pytest.fixture
def fleet():
    """So many vehicles that no window fills."""
    return Fleet(
        types=load_fleet().types,
        fleets=(DepotFleet(depot="DEP-01", type="box", plates=tuple(f"T-{n}" for n in range(300))),),
    )


@pytest.fixture
def own_server(postgres_server, network):
    """A second server, that other tests do not stand on, with the town on it."""
    server = type(postgres_server)(postgres_server.programs)
    try:
        server.start()
        url = server.create()
        database = Database(url)
        database.migrate()
        network(database)
        database.close()
        yield server, url
    finally:
        if (server.data / "postmaster.pid").exists():
            server.stop()


def test_fault_07_the_server_crashes_under_load(own_server, office, wish, now):
    server, url = own_server
    told, failures = crashed(server, url, office, wish, now, crashes=2, each=12)
    assert failures, "the crash was felt"
    assert len(told) == 4 * 2 * 12
    judge(url, told)


@pytest.mark.soak
def test_fault_07_three_crashes_under_load(own_server, office, wish, now, capsys):
    server, url = own_server
    told, failures = crashed(server, url, office, wish, now, crashes=3, each=200)
    judge(url, told)
    with capsys.disabled():
        print(f"\n3 crashes, {len(failures)} errors on the way, {len(told)} told, 0 lost, 0 by half")


def test_fault_07_a_record_that_forgets_would_be_found_out(own_server, office, wish, now):
    """The control: a server that answers before it has written, and loses what it had not."""
    server, url = own_server
    told, _ = crashed(server, url, office, wish, now, crashes=1, each=4)
    database = Database(url)
    with database.write() as session:
        session.execute(text("DELETE FROM booking_line WHERE booking_id = (SELECT id FROM booking LIMIT 1)"))
    database.close()
    with pytest.raises(AssertionError):
        judge(url, told)
