"""Serve recorded answers over real HTTP."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .server import answering

FOLDER = Path(__file__).parent


def recording(name):
    """Give a recording: what it was made with, and the answers by question."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


@contextmanager
def replayed(name: str) -> Iterator[str]:
    """Give the url of a server that answers what is recorded, and fails the test for anything else."""
    answers = recording(name)["answers"]
    unknown = []

    def answer(method, path, question):
        known = answers.get(key(method, path, question))
        if known is None:
            unknown.append(f"{method} {path} {question}")
            return 500, "text/plain", b"not recorded"
        return known["status"], "application/json", json.dumps(known["answer"]).encode()

    with answering(answer) as url:
        yield url
    assert not unknown, f"not recorded: {unknown}; run record.py"


def key(method, path, question):
    """Say a question in one line."""
    return f"{method} {path} {question}".strip()
