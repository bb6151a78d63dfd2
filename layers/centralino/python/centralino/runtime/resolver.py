"""How every HTTP resolver answers errors: problem+json, never a stack."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import ServiceError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from centralino.contracts.api import Problem
from centralino.domain.errors import CentralinoError, InvalidRequest, NotFound
from centralino.runtime import problems
from centralino.runtime.logging import log

_TITLES = {
    400: "The request is malformed",
    401: "Not signed in",
    403: "Not allowed",
    404: "No such thing",
    409: "Somebody was faster",
    422: "Not possible now",
    429: "Too many requests; Retry-After says when to try again",
    503: "Try again",
}


def refusals(*statuses: int) -> dict[int, dict[str, Any]]:
    """Return the problems a route can answer with, for its API's description."""
    return {
        status: {
            "description": _TITLES[status],
            "content": {problems.CONTENT_TYPE: {"model": Problem}},
        }
        for status in statuses
    }


def answer_problems(resolver: APIGatewayHttpResolver) -> None:
    """Have a resolver answer what a route raises, and what never reaches one."""
    resolver.exception_handler(CentralinoError)(_refused)
    resolver.exception_handler(RequestValidationError)(_invalid)
    resolver.exception_handler(ServiceError)(_service)
    resolver.exception_handler(Exception)(_unforeseen)


def _refused(error: CentralinoError) -> Response[str]:
    log().info("request_refused", code=error.code)
    return _problem(error)


def _invalid(error: RequestValidationError) -> Response[str]:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first.get("loc", ()))
    detail = f"{where}: {first.get('msg', 'is not valid')}"
    return _problem(InvalidRequest(detail, code="invalid_request"))


def _service(error: ServiceError) -> Response[str]:
    if error.status_code == 404:
        return _problem(NotFound("there is no such address", code="no_route"))
    return _problem(InvalidRequest("the request cannot be read", code="invalid_request"))


def _unforeseen(error: Exception) -> Response[str]:
    log().error("request_failed", error=type(error).__name__)
    return _problem(error)


def _problem(error: Exception) -> Response[str]:
    answer = problems.response(error)
    headers = {k: v for k, v in answer["headers"].items() if k != "content-type"}
    return Response(
        status_code=answer["statusCode"],
        content_type=problems.CONTENT_TYPE,
        body=answer["body"],
        headers=headers,
    )
