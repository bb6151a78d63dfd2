"""What can go wrong at a port, and when.

Every in-memory port passes here before and after its effect. Decides whether the call fails
there; never touches the effect itself. With no rule set it only counts boundaries, so that a test
can run a scenario once, learn how many there are, and then crash at each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from random import Random

from centralino.domain.errors import TransientDependency


class Crash(BaseException):
    """The process died here. Not an ``Exception``: nothing may catch it and go on."""


@dataclass(slots=True)
class _Rule:
    pattern: str
    moment: str
    error: Callable[[], BaseException]
    skip: int
    times: int | None
    share: float


class Faults:
    """Faults to come, by operation (``store.claim``, ``timers.send``, ``store.*``).

    ``skip`` lets that many matching calls pass first, ``times`` limits how often a rule strikes
    (None: for ever), ``share`` is its probability.

    Examples
    --------
    >>> faults = Faults()
    >>> faults.lose_reply("store.claim")         # written, but nobody hears of it
    >>> faults.crash_before("realtime.push")     # after the claim, before the push
    """

    def __init__(self, seed: int = 0) -> None:
        self._random = Random(f"faults-{seed}")
        self._rules: list[_Rule] = []
        self._crash_at: int | None = None
        #: Boundaries passed so far: two per call of a port.
        self.boundaries = 0

    def refuse(
        self, operation: str, *, skip: int = 0, times: int | None = 1, share: float = 1.0
    ) -> None:
        """Fail with ``TransientDependency`` and no effect."""
        self._add(operation, "before", _unreachable, skip, times, share)

    def lose_reply(
        self, operation: str, *, skip: int = 0, times: int | None = 1, share: float = 1.0
    ) -> None:
        """Take effect, then fail with ``TransientDependency``."""
        self._add(operation, "after", _unreachable, skip, times, share)

    def crash_before(self, operation: str, *, skip: int = 0) -> None:
        """Die before the effect."""
        self._add(operation, "before", Crash, skip, 1, 1.0)

    def crash_after(self, operation: str, *, skip: int = 0) -> None:
        """Die after the effect."""
        self._add(operation, "after", Crash, skip, 1, 1.0)

    def contend(
        self, operation: str, *, skip: int = 0, times: int | None = 1, share: float = 1.0
    ) -> None:
        """Cancel a transaction as if another one held its items (``TransactionConflict``)."""
        self._add(operation, "contend", _unreachable, skip, times, share)

    def crash_at(self, boundary: int) -> None:
        """Die at the n-th boundary from now, counting from 1, whatever the operation."""
        self._crash_at = self.boundaries + boundary

    def clear(self) -> None:
        """Forget every rule."""
        self._rules.clear()
        self._crash_at = None

    def before(self, operation: str) -> None:
        """Pass the boundary before an effect."""
        self._pass(operation, "before")

    def after(self, operation: str) -> None:
        """Pass the boundary after an effect."""
        self._pass(operation, "after")

    def contends(self, operation: str) -> bool:
        """Tell whether this transaction meets another one."""
        return bool(self._rules) and self._struck(operation, "contend") is not None

    def _add(
        self,
        operation: str,
        moment: str,
        error: Callable[[], BaseException],
        skip: int,
        times: int | None,
        share: float,
    ) -> None:
        self._rules.append(_Rule(operation, moment, error, skip, times, share))

    def _pass(self, operation: str, moment: str) -> None:
        self.boundaries += 1
        if self.boundaries == self._crash_at:
            raise Crash(f"{moment} {operation}")
        if self._rules:
            rule = self._struck(operation, moment)
            if rule is not None:
                raise rule.error()

    def _struck(self, operation: str, moment: str) -> _Rule | None:
        for rule in self._rules:
            if rule.moment != moment or not fnmatchcase(operation, rule.pattern):
                continue
            if rule.skip > 0:
                rule.skip -= 1
                continue
            if rule.times == 0 or (rule.share < 1.0 and self._random.random() >= rule.share):
                continue
            if rule.times is not None:
                rule.times -= 1
            return rule
        return None


def _unreachable() -> BaseException:
    return TransientDependency("the dependency did not answer (injected)")
