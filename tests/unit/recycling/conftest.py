"""The command as somebody types it, in a home of the test's own."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from recycling.cli import main
from recycling.db import Database
from recycling.settings import load_settings


@pytest.fixture
def run(home):
    """Return a function that runs the command with the home of the test and gives status, output and complaints."""

    def call(*words):
        result = CliRunner().invoke(main, [str(w) for w in words], prog_name="recycling")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert "Traceback" not in result.output
        return result.exit_code, result.stdout, result.stderr

    return call


@pytest.fixture
def upgraded(run, migrated_file):
    """The record of the test's home as `recycling db upgrade` leaves it, without rows."""
    url = load_settings().database_url
    place = Path(url.removeprefix("sqlite:///"))
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(migrated_file, place)
    database = Database(url)
    yield database
    database.close()
