"""The words of messages, their lengths, and what a wrong file is told."""

import pytest

from recycling.errors import ConfigurationError
from recycling.notify import load_texts, sms_parts
from recycling.notify.changes import CHANGES
from recycling.notify.texts import MOST_PARTS
from recycling.settings import load_settings

SITE = {"site": "https://recycling.dazhou.example.cn/"}


@pytest.fixture
def texts():
    return load_texts(load_settings(messages=SITE))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("回" * 70, 1),
        ("回" * 71, 2),
        ("回" * 134, 2),
        ("回" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_parts_of_a_text_message(text, parts):
    assert sms_parts(text) == parts


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_text_fits_a_phone_with_its_longest_words(texts, change, language):
    longest = texts.longest(change, language)
    assert sms_parts(longest) <= MOST_PARTS
    assert "{" not in longest
    assert ("Dazhou" if language == "en" else "达州") in longest


@pytest.mark.parametrize("language", ["zh", "en"])
def test_english_needs_no_letters_that_make_a_message_dearer(texts, language):
    """Plain letters: 160 a message, not 70."""
    dear = [c for c in CHANGES if sms_parts(texts.longest(c, language)) > sms_parts("a" * 306)]
    assert bool(dear) is (language == "zh")


def test_words_from_people_cannot_break_a_line_or_fill_a_phone(texts):
    figures = {"reference": "A\nB\r\x00\u202eC" + "x" * 500, "amount": "{link}", "start": "2026-03-05T00:00:00+00:00"}
    figures["end"] = "2026-03-05T02:00:00+00:00"
    said = texts.say("settled", "zh", figures, "/b/1")
    assert "A B C" in said
    assert said.isprintable()
    assert "{link}" in said, "what a figure says is not read as a text"
    assert len(said) < 120


def test_a_reason_that_is_not_listed_is_said_as_other(texts):
    figures = {"reference": "R", "reason": "meteor"}
    assert "当天未能完成" in texts.say("failed", "zh", figures, "/b/1")


def test_the_hour_is_the_depot_s(texts):
    figures = {"reference": "R", "start": "2026-03-04T23:30:00+00:00", "end": "2026-03-05T01:30:00+00:00"}
    assert "3月5日周四 07:30–09:30" in texts.say("booked", "zh", figures, "/b/1")
    assert "Thu 5 Mar, 07:30-09:30" in texts.say("booked", "en", figures, "/b/1")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("[changes.booked]", "[changes.boked]", "there is no text for booked"),
        ("单号{reference}", "单号{refrence}", "{refrence} is not known here; use: day, link, reference, window"),
        ("单号{reference}", "单号{reference.__class__}", "write a variable as {name} and nothing else"),
        ("单号{reference}", "单号{reference!r}", "write a variable as {name} and nothing else"),
        ("单号{reference}", "单号{", "changes.booked.zh"),
        ("单号{reference}", "回收" * 80, "with its longest words this takes 5 text messages; shorten it to 3"),
        ("\nother =", "\nanother =", "there is no text for other"),
        ("[changes.moved]", "[changes.flown]\nzh = ''\nen = ''\n[changes.moved]", "there is no such change"),
        ('\nen = "Pickup booked', '\nfr = "Pickup booked', "messages.toml"),
        ("[changes.booked]", "[changes.booked", "is not valid TOML"),
    ],
)
def test_a_wrong_file_is_told_with_its_place(home, old, new, sentence):
    path = home / "config" / "messages.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_texts(load_settings(messages=SITE))
    assert sentence in str(caught.value)
    assert "messages.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"channels": ["pigeon"]}, "there is no channel pigeon; known are console, file"),
        ({"channels": ["file", "file"]}, "a channel stands here twice"),
        ({"addresses": {"sms": "file:///etc/{phone}"}}, "addresses of this kind are not allowed"),
        ({"addresses": {"sms": "jsons://secret-token@host/"}}, "{phone} is missing"),
        ({"addresses": {"file": "jsons://secret-token@host/{phone}"}}, "cannot be a channel's name"),
        ({"one_time": ["wechat"]}, "there is no channel wechat"),
        ({"receipt_keys": {"file": "secret-token"}}, "a key has at least 16 characters"),
        ({"site": "recycling.example.cn"}, "write the address that residents reach"),
        ({"quiet_from": "9 pm"}, "is not an hour"),
    ],
)
def test_wrong_settings_are_told_and_no_password_with_them(changes, sentence):
    with pytest.raises(ConfigurationError) as caught:
        load_settings(messages=changes)
    assert sentence in str(caught.value)
    assert "secret-token" not in str(caught.value)
