"""The herd on a real DynamoDB API: nobody twice, nobody left out, and figures that recount."""

from __future__ import annotations

from collections import Counter
from random import Random

from cli.bench.herd_embedded import Herd, Sent, ratio_of
from tests.support.cloud import CloudSession

AGENTS, CONTACTS, THREADS = 40, 80, 8


def test_a_crowd_is_assigned_once_each_and_the_log_tells_how_fast(
    cloud_session: CloudSession,
) -> None:
    with Herd(cloud_session.endpoint, THREADS, Random(1), agents=AGENTS, contacts=CONTACTS) as herd:
        rows = herd.measure(0)
        offered = [contact for contact in herd.contacts() if contact.agent is not None]
        slots = {rid for agent in herd.agents() for rid in agent.slots}
    assert len(offered) == AGENTS
    assert Counter(contact.agent for contact in offered).most_common(1)[0][1] == 1
    assert {contact.rid for contact in offered} == slots
    done = Counter((row.phase, row.operation) for row in rows if row.ok)
    assert done["drain", "TransactWriteItems"] == AGENTS
    assert done["reference-before", "TransactWriteItems"] == AGENTS // 2
    assert done["reference-after", "TransactWriteItems"] == AGENTS // 2
    # Two timers an offer, ten to a request, and the heartbeat for those who go on waiting.
    assert done["drain", "SendMessageBatch"] == 2 * AGENTS / 10 + 1
    rate, raw, ratio = ratio_of(rows)
    assert rate > 0
    assert ratio == rate / raw


def test_the_ratio_is_counted_from_first_sent_to_last_answered() -> None:
    def sent(phase: str, at: float, until: float, *, ok: bool = True) -> Sent:
        return Sent(0, phase, "TransactWriteItems", at, until, ok)

    rows = [
        sent("reference-before", 0.0, 0.5),
        sent("reference-before", 0.5, 1.0),
        Sent(0, "drain", "Query", 10.0, 10.1, True),
        sent("drain", 10.1, 11.0),
        sent("drain", 10.1, 11.5, ok=False),
        sent("drain", 11.0, 12.0),
        sent("reference-after", 20.0, 21.0),
    ]
    assert ratio_of(rows) == (2 / 2.0, 3 / 2.0, (2 / 2.0) / (3 / 2.0))
