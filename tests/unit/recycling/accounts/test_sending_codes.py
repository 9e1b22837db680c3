import stat

from recycling.accounts import sending


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
