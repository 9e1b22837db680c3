"""Both languages are whole: every sentence has its Chinese text, with the same places to fill."""

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import time_machine
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from recycling.catalogue import load_catalogue
from recycling.errors import Fault, Listing
from web.language import fault_text, price_text

ROOT = Path(__file__).resolve().parents[3]
PLACES = re.compile(r"%\(\w+\)s|\{\w+\}|%%")


@pytest.fixture(scope="module")
def sentences(tmp_path_factory):
    """All sentences that the code shows today."""
    out = tmp_path_factory.mktemp("messages") / "messages.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", "web/babel.cfg", "-k", "N_"]
    command += ["-k", "one:2", "--no-location", "-o", str(out), "recycling", "routing", "web"]
    subprocess.run(command, cwd=ROOT, check=True)
    with out.open("rb") as file:
        return [m for m in read_po(file) if m.id]


@pytest.fixture(scope="module")
def chinese():
    with (ROOT / "web/translations/zh/LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, locale="zh")


def test_every_sentence_is_translated(sentences, chinese):
    assert len(sentences) > 150
    missing = [m.id for m in sentences if not (found := chinese.get(m.id)) or not any(found.string)]
    assert missing == []
    assert [m.id for m in chinese if m.id and m.fuzzy] == []


def texts(message):
    return [message.string] if isinstance(message.string, str) else list(message.string)


def test_pages_speak_what_is_translated(chinese):
    with (ROOT / "web/translations/zh/LC_MESSAGES/messages.mo").open("rb") as file:
        spoken = read_mo(file)
    stale = [m.id for m in chinese if m.id and (not (found := spoken.get(m.id)) or texts(found) != texts(m))]
    assert stale == [], "messages.mo is older than messages.po: run make setup"


def test_no_translation_is_left_over(sentences, chinese):
    wanted = {m.id for m in sentences}
    assert [m.id for m in chinese if m.id and m.id not in wanted] == []


def test_translations_fill_the_same_places(chinese):
    for message in chinese:
        if not message.id:
            continue
        one, text = (message.id, message.string) if isinstance(message.id, str) else (message.id[1], message.string[0])
        assert sorted(PLACES.findall(one)) == sorted(PLACES.findall(text)), one


def test_no_page_writes_a_sentence_past_the_translators():
    """Text between tags in templates is wrapped, but for signs, numbers and names of languages."""
    for template in (ROOT / "web/templates").glob("*.html"):
        text = re.sub(
            r"<(script|style)\b.*?</\1>|\{[{%#].*?[}%#]\}", "", template.read_text(encoding="utf-8"), flags=re.S
        )
        plain = re.sub(r"<[^>]*>|[\w-]+=\"[^\"]*\"|\bwide\b|\bnarrow\b", " ", text)
        assert re.findall(r"[A-Za-z]{4,}", plain) == [], template.name


def test_items_and_materials_have_both_names():
    catalogue = load_catalogue()
    for word in (*catalogue.materials.values(), *catalogue.items.values(), *(i.unit for i in catalogue.items.values())):
        assert re.search(r"[一-鿿]", word.zh)
        assert re.search(r"[A-Za-z]", word.en)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0, 0, "free of charge"),
        (400, 600, "we pay ¥\xa04–6"),
        (500, 500, "we pay ¥\xa05"),
        (-5000, -2500, "you pay ¥\xa025–50"),
        (-500, 1000, "you pay ¥\xa05 or we pay ¥\xa010"),
        (0, 80, "we pay ¥\xa00–0.80"),
    ],
)
def test_a_price_says_its_direction(app, low, high, said):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert price_text(low, high) == said


@pytest.mark.parametrize(
    ("accepts", "said"),
    [("en", "Choose one from the list: 凤凰社区, 塔沱社区."), ("zh", "请从列表中选择：凤凰社区、塔沱社区。")],
)
def test_words_in_a_row_are_put_together_as_the_language_does(app, accepts, said):
    sentence = "There are several places of this name. Choose one from the list: %(choices)s."
    fault = Fault("community", "ambiguous-community", sentence, {"choices": Listing(["凤凰社区", "塔沱社区"])})
    assert str(fault).endswith("凤凰社区, 塔沱社区."), "to programs"
    with app.test_request_context(headers={"Accept-Language": accepts}):
        assert fault_text(fault).endswith(said)


@pytest.mark.parametrize(
    ("accepts", "said"),
    [
        ("en", "The latest date can lie between Thu 5 Mar and Mon 4 Jan 2027."),
        ("zh", "最晚日期须在 3月5日 周四 到 2027年1月4日 周一 之间。"),
    ],
)
def test_a_day_in_a_sentence_is_said_as_on_the_page(app, now, accepts, said):
    sentence = "The latest date can lie between %(first)s and %(last)s."
    fault = Fault("last_day", "bad-day", sentence, {"first": date(2026, 3, 5), "last": date(2027, 1, 4)})
    assert str(fault) == "The latest date can lie between 2026-03-05 and 2027-01-04.", "to programs"
    with app.test_request_context(headers={"Accept-Language": accepts}), time_machine.travel(now, tick=False):
        assert fault_text(fault) == said
