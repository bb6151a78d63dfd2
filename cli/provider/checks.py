"""Whether a call would come through: the account, the numbers, our webhooks, the fallback.

Decides what is wrong and what to do about it. Changes nothing: the webhook is asked with a step
that does not exist, so that a good signature is told from a bad one and no call begins.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import urllib3
from twilio.request_validator import RequestValidator
from urllib3.exceptions import HTTPError

from centralino.adapters.telephony.twilio import fallback, numbers
from centralino.adapters.telephony.twilio.api import Refused
from centralino.adapters.telephony.twilio.signature import HEADER
from centralino.domain.errors import CentralinoError, NotFound, TransientDependency
from cli.provider import planning
from cli.provider.centre import Centre

OK, WRONG, NOTE = "ok", "wrong", "note"
APPLY = "run `centralino provider twilio apply`"
TIMEOUT_S = 10.0
PROBE = "probe"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding: ``ok``, ``wrong`` or ``note``; ``todo`` is what to do next."""

    what: str
    state: str
    text: str
    todo: str = ""


def run(centre: Centre) -> Iterator[Check]:
    """Yield every finding, in the order in which to mend them."""
    account = list(_account(centre))
    yield from account
    if account[0].state != WRONG:
        yield from _lines(centre)
    http = urllib3.PoolManager(
        retries=False, timeout=urllib3.Timeout(connect=TIMEOUT_S, read=TIMEOUT_S)
    )
    yield from _webhook(centre, http)
    yield from _fallback(centre, http)
    yield _emergency(centre)
    yield Check(
        "rate",
        NOTE,
        "one outbound call per second and account, unless the carrier has raised it",
        "ask for as many as offers are made in your busiest second",
    )


def _account(centre: Centre) -> Iterator[Check]:
    try:
        found = numbers.account(centre.api)
    except CentralinoError as error:
        yield Check("account", WRONG, *refusal(error))
        return
    if found.status != "active":
        yield Check(
            "account",
            WRONG,
            f"{centre.account} is {found.status or 'in an unknown state'}",
            "open the carrier's console: it tells why",
        )
        return
    yield Check("account", OK, f"{centre.account} is active")
    if found.type == "Trial":
        yield Check(
            "account",
            NOTE,
            "a trial: callers hear that it is one, and only verified numbers can be rung",
            "upgrade the account before going live",
        )


def refusal(error: CentralinoError) -> tuple[str, str]:
    """Return what is wrong, and what to do about it."""
    if isinstance(error, Refused) and error.number == 20003:
        return (
            "the carrier refuses the account's SID and token",
            "run `centralino provider twilio connect` with both as its console shows them",
        )
    if isinstance(error, TransientDependency):
        return str(error), "try again; the carrier's status page tells of failures"
    if isinstance(error, NotFound):
        return str(error), "publish rules with `centralino config apply`, or name a file"
    return str(error), "the carrier's console and error codes tell more"


def _lines(centre: Centre) -> Iterator[Check]:
    if not centre.lines:
        yield Check(
            "lines",
            WRONG,
            "no line of the rules is carried by Twilio: nobody can call",
            "publish one",
        )
        return
    try:
        owned = {number.number: number for number in numbers.owned(centre.api)}
    except CentralinoError as error:
        yield Check("lines", WRONG, *refusal(error))
        return
    for line in centre.lines:
        what = f"line {line.id}"
        number = owned.get(line.number)
        if number is None:
            yield Check(what, WRONG, *unowned(centre, line.number))
            continue
        wrong = numbers.changes(number, planning.wanted(centre, line))
        if wrong:
            text = ", ".join(f"{one.setting} is {one.was or 'empty'}" for one in wrong)
            yield Check(what, WRONG, f"{line.number}: {text}", APPLY)
        else:
            yield Check(what, OK, f"{line.number} is ours and calls us")


def unowned(centre: Centre, number: str) -> tuple[str, str]:
    """Return what to say of a line whose number somebody else has, and what to do."""
    return (
        f"{number} is not a number of the account {centre.account}",
        "buy it, or correct the line",
    )


# --------------------------------------------------------------------------- our own side


