"""Decides how a refused operation is reported, in the carrier's own codes; never when to refuse.

Tree::

    RestError     a REST request is refused: HTTP status and the carrier's JSON error body
    TwimlError    a TwiML document cannot be obtained or played: an application error on the call
    CallEnded     a simulated person went on acting after the call had ended
"""

from __future__ import annotations

MORE_INFO = "https://www.twilio.com/docs/errors/{code}"


class RestError(Exception):
    """A REST request the carrier refuses.

    Parameters
    ----------
    code : int
        The carrier's error code, for example 20404.
    status : int
        HTTP status of the answer.
    message : str
        Text for the reader of the answer.
    """

    def __init__(self, code: int, status: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.message = message

    def body(self) -> dict[str, object]:
        """Give the JSON body the carrier sends with this refusal."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": MORE_INFO.format(code=self.code),
            "status": self.status,
        }


class TwimlError(Exception):
    """A TwiML document that could not be fetched, read or played.

    Parameters
    ----------
    code : int
        The carrier's debugger code: 11200 retrieval, 11205 connection, 11750 size,
        12100 malformed XML, 12200 schema, 12300 content type.
    message : str
        What was wrong.
    url : str
        Address of the document, empty for an inline one.
    """

    def __init__(self, code: int, message: str, url: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.url = url


class CallEnded(Exception):
    """The call of a simulated person is over; the script that acts for the person stops here."""


def unauthorized() -> RestError:
    return RestError(20003, 401, "Authenticate")


def not_found(path: str) -> RestError:
    return RestError(20404, 404, f"The requested resource {path} was not found")


def method_not_allowed() -> RestError:
    return RestError(20004, 405, "Method not allowed")


def invalid(message: str) -> RestError:
    return RestError(20001, 400, message)


def too_many() -> RestError:
    return RestError(20429, 429, "Too Many Requests")


def internal(status: int = 500) -> RestError:
    return RestError(20500, status, "An internal server error has occurred")


def not_in_progress() -> RestError:
    return RestError(21220, 400, "Call is not in-progress. Cannot redirect.")


def not_eligible() -> RestError:
    return RestError(21220, 400, "Requested resource is not eligible for recording")


def no_to() -> RestError:
    return RestError(21201, 400, "No 'To' number is specified")


def invalid_to(number: str) -> RestError:
    return RestError(21211, 400, f"The 'To' number {number} is not a valid phone number.")


def no_from() -> RestError:
    return RestError(21213, 400, "No 'From' number is specified")


def invalid_from(number: str) -> RestError:
    return RestError(21212, 400, f"The 'From' number {number} is not a valid phone number.")


def no_url() -> RestError:
    return RestError(21205, 400, "Url parameter is required.")


def invalid_callback_event(event: str) -> RestError:
    return RestError(21626, 400, f"Invalid StatusCallbackEvent: {event}")


def invalid_label() -> RestError:
    return RestError(16024, 400, "Participant label invalid: max 128 chars, not a CallSid, no '/'")
