"""`recycling rounds`: how far each is, and giving those their day that are due."""

from recycling import clock, network, rounds
from recycling.accounts.actors import system
from recycling.booking import BookingRequest, Office
from recycling.catalogue import load_catalogue
from recycling.fleet import load_fleet
from recycling.settings import load_settings


def test_a_round_is_listed_and_gets_its_day_by_command(run, upgraded, town):
    with upgraded.write() as session:
        network.store(session, town())
    office = Office(upgraded, load_settings(), load_catalogue(), load_fleet())
    wish = rounds.RoundWish("东线", ("A-001",), every_days=1, quorum=1, latest_days=9)
    rounds.make_round(office, wish, "a-round-by-command", system("tests"), clock.utc_now())
    assert run("rounds", "list")[1].splitlines() == ["DEP-01 东线 (1 villages): 0 of 1 orders", "1 rounds"]
    assert run("rounds", "tend")[:2] == (0, "0 rounds got their day\n")
    asked = BookingRequest({"paper": 2}, "A-001", None, None, "3组5号", 1, False, None, "", "王女士", "13800138000")
    rounds.wait_for_round(office, asked, "asks-by-command", clock.utc_now())
    status, said, _ = run("rounds", "tend")
    assert status == 0
    assert said.endswith(": 1 waited (quorum)\n1 rounds got their day\n")
    assert "goes on" in run("rounds", "list")[1]