def _webhook(centre: Centre, http: urllib3.PoolManager) -> Iterator[Check]:
    url = centre.urls.requested(PROBE, "")
    form = {"AccountSid": centre.account}
    signature = RequestValidator(centre.token).compute_signature(url, form)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode(form)
    signed = _answer(http, "POST", url, {**headers, HEADER: signature}, body)
    if isinstance(signed, str):
        yield Check("webhook", WRONG, f"{url}: {signed}", "look whether the stacks are deployed")
        return
    code = _code(signed)
    if (signed.status, code) == (400, "unknown_step"):
        yield Check("webhook", OK, "what the carrier signs is accepted")
    elif code == "invalid_signature":
        yield Check(
            "webhook",
            WRONG,
            "what the carrier signs is refused: the deployed secret holds another token, "
            f"or {centre.urls.base} is not the public_url it was deployed with",
            "run `centralino provider twilio connect`, wait the five minutes that functions keep "
            "a secret, and check again; or deploy",
        )
    else:
        yield Check(
            "webhook",
            WRONG,
            f"{url} answers HTTP {signed.status}",
            "read the log of call_events",
        )
        return
    unsigned = _answer(http, "POST", url, headers, body)
    if isinstance(unsigned, str):
        yield Check("webhook", WRONG, f"{url}: {unsigned}", "try again")
    elif unsigned.status == 403:
        yield Check("webhook", OK, "what nobody signed is refused")
    else:
        yield Check(
            "webhook",
            WRONG,
            f"what nobody signed is not refused (HTTP {unsigned.status})",
            "take whatever stands before the API out of the way: anybody could place calls",
        )


def _fallback(centre: Centre, http: urllib3.PoolManager) -> Iterator[Check]:
    documents = centre.documents()
    for language in centre.languages:
        url = centre.fallback(language)
        # The carrier adds the call to the query.
        found = _answer(http, "GET", f"{url}?CallSid=CA{'0' * 32}", {}, None)
        wrong = found if isinstance(found, str) else _unplayable(found)
        if wrong or isinstance(found, str):
            yield Check("fallback", WRONG, f"{url}: {wrong}", APPLY)
        elif found.data != documents[fallback.file_name(language)].encode():
            yield Check(
                "fallback",
                WRONG,
                f"{url} says something else than it should",
                f"{APPLY}; what was there is kept for up to five minutes",
            )
        else:
            yield Check("fallback", OK, f"{url} can be played")


def _unplayable(answer: urllib3.BaseHTTPResponse) -> str:
    """Return why the carrier could not play an answer; empty if it could."""
    if answer.status != 200:
        return f"HTTP {answer.status}"
    kind = answer.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() not in ("application/xml", "text/xml"):
        return f"its content type is {kind or 'not told'}"
    try:
        # What anybody serves there is read, and nothing in it is resolved.
        root = ElementTree.fromstring(answer.data)  # noqa: S314
    except ElementTree.ParseError:
        return "it is not XML"
    return "" if root.tag == "Response" and len(root) else "it is not TwiML"


def _emergency(centre: Centre) -> Check:
    own = [line.id for line in centre.lines if line.number == centre.emergency]
    if centre.emergency and own:
        return Check(
            "emergency",
            WRONG,
            f"{centre.emergency} is the number of line {own[0]}: while we do not answer it would "
            "fall back to itself, call after call",
            "deploy with another `-c emergency_number=+...`, then apply",
        )
    if centre.emergency:
        return Check("emergency", OK, f"{centre.emergency} is rung when we do not answer")
    return Check(
        "emergency",
        NOTE,
        "nobody is rung when we do not answer: callers hear an apology",
        "deploy with `-c emergency_number=+...`, then apply",
    )


def _answer(
    http: urllib3.PoolManager, method: str, url: str, headers: dict[str, str], body: str | None
) -> urllib3.BaseHTTPResponse | str:
    """Return the answer, or in words why there is none."""
    try:
        return http.request(method, url, headers=headers, body=body, redirect=False)
    except HTTPError as error:
        return f"no answer ({type(error).__name__})"


def _code(answer: urllib3.BaseHTTPResponse) -> str:
    try:
        body = json.loads(answer.data)
    except ValueError:
        return ""
    return str(body.get("code", "")) if isinstance(body, dict) else ""
