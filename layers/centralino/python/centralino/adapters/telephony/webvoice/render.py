"""Canonical actions as a caller's page carries them out: ``contracts.webvoice.Action``.

Words become files by way of the port ``Prompts``; where a file cannot be made the words go alone,
and the page shows them: a call never fails for want of a voice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from centralino.application.ports import Log
from centralino.application.ports.prompts import Prompts
from centralino.domain.errors import CentralinoError, RuleViolation
from centralino.domain.telephony import actions as act
from centralino.domain.telephony import markup

Rendered = list[dict[str, Any]]
_LAST = frozenset({"gather", "queue", "bridge", "hangup"})


class Renderer:
    """Turns lists of actions into what is sent to a caller's page."""

    def __init__(self, prompts: Prompts, log: Log) -> None:
        self._prompts = prompts
        self._log = log

    def render(
        self,
        actions: Sequence[act.Action],
        answers: str,
        room: Callable[[], dict[str, Any]],
    ) -> Rendered:
        """Return the actions for a page.

        Parameters
        ----------
        answers : str
            The event they answer. A list that leads nowhere is a turn of a loop: the page asks
            again at its end, what it hears on hold or else what it hears in line.
        room : callable
            Returns the room a ``Bridge`` leads to, as the caller sees it.

        Raises
        ------
        RuleViolation
            No page can do this (``not_supported``).
        """
        done = [self._one(action, room) for action in actions]
        if answers != "announce" and not (done and done[-1]["do"] in _LAST):
            done.append({"do": "ask", "event": "hold" if answers == "hold" else "wait"})
        return done

    def _one(self, action: act.Action, room: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        match action:
            case act.Say() | act.Play():
                return self._play(action)
            case act.Pause(seconds):
                return {"do": "pause", "seconds": seconds}
            case act.Gather(speech=speech) if not speech:
                return {
                    "do": "gather",
                    "prompts": [self._play(prompt) for prompt in action.prompts],
                    "step": action.step,
                    "digits": action.digits,
                    "timeout_s": action.timeout_s,
                }
            case act.Queue():
                return {"do": "queue"}
            case act.Bridge():
                return {"do": "bridge", **room()}
            case act.Hangup():
                return {"do": "hangup"}
        what = type(action).__name__
        raise RuleViolation(f"a call from a page cannot do this: {what}", code="not_supported")

    def _play(self, prompt: act.Prompt) -> dict[str, Any]:
        if isinstance(prompt, act.Play):
            return {"do": "play", "url": prompt.url, "text": None, "language": None}
        words = markup.plain(prompt.text) if prompt.ssml else prompt.text
        try:
            url = self._prompts.url(prompt) or None
        except CentralinoError as error:
            self._log.warning("prompt_not_rendered", code=error.code)
            url = None
        return {"do": "play", "url": url, "text": words, "language": prompt.language}
