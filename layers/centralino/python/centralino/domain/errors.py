"""The one tree of errors.

::

    CentralinoError
    ├── InvalidRequest        the caller's input is malformed             (400)
    ├── Forbidden             the caller may not do this                  (403)
    ├── NotFound              there is no such thing                      (404)
    ├── Conflict              somebody else changed it first; read again  (409)
    │   └── OfferEnded        the offer is no longer this agent's         (409)
    ├── RuleViolation         a rule or a state machine says no           (422)
    ├── TooManyRequests       this source asks too often                  (429)
    └── TransientDependency   a service failed; the same call may work    (503)

``code`` is stable and meant for programs; the message is meant for people and carries no
personal data.
"""

from __future__ import annotations


class CentralinoError(Exception):
    """Root of every error this product raises on purpose."""

    code = "internal_error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class InvalidRequest(CentralinoError):
    """The input is malformed: nothing was looked up or written."""

    code = "invalid_request"


class Forbidden(CentralinoError):
    """The caller is known but may not do this."""

    code = "forbidden"


class NotFound(CentralinoError):
    """There is no such entity, or it is not the caller's to see."""

    code = "not_found"


class Conflict(CentralinoError):
    """A conditional write lost: the stored version is another one. Read again."""

    code = "conflict"


class OfferEnded(Conflict):
    """The offer was answered, withdrawn or timed out before this command arrived."""

    code = "offer_ended"


class RuleViolation(CentralinoError):
    """A business rule or a state machine refuses the command."""

    code = "rule_violation"


class TooManyRequests(CentralinoError):
    """This source asks too often; ``retry_after_s`` says in how many seconds it may again."""

    code = "too_many_requests"

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class TransientDependency(CentralinoError):
    """A service we depend on failed in a way that may pass. Nothing is known to be written."""

    code = "dependency_unavailable"
