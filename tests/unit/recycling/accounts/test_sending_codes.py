"""How a code reaches a phone: through a gateway on this machine, or into the operator's file."""

import re
import stat

import pytest
import structlog
from gateway import Gateway

from recycling.accounts import sending
from recycling.errors import UnavailableError
from recycling.settings import load_settings
from web.app import create_app
from web.services import Services

PHONE = "+8613800138000"


@pytest.fixture
def gateways():
    """Two gateways, the first and the second choice."""
    found = Gateway(), Gateway()
    yield found
    for one in found:
        one.stop()


@pytest.fixture
def through(gateways, home):
    """Settings with both gateways after the file that always is there."""
    first, second = gateways
    return load_settings(
        messages={
            "channels": ["file", "sms", "voice"],
            "addresses": {"sms": first.address, "voice": second.address},
            "local_gateways": True,
            "timeout_seconds": 0.5,
        }
    )


def test_a_file_of_messages_is_for_its_owner_alone(tmp_path):
    path = tmp_path / "var" / "messages.txt"
    send = sending.to_file(path)
    send("+8613800138000", "123456 is\nyour code")
    send("+8613800138001", "654321")
    assert path.read_text(encoding="utf-8") == "+8613800138000\t123456 is your code\n+8613800138001\t654321\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_console_shows_the_text_and_not_the_whole_number(capsys):
    sending.to_console("+8613800138000", "123456")
    out, err = capsys.readouterr()
    assert out == "[138****8000] 123456\n"
    assert err == ""


def test_a_code_that_is_asked_for_on_the_page_reaches_the_gateway(sqlite_record, catalogue, fleet, through, gateways):
    services = Services(sqlite_record, through, catalogue, fleet, send=sending.sender_of(through))
    client = create_app(services).test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").text).group(1)
    answer = client.post("/sign-in", data={"csrf_token": token, "phone": "13800138000"})
    assert answer.status_code == 303
    (said,) = gateways[0].requests
    assert said["to"] == PHONE
    code = re.search(r"\d{6}", said["message"]).group(0)
    page = client.get(answer.location).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
    assert client.post(answer.location, data={"csrf_token": token, "code": code}).status_code == 303
    assert not list((through.home / "var").glob("messages*")), "the code lies in no file"


@pytest.mark.parametrize("mode", [500, 400])
def test_the_next_gateway_takes_what_the_first_one_does_not(through, gateways, mode):
    gateways[0].mode = mode
    sending.sender_of(through)(PHONE, "123456")
    assert [r["message"] for r in gateways[1].requests] == ["123456"]


def test_where_no_gateway_takes_it_the_person_is_told_and_the_log_names_neither_code_nor_number(
    through, gateways, caplog, capfd
):
    for gateway in gateways:
        gateway.mode = 500
    with structlog.testing.capture_logs() as logged, pytest.raises(UnavailableError):
        sending.sender_of(through)(PHONE, "123456")
    said = f"{logged}{caplog.text}{capfd.readouterr()}"
    assert [line["log_level"] for line in logged] == ["warning"]
    assert "13800138000" not in said
    assert "123456" not in said


def test_without_a_gateway_codes_go_into_the_file_of_their_own(home):
    sending.sender_of(load_settings())(PHONE, "123456")
    assert (home / "var" / "messages.txt").read_text(encoding="utf-8") == f"{PHONE}\t123456\n"


def test_a_channel_that_asks_for_consent_carries_no_code(through, gateways):
    messages = through.messages.model_copy(update={"one_time": ("sms",)})
    sending.sender_of(through.model_copy(update={"messages": messages}))(PHONE, "123456")
    assert (len(gateways[0].requests), len(gateways[1].requests)) == (0, 1)
