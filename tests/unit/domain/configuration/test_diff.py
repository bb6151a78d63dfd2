"""What new rules change, in lines a team can review."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from centralino.domain.configuration.diff import (
    ADDED,
    CHANGED,
    Change,
    Detail,
    diff,
    hidden,
    stranded,
    warnings,
)
from centralino.domain.configuration.documents import decode, encode
from centralino.domain.configuration.model import (
    Configuration,
    Plan,
    ProfileQueue,
    Queue,
    RoutingProfile,
)
from centralino.domain.configuration.pools import compile_pools
from centralino.domain.configuration.releases import renumbered
from centralino.domain.configuration.words import duration, lines
from centralino.domain.contacts.model import Channel
from tests.unit.domain.configuration.test_documents import EVERYTHING


def changed(section: str, key: str, **fields: object) -> Configuration:
    document = encode(EVERYTHING)
    document[section][key] = {**document[section][key], **fields}
    return decode(document)


def told(after: Configuration) -> list[str]:
    return lines(diff(EVERYTHING, after))


def centre(
    queues: dict[str, Queue], profiles: dict[str, list[str]], **more: RoutingProfile
) -> Configuration:
    made = {
        name: RoutingProfile(name, tuple(ProfileQueue(q) for q in served))
        for name, served in profiles.items()
    } | more
    plans = {"voice": Plan("voice"), "chat": Plan("chat", Channel.CHAT)}
    return Configuration(1, queues, made, plans, compile_pools(queues, made), {}, {})


A, B = Queue("a", "acme"), Queue("b", "acme")
APART = centre({"a": A, "b": B}, {"pa": ["a"], "pb": ["b"]})
TOGETHER = centre({"a": A, "b": B}, {"pa": ["a"], "pb": ["b", "a"]})


def test_nothing_changed_is_no_line() -> None:
    assert diff(EVERYTHING, EVERYTHING) == []
    assert warnings(EVERYTHING, EVERYTHING) == []


def test_a_number_is_no_change() -> None:
    assert diff(EVERYTHING, renumbered(EVERYTHING, 12)) == []


def test_a_change_is_told_by_field_in_the_words_of_the_file() -> None:
    after = changed("queues", "sales", offer_timeout_ms=20_000, tier=3, sla_target_ms=90_000)
    assert told(after) == [
        "queues",
        "  ~ sales",
        "      offer_timeout: 15 s -> 20 s",
        "      service_level.target: 15 s -> 90 s",
        "      tier: 4 -> 3",
    ]


def test_what_was_or_becomes_the_default_is_told_as_what_it_is() -> None:
    document = encode(EVERYTHING)
    del document["queues"]["sales"]["wrap_up_ms"]
    del document["queues"]["sales"]["rona"]
    document["queues"]["sales2"]["shards"] = 4
    assert told(decode(document)) == [
        "queues",
        "  ~ sales",
        "      rona.limit: 3 -> 2",
        "      wrap_up: 30 s -> 1 min",
        "  ~ sales2",
        "      shards: 1 -> 4",
    ]


def test_a_change_deep_inside_names_its_way() -> None:
    document = encode(EVERYTHING)
    document["flows"]["main"]["steps"]["menu"]["texts"]["it"] = "Salve a tutti"
    assert told(decode(document)) == [
        "flows",
        "  ~ main",
        '      steps.menu.texts.it: Buongiorno -> "Salve a tutti"',
    ]


def test_additions_and_removals_are_told() -> None:
    document = encode(EVERYTHING)
    del document["lines"]["it"]
    document["skills"]["law"] = {"levels": 2}
    assert told(decode(document)) == ["skills", "  + law", "      levels: 2", "lines", "  - it"]


def test_hours_queues_and_overflow_read_as_people_write_them() -> None:
    document = encode(EVERYTHING)
    document["hours"]["office"]["days"]["2026-12-24"] = []
    document["hours"]["office"]["week"][5] = [{"opens": 540, "closes": 780}]
    document["profiles"]["all"]["queues"] = [{"queue": "sales"}, {"queue": "sales2", "priority": 2}]
    document["queues"]["sales"]["overflow"] = [
        {"when": "late", "action": "queue", "limit": 90_000, "queue": "sales2"},
        {"when": "full", "action": "message", "limit": 50, "texts": {"en": "Full"}},
        {"when": "closed", "action": "message", "texts": {"en": "Hi"}},
    ]
    found = told(decode(document))
    assert "      days.2026-12-24: 09:00-12:00 -> none" in found
    assert any(line.endswith("fri none; sat 09:00-13:00; sun none") for line in found)
    assert (
        "      queues: {delay: 5 s, priority: 2, queue: sales}, sales2 -> "
        "sales, {priority: 2, queue: sales2}"
    ) in [_sorted_inside(line) for line in found]
    (overflow,) = [line for line in found if line.startswith("      overflow:")]
    assert overflow.endswith(
        "-> when late (90 s): queue sales2, when full (50 wait): message {en: Full}, "
        "when closed: message {en: Hi}"
    )


def _sorted_inside(line: str) -> str:
    head, brace, rest = line.partition("{")
    while brace:
        inside, _, rest = rest.partition("}")
        head += "{" + ", ".join(sorted(inside.split(", "))) + "}"
        more, brace, rest = rest.partition("{")
        head += more
    return head


def test_a_deployment_without_rules_gets_everything() -> None:
    found = diff(None, EVERYTHING)
    assert {change.kind for change in found} == {ADDED}
    assert warnings(None, EVERYTHING) == []
    assert len(found) == sum(len(v) for k, v in encode(EVERYTHING).items() if k != "version")


def test_a_removed_line_is_warned_of() -> None:
    document = encode(EVERYTHING)
    del document["lines"]["it"]
    (warning,) = warnings(EVERYTHING, decode(document))
    assert warning.startswith("+390200000001 is answered no more")


def test_what_becomes_of_late_comers_to_a_removed_queue_is_told() -> None:
    alone = centre({"a": A}, {"pa": ["a"], "pb": ["a"]})
    assert warnings(APART, alone) == [
        "queue b is removed: whoever still comes to it goes to queue a"
    ]
    others = centre({"a": replace(A, business_unit="other")}, {"pa": ["a"], "pb": ["a"]})
    assert warnings(APART, others) == [
        "queue b is removed, and no other queue takes whoever still comes to it"
    ]


def test_a_queue_that_changes_its_pool_strands_the_old_partitions() -> None:
    assert stranded(APART, TOGETHER) == {"b#b#voice#0": ("b", "b", "voice")}
    assert hidden(APART, TOGETHER) == {"pb": "b"}
    assert warnings(APART, TOGETHER) == [
        "queue b moves from pool b to pool a: "
        "whoever still comes to the old place is moved within a minute"
    ]


def test_fewer_shards_or_plans_strand_what_goes_and_more_nothing() -> None:
    wide = centre({"a": replace(A, shards=3, plans=("voice", "chat"))}, {"pa": ["a"]})
    narrow = centre({"a": replace(A, shards=2)}, {"pa": ["a"]})
    assert set(stranded(wide, narrow)) == {
        "a#a#voice#2",
        "a#a#chat#0",
        "a#a#chat#1",
        "a#a#chat#2",
    }
    assert stranded(narrow, wide) == {}


def test_agents_of_a_profile_that_gives_up_a_channel_or_shards_would_be_hidden() -> None:
    both = RoutingProfile("p", (ProfileQueue("a"),), {Channel.VOICE: 1, Channel.CHAT: 3}, shards=2)
    before = centre({"a": A}, {}, p=both)
    assert hidden(before, centre({"a": A}, {}, p=replace(both, shards=1))) == {"p": "a"}
    assert hidden(before, centre({"a": A}, {}, p=replace(both, capacity={Channel.VOICE: 1}))) == {
        "p": "a"
    }
    assert hidden(before, centre({"a": A}, {}, p=replace(both, shards=3))) == {}
    more = replace(both, capacity={Channel.VOICE: 2, Channel.CHAT: 1})
    assert hidden(before, centre({"a": A}, {}, p=more)) == {}


def test_a_detail_keeps_the_plain_values() -> None:
    after = changed("queues", "sales", tier=3)
    assert diff(EVERYTHING, after) == [
        Change(CHANGED, "queues", "sales", (Detail(("tier",), 4, 3),))
    ]


@given(st.integers(0, 10**9))
def test_a_duration_in_words_is_the_duration(milliseconds: int) -> None:
    units = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000}
    words = duration(milliseconds).split()
    assert int(words[0]) * (units[words[1]] if len(words) > 1 else 1) == milliseconds
