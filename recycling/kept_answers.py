"""Answers that take a while: each question is asked once, however many ask it at once or again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Asked(Generic[Answer]):
    """An answer that is there or will be; None where too many questions are open already.

    ``ahead`` counts the questions that were open when this one came.
    """

    answer: Future[Answer] | None
    ahead: int


class KeptAnswers(Generic[Answer]):
    """Answers by their questions.

    Parameters
    ----------
    most
        Answers that are kept; that which was asked for longest ago makes room.
    open_at_once
        Questions that may be open; no further ones are asked until some have been answered.
    """

    def __init__(self, most: int, open_at_once: int) -> None:
        self._most, self._open_at_once = most, open_at_once
        self._lock = threading.Lock()
        self._answers: OrderedDict[Hashable, Future[Answer]] = OrderedDict()
        self._open: list[Future[Answer]] = []

    def ask(self, question: Hashable, begin: Callable[[], Future[Answer]]) -> Asked[Answer]:
        """Return the answer to a question, which `begin` lets somebody look for unless it is known or looked for.

        One that came to nothing is asked anew.
        """
        with self._lock:
            self._open = [answer for answer in self._open if not answer.done()]
            ahead, known = len(self._open), self._answers.get(question)
            if known is not None and not _came_to_nothing(known):
                self._answers.move_to_end(question)
                return Asked(known, ahead)
            if ahead >= self._open_at_once:
                return Asked(None, ahead)
            begun = self._answers[question] = begin()
            self._open.append(begun)
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)
            return Asked(begun, ahead)

    def forget(self, question: Hashable) -> None:
        """Let a question be asked anew."""
        with self._lock:
            self._answers.pop(question, None)


def _came_to_nothing(answer: Future[Answer]) -> bool:
    return answer.done() and (answer.cancelled() or answer.exception() is not None)
