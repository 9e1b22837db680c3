"""`recycling messages`, and the job that sends."""

import threading

import pytest
from click.testing import CliRunner

from recycling import jobs
from recycling.cli import main
from recycling.models import Message
from recycling.notify import tell
from recycling.runs import Worker


@pytest.fixture
def terminal(home, monkeypatch, sqlite_record, booked, now):
    """The commands on a record with three messages: one given up, one tried since the morning, one outdated."""
    monkeypatch.setenv("RECYCLING_DATABASE__URL", sqlite_record.engine.url.render_as_string(hide_password=False))
    made = booked(sqlite_record, 3)
    with sqlite_record.write() as session:
        for number, booking in enumerate(made):
            tell(session, booking, "booked", now, phones=[f"+861380013800{number}"])
        session.query(Message).filter_by(phone="+8613800138000").update({"state": "unreached", "error": "refused"})
        session.query(Message).filter_by(phone="+8613800138002").update({"state": "outdated", "outdated_at": now})

    def run(*arguments):
        return CliRunner().invoke(main, ["messages", *arguments])

    return run


def test_who_has_not_been_reached_is_listed_with_numbers_hidden(terminal):
    done = terminal("unreached")
    assert done.exit_code == 0, done.output
    first, second, summary = done.output.splitlines()
    assert "138****8000" in first
    assert "(refused)" in first
    assert "* " in second
    assert summary == "1 given up, 1 tried for long, 1 waiting in all"
    assert "+8613800138000 " in terminal("unreached", "--phones").output


def test_links_in_the_list_open_nothing(terminal, sqlite_record):
    with sqlite_record.read() as session:
        keys = [m.link.removeprefix("/b/") for m in session.query(Message)]
    listed = terminal("unreached").output
    assert not any(key in listed for key in keys)


def test_told_by_telephone_leaves_the_list(terminal):
    number = terminal("unreached").output.split()[0]
    assert terminal("told", number, "--by", "clerk 3").exit_code == 0
    assert terminal("unreached").output.splitlines()[-1].startswith("0 given up")
    again = terminal("told", "00000000-0000-0000-0000-000000000000")
    assert again.exit_code == 2
    assert "There is no message of this number" in again.output


def test_retry(terminal):
    assert terminal("retry").output == "1 messages wait to be sent again.\n"
    assert terminal("retry").output == "0 messages wait to be sent again.\n"


def test_a_channel_is_tested(terminal, home):
    done = terminal("test", "--to", "13800138000")
    assert (done.exit_code, done.output) == (0, "file: sent\n")
    assert "测试短信" in (home / "var" / "messages.log").read_text(encoding="utf-8")


def test_a_channel_that_fails_is_told_without_its_address(terminal, monkeypatch):
    monkeypatch.setenv("RECYCLING_MESSAGES__CHANNELS", '["sms"]')
    monkeypatch.setenv("RECYCLING_MESSAGES__ADDRESSES", '{"sms": "json://user:geheim@127.0.0.1:9/{phone}"}')
    done = terminal("test", "--to", "13800138000")
    assert done.exit_code == 1
    assert "sms: failed (the gateway stands in a private network" in done.output
    assert "geheim" not in done.output


@pytest.mark.parametrize("arguments", [["--to", "12"], ["--to", "x"], ["--to", "13800138000", "--channel", "pigeon"]])
def test_wrong_options_of_the_test(terminal, arguments):
    assert terminal("test", *arguments).exit_code == 2


def test_the_scheduler_sends(home, sqlite_record, settings, fleet, booked, now, monkeypatch):
    (booking,) = booked(sqlite_record, 1)
    with sqlite_record.write() as session:
        tell(session, booking, "booked", now)
    sent = threading.Event()
    real = jobs.notify.send_due

    def send(database, *arguments):
        tally = real(database, *arguments)
        if tally["sent"]:
            sent.set()
        return tally

    monkeypatch.setattr(jobs.notify, "send_due", send)
    monkeypatch.setattr(jobs.clock, "utc_now", lambda: now)
    monkeypatch.setattr(jobs, "SENDING_SECONDS", 0.2)
    scheduler = jobs.start_scheduler(sqlite_record, settings, Worker(sqlite_record, settings, fleet))
    try:
        assert sent.wait(60)
    finally:
        scheduler.shutdown(wait=True)
    assert booking.reference in (home / "var" / "messages.log").read_text(encoding="utf-8")
