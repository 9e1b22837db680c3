"""Processes that do something at the same moment, again and again, each with a connection of its own."""

import multiprocessing

from recycling.db import Database
from recycling.errors import DomainError

FORK = multiprocessing.get_context("fork")
PATIENCE = 300


def run(number, url, office, deed, rounds, gate, answers):
    database = Database(url)
    desk, said = office(database), []
    for turn in range(rounds):
        gate.wait(PATIENCE)
        try:
            said.append(deed(desk, turn) or "done")
        except DomainError as error:
            said.append(error.faults[0].code)
        except Exception as error:
            said.append(f"{type(error).__name__}: {error}"[:300])
    answers.put((number, said))
    database.close()


def raced(database, office, deeds, rounds):
    """Let a process do each deed, all at the same moment, so many times; return what came of each, by turn and deed.

    A deed gets the process's own office and the number of the turn. What it returns is what came of it, the code of
    what refuses it, or the words of any other error.
    """
    url = database.engine.url.render_as_string(hide_password=False)
    database.close()  # so that no connection is shared with a child
    gate, answers = FORK.Barrier(len(deeds)), FORK.SimpleQueue()
    children = [
        FORK.Process(target=run, args=(number, url, office, deed, rounds, gate, answers), daemon=True)
        for number, deed in enumerate(deeds)
    ]
    for child in children:
        child.start()
    found = dict(answers.get() for _ in children)
    for child in children:
        child.join(PATIENCE)
    return [[found[number][turn] for number in range(len(deeds))] for turn in range(rounds)]
