"""The words that are known before anybody calls, so that no first caller waits for a voice.

Decides which of a configuration's words those are: what flows and queues say on lines whose
provider plays files, where no variable is put in, and the product's own sentences. What it leaves
out is rendered when it is first said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from centralino.application.ports import FanOut, in_turn
from centralino.application.ports.prompts import Prompts
from centralino.domain.configuration.model import Configuration
from centralino.domain.configuration.overflow import dialogues_by_queue
from centralino.domain.errors import TransientDependency
from centralino.domain.flows import words
from centralino.domain.flows.checks import users
from centralino.domain.flows.model import words_of
from centralino.domain.telephony import phrases
from centralino.domain.telephony.actions import Say
from centralino.domain.telephony.capabilities import Provider

#: Who cannot speak by itself and plays files instead.
PLAYS_FILES = frozenset({Provider.WEBVOICE})
#: Places in line that are announced often enough to be worth a file beforehand.
PLACES = 10
_ALWAYS: tuple[phrases.Texts, ...] = (
    phrases.NOT_IN_SERVICE,
    phrases.TROUBLE,
    phrases.TROUBLE_NOBODY,
    phrases.AGENT_LOST,
    phrases.AGENT_AWAY,
    phrases.ON_HOLD,
    phrases.CALL_AGAIN,
    phrases.WAIT_IS_LATE,
    phrases.ALL_BUSY,
    *phrases.TURNED_AWAY.values(),
)


def fixed_words(rules: Configuration) -> list[Say]:
    """Return everything that is said word for word on lines that play files, each once."""
    roots = {line.flow for line in rules.lines.values() if line.provider in PLAYS_FILES}
    if not roots:
        return []
    led = dialogues_by_queue({key: queue.overflow for key, queue in rules.queues.items()})
    flows = {name for name, of in users(rules.flows, sorted(roots), led).items() if of}
    return list(dict.fromkeys([*_of_flows(rules, sorted(flows)), *_of_queues(rules), *_own()]))


def render(
    prompts: Prompts,
    says: Sequence[Say],
    done: Callable[[], None] = lambda: None,
    fan_out: FanOut = in_turn,
) -> int:
    """Have all of this spoken, and return how much of it could not be.

    ``done`` is called after each. What failed is tried again when it is first said.
    """

    def one(say: Say) -> bool:
        try:
            prompts.url(say)
        except TransientDependency:
            return False
        finally:
            done()
        return True

    return fan_out(one, says).count(False)


def _of_flows(rules: Configuration, names: Iterable[str]) -> Iterator[Say]:
    for name in names:
        for step in rules.flows[name].steps.values():
            for said in words_of(step).values():
                for language, template in said.items():
                    one = {language: template}
                    if any(map(words.names_in, words.templates(one))):
                        continue
                    prompt, _ = words.spoken(one, {}, language)
                    if isinstance(prompt, Say):
                        yield prompt


def _of_queues(rules: Configuration) -> Iterator[Say]:
    announced = False
    for queue in rules.queues.values():
        announced = announced or queue.announce.position
        for way in queue.overflow:
            yield from _say(way.texts)
    for place in range(1, PLACES + 1 if announced else 1):
        yield from _say(phrases.place_in_line(place))


def _own() -> Iterator[Say]:
    for texts in _ALWAYS:
        yield from _say(texts)


def _say(texts: Mapping[str, str]) -> Iterator[Say]:
    for language, text in texts.items():
        yield Say(text, language)
