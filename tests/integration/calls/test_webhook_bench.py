"""``telephony.webhook_p99_ratio`` on a deployment of its own: everything answers as it has to."""

from __future__ import annotations

from collections import Counter

import pytest

from cli.bench.telephony import figures_of, measured
from local.cloud import EmbeddedCloud, client, deploy


@pytest.mark.full
def test_every_request_of_a_round_is_answered_and_nobody_is_left_in_line() -> None:
    with EmbeddedCloud() as cloud:
        deployment = deploy(cloud.endpoint)
        rows = measured(deployment, 1, requests=6, rounds=2, warm_up=2)
        found = client("dynamodb", cloud.endpoint).scan(
            TableName=deployment.tables.contacts, ConsistentRead=True
        )
    counted = Counter((row.round, row.kind) for row in rows)
    assert counted == {
        (number, kind): count
        for number in (0, 1)
        for kind, count in (("noop", 6), ("voice", 3), ("status", 3), ("wait", 3))
    }
    assert {row.status for row in rows} <= {200, 204}
    # Every call of both rounds, of the warm-up and the one in line: heard, and over.
    assert found["Count"] == 3 * 2 + 1 + 1
    assert [item["c"]["S"] for item in found["Items"] if "wpk" in item] == []
    assert [figure.metric for figure in figures_of(rows)][-1] == "telephony.webhook_p99_ratio"
