"""Reading on exactly when what follows could matter."""

from __future__ import annotations

from collections.abc import Iterable

from centralino.application.ports import AvailableEntry, WaitingEntry
from centralino.domain.configuration.model import Configuration, ProfileQueue
from centralino.domain.routing.decide import decide
from centralino.domain.routing.model import AvailablePages, Snapshot, WaitingPages
from tests.unit.domain.routing.making import (
    CHAT,
    NOW,
    VOICE,
    Result,
    free,
    rules,
    skilled,
    snapshot,
    waiting,
)


def read(
    contacts: Iterable[WaitingEntry],
    agents: Iterable[AvailableEntry],
    of: Configuration | None = None,
    *,
    more: Iterable[str] = (),
) -> Result:
    return decide(snapshot(contacts, agents, more=more), NOW, of or rules())


def test_everything_read_wants_nothing() -> None:
    assert read([waiting("c")], [free("a")]).wants == frozenset()


def test_contacts_are_wanted_while_an_agent_is_free() -> None:
    agents = [free("a"), free("b")]
    assert read([waiting("c")], agents, more=["q/voice"]).wants == {"q/voice"}


def test_contacts_are_not_wanted_once_all_agents_have_an_older_one() -> None:
    assert read([waiting("c"), waiting("d")], [free("a")], more=["q/voice"]).wants == frozenset()


def test_contacts_are_wanted_before_a_younger_one_of_another_queue_is_served() -> None:
    of = rules({"p": ["q", "r"]})
    contacts = [waiting("c", waited=60), waiting("young", queue="r", waited=1)]
    agents = [free("a"), free("b")]
    # What follows in q may be older than the contact of r.
    assert read(contacts, agents, of, more=["q/voice"]).wants == {"q/voice"}


def test_contacts_nobody_free_could_take_are_not_read_to_the_end() -> None:
    of = rules({"p": ["q"], "s": ["r"]}, plans=[skilled("expert", (0, {"tax": 3}))])
    contacts = [waiting("c", queue="r"), waiting("d", plan="expert")]
    agents = [free("a")]
    assert read(contacts, agents, of, more=["r/voice", "q/expert"]).wants == frozenset()


def test_contacts_of_a_lower_queue_priority_do_not_hold_up_higher_ones() -> None:
    of = rules({"p": [ProfileQueue("q", 1), ProfileQueue("r", 2)]})
    contacts = [waiting("c", queue="q", waited=1), waiting("d", queue="r", waited=60)]
    assert read(contacts, [free("a")], of, more=["r/voice"]).wants == frozenset()
    assert read(contacts, [free("a"), free("b")], of, more=["r/voice"]).wants == frozenset()
    assert read(contacts, [free("a"), free("b")], of, more=["q/voice"]).wants == {"q/voice"}


def test_an_empty_page_that_goes_on_is_wanted() -> None:
    shown: Snapshot[WaitingEntry, AvailableEntry] = Snapshot(
        {"q/voice": WaitingPages("q", "voice", [], True)},
        {"p": AvailablePages("p", frozenset({VOICE}), [free("a")])},
    )
    assert decide(shown, NOW, rules()).wants == {"q/voice"}


def test_agents_are_wanted_for_whoever_is_left() -> None:
    contacts = [waiting("c"), waiting("d")]
    assert read(contacts, [free("a")], more=["p"]).wants == {"p"}


def test_agents_are_not_wanted_when_the_first_page_was_enough() -> None:
    agents = [free("a", idle=9), free("b", idle=1)]
    assert read([waiting("c")], agents, more=["p"]).wants == frozenset()


def test_agents_are_wanted_when_the_strategy_orders_them_otherwise() -> None:
    agents = [free("a", idle=9), free("b", idle=1)]
    of = rules(strategy="fewest_contacts")
    assert read([waiting("c")], agents, of, more=["p"]).wants == {"p"}


def test_agents_are_wanted_when_all_that_was_read_are_taken() -> None:
    assert read([waiting("c")], [free("a")], more=["p"]).wants == {"p"}


def test_agents_of_profiles_nobody_waits_for_are_not_wanted() -> None:
    of = rules({"p": ["q"], "s": ["r"]})
    contacts = [waiting("c"), waiting("d")]
    agents = [free("a"), free("x", profile="s")]
    assert read(contacts, agents, of, more=["s"]).wants == frozenset()


def test_page_by_page_ends_where_reading_all_would() -> None:
    of = rules({"p": ["q", "r"], "s": ["r"]})
    contacts = [
        waiting(f"c{n:03d}", queue="qr"[n % 3 == 0], waited=500 - n * 1.3) for n in range(120)
    ]
    agents = [free(f"a{n:03d}", profile="ps"[n % 4 == 0], idle=n * 2.1) for n in range(70)]
    everything = snapshot(contacts, agents)
    shown = dict.fromkeys((*everything.waiting, *everything.available), 10)
    rounds = 0
    while True:
        rounds += 1
        pages = Snapshot(
            {
                key: WaitingPages(
                    p.queue,
                    p.plan,
                    sorted(p.entries, key=lambda e: e.virtual_time)[: shown[key]],
                    shown[key] < len(p.entries),
                )
                for key, p in everything.waiting.items()
            },
            {
                key: AvailablePages(
                    p.profile,
                    p.channels,
                    sorted(p.entries, key=lambda e: e.idle_since)[: shown[key]],
                    shown[key] < len(p.entries),
                )
                for key, p in everything.available.items()
            },
        )
        made = decide(pages, NOW, of)
        if not made.wants:
            break
        for key in made.wants:
            shown[key] += 10
    assert rounds > 3
    whole = decide(everything, NOW, of)
    assert [a[:2] for a in made.assignments] == [a[:2] for a in whole.assignments]
    # The rest of a queue that is not reached is not read.
    assert shown["q/voice"] < len(everything.waiting["q/voice"].entries)


def test_an_agent_with_room_for_more_is_not_used_up() -> None:
    agent = free("a", capacity={CHAT: 3}, exclusive=frozenset())
    contact = waiting("c", plan="chat", channel=CHAT)
    assert read([contact], [agent], more=["p"]).wants == frozenset()
    three = [waiting(f"c{n}", plan="chat", channel=CHAT) for n in range(3)]
    assert read(three, [agent], more=["p"]).wants == {"p"}


def test_agents_of_a_removed_profile_are_not_read_to_the_end() -> None:
    contacts = [waiting("c"), waiting("d")]
    agents = [free("a"), free("x", profile="gone")]
    assert read(contacts, agents, more=["gone"]).wants == frozenset()


def test_contacts_are_wanted_when_one_agent_of_several_levels_serves_a_later_one() -> None:
    of = rules({"p": [ProfileQueue("q", 1)], "s": [ProfileQueue("q", 2), ProfileQueue("r", 3)]})
    contacts = [waiting("c", queue="q", waited=60), waiting("d", queue="r", waited=90)]
    agents = [free("a", profile="p"), free("b", profile="s")]
    # b serves d of r, which comes after anything of q.
    assert read(contacts, agents, of, more=["q/voice"]).wants == {"q/voice"}
    assert read(contacts, agents, of, more=["r/voice"]).wants == frozenset()
