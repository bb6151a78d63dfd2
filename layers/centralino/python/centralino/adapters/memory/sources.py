"""Data sources that answer as a test says, and remember what they were asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from centralino.application.ports import Question
from centralino.domain.errors import TransientDependency

Answer = Callable[[Question], Any]


class MemorySources:
    """The port ``Sources``: an answer by address or function name; others fail."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[Question] = []

    def ask(self, question: Question) -> Any:
        """Return what was set for this source."""
        self.asked.append(question)
        answer = self.answers.get(question.url or question.function)
        if answer is None:
            raise TransientDependency("this data source does not answer", code="source_failed")
        return answer(question)
