import pytest

from recycling.errors import BadRequestError
from recycling.phones import mobile


@pytest.mark.parametrize(
    "text", ["13800138000", "138 0013 8000", "+86 138-0013-8000", "0086 13800138000", "１３８００１３８０００"]
)
def test_a_mobile_number_however_it_is_written(text):
    assert mobile(text) == "+8613800138000"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0818-2123456",
        "110",
        "1380013800",
        "138001380001",
        "1380013800O",
        "13800138000 ext 5",
        "1" * 300,
        "😀",
        "\x00",
    ],
)
def test_what_gets_no_messages_is_refused(text):
    with pytest.raises(BadRequestError) as caught:
        mobile(text)
    assert [f.where for f in caught.value.faults] == ["phone"]
