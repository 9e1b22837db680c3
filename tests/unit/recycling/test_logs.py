import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from recycling.logs import covered

SECRET = "Zacharias Quux, +8613800138000"


def fail(contact):
    raise ZeroDivisionError("by nought")


def log_a_fault():
    try:
        fail(SECRET)
    except ZeroDivisionError:
        structlog.get_logger().exception("it broke", run="r-1")


def test_a_traceback_names_the_line_and_no_values(capsys):
    log_a_fault()
    out, err = capsys.readouterr()
    assert out == ""
    for word in ("it broke", "run=r-1", "ZeroDivisionError: by nought", "in fail"):
        assert word in err
    assert "Quux" not in err


def test_without_our_setting_the_values_would_stand_in_the_log(capsys):
    """The control."""
    structlog.reset_defaults()
    log_a_fault()
    assert "Quux" in "".join(capsys.readouterr())


def test_an_error_of_the_database_names_no_values(record):
    statement = text("UPDATE site SET kind = :kind WHERE code = 'CEN-01'")
    with pytest.raises(IntegrityError) as caught, record.write() as session:
        session.execute(statement, {"kind": SECRET})
    assert "UPDATE site" in str(caught.value)
    if record.engine.dialect.name == "sqlite":
        assert "Quux" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/b/short?x=1", "/b/***?x=1"),
        ("GET /welcome/abc def", "GET /welcome/*** def"),
        ("call +86 138-0013-8000 now", "call 138****8000 now"),
        ("0818-2123456", "081****3456"),
        ("run 5b1c2d3e-0000-4000-8000-000000000000", "run 5b1c2d3e-0000-4000-8000-000000000000"),
        ("took 20261127 s, 13800 stops", "took 20261127 s, 13800 stops"),
    ],
)
def test_links_and_numbers_are_covered_and_the_rest_stays(text, said):
    assert covered(text) == said
