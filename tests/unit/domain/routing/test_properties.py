"""What holds for every pool, whatever its rules, contacts and agents."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from centralino.application.ports import AvailableEntry, WaitingEntry
from centralino.domain.configuration.model import Configuration, Plan, ProfileQueue, Step
from centralino.domain.routing.decide import decide
from centralino.domain.routing.records import LIMIT, REASONS
from centralino.domain.routing.strategies import STRATEGIES
from tests.unit.domain.routing import reference
from tests.unit.domain.routing.making import CHAT, NOW, VOICE, Result, rules, snapshot

QUEUES = ("q", "r", "s")
SKILLS = ("tax", "en")
CHANNELS = (VOICE, CHAT)
NAMES = tuple(f"a{n}" for n in range(5))

Pool = tuple[Configuration, list[WaitingEntry], list[AvailableEntry], list[str]]

often = settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))


def drawn(
    dice: random.Random, contacts: int, agents: int, *, plain: bool, mixed: bool = False
) -> Pool:
    """Return a pool of this size; ``plain``: one channel, one block, nobody set aside.

    Hypothesis shrinks the sizes; the rest comes from a seed, which is a hundred times faster.
    ``mixed``: every queue has a strategy of its own.
    """
    of = _rules(dice, plain)
    waiting = [_contact(dice, f"c{n}", plain) for n in range(contacts)]
    free = [_agent(dice, name, plain) for name in NAMES[:agents]]
    reachable = dice.sample(NAMES, dice.randint(0, 3))
    if mixed:
        queues = {q.id: replace(q, strategy=dice.choice(STRATEGIES)) for q in of.queues.values()}
        of = replace(of, queues=queues)
    return of, waiting, free, reachable


def _rules(dice: random.Random, plain: bool) -> Configuration:
    profiles = {
        name: [
            ProfileQueue(queue, 1 if plain else dice.randint(1, 2), dice.choice((0, 0, 15_000)))
            for queue in dice.sample(QUEUES, dice.randint(1, 3))
        ]
        for name in ("p", "o")
    }
    plans = []
    for channel in CHANNELS:
        for number in range(2):
            steps = [Step(0, _levels(dice))]
            for after in dice.choice(((), (10,), (10, 30))):
                eased = {
                    s: max(1, n - 1) for s, n in steps[-1].skills.items() if dice.random() < 0.5
                }
                steps.append(Step(after * 1000, eased))
            prefer = dice.choice((0, 20_000))
            plans.append(Plan(f"{channel}{number}", channel, tuple(steps), prefer))
    return rules(profiles, plans=plans, strategy=dice.choice(STRATEGIES))


def _levels(dice: random.Random) -> dict[str, int]:
    return {skill: dice.randint(1, 3) for skill in dice.sample(SKILLS, dice.randint(0, 2))}


def _ago(dice: random.Random) -> int:
    return NOW - 1000 * dice.randint(0, 40)


def _agent(dice: random.Random, name: str, plain: bool) -> AvailableEntry:
    capacity = {VOICE: 1}
    used = {}
    if not plain:
        capacity = {c: dice.randint(0, 2) for c in dice.sample(CHANNELS, dice.randint(1, 2))}
        used = {c: dice.randint(0, limit) for c, limit in capacity.items() if dice.random() < 0.3}
    return AvailableEntry(
        agent=name,
        version=dice.randint(1, 3),
        pool="q",
        profile=dice.choice(("p", "o")),
        shard=0,
        idle_since=_ago(dice),
        skills=_levels(dice),
        capacity=capacity,
        used=used,
        exclusive=frozenset({VOICE}) if plain or dice.random() < 0.6 else frozenset(),
        taken=dice.randint(0, 3),
        last_offer_at=dice.choice((0, _ago(dice))),
    )


def _contact(dice: random.Random, name: str, plain: bool) -> WaitingEntry:
    channel = VOICE if plain else dice.choice(CHANNELS)
    enqueued_at = _ago(dice)
    tried = {} if plain else dict.fromkeys(dice.sample(NAMES, dice.choice((0, 0, 1, 2))), 0)
    return WaitingEntry(
        contact=name,
        version=dice.randint(1, 3),
        queue=dice.choice(QUEUES),
        plan=f"{channel}{dice.randint(0, 1)}",
        channel=channel,
        tier=5 if plain else dice.choice((0, 5, 5)),
        virtual_time=enqueued_at - dice.choice((0, 0, 20_000)),
        enqueued_at=enqueued_at,
        tried={agent: NOW + dice.choice((-1, 1, 9)) for agent in tried},
        preferred=None if plain else dice.choice((None, None, *NAMES)),
    )


def pools(*, plain: bool = False) -> st.SearchStrategy[Pool]:
    return st.builds(
        lambda contacts, agents, seed, mixed: drawn(
            random.Random(seed), contacts, agents, plain=plain, mixed=mixed
        ),
        st.integers(0, 8),
        st.integers(0, 5),
        st.integers(0, 2**32),
        st.booleans(),
    )


def decided(pool: Pool, now: int = NOW) -> Result:
    of, contacts, agents, reachable = pool
    return decide(snapshot(contacts, agents, reachable=reachable), now, of)


def holding(made: Result) -> dict[str, list[WaitingEntry]]:
    held: dict[str, list[WaitingEntry]] = {}
    for assignment in made.assignments:
        held.setdefault(assignment.agent.agent, []).append(assignment.contact)
    return held


@often
@given(pools())
def test_no_contact_twice_no_agent_over_capacity_and_every_rule_kept(pool: Pool) -> None:
    of, contacts, agents, reachable = pool
    made = decided(pool)
    assert max(Counter(a.contact.contact for a in made.assignments).values(), default=1) == 1
    assert made.unserved == len(contacts) - len(made.assignments)
    usable = {a.agent: a for a in agents if _has_room(a)}
    for contact, agent, _ in made.assignments:
        assert reference.eligible(contact, agent, NOW, of, usable, reachable)
    for name, held in holding(made).items():
        before: list[WaitingEntry] = []
        agent = usable[name]
        # An exclusive contact shares its agent with nobody, so the order of taking is free.
        for contact in held:
            assert reference.fits(agent, before, contact.channel)
            before.append(contact)


def _has_room(agent: AvailableEntry) -> bool:
    return any(reference.fits(agent, [], channel) for channel in CHANNELS)


@often
@given(pools())
# Here an exchange with contacts of an earlier tier would take somebody's turn.
@example(drawn(random.Random(42146), 4, 3, plain=False))
def test_nobody_is_served_before_an_older_eligible_contact(pool: Pool) -> None:
    of, contacts, agents, reachable = pool
    made = decided(pool)
    usable = {a.agent: a for a in agents if _has_room(a)}
    served = {a.contact.contact for a in made.assignments}
    held = holding(made)
    for name, agent in usable.items():
        for contact in contacts:
            if contact.contact in served:
                continue
            if not reference.eligible(contact, agent, NOW, of, usable, reachable):
                continue
            place = reference.key(contact, agent, of)
            older = [c for c in held.get(name, []) if reference.key(c, agent, of) < place]
            # Without those who came later the agent would have no room either.
            assert not reference.fits(agent, older, contact.channel), (contact, name)


@often
@given(pools(plain=True))
def test_as_many_are_served_as_can_be_and_the_oldest_of_all_ways(pool: Pool) -> None:
    of, contacts, agents, _ = pool
    served = {a.contact.contact for a in decided(pool).assignments}
    assert served == reference.served_in_order(contacts, agents, NOW, of)


@often
@given(pools(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(pool: Pool, dice: random.Random) -> None:
    of, contacts, agents, reachable = pool
    shuffled = (
        of,
        dice.sample(contacts, len(contacts)),
        dice.sample(agents, len(agents)),
        dice.sample(reachable, len(reachable)),
    )
    assert decided(shuffled) == decided(pool)


@often
@given(pools(plain=True), st.integers(0, 60_000))
def test_waiting_longer_never_closes_a_door(pool: Pool, later: int) -> None:
    of, contacts, agents, _ = pool
    for contact in contacts[:1]:
        alone: Pool = (of, [contact], agents, [])
        if decided(alone).assignments:
            assert decided(alone, NOW + later).assignments


@often
@given(pools())
def test_time_alone_changes_nothing_before_the_next_look(pool: Pool) -> None:
    made = decided(pool)
    if made.assignments or made.again_at is None:
        return
    assert made.again_at > NOW
    assert decided(pool, made.again_at - 1).assignments == ()


@often
@given(pools())
def test_a_decision_always_says_who_and_why_within_its_size(pool: Pool) -> None:
    for contact, agent, decision in decided(pool).assignments:
        first, why = decision.candidates[0]
        assert first == agent.agent
        assert why in ("ok", "pf", "mv")
        assert len(decision.candidates) <= 5
        names = [name for name, _ in decision.candidates]
        assert len(set(names)) == len(names)
        assert all(reason in REASONS for _, reason in decision.candidates)
        weight = len(decision.rule) + sum(len(n) + len(r) + 2 for n, r in decision.candidates)
        assert weight + 12 <= LIMIT
        assert contact.contact
