"""The command as somebody types it, in a home of the test's own."""

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
def upgraded(run):
    assert run("db", "upgrade")[0] == 0
    database = Database(load_settings().database_url)
    yield database
    database.close()
