"""A real outbound campaign (UCI bank marketing) against independently computed answers."""

from __future__ import annotations

import pytest

from centralino.domain.kpi import ContactFacts, Outcome, Segment, compute, group_by
from centralino.domain.kpi.campaigns import AnsweredBy, Attempt, number_conversations, per_account
from tests.support import call_logs


@pytest.fixture(scope="module")
def answers() -> dict:
    return call_logs.expected()["uci_bank_additional_full"]


@pytest.fixture(scope="module")
def clients() -> list[dict[str, str]]:
    return call_logs.rows("uci_bank_additional_full.csv.gz", ";")


def last_attempt(number: int, row: dict[str, str]) -> Attempt:
    """A row tells of the client's last contact only, which was always a conversation."""
    attempts = int(row["campaign"])
    return Attempt(
        contact_id=f"{number}/{attempts}",
        account=str(number),
        dialled_ms=attempts,
        answered_ms=attempts,
        answered_by=AnsweredBy.HUMAN,
        connected_ms=attempts,
        sale=row["y"] == "yes",
    )


def all_attempts(number: int, row: dict[str, str]) -> list[Attempt]:
    before = range(1, int(row["campaign"]))
    return [
        *(Attempt(f"{number}/{n}", account=str(number), dialled_ms=n) for n in before),
        last_attempt(number, row),
    ]


def test_conversion(clients: list[dict[str, str]], answers: dict) -> None:
    assert len(clients) == answers["rows"]
    attempts = [a for n, row in enumerate(clients) for a in all_attempts(n, row)]
    value = compute("conversion_rate", attempts)
    assert value.numerator == answers["conversions"]
    assert value.denominator == answers["rows"]
    assert value.value == pytest.approx(answers["conversion_rate"], abs=1e-6)
    per_call = compute("conversion_rate.per_call", attempts)
    assert per_call.denominator == answers["total_contact_attempts_sum_campaign"]
    assert per_call.value == pytest.approx(answers["conversions_per_attempt"], abs=1e-6)
    inverse = per_call.denominator / per_call.numerator
    assert inverse == pytest.approx(answers["attempts_per_conversion"], abs=1e-6)
    effort = compute("calls_per_account", per_account(attempts))
    assert effort.value == pytest.approx(answers["attempts_per_client"], abs=1e-6)
    assert max(a.attempts for a in per_account(attempts)) == answers["max_attempts"]
    # Only last contacts are known to be conversations, so every sale closes in the first.
    assert compute("first_call_close", number_conversations(attempts)).value == 1.0


def conversation(number: int, row: dict[str, str]) -> ContactFacts:
    talk_ms = int(row["duration"]) * 1000
    return ContactFacts(
        contact_id=str(number),
        entered_ms=0,
        direction="outbound",
        answered_ms=0,
        ended_ms=talk_ms,
        wait_ms=0,
        outcome=Outcome.HANDLED,
        segments=(Segment(str(number), None, None, 0, talk_ms, talk_ms, talk_ms),),
    )


def test_duration_of_conversations(clients: list[dict[str, str]], answers: dict) -> None:
    facts = [(row["y"], conversation(n, row)) for n, row in enumerate(clients)]
    value = compute("avg_duration", [fact for _, fact in facts])
    assert value.numerator == answers["total_talk_s"] * 1000
    assert value.value / 1000 == pytest.approx(answers["mean_duration_s"], abs=1e-6)
    groups = group_by(facts, lambda f: f[0])
    for sold, key in (
        ("yes", "mean_duration_converted_s"),
        ("no", "mean_duration_not_converted_s"),
    ):
        mean = compute("avg_duration", [fact for _, fact in groups[sold]]).value
        assert mean / 1000 == pytest.approx(answers[key], abs=1e-6)
    per_sale = value.numerator / 1000 / len(groups["yes"])
    assert per_sale == pytest.approx(answers["talk_s_per_conversion"], abs=1e-6)


def band(row: dict[str, str]) -> str:
    attempts = int(row["campaign"])
    if attempts <= 3:
        return str(attempts)
    return "4-5" if attempts <= 5 else "6-10" if attempts <= 10 else "11+"


@pytest.mark.parametrize(
    ("key", "column"),
    [
        ("by_contact", "contact"),
        ("by_month", "month"),
        ("by_poutcome", "poutcome"),
        ("by_job", "job"),
        ("by_day_of_week", "day_of_week"),
        ("by_attempts", None),
    ],
)
def test_conversion_by(
    clients: list[dict[str, str]], answers: dict, key: str, column: str | None
) -> None:
    groups = group_by(enumerate(clients), lambda c: band(c[1]) if column is None else c[1][column])
    assert set(groups) == set(answers[key])
    for name, expected in answers[key].items():
        value = compute("conversion_rate", [last_attempt(n, row) for n, row in groups[name]])
        assert value.denominator == expected["n"]
        assert value.numerator == expected["conv"]
        assert value.value == pytest.approx(expected["rate"], abs=1e-6)
