import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

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
