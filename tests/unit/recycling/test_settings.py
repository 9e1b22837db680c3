import re
import shutil
from datetime import time
from itertools import pairwise

import pytest

from recycling.clock import Span
from recycling.errors import ConfigurationError
from recycling.settings import load_settings

from_here = pytest.mark.usefixtures("home")


@pytest.fixture
def edited(home):
    """Return a function that writes another line for a key or header of default.toml, and gives its number."""

    def edit(key, line):
        path = home / "config" / "default.toml"
        text = path.read_text(encoding="utf-8")
        found = next(re.finditer(rf"(?m)^{re.escape(key)}( = .*)?$", text))
        path.write_text(text[: found.start()] + line + text[found.end() :], encoding="utf-8")
        return text[: found.start()].count("\n") + 1

    return edit


def faults_of(load=load_settings):
    with pytest.raises(ConfigurationError) as caught:
        load()
    assert caught.value.status == 500
    return [(f.code, str(f)) for f in caught.value.faults]


def test_shipped_settings_are_sound():
    found = load_settings()
    shift = Span.parse(found.service.shift)
    spans = found.service.window_spans
    assert spans
    assert all(shift.start <= s.start < s.end <= shift.end for s in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    rest = Span.parse(found.service.break_begins)
    assert shift.start <= rest.start < rest.end <= shift.end
    assert found.service.cut_off == time(20)
    assert str(found.clock.zone) == "Asia/Shanghai"
    assert 0 < found.planning.prize_booking < found.planning.prize_delivery < found.planning.prize_call
    assert found.visit.parking_minutes < found.visit.longest_minutes
    assert found.planning.seconds <= 60


def test_nothing_can_be_changed_afterwards():
    with pytest.raises(ValueError, match="frozen"):
        load_settings().planning.seconds = 1


def test_relative_sqlite_path_starts_at_home(home):
    assert load_settings().database_url == f"sqlite:///{home}/var/recycling.db"
    assert load_settings().roads_folder == home / "var" / "roads"


@pytest.mark.parametrize("url", ["sqlite:////srv/record.db", "postgresql+psycopg://planner@db/recycling"])
def test_other_addresses_stay(url):
    assert load_settings(database={"url": url}).database_url == url


def test_overrides_own_file_and_environment_each_stronger_than_the_one_before(tmp_path, monkeypatch):
    own = tmp_path / "own.toml"
    own.write_text('[service]\nevening_cut_off = "19:00"\nhorizon_days = 7\n[planning]\nseed = 5\n', encoding="utf-8")
    found = load_settings(own, planning={"seed": 6})
    assert (found.service.cut_off, found.service.horizon_days, found.planning.seed) == (time(19), 7, 6)
    assert found.service.break_minutes == load_settings().service.break_minutes
    monkeypatch.setenv("RECYCLING_SERVICE__EVENING_CUT_OFF", "18:30")
    monkeypatch.setenv("RECYCLING_SERVICE__WINDOWS", '["09:00-11:00"]')
    found = load_settings(own)
    assert (found.service.cut_off, found.service.windows) == (time(18, 30), ("09:00-11:00",))
    assert found.service.horizon_days == 7


def test_a_file_written_by_notepad_is_read(tmp_path):
    own = tmp_path / "own.toml"
    own.write_bytes(b"\xef\xbb\xbf[planning]\r\nseed = 5\r\n")
    assert load_settings(own).planning.seed == 5


def test_unknown_key_is_named_with_file_line_and_near_match(edited):
    line = edited("evening_cut_off", 'evening_cutoff = "20:00"')
    codes = faults_of()
    assert (
        "config-unknown-key",
        f"config/default.toml:{line}: the key service.evening_cutoff is unknown. Did you mean evening_cut_off?",
    ) in codes
    assert any(c == "config-missing-key" and "service.evening_cut_off is missing" in text for c, text in codes)


def test_unknown_key_without_a_near_match(edited):
    line = edited("[roads]", "[roads]\nzzz = 1")
    assert faults_of() == [
        ("config-unknown-key", f"config/default.toml:{line + 1}: the key roads.zzz is unknown. Take it out.")
    ]


def test_unknown_section(edited):
    line = edited("[roads]", "[rods]")
    codes = faults_of()
    assert (
        "config-unknown-key",
        f"config/default.toml:{line}: the key rods is unknown. Did you mean roads?",
    ) in codes


@pytest.mark.parametrize(
    ("key", "line", "words"),
    [
        ("timezone", 'timezone = "Dazhou"', ["service.timezone cannot be 'Dazhou'", "Asia/Shanghai"]),
        ("shift", 'shift = "18:00-07:30"', ["service.shift", "ends before it starts"]),
        ("windows", 'windows = ["8-10", "10:00-12:00"]', ["service.windows", "'8-10'", "is not an hour such as 08:30"]),
        ("evening_cut_off", 'evening_cut_off = "20 Uhr"', ["service.evening_cut_off", "such as 08:30"]),
        ("evening_cut_off", 'evening_cut_off = "25:00"', ["service.evening_cut_off", "hour must be in"]),
        ("break_begins", 'break_begins = "noon"', ["service.break_begins", "is not a span"]),
        ("horizon_days", "horizon_days = 0", ["service.horizon_days cannot be 0"]),
        ("horizon_days", "horizon_days = 14.5", ["service.horizon_days cannot be 14.5"]),
        ("seconds", "seconds = nan", ["planning.seconds cannot be nan"]),
        ("seconds", 'seconds = "soon"', ["planning.seconds cannot be 'soon'"]),
        ("parking_minutes", "parking_minutes = inf", ["visit.parking_minutes cannot be inf", "finite"]),
        ("snap_metres", "snap_metres = -1", ["roads.snap_metres cannot be -1"]),
        ("memory_mb", "memory_mb = 10", ["planning.memory_mb cannot be 10"]),
        ("windows", "windows = []", ["service.windows"]),
        ("open_until", 'open_until = "a fortnight"', ["complaints.open_until", "says no time after something"]),
        ("open_until", 'open_until = "90 days after"', ["complaints.open_until", "longer than 60 days"]),
    ],
)
def test_bad_value(edited, key, line, words):
    number = edited(key, line)
    ((code, text),) = faults_of()
    assert code == "config-bad-value"
    for word in [f"config/default.toml:{number}: ", *words]:
        assert word in text


def test_all_faults_at_once(edited):
    edited("seconds", "seconds = -1\nturbo = true")
    edited("seed", "")
    edited("snap_metres", "snap_metres = 'far'")
    assert sorted(c for c, _ in faults_of()) == [
        "config-bad-value",
        "config-bad-value",
        "config-missing-key",
        "config-unknown-key",
    ]


def test_missing_key_names_the_table(edited):
    line = edited("[roads]", "[roads] # doors")
    edited("snap_metres", "")
    assert faults_of() == [
        ("config-missing-key", f"config/default.toml:{line}: the key roads.snap_metres is missing. Add it.")
    ]


def test_bad_toml_names_line_and_column(edited):
    line = edited("seconds", "seconds = = 25")
    ((code, text),) = faults_of()
    assert code == "config-syntax"
    assert "config/default.toml" in text
    assert f"line {line}, column" in text


def test_not_utf8(tmp_path):
    own = tmp_path / "own.toml"
    own.write_bytes('[database]\nurl = "sqlite:///café.db"\n'.encode("latin-1"))
    ((code, text),) = faults_of(lambda: load_settings(own))
    assert code == "config-syntax"
    assert str(own) in text


@from_here
def test_missing_file(home):
    (home / "config" / "default.toml").unlink()
    assert faults_of() == [("config-missing", "config/default.toml is not there. Restore it from the release.")]


def test_a_folder_instead_of_a_file(tmp_path):
    ((code, text),) = faults_of(lambda: load_settings(tmp_path))
    assert code == "config-unreadable"
    assert "Is a directory" in text


def test_fault_is_looked_for_in_the_file_that_holds_the_key(tmp_path, edited):
    own = tmp_path / "own.toml"
    own.write_text("# ours\n[planning]\nseconds = 0\n[roads]\n", encoding="utf-8")
    ((_, text),) = faults_of(lambda: load_settings(own))
    assert text.startswith(f"{own}:3: planning.seconds cannot be 0")
    own.write_text("[planning]\nseed = 2\n", encoding="utf-8")
    line = edited("seconds", "seconds = 0")
    ((_, text),) = faults_of(lambda: load_settings(own))
    assert text.startswith(f"config/default.toml:{line}: planning.seconds cannot be 0")


@pytest.mark.parametrize(
    ("name", "value", "code", "words"),
    [
        ("RECYCLING_PLANNING__SECONDS", "fast", "config-bad-value", ["RECYCLING_PLANNING__SECONDS: ", "'fast'"]),
        ("RECYCLING_PLANNING__SECUNDS", "3", "config-unknown-key", ["RECYCLING_PLANNING__SECUNDS: ", "mean seconds?"]),
        ("RECYCLING_PLANING__SECONDS", "3", "config-unknown-key", ["RECYCLING_PLANING__SECONDS", "_PLANNING__"]),
        ("RECYCLING_SERVICE__WINDOWS", "9-11", "config-bad-value", ["environment", "service", "JSON"]),
        ("RECYCLING_SERVICE", "9-11", "config-bad-value", ["environment", "service", "JSON"]),
    ],
)
def test_environment_faults_name_the_variable(monkeypatch, name, value, code, words):
    monkeypatch.setenv(name, value)
    ((found, text),) = faults_of()
    assert found == code
    for word in words:
        assert word in text


def test_home_is_the_checkout_or_what_the_environment_says(home, monkeypatch, tmp_path):
    assert load_settings().home == home
    shutil.rmtree(home)
    assert [c for c, _ in faults_of()] == ["config-missing"]
    monkeypatch.delenv("RECYCLING_HOME")
    assert (load_settings().home / "setup.cfg").is_file()
