"""Channels: the two built in, and addresses spoken to through apprise, on a real server of this machine."""

import logging
import stat

import pytest
from gateway import Gateway

from recycling.errors import ConfigurationError
from recycling.notify import Answer, Outcome, at_once, channels_of
from recycling.notify.channels import AppriseChannel, ConsoleChannel, FileChannel, attempt, without_secrets
from recycling.settings import load_settings

PHONE = "+8613800138000"


@pytest.fixture
def gateway():
    found = Gateway()
    yield found
    found.stop()


@pytest.fixture
def channel(gateway):
    return AppriseChannel("sms", gateway.address, 0.3, local=True)


@pytest.mark.parametrize(
    "make", [lambda folder: FileChannel(folder / "var" / "messages.log"), lambda _: ConsoleChannel()]
)
def test_built_in_channels_show_neither_number_nor_key(tmp_path, capsys, make):
    text = "看进度：http://127.0.0.1:8000/b/C9WnXybLavSO1OM2BUfnCjVdsfdLs3x0"
    for number in ("a", "b"):
        assert make(tmp_path).send(PHONE, text, number) == Answer(Outcome.SENT, number)
    file = tmp_path / "var" / "messages.log"
    written = file.read_text(encoding="utf-8") if file.exists() else capsys.readouterr().out
    assert written.count("\n") == 2
    assert "138****8000" in written
    assert "13800138000" not in written
    assert "/b/C9Wn…" in written
    assert "XybLav" not in written
    if file.exists():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("path", ["/t/", "/b/", "/api/v1/bookings/"])
def test_keys_of_all_kinds_of_links_are_cut(path):
    assert (
        without_secrets(f"see https://x.cn{path}abcdEFGH.ijkl-_MNOPqrst1234, then")
        == f"see https://x.cn{path}abcd…, then"
    )
    assert without_secrets("https://x.cn/book and 3月5日周四") == "https://x.cn/book and 3月5日周四"


def test_a_file_that_cannot_be_written_is_a_failure(tmp_path):
    (tmp_path / "var").write_text("in the way")
    answer = FileChannel(tmp_path / "var" / "messages.log").send(PHONE, "x", "1")
    assert answer.outcome is Outcome.FAILED


def test_a_gateway_gets_number_text_and_the_message_s_own_number(channel, gateway):
    assert channel.send(PHONE, "您好\n“引号” & <b>", "id-1") == Answer(Outcome.SENT, "id-1")
    (request,) = gateway.requests
    assert (request["to"], request["id"]) == (PHONE, "id-1")
    assert request["message"] == "您好\n“引号” & <b>"


@pytest.mark.parametrize(
    ("mode", "outcome"),
    [
        (500, Outcome.FAILED),
        (503, Outcome.FAILED),
        (429, Outcome.FAILED),
        (400, Outcome.REFUSED),
        (404, Outcome.REFUSED),
        ("slow", Outcome.UNKNOWN),
        ("redirect", Outcome.FAILED),
    ],
)
def test_what_a_gateway_says_is_understood(channel, gateway, mode, outcome):
    gateway.mode = mode
    answer = channel.send(PHONE, "x", "1")
    assert answer.outcome is outcome
    assert answer.error
    assert len(gateway.requests) == 1, "nothing is sent on to where a gateway points"


def test_a_gateway_that_is_not_there_is_no_certain_failure(channel, gateway):
    gateway.stop()
    assert channel.send(PHONE, "x", "1").outcome is Outcome.UNKNOWN


def test_a_number_cannot_become_part_of_the_address(channel, gateway):
    channel.send("+86/&:id=other?x={id}", "x", "mine")
    (request,) = gateway.requests
    assert (request["to"], request["id"]) == ("+86/&:id=other?x={id}", "mine")


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "10.1.2.3", "169.254.1.1", "localhost"])
def test_a_gateway_on_a_private_network_is_refused_unless_it_is_allowed(host):
    answer = AppriseChannel("sms", f"json://{host}:9/{{phone}}", 0.3, local=False).send(PHONE, "x", "1")
    assert answer.outcome is Outcome.FAILED
    assert "private network" in answer.error


def test_a_failure_is_logged_without_the_receiver(channel, gateway, caplog, capfd):
    gateway.mode = 500
    with caplog.at_level(logging.INFO):
        channel.send(PHONE, "秘密", "1")
        gateway.stop()
        channel.send(PHONE, "秘密", "1")
    said = caplog.text + "".join(capfd.readouterr())
    assert "138001" not in said
    assert "秘密" not in said


def test_an_address_that_apprise_does_not_know_is_told_without_it():
    with pytest.raises(ConfigurationError) as caught:
        AppriseChannel("sms", "twilio://secret-token/{phone}", 1, local=False).check()
    assert "messages.addresses.sms cannot be used" in str(caught.value)
    assert "secret" not in str(caught.value)
    AppriseChannel("sms", "jsons://a.example/{phone}", 1, local=False).check()


def test_channels_stand_in_the_order_of_the_settings(home):
    settings = load_settings(
        messages={"channels": ["sms", "file", "console"], "addresses": {"sms": "jsons://a.example/{phone}"}}
    )
    found = channels_of(settings)
    assert list(found) == ["sms", "file", "console"]
    assert found["file"].path == home / "var" / "messages.log"


def test_a_fault_inside_a_channel_says_nothing_of_the_person():
    class Broken:
        def send(self, phone, text, number):
            raise RuntimeError(phone)

    assert attempt(Broken(), PHONE, "x", "1") == Answer(Outcome.FAILED, error="RuntimeError")


def test_what_cannot_wait_goes_through_the_first_channel_that_takes_it(channels):
    channels["sms"].always = Outcome.FAILED
    assert at_once(channels, PHONE, "代码 123456", "1").outcome is Outcome.SENT
    assert channels["post"].sent == [(PHONE, "代码 123456")]
    channels["sms"].always = Outcome.SENT
    assert at_once(channels, PHONE, "代码 123456", "2").outcome is Outcome.SENT
    assert len(channels["post"].sent) == 1
    assert at_once({}, PHONE, "x", "1").outcome is Outcome.FAILED


def test_what_cannot_wait_is_tried_on_when_nobody_says_whether_it_was_sent(channels):
    channels["sms"].always = Outcome.UNKNOWN
    assert at_once(channels, PHONE, "代码 123456", "1").outcome is Outcome.SENT
    channels["post"].always = Outcome.FAILED
    assert at_once(channels, PHONE, "代码 123456", "1").outcome is Outcome.UNKNOWN
