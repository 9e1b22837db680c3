"""FAULT 28 and, in its first form, 24: whatever half a migration leaves behind, no process starts on it."""

import multiprocessing
import os
import signal

import pytest
from sqlalchemy import inspect, text

from recycling import db
from recycling.db import Database
from recycling.errors import DatabaseStateError


def fault_of(call):
    with pytest.raises(DatabaseStateError) as caught:
        call()
    return caught.value.faults[0]


def alter(database, *statements):
    with database.engine.execution_options(write=True).begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def tables(database):
    with database.engine.connect() as connection:
        return sorted(inspect(connection).get_table_names())


@pytest.mark.parametrize(
    ("statements", "where"),
    [
        (["DROP TABLE left_out"], "left_out"),
        (["DROP TABLE job_tick"], "job_tick"),
        (["ALTER TABLE booking RENAME COLUMN note TO remark"], "booking.note"),
        (["ALTER TABLE plan_run DROP COLUMN best_cost"], "plan_run.best_cost"),
        (["DELETE FROM alembic_version"], "account"),
        (["DROP TABLE alembic_version"], "account"),
        (["DROP TABLE alembic_version", "DROP TABLE left_out"], "account"),
        (["INSERT INTO alembic_version VALUES ('0002')"], "alembic_version"),
    ],
)
def test_fault_28_half_a_schema_is_refused_at_its_place(database, statements, where):
    database.check()  # the control: without the fault it starts
    alter(database, *statements)
    fault = fault_of(database.check)
    assert fault.code == "database-half-migrated"
    assert f"at {where}," in str(fault)
    assert "Restore the back-up" in str(fault)


@pytest.mark.parametrize("statement", ["DELETE FROM alembic_version", "DROP TABLE alembic_version"])
def test_fault_28_an_upgrade_does_not_build_on_tables_of_no_known_version(database, statement):
    alter(database, statement)
    before = tables(database)
    assert fault_of(database.migrate).code == "database-half-migrated"
    assert tables(database) == before


def test_fault_28_a_newer_database_is_refused_and_left_alone(database):
    alter(database, "UPDATE alembic_version SET version_num = 'ffff'", "CREATE TABLE thing_of_tomorrow (id INTEGER)")
    before = tables(database)
    for call in (database.check, database.migrate):
        fault = fault_of(call)
        assert fault.code == "database-newer"
        assert "ffff" in str(fault)
    assert tables(database) == before


def test_fault_28_tables_of_others_do_not_disturb(empty_database):
    alter(empty_database, "CREATE TABLE their_own (id INTEGER)")
    assert fault_of(empty_database.check).code == "database-empty"
    empty_database.migrate()
    empty_database.check()


def die_while_migrating(url, after, one_unit):
    """Migrate, and be killed by a real signal once so many tables are made."""
    from alembic import op

    real, made = op.create_table, []

    def create_table(*args, **options):
        done = real(*args, **options)
        made.append(args[0])
        if len(made) == after:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    op.create_table = create_table
    if not one_unit:  # every statement for itself, as it would be without our transaction control
        db._begin_sqlite = lambda connection: None
    Database(url).migrate()


def killed_migration(url, after, one_unit=True):
    child = multiprocessing.get_context("fork").Process(target=die_while_migrating, args=(url, after, one_unit))
    child.start()
    child.join(300)
    assert child.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("after", [1, 7, 13])
def test_fault_28_migration_killed_in_the_middle_leaves_the_old_state(empty_database, after):
    url = empty_database.engine.url.render_as_string(hide_password=False)
    killed_migration(url, after)
    assert [t for t in tables(empty_database) if t != "alembic_version"] == []
    assert fault_of(empty_database.check).code == "database-empty"
    empty_database.migrate()
    empty_database.check()


def test_fault_28_without_the_one_transaction_the_half_would_be_there_and_is_refused(tmp_path):
    """The control: the same kill, with the transaction taken away, leaves half a schema; nothing starts on it."""
    url = f"sqlite:///{tmp_path}/record.db"
    killed_migration(url, 7, one_unit=False)
    database = Database(url)
    assert 7 <= len(tables(database)) < 13
    for call in (database.check, database.migrate):
        assert fault_of(call).code == "database-half-migrated"
    database.close()
