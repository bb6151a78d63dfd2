"""What went wrong, in the product's words: nothing of PynamoDB or botocore leaves the adapter.

============================================  =====================================
a condition failed, or a transaction holds    ``Conflict``
the item
throttling, time-outs, 5xx, no connection     ``TransientDependency``
anything else (rights, missing table, size)   ``CentralinoError`` ``store_refused``
============================================  =====================================
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore import exceptions as botocore
from pynamodb.exceptions import PynamoDBException, TransactWriteError

from centralino.domain.errors import CentralinoError, Conflict, TransientDependency

CONDITION = "ConditionalCheckFailed"
CONFLICT = "TransactionConflict"
_CONDITION_EXCEPTION = "ConditionalCheckFailedException"
_CONFLICT_EXCEPTION = "TransactionConflictException"
_CANCELLED = "TransactionCanceledException"

#: Reasons for which a transaction was cancelled although nothing was wrong with it.
CONTENTION = frozenset({CONFLICT, "ThrottlingError", "ProvisionedThroughputExceeded"})
_TRANSIENT = frozenset(
    {
        "ThrottlingException",
        "Throttling",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "LimitExceededException",
        "TransactionInProgressException",
        "InternalServerError",
        "InternalFailure",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "ReplicatedWriteConflictException",
        "RequestTimeout",
        "RequestTimeoutException",
    }
)
_NETWORK = (
    botocore.ConnectionError,
    botocore.HTTPClientError,
    botocore.IncompleteReadError,
    botocore.CredentialRetrievalError,
)


@contextmanager
def translated() -> Iterator[None]:
    """Run a request; whatever PynamoDB or botocore raises comes out in the product's words."""
    try:
        yield
    except (PynamoDBException, botocore.BotoCoreError, botocore.ClientError) as error:
        raise translate(error) from error


def translate(error: Exception) -> CentralinoError:
    """Return the product's error for one of PynamoDB or botocore."""
    reasons = cancellation(error)
    if reasons:
        return _cancelled(reasons)
    cause = error.cause if isinstance(error, PynamoDBException) else error
    if isinstance(cause, _NETWORK):
        return TransientDependency(f"the table store did not answer: {type(cause).__name__}")
    code = error_code(error)
    if code in (_CONDITION_EXCEPTION, _CONFLICT_EXCEPTION):
        return Conflict("the stored version is another one")
    if code in _TRANSIENT or _status(cause) >= 500:
        return TransientDependency(f"the table store is not available: {code}")
    return CentralinoError(
        f"the table store refused the request: {code or type(cause).__name__}",
        code="store_refused",
    )


def error_code(error: Exception) -> str:
    """Return the service's code of an error, or an empty text when it never got there."""
    # Not PynamoDB's ``cause_response_code``: it fails on a cause that has no response.
    cause = error.cause if isinstance(error, PynamoDBException) else error
    response: dict[str, Any] = getattr(cause, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def condition_failed(error: Exception) -> bool:
    """Tell whether a single write was refused by its condition."""
    return error_code(error) == _CONDITION_EXCEPTION


def cancellation(error: Exception) -> list[str]:
    """Return why a transaction was cancelled: a code per item, empty for items in order."""
    if not isinstance(error, TransactWriteError) or error_code(error) != _CANCELLED:
        return []
    return [reason.code if reason else "" for reason in error.cancellation_reasons]


def was_retried(error: Exception) -> bool:
    """Tell whether botocore had sent the request before: an earlier try may have been applied."""
    cause = error.cause if isinstance(error, PynamoDBException) else error
    # PynamoDB's own client error drops the metadata; the one it was raised from has it.
    original = getattr(cause, "__cause__", None) or cause
    response: dict[str, Any] = getattr(original, "response", None) or {}
    return retries(response) > 0


def retries(response: dict[str, Any]) -> int:
    """Return how many times botocore repeated the request of this response."""
    return int(response.get("ResponseMetadata", {}).get("RetryAttempts", 0))


def _cancelled(reasons: list[str]) -> CentralinoError:
    given = {reason for reason in reasons if reason}
    if not given <= CONTENTION | {CONDITION}:
        codes = ", ".join(sorted(given))
        return CentralinoError(f"the table store refused: {codes}", code="store_refused")
    if given & {CONDITION, CONFLICT}:
        return Conflict("a stored version is another one")
    return TransientDependency(f"the table store is busy: {', '.join(sorted(given))}")


def _status(cause: Exception | None) -> int:
    original = getattr(cause, "__cause__", None) or cause
    response: dict[str, Any] = getattr(original, "response", None) or {}
    return int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
