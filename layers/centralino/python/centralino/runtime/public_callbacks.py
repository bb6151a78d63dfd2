"""The routes by which customers ask for callbacks, and see, move and cancel their own.

Behind a signed link a browser gets a page and a program, which says so by ``Accept``, JSON. A
``GET`` or ``HEAD`` there changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import parse_qs

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from centralino.application import web_calls
from centralino.application.callbacks import links, page, reach, requests
from centralino.application.callbacks.links import Link, Use
from centralino.application.limits import Budget, Limit
from centralino.contracts.callbacks import QUEUE
from centralino.contracts.public_callbacks import (
    PublicCallbackAsked,
    PublicCallbackBooked,
    PublicCallbackConfirm,
    PublicCallbackRequest,
    PublicCallbackView,
    PublicSlot,
    PublicSlotsView,
)
from centralino.domain.callbacks.local_times import local, moment
from centralino.domain.errors import (
    CentralinoError,
    Forbidden,
    InvalidRequest,
    TooManyRequests,
)
from centralino.runtime import front, pages, problems, wiring
from centralino.runtime.resolver import refusals

BASE = "/v1/public/callbacks"
Token = Annotated[str, Path(min_length=20, max_length=100)]
QueueName = Annotated[str, Query(pattern=QUEUE)]
Zone = Annotated[str | None, Query(max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$")]
After = Annotated[str | None, Query(max_length=40, alias="from")]
MOST_FORM_BYTES = 4 * 1024
#: How often one source may come with links: mail filters open the links of many people.
LOOKS = Limit(burst=60, every_ms=1_000)
#: What each source has used up here: looking writes nothing, not even that somebody looked.
looks = Budget()
_REFUSALS = refusals(400, 403, 404, 409, 422, 429, 503)

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


def _answers(status: int, model: type[Any]) -> dict[int, Any]:
    done = {"description": "Done", "content": {"application/json": {"model": model}}}
    return {status: done, **_REFUSALS}


@router.post(BASE, responses=_answers(202, PublicCallbackAsked))
def ask_for_callback(body: PublicCallbackRequest) -> Response[PublicCallbackAsked]:
    """Ask for a callback: a code is sent to the number, and nothing is booked yet."""
    _admit()
    asked = requests.ask(wiring.app(), **body.model_dump())
    view = PublicCallbackAsked(request=asked.id, expires_at=asked.expires_at)
    return Response(status_code=202, content_type="application/json", body=view)


@router.post(f"{BASE}/confirm", responses=_answers(200, PublicCallbackBooked))
def confirm_callback(body: PublicCallbackConfirm) -> PublicCallbackBooked:
    """Book the callback of a request with the code that was sent to its number."""
    _admit()
    app = wiring.app()
    done = requests.confirm(app, body.request, body.code, _cause())
    start, end = done.answer.window or (None, None)
    expires = (end or app.clock.now()) + links.AFTER_MS
    return PublicCallbackBooked(
        callback_id=done.callback,
        already=done.answer.outcome == "already",
        expected_at=done.answer.expected_at,
        window_start=start,
        window_end=end,
        link=f"{links.PATH}/{links.token(app, done.callback, Use.MANAGE, expires)}",
    )


@router.get(f"{BASE}/slots", responses=_answers(200, PublicSlotsView))
def free_slots(queue: QueueName, zone: Zone = None, after: After = None) -> PublicSlotsView:
    """Tell the free times of a queue."""
    _admit()
    app = wiring.app()
    shown = zone or reach.zone_of(app, queue)
    start = moment(after, shown) if after is not None else None
    found = requests.free(app, queue, start)
    times = [PublicSlot(start=s.start, end=s.end, local=local(s.start, shown)) for s in found]
    return PublicSlotsView(queue=queue, zone=shown, slots=times)


@router.get(f"{links.PATH}/<token>", responses=_answers(200, PublicCallbackView))
def see_callback(token: Token) -> Response[Any]:
    """Show the callback of a signed link: a page, or JSON for who accepts that. Changes nothing."""
    return _behind(token, lambda link: page.show(wiring.app(), link))


@router.head(f"{links.PATH}/<token>", responses={200: {"description": "There is a page"}})
def probe_callback(token: Token) -> Response[Any]:
    """Tell that there is a page. Changes nothing."""
    answer = _behind(token, lambda link: page.show(wiring.app(), link))
    answer.body = ""
    return answer


@router.post(f"{links.PATH}/<token>", responses=_answers(200, PublicCallbackView))
def change_callback(token: Token) -> Response[Any]:
    """Move or cancel the callback of a signed link, or book it again, by a form of its page."""

    def change(link: Link) -> page.Shown:
        app, form = wiring.app(), _form()
        action, at = form.get("action", ""), form.get("at", "")
        if action not in pages.ACTIONS:
            raise InvalidRequest("there is no such action", code="unknown_action")
        links.require_form(app, link, action, form.get("form", ""))
        if action == "cancel":
            return page.cancel(app, link, _cause())
        if action == "move":
            return page.move(app, link, at, _cause())
        return page.book_again(app, link, at or None, _cause())

    return _behind(token, change)


def _behind(token: str, use: Callable[[Link], page.Shown]) -> Response[Any]:
    """Answer with what became of a callback, or with why nothing did: each a page, or JSON."""
    program = "application/json" in (router.current_event.headers.get("accept") or "")
    language = pages.language(router.current_event.headers.get("accept-language") or "")
    try:
        app = wiring.app()
        looks.spend(web_calls.near(_looker()), LOOKS, app.clock.now())
        link = links.read(app, token)
        shown = use(link)
    except CentralinoError as error:
        if program:
            raise
        status = int(problems.problem(error)["status"])
        answer = pages.response(status, pages.refused(error.code, language))
        if isinstance(error, TooManyRequests):
            answer.headers["retry-after"] = str(error.retry_after_s)
        return answer
    forms = {action: links.form(app, link, action) for action in pages.actions(shown)}
    if program:
        return pages.private(200, "application/json", _view(shown, forms))
    if router.current_event.http_method == "POST":
        action = _form()["action"]
        return pages.response(200, pages.done(shown, app.clock.now(), forms, action))
    return pages.response(200, pages.shown(shown, app.clock.now(), forms))


def _view(shown: page.Shown, forms: dict[Any, str]) -> PublicCallbackView:
    start, end = shown.window or (None, None)
    return PublicCallbackView(
        callback_id=shown.callback,
        state=str(shown.state),
        queue=shown.queue,
        zone=shown.zone,
        window_start=start,
        window_end=end,
        not_before=shown.not_before,
        changeable=shown.changeable,
        already=shown.already,
        forms=forms,
    )


def _form() -> dict[str, str]:
    """Return the fields of a form that was sent, each as it came first."""
    try:
        body = router.current_event.decoded_body or ""
        if len(body) > MOST_FORM_BYTES:
            raise InvalidRequest("this is no form of ours", code="invalid_form")
        return {name: values[0] for name, values in parse_qs(body, max_num_fields=10).items()}
    except ValueError as error:
        # Too many fields, or no text at all.
        raise InvalidRequest("this is no form of ours", code="invalid_form") from error


def _admit() -> None:
    """Count one request of whoever sent it, or raise ``TooManyRequests``."""
    source = front.source(router.current_event)
    web_calls.admit(wiring.front_door(), wiring.identity_key(), source)


def _looker() -> str:
    """Return the address of whoever comes with a link, which may lead past a distribution."""
    try:
        return front.source(router.current_event)
    except Forbidden:
        return str(router.current_event.request_context.http.source_ip)


def _cause() -> str:
    return f"web:{router.current_event.request_context.request_id}"
